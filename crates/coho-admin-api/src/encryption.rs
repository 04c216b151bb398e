//! Encryption at rest: the master keys, what they seal, and the jobs that change it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionStatus {
    /// The file that has the master keys (`storage.encryption_keys_file`).
    pub key_file: Option<String>,
    /// What the file has of what is needed.
    pub state: KeyFileState,
    /// The master key that seals what is written now; none before the first need.
    pub active_key: Option<String>,
    /// All master keys, oldest first, and those that are missing.
    pub keys: Vec<MasterKeyReport>,
    /// When the data keys of objects and uploads were last counted: at the end of a job.
    pub counted_at: Option<String>,
    /// The job under way.
    pub job: Option<EncryptionJob>,
    /// The job that ended last.
    pub last_job: Option<EncryptionJob>,
    /// Most data keys that a job seals per second.
    pub changes_per_second: u32,
    /// Failures of jobs since the start of the server. A job continues after one.
    pub failures: u64,
    /// The last of them, if no job has ended since.
    pub last_failure: Option<String>,
}

/// What the key file has of what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyFileState {
    /// No master key is needed yet; the first need makes the file.
    Unused,
    /// Every master key that the data folder needs.
    Complete,
    /// Some master keys that the data folder needs are missing. What they seal cannot be read.
    Incomplete,
}

/// A master key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MasterKeyReport {
    /// Its id.
    pub id: String,
    /// Whether it seals what is written now.
    pub is_active: bool,
    /// Whether the data folder needs it and the key file does not have it.
    pub is_missing: bool,
    /// When it was made; none of a key that is missing.
    pub created_at: Option<String>,
    /// What of objects it seals, as of `counted_at`; none before the first count.
    pub sealed: Option<SealedCount>,
    /// Access keys whose secrets it seals, now.
    pub access_keys: u64,
    /// Until when temporary credentials may be in use whose tokens it has sealed. It is retired before only if they may end.
    pub sessions_until: Option<String>,
}

/// How many data keys a master key seals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SealedCount {
    /// Objects, and versions that are not current.
    pub objects: u64,
    /// Multipart uploads that have not ended.
    pub uploads: u64,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionJob {
    /// What it does.
    pub kind: EncryptionJobKind,
    /// The key that it is about: the one that seals from now on, or the one that is retired.
    pub key: String,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// How it ended.
    pub outcome: Option<EncryptionJobOutcome>,
    /// The bucket that it is in.
    pub bucket: Option<String>,
    /// Objects that were stored when it began. Versions that are not current, and uploads, are scanned as well, so that more may be scanned.
    pub objects: Option<u64>,
    /// What it has done.
    #[serde(flatten)]
    pub counts: EncryptionJobCounts,
    /// A data key that could not be opened: its bucket and key.
    pub unopened_example: Option<String>,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EncryptionJobKind {
    /// Has the active master key seal every data key and every secret of an access key.
    Reseal,
    /// Counts what an old master key seals, and removes it from the key file if that is nothing.
    Retire,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EncryptionJobOutcome {
    /// It has done all of it.
    Done,
    /// Some data keys or secrets could not be opened, and stay as they were.
    Incomplete,
    /// The key is not retired, since it still seals something.
    StillInUse,
}

/// What a job, or all of them since the start, have done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionJobCounts {
    /// Objects, versions and uploads that were looked at.
    pub scanned: u64,
    /// Data keys that were sealed anew.
    pub resealed: u64,
    /// Secrets of access keys that were sealed anew.
    pub resealed_secrets: u64,
    /// Data keys that had gone, or been replaced, before they were sealed anew.
    pub overtaken: u64,
    /// Data keys and secrets that could not be opened: their master key is missing, or they are damaged.
    pub unopened: u64,
    /// Of a job that retires a key: what it still seals.
    pub in_use: u64,
}

/// A rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MasterKeyRotationRequest {
    /// Whether to make a new master key. Without one, what older keys still seal is sealed by the active one, and everything is counted.
    pub new_key: bool,
}

impl Default for MasterKeyRotationRequest {
    fn default() -> Self {
        Self { new_key: true }
    }
}

/// A master key to be retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterKeyRetirementRequest {
    /// Its id.
    pub key: String,
    /// Whether temporary credentials that it has sealed may end by that.
    #[serde(default)]
    pub end_sessions: bool,
}
