//! The requests of the API as Server-Sent Events.

use super::{
    events::{Streams, too_many_streams},
    extract::DecodedQuery,
    history::number,
    refusal::AdminError,
};
use crate::context::Context;
use axum::{
    Extension,
    extract::State,
    response::sse::{self, KeepAlive, Sse},
};
use coho_admin_api::{
    event::LostEvents,
    explain::InvalidParameter,
    request_log::{LoggedRequest, RequestLogEvent, RequestLogHello, RequestLogQuery},
};
use futures_util::{Stream, StreamExt, stream};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::broadcast::error::RecvError;

/// Follows the requests that the filter admits, after the last refused and failed ones, until the client leaves, its session
/// ends or the server stops.
pub(super) async fn requests(
    State(context): State<Arc<Context>>,
    Extension(streams): Extension<Streams>,
    query: DecodedQuery,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, AdminError> {
    let filter = parse(&query)?;
    let (slot, stop, session) = streams.begin().ok_or_else(too_many_streams)?;
    let (reader, mut kept) = context.request_log.subscribe();
    kept.retain(|request| filter.admits(request));
    let hello = RequestLogEvent::Hello(RequestLogHello { kept: kept.len() as u64 });
    let begin = std::iter::once(written(&hello)).chain(kept.into_iter().map(logged)).map(Ok).collect::<Vec<_>>();
    let state = (reader, filter, stop, session, slot, context);
    let follow = stream::unfold(state, |(mut reader, filter, mut stop, mut session, slot, context)| async {
        let next = tokio::select! {
            next = admitted(&context, &mut reader.receiver, &filter) => next,
            _ = stop.wait_for(|stop| *stop) => None,
            _ = session.wait_for(|ended| *ended) => None,
        };
        next.map(|next| (Ok(next), (reader, filter, stop, session, slot, context)))
    });
    Ok(Sse::new(stream::iter(begin).chain(follow)).keep_alive(KeepAlive::default()))
}

/// The next request that the filter admits, or how many were lost.
async fn admitted(
    context: &Context,
    receiver: &mut tokio::sync::broadcast::Receiver<Arc<LoggedRequest>>,
    filter: &RequestLogQuery,
) -> Option<sse::Event> {
    loop {
        match receiver.recv().await {
            Ok(request) if filter.admits(&request) => return Some(logged(request)),
            Ok(_) => {}
            Err(RecvError::Lagged(count)) => {
                context.metrics.count_missed("requests", count);
                return Some(written(&RequestLogEvent::Lost(LostEvents { count })));
            }
            Err(RecvError::Closed) => return None,
        }
    }
}

fn logged(request: Arc<LoggedRequest>) -> sse::Event {
    written(&RequestLogEvent::Request(Box::new((*request).clone())))
}

/// JSON has no line break, which is the one thing that the data of an event cannot hold.
fn written(event: &RequestLogEvent) -> sse::Event {
    match event.to_lines() {
        Ok((name, data)) => sse::Event::default().event(name).data(data),
        Err(error) => sse::Event::default().comment(error.to_string()),
    }
}

/// Each parameter at most once.
fn parse(query: &DecodedQuery) -> Result<RequestLogQuery, InvalidParameter> {
    let mut asked = RequestLogQuery::default();
    for (name, value) in query.pairs() {
        let field = match name {
            "bucket" => &mut asked.bucket,
            "operation" => &mut asked.operation,
            "method" => &mut asked.method,
            "prefix" => &mut asked.prefix,
            "min_status" if asked.min_status.is_none() => {
                asked.min_status = Some(number(name, value, 100, 599)? as u16);
                continue;
            }
            _ => return Err(InvalidParameter::new(name, value, "is none of the parameters, or a second value")),
        };
        if field.replace(value.to_owned()).is_some() {
            return Err(InvalidParameter::new(name, value, "is a second value"));
        }
    }
    Ok(asked)
}
