//! Durable metadata: the port, the engines that implement it, and fills over any of them.
//!
//! An engine stores rows, orders them and makes changes atomic and durable. It never decides OSS
//! semantics: it reads what a change names, calls the change's own `apply`, and writes the effects.
//! [`Overlay`] adds what is visible before it is durable.

mod buckets;
pub mod conformance;
mod embedded;
mod encoding;
mod error;
mod fill_store;
mod mem;
mod overlay;
mod port;
mod upload_walk;
mod version_walk;

pub use embedded::{LegacyWebsite, SegmentOptions, SqliteMeta, SqliteOptions, SqliteStats};
pub use error::MetaError;
pub use fill_store::FillStore;
pub use mem::MemoryMeta;
pub use overlay::Overlay;
pub use port::{
    Batch, BlobCursor, BlobPage, BucketPage, BucketQuery, Change, Changed, MetaStore, PartPage, UploadPage,
    UploadQuery, VersionPage, VersionQuery,
};
