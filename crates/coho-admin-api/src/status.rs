//! The state of the server in one look.

use crate::live::AnswerLatency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `coho status` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerStatus {
    /// The version of the program.
    pub version: String,
    /// The region that answers name.
    pub region: String,
    /// Time since the start.
    pub uptime_seconds: u64,
    /// What is stored; none while the metadata cannot be read.
    pub contents: Option<StoredContents>,
    /// Whether a failed commit stopped every change until the next start.
    pub read_only: bool,
    /// The resources that the system refused at the last attempt, such as `space`.
    pub short_of: Vec<String>,
    /// Mirrored objects that are visible and not durable yet.
    pub unpersisted: u64,
    /// The fetches from origins.
    pub mirror: MirrorSummary,
    /// Stored bodies that are being sent.
    pub bodies_in_flight: u64,
    /// The file system of the data folder.
    pub disk: DiskSpace,
    /// What connections hold in memory, within the limits on all of them together.
    pub memory: Vec<MemoryUse>,
    /// How long answers take.
    pub latency: AnswerLatency,
    /// What an operator should look at, the most severe first; at most 100.
    pub attention: Vec<AttentionItem>,
}

/// Something that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttentionItem {
    /// What it is.
    pub kind: AttentionKind,
    /// How severe it is.
    pub severity: AttentionSeverity,
    /// A sentence.
    pub text: String,
    /// Since when, as far as is known.
    pub since: Option<String>,
    /// The bucket that it concerns.
    pub bucket: Option<String>,
    /// The origin that it concerns: scheme, host and port.
    pub origin: Option<String>,
    /// The label of the resource or limit that it concerns.
    pub subject: Option<String>,
    /// A number of what is counted, such as hits of a limit.
    pub count: Option<u64>,
}

/// What an operator should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttentionKind {
    /// A failed commit stopped every change until the next start.
    ReadOnly,
    /// The metadata cannot be read.
    MetadataUnreadable,
    /// The system refused a resource (`subject`) at the last attempt.
    Shortage,
    /// Less than 5 % of the disk is free.
    DiskLow,
    /// The circuit breaker of an origin is not closed.
    BreakerOpen,
    /// An origin has failed `count` times since its last success.
    OriginFailing,
    /// Fetches of `count` keys of a bucket have failed in the last 10 minutes.
    FetchesFailed,
    /// A limit (`subject`) has held up `count` fetches of a bucket in the last minutes.
    LimitHit,
    /// A mirrored object is not durable although it was published more than 90 s ago.
    UnpersistedOld,
    /// `count` lines of the log were lost.
    LogLinesLost,
    /// The key file lacks a master key (`subject`) that the data folder needs: what it seals cannot be read.
    MasterKeyMissing,
    /// A job left `count` data keys as they were, since they could not be opened.
    DataKeysUnopened,
    /// A job that seals data keys anew has failed; it is tried again.
    EncryptionJobFailed,
}

/// How severe it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttentionSeverity {
    /// Requests fail that should not.
    Critical,
    /// Some requests fail or are slow, or will be.
    Warning,
}

/// What is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredContents {
    /// Number of buckets.
    pub buckets: u64,
    /// Number of objects in all buckets.
    pub objects: u64,
    /// Bytes of all objects.
    pub bytes: u64,
}

/// The fetches in one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorSummary {
    /// Fetches at this moment.
    pub in_flight: u64,
    /// Fetches since the start by their outcome, the label of the metric `coho_mirror_outcomes_total`.
    pub outcomes: BTreeMap<String, u64>,
}

/// Memory that the connections of the API hold for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryUse {
    /// `heads` of requests, `documents` that are collected, or `waiting_output` of answers that clients do not take.
    pub purpose: String,
    /// What is held.
    pub used_bytes: u64,
    /// The limit on all connections together.
    pub limit_bytes: u64,
}

/// A file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiskSpace {
    /// Its size; none if it cannot be asked.
    pub total_bytes: Option<u64>,
    /// What is free of it.
    pub free_bytes: Option<u64>,
}
