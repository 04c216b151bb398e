//! What origins did not deliver: failed fetches, missing objects, and origins that are left alone for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The fetches that failed last. A key that fails again is listed once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FetchFailures {
    /// Newest first.
    pub failures: Vec<FetchFailure>,
    /// Number of all that are kept, of the bucket if the question names one.
    pub kept: u64,
}

/// A failed fetch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FetchFailure {
    /// When it ended.
    pub at: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The `RuleNumber` of the rule.
    pub rule: u32,
    /// The metric label of the failure, such as `timeout`.
    pub reason: String,
    /// What failed.
    pub error: String,
    /// The id of the request that started the fetch.
    pub request_id: String,
    /// Time from the miss to the failure.
    pub elapsed_ms: f64,
    /// How often the key has failed by this rule since it is listed.
    pub times: u64,
    /// The requests to origins, in order.
    pub attempts: Vec<FetchAttempt>,
    /// Further requests, which are not listed.
    pub more_attempts: u64,
}

/// A request to an origin, followed redirects included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FetchAttempt {
    /// Index of the origin among the rule's, from 0.
    pub origin: u64,
    /// The URL that was requested last, without its query.
    pub url: String,
    /// Redirects that were followed to it.
    pub redirects: u64,
    /// Offset of the first byte that was requested: above 0 a broken body was resumed.
    pub from_bytes: u64,
    /// Address and port of the connection, if there was an answer.
    pub address: Option<String>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The metric label of the failure, if there was no answer.
    pub reason: Option<String>,
    /// What failed.
    pub error: Option<String>,
    /// Time until the head of the answer, or the failure.
    pub elapsed_ms: f64,
}

/// Which failed fetches to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct FailuresQuery {
    /// Only those of this bucket.
    pub bucket: Option<String>,
    /// Most failures; 100 without it.
    #[schemars(range(min = 1, max = 1000))]
    pub max: Option<u64>,
}

/// Which failed fetches to forget.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct ClearQuery {
    /// Only those of this bucket.
    pub bucket: Option<String>,
}

/// The number of failed fetches that were forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClearedFailures {
    /// Their number.
    pub cleared: u64,
}

/// The origin whose circuit breaker is to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginResetRequest {
    /// Scheme, host and port, as the state of fetches shows them.
    pub origin: String,
}

/// An origin that is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OriginReset {
    /// Scheme, host and port.
    pub origin: String,
    /// State of the circuit breaker before: `closed`, `open` or `half-open`.
    pub breaker_before: String,
    /// Failures that were forgotten.
    pub failures_before: u64,
}

/// A page of the objects that origins did not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingKeys {
    /// In order of their keys.
    pub missing: Vec<MissingObject>,
    /// The `after` of the next page; none after the last one.
    pub next_after: Option<String>,
}

/// An object that origins did not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingObject {
    /// The key.
    pub key: String,
    /// The `RuleNumber` of the rules whose origins were asked.
    pub rules: Vec<u32>,
    /// When the last of them answered.
    pub at: String,
    /// Time until the next request asks again.
    pub expires_in_ms: u64,
}

/// Which missing objects to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct MissingQuery {
    /// Only keys that begin so.
    pub prefix: Option<String>,
    /// Only keys after this one.
    pub after: Option<String>,
    /// Most keys of the page; 100 without it.
    #[schemars(range(min = 1, max = 1000))]
    pub max: Option<u64>,
}
