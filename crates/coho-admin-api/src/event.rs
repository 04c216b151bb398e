//! The events of `/-/events`. On the wire the variant is the `event:` line and its fields are the `data:` line, so that a
//! browser's `EventSource` dispatches by name.

use crate::live::{FillProgressEvent, RatesEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An event: its name, and its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum AdminEvent {
    /// The first event of a stream.
    Hello(HelloEvent),
    /// The client reads too slowly, and has missed the oldest events.
    Lost(LostEvents),
    /// A fetch has started.
    FillStarted(FillStartedEvent),
    /// A request has joined a running fetch.
    FillJoined(FillEvent),
    /// More of a body has arrived, or its readers have changed.
    FillProgressed(FillProgressEvent),
    /// A fetch has ended without a failure.
    FillEnded(FillEndedEvent),
    /// A fetch has ended, and a later write of the key won.
    FillOvertaken(FillEvent),
    /// A fetch has failed.
    FillFailed(FillFailedEvent),
    /// A fetched object is visible to every request, and not durable yet.
    Published(PublishedEvent),
    /// A published object is durable, or a later write has replaced it.
    Durable(ObjectEvent),
    /// A published object could not be made durable and was withdrawn.
    PersistFailed(ObjectEvent),
    /// The stored bytes of an object are damaged.
    Damaged(ObjectEvent),
    /// A configuration has changed.
    ConfigurationChanged(ConfigurationEvent),
    /// The circuit breaker of an origin has another state.
    BreakerChanged(BreakerEvent),
    /// A fetch was refused because of a limit.
    LimitHit(LimitEvent),
    /// A run of lifecycle rules has ended.
    LifecycleRun(LifecycleRunEvent),
    /// What was counted in the last second.
    Rates(Box<RatesEvent>),
}

/// The beginning of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HelloEvent {
    /// The id of the last event before the stream; `0` if there was none.
    pub last: String,
}

/// A gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LostEvents {
    /// Number of missed events.
    pub count: u64,
}

/// A fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FillEvent {
    /// The id of the fetch within the process.
    pub fill: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// A fetch that has started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FillStartedEvent {
    /// The id of the fetch within the process.
    pub fill: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The `RuleNumber` of the rule.
    pub rule: u32,
}

/// A fetch that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FillEndedEvent {
    /// The id of the fetch within the process.
    pub fill: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// `stored`, `present` (stored already), `not_stored` or `passed`.
    pub outcome: String,
}

/// A fetch that has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FillFailedEvent {
    /// The id of the fetch within the process.
    pub fill: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The metric label of the failure, or `aborted`.
    pub reason: String,
}

/// An object that became visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedEvent {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Its length.
    pub bytes: u64,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectEvent {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// A run of lifecycle rules that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleRunEvent {
    /// Deleted objects.
    pub expired: u64,
    /// Objects that moved to another storage class.
    pub transitioned: u64,
    /// Aborted multipart uploads.
    pub aborted: u64,
}

/// A changed configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurationEvent {
    /// The bucket; none for a configuration of the server.
    pub bucket: Option<String>,
    /// `website`, `mirror` or `acl`, `bucket` if it was created or deleted, or `reload` if the server has read its keys, allowed
    /// networks and log level again.
    pub what: String,
}

/// A circuit breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreakerEvent {
    /// Scheme, host and port of the origin.
    pub origin: String,
    /// `open`, `half-open` (a probe runs) or `closed`.
    pub state: String,
    /// Failures since the last success: to connect, and of different keys after connecting.
    pub failures: u64,
    /// The last of them.
    pub last_failure: Option<String>,
}

/// A limit that refused a fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitEvent {
    /// The bucket.
    pub bucket: String,
    /// The metric label of the limit, such as `qps` or `max_fetches`; `backlog` if the fetch waits.
    pub limit: String,
}

impl AdminEvent {
    /// The `event:` line and the `data:` line.
    pub fn to_lines(&self) -> serde_json::Result<(&'static str, String)> {
        use serde_json::to_string;
        Ok(match self {
            Self::Hello(data) => ("hello", to_string(data)?),
            Self::Lost(data) => ("lost", to_string(data)?),
            Self::FillStarted(data) => ("fill_started", to_string(data)?),
            Self::FillJoined(data) => ("fill_joined", to_string(data)?),
            Self::FillProgressed(data) => ("fill_progressed", to_string(data)?),
            Self::FillEnded(data) => ("fill_ended", to_string(data)?),
            Self::FillOvertaken(data) => ("fill_overtaken", to_string(data)?),
            Self::FillFailed(data) => ("fill_failed", to_string(data)?),
            Self::Published(data) => ("published", to_string(data)?),
            Self::Durable(data) => ("durable", to_string(data)?),
            Self::PersistFailed(data) => ("persist_failed", to_string(data)?),
            Self::Damaged(data) => ("damaged", to_string(data)?),
            Self::ConfigurationChanged(data) => ("configuration_changed", to_string(data)?),
            Self::BreakerChanged(data) => ("breaker_changed", to_string(data)?),
            Self::LimitHit(data) => ("limit_hit", to_string(data)?),
            Self::LifecycleRun(data) => ("lifecycle_run", to_string(data)?),
            Self::Rates(data) => ("rates", to_string(data)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{BucketRates, LatencyPercentiles, TrafficRates};

    fn rates() -> RatesEvent {
        RatesEvent {
            at: "2026-01-01T00:00:00.000Z".into(),
            span_ms: 1000,
            requests_per_second: 1.5,
            success_per_second: 1.5,
            redirection_per_second: 0.0,
            client_error_per_second: 0.0,
            server_error_per_second: 0.0,
            total: TrafficRates::default(),
            in_flight: 1,
            unpersisted: 0,
            bodies_in_flight: 0,
            connections: 2,
            latency: Some(LatencyPercentiles { answers: 3, p50_ms: 0.5, p95_ms: 1.0, p99_ms: 2.0 }),
            buckets: vec![BucketRates { bucket: "b".into(), rates: TrafficRates::default() }],
        }
    }

    #[test]
    fn the_lines_of_an_event_are_its_tag_and_its_content() {
        let (bucket, key, fill) = (|| "b".to_owned(), || "k".to_owned(), || "7".to_owned());
        let object = || ObjectEvent { bucket: bucket(), key: key() };
        let fetch = || FillEvent { fill: fill(), bucket: bucket(), key: key() };
        for event in [
            AdminEvent::Hello(HelloEvent { last: fill() }),
            AdminEvent::Lost(LostEvents { count: 3 }),
            AdminEvent::FillStarted(FillStartedEvent { fill: fill(), bucket: bucket(), key: key(), rule: 2 }),
            AdminEvent::FillJoined(fetch()),
            AdminEvent::FillEnded(FillEndedEvent {
                fill: fill(),
                bucket: bucket(),
                key: key(),
                outcome: "stored".into(),
            }),
            AdminEvent::FillOvertaken(fetch()),
            AdminEvent::FillFailed(FillFailedEvent {
                fill: fill(),
                bucket: bucket(),
                key: key(),
                reason: "timeout".into(),
            }),
            AdminEvent::Published(PublishedEvent { bucket: bucket(), key: key(), bytes: 1 }),
            AdminEvent::Durable(object()),
            AdminEvent::PersistFailed(object()),
            AdminEvent::Damaged(object()),
            AdminEvent::ConfigurationChanged(ConfigurationEvent { bucket: None, what: "website".into() }),
            AdminEvent::BreakerChanged(BreakerEvent {
                origin: "http://o".into(),
                state: "open".into(),
                failures: 10,
                last_failure: Some("late".into()),
            }),
            AdminEvent::LimitHit(LimitEvent { bucket: bucket(), limit: "qps".into() }),
            AdminEvent::LifecycleRun(LifecycleRunEvent { expired: 1, transitioned: 2, aborted: 3 }),
            AdminEvent::FillProgressed(FillProgressEvent {
                fill: fill(),
                bucket: bucket(),
                key: key(),
                received_bytes: 3,
                length_bytes: None,
                readers: 1,
                bytes_per_second: 3,
            }),
            AdminEvent::Rates(Box::new(rates())),
        ] {
            let (name, data) = event.to_lines().unwrap();
            let read: AdminEvent = serde_json::from_str(&format!("{{\"event\":\"{name}\",\"data\":{data}}}")).unwrap();
            assert_eq!(read, event, "{name}");
        }
    }
}
