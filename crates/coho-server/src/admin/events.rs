//! The events of the store as Server-Sent Events.

use crate::context::Context;
use axum::{
    Extension,
    extract::State,
    response::sse::{self, KeepAlive, Sse},
};
use coho_store::events::{Event, EventFill, EventObject, NextEvent, NumberedEvent};
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::watch;

/// Signals the end of the server, which ends every stream.
pub(super) type Stop = watch::Receiver<bool>;

/// Follows the events until the client leaves or the server stops. The first one is `hello`, with the number of the last
/// event before.
pub(super) async fn events(
    State(context): State<Arc<Context>>,
    Extension(stop): Extension<Stop>,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let (reader, last) = context.store.events().subscribe();
    let hello = sse::Event::default().event("hello").data(json!({ "last": last }).to_string());
    let follow = stream::unfold((reader, stop), |(mut reader, mut stop)| async {
        let next = tokio::select! {
            next = reader.next() => next,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        next.map(|next| (Ok(written(next)), (reader, stop)))
    });
    let hello = stream::once(async { Ok(hello) });
    Sse::new(stream::StreamExt::chain(hello, follow)).keep_alive(KeepAlive::default())
}

fn written(next: NextEvent) -> sse::Event {
    match next {
        NextEvent::Event(NumberedEvent { number, event }) => {
            let (name, data) = shown(&event);
            sse::Event::default().id(number.to_string()).event(name).data(data.to_string())
        }
        NextEvent::Lost(count) => sse::Event::default().event("lost").data(json!({ "count": count }).to_string()),
    }
}

/// The name of an event and its fields.
fn shown(event: &Event) -> (&'static str, Value) {
    let object = |EventObject { bucket, key }: &EventObject| json!({ "bucket": bucket.as_str(), "key": key.as_str() });
    let fill = |EventFill { number, object }: &EventFill| json!({ "fill": number, "bucket": object.bucket.as_str(), "key": object.key.as_str() });
    match event {
        Event::FillStarted { fill: id, rule } => ("fill_started", with(fill(id), "rule", json!(rule))),
        Event::FillJoined { fill: id } => ("fill_joined", fill(id)),
        Event::FillEnded { fill: id, outcome } => ("fill_ended", with(fill(id), "outcome", json!(outcome))),
        Event::FillOvertaken { fill: id } => ("fill_overtaken", fill(id)),
        Event::FillFailed { fill: id, reason } => ("fill_failed", with(fill(id), "reason", json!(reason))),
        Event::Published { object: id, bytes } => ("published", with(object(id), "bytes", json!(bytes))),
        Event::Durable { object: id } => ("durable", object(id)),
        Event::PersistFailed { object: id } => ("persist_failed", object(id)),
        Event::Damaged { object: id } => ("damaged", object(id)),
        Event::ConfigurationChanged { bucket, what } => {
            let bucket = bucket.as_ref().map(|bucket| bucket.as_str());
            ("configuration_changed", json!({ "bucket": bucket, "what": what }))
        }
        Event::LimitHit { bucket, limit } => ("limit_hit", json!({ "bucket": bucket.as_str(), "limit": limit })),
    }
}

fn with(mut fields: Value, name: &str, value: Value) -> Value {
    fields[name] = value;
    fields
}
