//! Runs of lifecycle rules: what they do, have done and would do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The runner of lifecycle rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleStatus {
    /// The run under way.
    pub running: Option<LifecycleRun>,
    /// The run that ended last.
    pub last: Option<LifecycleRun>,
    /// When the next run begins.
    pub next_at: String,
    /// Time between two begins.
    pub interval_seconds: u64,
    /// Most changes per second.
    pub changes_per_second: u32,
    /// Failures of runs since the start of the server. A run continues after one.
    pub failures: u64,
    /// The last of them, if no run has ended since.
    pub last_failure: Option<String>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleRun {
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// The only bucket that it walks; without it, all with rules.
    pub bucket: Option<String>,
    /// What it has done.
    #[serde(flatten)]
    pub counts: LifecycleCounts,
}

/// What a run, or all of them since the start, have done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleCounts {
    /// Objects, versions and uploads that were looked at.
    pub scanned: u64,
    /// Deleted objects.
    pub expired: u64,
    /// Their bytes.
    pub expired_bytes: u64,
    /// Removed noncurrent versions, delete markers among them.
    #[serde(default)]
    pub versions_removed: u64,
    /// Their bytes.
    #[serde(default)]
    pub versions_removed_bytes: u64,
    /// Removed delete markers that were the only version of their key.
    #[serde(default)]
    pub markers_removed: u64,
    /// Objects and noncurrent versions that moved to another storage class.
    pub transitioned: u64,
    /// Their bytes.
    pub transitioned_bytes: u64,
    /// Aborted multipart uploads.
    pub aborted: u64,
    /// Changes that were not made, because a client had changed the object meanwhile.
    pub overtaken: u64,
}

/// Which run to begin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRunRequest {
    /// The only bucket to walk; without it, all with rules.
    #[serde(default)]
    pub bucket: Option<String>,
}

/// Which changes to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct LifecyclePreviewQuery {
    /// Only those of this bucket.
    pub bucket: Option<String>,
    /// Those of a run at this time; without it, now.
    pub at: Option<String>,
    /// The `next_after` of the last page.
    pub after: Option<String>,
    /// Most changes of the page; 100 without it.
    #[schemars(range(min = 1, max = 1000))]
    pub max: Option<u64>,
}

/// A page of the changes that a run would make. It may have fewer than were asked for, or none, before the last page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LifecyclePreview {
    /// In the order of buckets and keys; of a bucket, noncurrent versions come after objects, and uploads after those.
    pub changes: Vec<LifecycleChange>,
    /// The `after` of the next page; none after the last one.
    pub next_after: Option<String>,
}

/// A change that a run would make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LifecycleChange {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// What would be done.
    pub action: LifecycleActionKind,
    /// The storage class that the object would move to.
    pub storage_class: Option<String>,
    /// The upload that would be aborted.
    pub upload_id: Option<String>,
    /// The version that would be removed or moved; none if it is the current object.
    pub version_id: Option<String>,
    /// The id of the rule.
    pub rule: String,
    /// Since when the change is due.
    pub due_since: String,
    /// When the object was last changed, or the upload began.
    pub last_modified: String,
    /// Since when the version is noncurrent, if it is.
    pub noncurrent_since: Option<String>,
    /// Length of the object.
    pub bytes: u64,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleActionKind {
    /// The object is deleted.
    Expire,
    /// The object, or the noncurrent version, moves to another storage class.
    Transition,
    /// The noncurrent version, or delete marker, is removed.
    ExpireVersion,
    /// The delete marker is removed, as it is the only version of its key.
    RemoveMarker,
    /// The multipart upload is aborted.
    AbortUpload,
}
