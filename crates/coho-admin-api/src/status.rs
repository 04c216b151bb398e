//! The state of the server in one look.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `coho status` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// A file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiskSpace {
    /// Its size; none if it cannot be asked.
    pub total_bytes: Option<u64>,
    /// What is free of it.
    pub free_bytes: Option<u64>,
}
