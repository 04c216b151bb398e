//! The past of a bucket: versions of its website configuration, and its traffic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of the versions of a bucket's website configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteVersionPage {
    /// Newest first.
    pub versions: Vec<WebsiteVersionSummary>,
    /// The `before` of the next page; none after the last one.
    pub next_before: Option<String>,
}

/// One version, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteVersionSummary {
    /// Its id: 1 is the bucket's first.
    pub id: String,
    /// When the change was made; none for a configuration from before there was a history.
    pub at: Option<String>,
    /// Access key id, `admin`, `console` or `command line`; empty for a configuration from before there was a history.
    pub author: String,
    /// What the change did.
    pub action: WebsiteAction,
    /// Number of routing rules.
    pub rules: u64,
    /// Whether it is in force.
    pub current: bool,
}

/// What a change of a website did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebsiteAction {
    /// A configuration was put.
    Put,
    /// The configuration was removed.
    Delete,
}

/// One version with its content. Secrets are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteVersionDetail {
    /// The version.
    #[serde(flatten)]
    pub summary: WebsiteVersionSummary,
    /// The document; none after a removal.
    pub xml: Option<String>,
    /// The id of the version before it, if it is kept.
    pub previous: Option<String>,
    /// What it changed of the previous one, as a unified diff; none if that is not kept.
    pub diff: Option<String>,
}

/// The result of a restoration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restored {
    /// The version that was restored.
    pub restored: String,
    /// The version that is now in force; the newest one already was the same if none was added.
    pub current: String,
}

/// Which versions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct WebsiteVersionsQuery {
    /// Most versions of the page; 100 without it.
    #[schemars(range(min = 1))]
    pub max: Option<u64>,
    /// Only versions before this one.
    pub before: Option<String>,
}

/// What was counted of a bucket, or of all of them, in a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrafficStepName {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// One minute or hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficSpan {
    /// Its begin, in seconds since the epoch.
    pub start: i64,
    /// What was counted.
    #[serde(flatten)]
    pub counts: TrafficNumbers,
}

/// The counters of a bucket, or of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
    pub sent_bytes: u64,
    /// Bytes of bodies from clients.
    pub received_bytes: u64,
    /// Fetches that were started, ranges ahead included.
    pub fetches: u64,
    /// Bytes of bodies from origins.
    pub origin_bytes: u64,
    /// Fetches that failed; an origin that has no such object is none.
    pub fetch_failures: u64,
}

/// Which spans of traffic to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct TrafficQuery {
    /// Begin of the first span, in seconds since the epoch. Without it the range is the `last` seconds before `to`.
    pub from: Option<i64>,
    /// Before this second the last span begins; the present without it.
    pub to: Option<i64>,
    /// Length of the range in seconds; 3,600 without it.
    pub last: Option<u64>,
    /// The length of the spans; without it minutes as far back as they are kept.
    pub step: Option<TrafficStepName>,
}
