//! Durable bytes: immutable blobs under ids that are never used again.
//!
//! A blob is written and sealed first, and metadata names it afterwards; a blob that no metadata names is garbage. The
//! port has a small core, [`BlobStore`], which any engine can offer, and one optional capability, [`LocalFiles`], for
//! engines that keep blobs in files of this machine. No OSS semantics and no digests here.

pub mod conformance;
mod error;
mod fs;
mod local;
mod memory;
mod store;

pub use error::BlobError;
pub use fs::{FsBlobs, FsOptions, disk_bytes};
pub use local::{GrowingBlob, LocalFile, LocalFiles, Progress, UnsyncedBlob, WriteAt};
pub use memory::MemoryBlobs;
pub use store::{BlobReader, BlobScan, BlobSink, BlobStore, Space};
