//! How buckets fetch from their origins: settings, what is going on, and what is kept of misses.

mod failure;
mod progress;
mod setting;

pub use failure::{
    ClearQuery, ClearedFailures, FailuresQuery, FetchAttempt, FetchFailure, FetchFailures, MissingKeys, MissingObject,
    MissingQuery, OriginReset, OriginResetRequest,
};
pub use progress::{
    FetchObjectOutcome, FetchObjectRequest, FetchObjectResult, MirrorProgress, ProgressOrigin, ProgressRule,
    ProgressUnknown, StoredShares, TrafficShare,
};
pub use setting::{LimitSetting, NumberSetting};

use crate::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// How a bucket fetches: its settings, what is in force, and what is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BucketMirror {
    /// Fetches per second.
    pub qps: LimitSetting,
    /// Bytes per second of all fetches together.
    pub bandwidth_bytes_per_second: LimitSetting,
    /// The limits of single rules by their `RuleNumber`, within those of the bucket.
    pub rules: BTreeMap<u32, RuleLimitSettings>,
    /// Time that name resolution and connection may take together.
    pub connect_timeout_ms: NumberSetting,
    /// Time from the request to the head of the origin's answer.
    pub first_byte_timeout_ms: NumberSetting,
    /// Time between two pieces of a body.
    pub idle_timeout_ms: NumberSetting,
    /// Time for which a missing object of the origin is remembered.
    pub missing_seconds: NumberSetting,
    /// Whether `x-oss-tag` is `MIRROR` alone, without the origin's URL.
    pub hide_origin: bool,
    /// Whether the origins are trusted to end a body by closing its connection.
    pub trust_close: bool,
    /// Whether fetched objects are encrypted with `AES256`. The encryption rule of the bucket is not for them, as in OSS.
    pub encrypt: bool,
    /// What is in force, with the server's settings in place of `default`.
    pub effective: EffectiveMirror,
    /// What the fetches have used in the last seconds.
    pub used: BucketMirrorUse,
}

/// What the fetches of a bucket have used, per second, as the mean of the last five whole seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BucketMirrorUse {
    /// All fetches together.
    #[serde(flatten)]
    pub all: MirrorUse,
    /// Those of each rule that has fetched since the start, by its `RuleNumber`.
    pub rules: BTreeMap<u32, MirrorUse>,
}

/// What is used per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorUse {
    /// Fetches that were started.
    pub fetches_per_second: f64,
    /// Bytes of bodies from origins.
    pub bytes_per_second: f64,
}

/// The limits of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleLimitSettings {
    /// Fetches per second.
    pub qps: LimitSetting,
    /// Bytes per second of all fetches together.
    pub bandwidth_bytes_per_second: LimitSetting,
}

/// The settings in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectiveMirror {
    /// Fetches per second; none if they are not limited.
    pub qps: Option<u64>,
    /// Bytes per second; none if they are not limited.
    pub bandwidth_bytes_per_second: Option<u64>,
    /// Time that name resolution and connection may take together.
    pub connect_timeout_ms: u64,
    /// Time from the request to the head of the origin's answer.
    pub first_byte_timeout_ms: u64,
    /// Time between two pieces of a body.
    pub idle_timeout_ms: u64,
    /// Time for which a missing object of the origin is remembered.
    pub missing_seconds: u64,
}

/// Settings to be changed, all of them or none; those that are not named stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BucketMirrorChange {
    /// Fetches per second.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LimitSetting")]
    pub qps: Option<LimitSetting>,
    /// Bytes per second of all fetches together.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LimitSetting")]
    pub bandwidth_bytes_per_second: Option<LimitSetting>,
    /// Limits of single rules by their `RuleNumber`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<u32, JsonObject<RuleLimitsChange>>,
    /// Time that name resolution and connection may take together.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumberSetting")]
    pub connect_timeout_ms: Option<NumberSetting>,
    /// Time from the request to the head of the origin's answer.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumberSetting")]
    pub first_byte_timeout_ms: Option<NumberSetting>,
    /// Time between two pieces of a body.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumberSetting")]
    pub idle_timeout_ms: Option<NumberSetting>,
    /// Time for which a missing object of the origin is remembered; 0 asks the origin each time.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NumberSetting")]
    pub missing_seconds: Option<NumberSetting>,
    /// Whether `x-oss-tag` is `MIRROR` alone, without the origin's URL.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub hide_origin: Option<bool>,
    /// Whether the origins are trusted to end a body by closing its connection.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub trust_close: Option<bool>,
    /// Whether objects that are fetched from now on are encrypted with `AES256`. Those that are stored already stay as they are.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub encrypt: Option<bool>,
}

/// Limits of one rule to be changed; those that are not named stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuleLimitsChange {
    /// Fetches per second.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LimitSetting")]
    pub qps: Option<LimitSetting>,
    /// Bytes per second of all fetches together.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LimitSetting")]
    pub bandwidth_bytes_per_second: Option<LimitSetting>,
}

/// A field that is left out stays as it is. `null` is refused: it could mean that, or the default.
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What is going on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorStatus {
    /// Fetches at this moment.
    pub in_flight: u64,
    /// Fetched objects that are visible and not durable yet.
    pub unpersisted: u64,
    /// The oldest fetches at this moment, at most 1,000.
    pub fills: Vec<FillReport>,
    /// The recently used origins.
    pub origins: Vec<OriginReport>,
    /// The settings of each bucket that has fetched since the start.
    pub buckets: BTreeMap<String, BucketMirror>,
    /// What each bucket with mirror rules has stored, of the first 1,000 such buckets by their names.
    pub stored: BTreeMap<String, StoredShares>,
    /// Number of missing objects of origins that are remembered.
    pub known_missing: u64,
    /// Fetches since the start by their outcome, the label of the metric `coho_mirror_outcomes_total`.
    pub outcomes: BTreeMap<String, u64>,
    /// Limits of the server.
    pub limits: MirrorCapacity,
}

/// A fetch in progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FillReport {
    /// The id of the fetch within the process, as events have it.
    pub fill: String,
    /// The bucket.
    pub bucket: String,
    /// The key under which the object will be stored.
    pub key: String,
    /// The `RuleNumber` of the rule.
    pub rule: u32,
    /// The origin URL, without its query.
    pub url: String,
    /// What was received so far.
    pub received_bytes: u64,
    /// Length of the body; none if the origin did not send it.
    pub length_bytes: Option<u64>,
    /// Number of readers.
    pub readers: u64,
    /// Time since the start of the fetch.
    pub elapsed_seconds: f64,
    /// The mean since the start of the fetch.
    pub bytes_per_second: u64,
}

/// An origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OriginReport {
    /// Scheme, host and port.
    pub origin: String,
    /// Requests in progress.
    pub requests: u64,
    /// Requests that wait for one in progress to end.
    pub waiting: u64,
    /// State of the circuit breaker: `closed` (requests are sent), `open` (they are refused) or `half-open` (one is sent as a
    /// probe).
    pub breaker: String,
    /// Failures since the last success: to connect, and of different keys after connecting.
    pub failures: u64,
    /// The last failure since the last success.
    pub last_failure: Option<String>,
    /// Since when the breaker is not closed.
    pub open_since: Option<String>,
    /// The last request that counted as a success.
    pub last_success_at: Option<String>,
    /// The last request that counted as a failure.
    pub last_failure_at: Option<String>,
}

/// Limits of the server on fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorCapacity {
    /// Most fetches at a time.
    pub fetches: u64,
    /// Most requests to one origin at a time.
    pub requests_per_origin: u64,
}

/// Which missing objects of origins to forget; without a parameter all of the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct ForgetQuery {
    /// This one.
    pub key: Option<String>,
    /// All keys that begin so. Not together with `key`.
    pub prefix: Option<String>,
}

/// The number of missing objects that were forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forgotten {
    /// Their number.
    pub forgotten: u64,
}
