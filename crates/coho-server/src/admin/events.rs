//! The events of the store and of the live sampler as Server-Sent Events. Those of the sampler have no id.

use super::refusal::AdminError;
use crate::context::Context;
use axum::{
    Extension,
    extract::State,
    response::sse::{self, KeepAlive, Sse},
};
use coho_admin_api::{
    AdminCode,
    event::{
        AdminEvent, BreakerEvent, ConfigurationEvent, FillEndedEvent, FillEvent, FillFailedEvent, FillStartedEvent,
        HelloEvent, LifecycleRunEvent, LimitEvent, LostEvents, ObjectEvent, PublishedEvent,
    },
};
use coho_store::events::{Event, EventFill, EventObject, NextEvent, NumberedEvent};
use futures_util::{Stream, stream};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast::error::RecvError, watch};

/// Most streams at a time: half of the connections, so that the others can be used.
const MAX_STREAMS: usize = super::listen::MAX_CONNECTIONS / 2;

/// Signals the end of the server, which ends every stream.
pub(crate) type Stop = watch::Receiver<bool>;

/// What the streams share.
#[derive(Debug, Clone)]
pub(crate) struct Streams {
    stop: Stop,
    /// Signals the end of the session that follows; without sessions the same as `stop`.
    session: Stop,
    slots: Arc<Semaphore>,
}

impl Streams {
    pub(super) fn new(stop: Stop) -> Self {
        Self { session: stop.clone(), stop, slots: Arc::new(Semaphore::new(MAX_STREAMS)) }
    }

    /// Those that a session may follow.
    pub(crate) fn of_session(stop: Stop, session: Stop, slots: Arc<Semaphore>) -> Self {
        Self { stop, session, slots }
    }
}

impl Streams {
    /// A slot for one more stream, and what ends it; `None` if all are in use.
    pub(super) fn begin(self) -> Option<(OwnedSemaphorePermit, Stop, Stop)> {
        Some((self.slots.try_acquire_owned().ok()?, self.stop, self.session))
    }
}

/// The refusal of one stream too many.
pub(super) fn too_many_streams() -> AdminError {
    tracing::warn!("an event stream was refused: all of its address are in use");
    AdminError::own(AdminCode::TooManyEventStreams, "all event streams of this address are in use")
}

/// Follows the events until the client leaves, its session ends or the server stops. The first one is `hello`, with the number of the last
/// event before.
pub(super) async fn events(
    State(context): State<Arc<Context>>,
    Extension(streams): Extension<Streams>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, AdminError> {
    let (slot, stop, session) = streams.begin().ok_or_else(too_many_streams)?;
    let (reader, last) = context.store.events().subscribe();
    let hello = written(sse::Event::default(), &AdminEvent::Hello(HelloEvent { last: last.to_string() }));
    let live = context.live.subscribe(&context);
    let streams = (reader, live, stop, session, slot, context);
    let follow = stream::unfold(streams, |(mut reader, mut live, mut stop, mut session, slot, context)| async {
        let next = tokio::select! {
            next = reader.next() => next.map(|next| next_event(&context, next)),
            next = live.recv() => live_event(&context, next),
            _ = stop.wait_for(|stop| *stop) => None,
            _ = session.wait_for(|ended| *ended) => None,
        };
        next.map(|next| (Ok(next), (reader, live, stop, session, slot, context)))
    });
    let hello = stream::once(async { Ok(hello) });
    Ok(Sse::new(stream::StreamExt::chain(hello, follow)).keep_alive(KeepAlive::default()))
}

fn next_event(context: &Context, next: NextEvent) -> sse::Event {
    match next {
        NextEvent::Event(NumberedEvent { number, event }) => {
            written(sse::Event::default().id(number.to_string()), &shown(&event))
        }
        NextEvent::Lost(count) => lost(context, count),
    }
}

fn lost(context: &Context, count: u64) -> sse::Event {
    context.metrics.count_missed("events", count);
    written(sse::Event::default(), &AdminEvent::Lost(LostEvents { count }))
}

fn live_event(context: &Context, next: Result<Arc<AdminEvent>, RecvError>) -> Option<sse::Event> {
    match next {
        Ok(event) => Some(written(sse::Event::default(), &event)),
        Err(RecvError::Lagged(count)) => Some(lost(context, count)),
        Err(RecvError::Closed) => None,
    }
}

/// JSON has no line break, which is the one thing that the data of an event cannot hold.
fn written(line: sse::Event, event: &AdminEvent) -> sse::Event {
    match event.to_lines() {
        Ok((name, data)) => line.event(name).data(data),
        Err(error) => line.comment(error.to_string()),
    }
}

fn shown(event: &Event) -> AdminEvent {
    let fill = |EventFill { number, object: EventObject { bucket, key } }: &EventFill| FillEvent {
        fill: number.to_string(),
        bucket: bucket.to_string(),
        key: key.to_string(),
    };
    let object =
        |EventObject { bucket, key }: &EventObject| ObjectEvent { bucket: bucket.to_string(), key: key.to_string() };
    match event {
        Event::FillStarted { fill: id, rule } => {
            let FillEvent { fill, bucket, key } = fill(id);
            AdminEvent::FillStarted(FillStartedEvent { fill, bucket, key, rule: *rule })
        }
        Event::FillJoined { fill: id } => AdminEvent::FillJoined(fill(id)),
        Event::FillEnded { fill: id, outcome } => {
            let FillEvent { fill, bucket, key } = fill(id);
            AdminEvent::FillEnded(FillEndedEvent { fill, bucket, key, outcome: (*outcome).to_owned() })
        }
        Event::FillOvertaken { fill: id } => AdminEvent::FillOvertaken(fill(id)),
        Event::FillFailed { fill: id, reason } => {
            let FillEvent { fill, bucket, key } = fill(id);
            AdminEvent::FillFailed(FillFailedEvent { fill, bucket, key, reason: (*reason).to_owned() })
        }
        Event::Published { object: id, bytes } => {
            let ObjectEvent { bucket, key } = object(id);
            AdminEvent::Published(PublishedEvent { bucket, key, bytes: *bytes })
        }
        Event::Durable { object: id } => AdminEvent::Durable(object(id)),
        Event::PersistFailed { object: id } => AdminEvent::PersistFailed(object(id)),
        Event::Damaged { object: id } => AdminEvent::Damaged(object(id)),
        Event::ConfigurationChanged { bucket, what } => AdminEvent::ConfigurationChanged(ConfigurationEvent {
            bucket: bucket.as_ref().map(ToString::to_string),
            what: (*what).to_owned(),
        }),
        Event::BreakerChanged { origin, state, failures, last_failure } => AdminEvent::BreakerChanged(BreakerEvent {
            origin: origin.clone(),
            state: (*state).to_owned(),
            failures: *failures as u64,
            last_failure: last_failure.clone(),
        }),
        Event::LifecycleRun { expired, transitioned, aborted } => AdminEvent::LifecycleRun(LifecycleRunEvent {
            expired: *expired,
            transitioned: *transitioned,
            aborted: *aborted,
        }),
        Event::LimitHit { bucket, limit } => {
            AdminEvent::LimitHit(LimitEvent { bucket: bucket.to_string(), limit: (*limit).to_owned() })
        }
    }
}
