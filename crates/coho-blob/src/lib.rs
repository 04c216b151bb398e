//! Durable bytes: immutable blobs under ids that are never used again.
//!
//! A blob is first written and sealed, and only then named by metadata; what no metadata names is garbage.
//! While it grows, its high-water mark is published and readers may follow it. No OSS semantics here.

mod error;
mod fs;
mod store;

pub use error::BlobError;
pub use fs::{FsBlobs, FsOptions, disk_bytes};
pub use store::{BlobAhead, BlobReader, BlobScan, BlobSink, BlobStore, Progress, Space, UnsyncedBlob};
