//! The answers about the past of a bucket, as types that the server writes and the command line reads.

use serde::{Deserialize, Serialize};

/// A page of the versions of a bucket's website configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebsiteVersionPage {
    /// Newest first.
    pub versions: Vec<WebsiteVersionSummary>,
    /// The `before` of the next page; absent after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// One version, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebsiteVersionSummary {
    /// Its id: 1 is the bucket's first.
    pub id: u64,
    /// The time of the change (ISO 8601); `null` for a configuration from before there was a history.
    pub at: Option<String>,
    /// Access key id, `admin` or `command line`; empty for a configuration from before there was a history.
    pub author: String,
    /// What the change did.
    pub action: WebsiteAction,
    /// Number of routing rules.
    pub rules: usize,
    /// Whether it is in force.
    pub current: bool,
}

/// What a change of a website did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebsiteAction {
    /// A configuration was put.
    Put,
    /// The configuration was removed.
    Delete,
}

/// One version with its content. Secrets are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebsiteVersionDetail {
    /// The version.
    #[serde(flatten)]
    pub summary: WebsiteVersionSummary,
    /// The document; `null` after a removal.
    pub xml: Option<String>,
    /// The id of the version before it, if it is kept.
    pub previous: Option<u64>,
    /// What it changed of the previous one, as a unified diff; `null` if that is not kept.
    pub diff: Option<String>,
}

/// The result of a restoration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The version that was restored.
    pub restored: u64,
    /// The version that is now in force; the newest one already was the same if none was added.
    pub current: u64,
}

/// What was counted of a bucket in a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficHistory {
    /// Begin of the first span, in seconds since the epoch.
    pub from: i64,
    /// Before this second the last span begins.
    pub to: i64,
    /// The length of the spans.
    pub step: TrafficStepName,
    /// The sums over all spans.
    pub total: TrafficNumbers,
    /// In order of time; spans in which nothing was counted are left out.
    pub spans: Vec<TrafficSpan>,
}

/// The length of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficStepName {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// One minute or hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficSpan {
    /// Its begin, in seconds since the epoch.
    pub start: i64,
    /// What was counted.
    #[serde(flatten)]
    pub counts: TrafficNumbers,
}

/// The counters of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TrafficNumbers {
    /// Reads of objects that were answered from the store, 304 included.
    pub hits: u64,
    /// Reads of objects whose answer came from a fetch.
    pub mirrored: u64,
    /// Answers with a redirect.
    pub redirects: u64,
    /// Other answers below 400.
    pub other_answers: u64,
    /// Answers with 4xx.
    pub client_errors: u64,
    /// Answers with 5xx.
    pub server_errors: u64,
    /// Bytes of bodies to clients.
    pub bytes_out: u64,
    /// Bytes of bodies from clients.
    pub bytes_in: u64,
    /// Fetches that were started, ranges ahead included.
    pub fetches: u64,
    /// Bytes of bodies from origins.
    pub origin_bytes: u64,
    /// Fetches that failed; an origin that has no such object is none.
    pub fetch_failures: u64,
}
