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
