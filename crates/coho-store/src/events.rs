//! What happens in a store, as typed events for subscribers: the event stream of the admin address.
//!
//! A bounded broadcast channel: a reader that is too slow loses the oldest events and learns how many. Without readers
//! an event costs one atomic load. Every fill and every published object ends in exactly one event, also when its task
//! panics, because a destructor sends it.

use coho_model::{BucketName, ObjectKey};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::broadcast::{self, error::RecvError};

/// Most events that wait for the slowest reader; the oldest go first.
const MAX_WAITING_EVENTS: usize = 4096;

/// An event with its number. Numbers rise by one from event to event within a process.
#[derive(Debug, Clone)]
pub struct NumberedEvent {
    /// From 1.
    pub number: u64,
    /// The event.
    pub event: Arc<Event>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A fill has started.
    FillStarted {
        /// The fill.
        fill: EventFill,
        /// Number of the rule that asked for it.
        rule: u32,
    },
    /// A request has joined a running fill.
    FillJoined {
        /// The fill.
        fill: EventFill,
    },
    /// A filled object is visible to every request, and not durable yet.
    Published {
        /// The object.
        object: EventObject,
        /// Its length in bytes.
        bytes: u64,
    },
    /// A published object is durable, or a later write has replaced it.
    Durable {
        /// The object.
        object: EventObject,
    },
    /// A published object could not be made durable and was withdrawn. The next request fetches it again.
    PersistFailed {
        /// The object.
        object: EventObject,
    },
    /// A fill has ended without a failure.
    FillEnded {
        /// The fill.
        fill: EventFill,
        /// The metric label of the outcome, such as `stored` or `passed`.
        outcome: &'static str,
    },
    /// A fill has ended, and a later write of the key won.
    FillOvertaken {
        /// The fill.
        fill: EventFill,
    },
    /// A fill has failed.
    FillFailed {
        /// The fill.
        fill: EventFill,
        /// The metric label of the failure, such as `timeout`.
        reason: &'static str,
    },
    /// A configuration has changed.
    ConfigurationChanged {
        /// The bucket; none for a configuration of the server.
        bucket: Option<BucketName>,
        /// The configuration, such as `website`.
        what: &'static str,
    },
    /// The stored bytes of a mirrored object are damaged, and it is fetched again.
    Damaged {
        /// The object.
        object: EventObject,
    },
    /// The circuit breaker of an origin has another state.
    BreakerChanged {
        /// Scheme, host and port.
        origin: String,
        /// `open`, `half-open` or `closed`.
        state: &'static str,
        /// Failures since the last success, as far as they count.
        failures: usize,
        /// The last of them.
        last_failure: Option<String>,
    },
    /// A run of lifecycle rules has ended.
    LifecycleRun {
        /// Deleted objects.
        expired: u64,
        /// Objects that moved to another storage class.
        transitioned: u64,
        /// Aborted uploads.
        aborted: u64,
    },
    /// A request was refused because of a limit.
    LimitHit {
        /// The bucket.
        bucket: BucketName,
        /// The metric label of the refusal, such as `qps`.
        limit: &'static str,
    },
}

/// An object in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventObject {
    /// Its bucket.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
}

/// A fill in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFill {
    /// Unique within the process.
    pub number: u64,
    /// The object that it fetches.
    pub object: EventObject,
}

/// The channel.
#[derive(Debug)]
pub struct Events {
    sender: broadcast::Sender<NumberedEvent>,
    /// Number of the last event. Locked while an event is sent, so that numbers rise in the order of the channel.
    last: Mutex<u64>,
    fills: AtomicU64,
}

/// A reader of the channel.
#[derive(Debug)]
pub struct EventReader(broadcast::Receiver<NumberedEvent>);

/// What a reader gets next.
#[derive(Debug, Clone)]
pub enum NextEvent {
    /// The next event.
    Event(NumberedEvent),
    /// The reader was too slow: this number of events is lost to it.
    Lost(u64),
}

/// The events of one fill. [`FillEvents::finish`] sends the last one.
#[derive(Debug)]
pub struct FillEvents {
    events: Arc<Events>,
    fill: EventFill,
    outcome: Mutex<Option<Event>>,
}

/// The end of a publication: dropped without `Published::durable`, the object could not be persisted.
#[derive(Debug)]
pub struct Published {
    events: Arc<Events>,
    object: Option<EventObject>,
}

impl Default for Events {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(MAX_WAITING_EVENTS), last: Mutex::default(), fills: AtomicU64::new(0) }
    }
}

impl Events {
    /// Follows the events from now on. Also returns the number of the last event before.
    pub fn subscribe(&self) -> (EventReader, u64) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (EventReader(self.sender.subscribe()), *last)
    }

    /// Sends an event, made only if there is a reader.
    pub fn send(&self, event: impl FnOnce() -> Event) {
        if self.sender.receiver_count() == 0 {
            return;
        }
        let event = Arc::new(event());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        // The last reader may have left.
        let _ = self.sender.send(NumberedEvent { number: *last, event });
    }

    /// A configuration of a bucket has changed, or one of the server.
    pub fn configuration_changed(&self, bucket: Option<&BucketName>, what: &'static str) {
        self.send(|| Event::ConfigurationChanged { bucket: bucket.cloned(), what });
    }

    /// A mirrored object is damaged, and is fetched again.
    pub fn damaged(&self, bucket: &BucketName, key: &ObjectKey) {
        self.send(|| Event::Damaged { object: EventObject { bucket: bucket.clone(), key: key.clone() } });
    }

    /// The circuit breaker of an origin has another state: its name, the state, the failures and the last of them.
    pub fn breaker_changed(&self, change: impl FnOnce() -> (String, &'static str, usize, Option<String>)) {
        self.send(|| {
            let (origin, state, failures, last_failure) = change();
            Event::BreakerChanged { origin, state, failures, last_failure }
        });
    }

    /// A run of lifecycle rules has ended.
    pub fn lifecycle_run(&self, expired: u64, transitioned: u64, aborted: u64) {
        self.send(|| Event::LifecycleRun { expired, transitioned, aborted });
    }

    /// A request was refused because of a limit.
    pub fn limit_hit(&self, bucket: &BucketName, limit: &'static str) {
        self.send(|| Event::LimitHit { bucket: bucket.clone(), limit });
    }

    /// A fill starts.
    pub fn fill_started(self: &Arc<Self>, bucket: &BucketName, key: &ObjectKey, rule: u32) -> FillEvents {
        let number = self.fills.fetch_add(1, Ordering::Relaxed) + 1;
        let fill = EventFill { number, object: EventObject { bucket: bucket.clone(), key: key.clone() } };
        self.send(|| Event::FillStarted { fill: fill.clone(), rule });
        FillEvents { events: self.clone(), fill, outcome: Mutex::default() }
    }

    /// An object becomes visible. The guard sends what becomes of it.
    pub(crate) fn published(self: &Arc<Self>, bucket: &BucketName, key: &ObjectKey, bytes: u64) -> Published {
        let object = EventObject { bucket: bucket.clone(), key: key.clone() };
        self.send(|| Event::Published { object: object.clone(), bytes });
        Published { events: self.clone(), object: Some(object) }
    }
}

impl EventReader {
    /// The next event, or how many were lost; none when the store is gone.
    pub async fn next(&mut self) -> Option<NextEvent> {
        match self.0.recv().await {
            Ok(event) => Some(NextEvent::Event(event)),
            Err(RecvError::Lagged(count)) => Some(NextEvent::Lost(count)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl FillEvents {
    /// The number of the fill within the process.
    pub fn number(&self) -> u64 {
        self.fill.number
    }

    /// A request has joined the fill.
    pub fn joined(&self) {
        self.events.send(|| Event::FillJoined { fill: self.fill.clone() });
    }

    /// Sets the outcome of a fill that has not failed.
    pub fn ended(&self, outcome: &'static str) {
        self.set(Event::FillEnded { fill: self.fill.clone(), outcome });
    }

    /// Sets the outcome: a later write won.
    pub fn overtaken(&self) {
        self.set(Event::FillOvertaken { fill: self.fill.clone() });
    }

    /// Sets the outcome: the fill has failed.
    pub fn failed(&self, reason: &'static str) {
        self.set(Event::FillFailed { fill: self.fill.clone(), reason });
    }

    fn set(&self, event: Event) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
    }

    /// The fill counts no longer: sends its outcome. Without one the fill was aborted.
    pub fn finish(&self) {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        let fill = &self.fill;
        self.events.send(|| outcome.unwrap_or_else(|| Event::FillFailed { fill: fill.clone(), reason: "aborted" }));
    }
}

impl Published {
    /// The object is durable.
    pub(crate) fn durable(mut self) {
        if let Some(object) = self.object.take() {
            self.events.send(|| Event::Durable { object });
        }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            self.events.send(|| Event::PersistFailed { object });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> (BucketName, ObjectKey) {
        (BucketName::parse("bucket").unwrap(), ObjectKey::parse("key").unwrap())
    }

    async fn next(reader: &mut EventReader) -> Event {
        match reader.next().await {
            Some(NextEvent::Event(numbered)) => (*numbered.event).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn every_fill_and_every_published_object_ends_in_one_event() {
        let events = Arc::new(Events::default());
        let (mut reader, last) = events.subscribe();
        assert_eq!(last, 0);
        let (bucket, key) = names();
        let object = EventObject { bucket: bucket.clone(), key: key.clone() };
        let fill = |number| EventFill { number, object: object.clone() };
        let stored = events.fill_started(&bucket, &key, 7);
        stored.joined();
        stored.ended("stored");
        stored.finish();
        events.fill_started(&bucket, &key, 8).finish();
        events.published(&bucket, &key, 3).durable();
        drop(events.published(&bucket, &key, 3));
        for expected in [
            Event::FillStarted { fill: fill(1), rule: 7 },
            Event::FillJoined { fill: fill(1) },
            Event::FillEnded { fill: fill(1), outcome: "stored" },
            Event::FillStarted { fill: fill(2), rule: 8 },
            Event::FillFailed { fill: fill(2), reason: "aborted" },
            Event::Published { object: object.clone(), bytes: 3 },
            Event::Durable { object: object.clone() },
            Event::Published { object: object.clone(), bytes: 3 },
            Event::PersistFailed { object: object.clone() },
        ] {
            assert_eq!(next(&mut reader).await, expected);
        }
        assert_eq!(events.subscribe().1, 9);
    }

    #[tokio::test]
    async fn a_slow_reader_learns_how_many_events_it_lost() {
        let events = Events::default();
        let (bucket, _) = names();
        events.limit_hit(&bucket, "before any reader");
        let (mut reader, last) = events.subscribe();
        assert_eq!(last, 0, "an event without a reader is not even counted");
        for _ in 0..MAX_WAITING_EVENTS + 3 {
            events.limit_hit(&bucket, "qps");
        }
        assert!(matches!(reader.next().await, Some(NextEvent::Lost(3))));
        let Some(NextEvent::Event(numbered)) = reader.next().await else { panic!("an event") };
        assert_eq!(numbered.number, 4);
        drop(events);
    }
}
