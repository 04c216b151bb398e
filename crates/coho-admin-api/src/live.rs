//! What goes on at this moment: the payloads of the live events, and how long answers take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The progress of a fetch. At most one event for each fetch in a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FillProgressEvent {
    /// The id of the fetch within the process.
    pub fill: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// What was received so far.
    pub received_bytes: u64,
    /// Length of the body; none if the origin did not send it.
    pub length_bytes: Option<u64>,
    /// Number of readers.
    pub readers: u64,
    /// What was received since the last event of this fetch.
    pub bytes_per_second: u64,
}

/// What was counted in the last second, while a stream is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RatesEvent {
    /// The end of the span.
    pub at: String,
    /// Its length.
    pub span_ms: u64,
    /// Answers of the API, also to requests that name no bucket.
    pub requests_per_second: f64,
    /// Those with 2xx.
    pub success_per_second: f64,
    /// Those with 3xx.
    pub redirection_per_second: f64,
    /// Those with 4xx.
    pub client_error_per_second: f64,
    /// Those with 5xx.
    pub server_error_per_second: f64,
    /// The sums over all buckets.
    pub total: TrafficRates,
    /// Fetches at this moment.
    pub in_flight: u64,
    /// Fetched objects that are visible and not durable yet.
    pub unpersisted: u64,
    /// Stored bodies that are being sent.
    pub bodies_in_flight: u64,
    /// Open connections of the API.
    pub connections: u64,
    /// The answers of the last ten seconds; none without an answer.
    pub latency: Option<LatencyPercentiles>,
    /// The busiest buckets, at most 20, busiest first.
    pub buckets: Vec<BucketRates>,
}

/// A bucket in the last second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BucketRates {
    /// Its name.
    pub bucket: String,
    /// What was counted.
    #[serde(flatten)]
    pub rates: TrafficRates,
}

/// The counters of the history of traffic, per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficRates {
    /// Reads of objects that were answered from the store.
    pub hits_per_second: f64,
    /// Reads of objects whose answer came from a fetch.
    pub mirrored_per_second: f64,
    /// Answers with a redirect.
    pub redirects_per_second: f64,
    /// Other answers below 400.
    pub other_answers_per_second: f64,
    /// Answers with 4xx.
    pub client_errors_per_second: f64,
    /// Answers with 5xx.
    pub server_errors_per_second: f64,
    /// Fetches that were started.
    pub fetches_per_second: f64,
    /// Fetches that failed.
    pub fetch_failures_per_second: f64,
    /// Bytes of bodies to clients.
    pub out_bytes_per_second: f64,
    /// Bytes of bodies from clients.
    pub in_bytes_per_second: f64,
    /// Bytes of bodies from origins.
    pub origin_bytes_per_second: f64,
}

/// Times until the head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LatencyPercentiles {
    /// Number of answers.
    pub answers: u64,
    /// Within which half of them were given.
    pub p50_ms: f64,
    /// Within which 95 % of them were given.
    pub p95_ms: f64,
    /// Within which 99 % of them were given.
    pub p99_ms: f64,
}

/// Times until the head of an answer, all of the API together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerLatency {
    /// Since the start; none without an answer.
    pub since_start: Option<LatencyPercentiles>,
    /// Of the last minute; none without an answer.
    pub last_minute: Option<LatencyPercentiles>,
}
