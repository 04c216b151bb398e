//! Durable metadata: the port, and the engines behind it.
//!
//! An engine stores rows, orders them and makes changes atomic and durable. It never decides OSS
//! semantics: it reads what a change names, calls the change's own `apply`, and writes the effects.

mod buckets;
pub mod conformance;
mod embedded;
mod error;
mod fills;
mod mem;
mod store;
mod upload_walk;

pub use embedded::{SegmentOptions, SettingsCodec, SqliteMeta, SqliteOptions, SqliteStats};
pub use error::MetaError;
pub use mem::MemoryMeta;
pub use store::{
    BlobCursor, BlobPage, BucketPage, BucketQuery, MetaStore, PartPage, PlacedFill, UploadPage, UploadQuery,
};
