//! How far the migration of a bucket is, and fetching a missing object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far the migration of a bucket is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorProgress {
    /// The bucket.
    pub bucket: String,
    /// Number of stored objects, mirrored or written by clients.
    pub stored_objects: u64,
    /// Their bytes.
    pub stored_bytes: u64,
    /// Which of them came from origins, and which clients have written.
    #[serde(flatten)]
    pub shares: StoredShares,
    /// Fetches that have stored an object since `since`; an object that was fetched again counts again.
    pub stored_fetches: u64,
    /// The start of the server, since when outcomes are counted.
    pub since: String,
    /// Requests for objects in the last hour.
    pub last_hour: TrafficShare,
    /// Requests for objects in the last 24 hours.
    pub last_day: TrafficShare,
    /// The mirror rules, in order of their numbers.
    pub rules: Vec<ProgressRule>,
    /// Missing objects of origins that are remembered, 10,000 at most are counted.
    pub known_missing: u64,
    /// Keys whose fetches have failed, of those that are kept.
    pub failed_keys: u64,
    /// What is not known.
    pub unknown: Vec<ProgressUnknown>,
}

/// The stored objects of a bucket by where they came from. Versions that are not current count, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredShares {
    /// Number of objects whose bytes came from an origin.
    pub mirrored_objects: u64,
    /// Their bytes.
    pub mirrored_bytes: u64,
    /// Number of objects that clients have written.
    pub written_objects: u64,
    /// Their bytes.
    pub written_bytes: u64,
}

/// Reads of objects in a span of time, from the history of traffic and from the present minute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficShare {
    /// Reads that were answered from the store.
    pub hits: u64,
    /// Reads whose answer came from a fetch.
    pub mirrored: u64,
    /// The share of hits among both, from 0 to 1; none without a read.
    pub hit_ratio: Option<f64>,
    /// Fetches that were started.
    pub fetches: u64,
    /// Fetches that failed; an origin that has no such object is none.
    pub fetch_failures: u64,
    /// Bytes of bodies from origins.
    pub origin_bytes: u64,
}

/// A mirror rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressRule {
    /// Its `RuleNumber`.
    pub rule: u32,
    /// Its origins, in the order in which they are asked.
    pub origins: Vec<ProgressOrigin>,
    /// Outcomes of its fetches since the start, by the label of the metric `coho_mirror_outcomes_total`.
    pub outcomes: BTreeMap<String, u64>,
}

/// An origin of a rule. Without a request to it since the start, only its name is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressOrigin {
    /// Scheme, host and port.
    pub origin: String,
    /// State of the circuit breaker.
    pub breaker: Option<String>,
    /// The last request that counted as a success.
    pub last_success_at: Option<String>,
    /// The last request that counted as a failure.
    pub last_failure_at: Option<String>,
    /// The last failure since the last success.
    pub last_failure: Option<String>,
}

/// What is not known of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgressUnknown {
    /// How many objects the origins have: they are not listed.
    OriginTotal,
    /// What was fetched before the start of the server: outcomes are counted since then.
    BeforeStart,
    /// Whether the origins have objects that no request was for.
    UnrequestedObjects,
}

/// An object to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FetchObjectRequest {
    /// Its key.
    pub key: String,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FetchObjectResult {
    /// What was done.
    pub outcome: FetchObjectOutcome,
    /// A sentence.
    pub text: String,
    /// The `RuleNumber` of the rule that fetches it.
    pub rule: Option<u32>,
    /// The key under which it is stored.
    pub key: String,
    /// The id of the fetch's request, in the log and among the failed fetches.
    pub request_id: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FetchObjectOutcome {
    /// The object is stored already.
    Stored,
    /// A fetch was started.
    Started,
    /// A fetch of the object was in progress already.
    Joined,
}
