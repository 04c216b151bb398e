//! The admin API as types: what the server answers, what the command line and other clients read, and the OpenAPI
//! document that is generated from both.
//!
//! Conventions of every JSON document: field names are `snake_case` and end with their unit, if they have one
//! (`_ms`, `_seconds`, `_bytes`, `_bytes_per_second`); instants are RFC 3339 texts in UTC, but in the history of traffic seconds since the epoch; identifiers are texts, also if they
//! look like numbers; quantities are numbers. Answers get new fields over time, which clients ignore; requests with
//! an unknown field are refused. A refusal is a [`ProblemDetails`].

pub mod access;
pub mod bucket;
pub mod configuration;
pub mod encryption;
pub mod event;
pub mod explain;
pub mod history;
pub mod lifecycle;
pub mod live;
pub mod mirror;
mod object;
pub mod openapi;
mod problem;
pub mod provenance;
pub mod request_log;
pub mod role;
mod route;
pub mod session;
mod status;
pub mod website;

pub use object::JsonObject;
pub use problem::{AdminCode, PROBLEM_MEDIA_TYPE, ProblemDetails};
pub use route::{AdminOperation, ROUTES, Route, RouteAccess, RouteMethod};
pub use status::{
    AttentionItem, AttentionKind, AttentionSeverity, DiskSpace, MemoryUse, MirrorSummary, ServerStatus, StoredContents,
};
