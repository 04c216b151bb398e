//! The optional capability of an engine that keeps blobs in local files: readers follow a growing blob, ranges are
//! written ahead, syncing is deferred, and the kernel sends from the file.

use crate::{BlobError, BlobSink};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{fmt, fs::File, sync::Arc};
use tokio::sync::watch;

/// Blobs that are local files while they grow.
#[async_trait]
pub trait LocalFiles: fmt::Debug + Send + Sync {
    /// Begins a blob that can be read while it grows; see [`crate::BlobStore::begin`].
    async fn begin_growing(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn GrowingBlob>, BlobError>;
}

/// A blob in a local file while it is written.
#[async_trait]
pub trait GrowingBlob: BlobSink {
    /// The file. It stays readable when the blob is sealed, finished or discarded.
    fn file(&self) -> Arc<dyn LocalFile>;

    /// The high-water mark: the file has all bytes before it.
    fn progress(&self) -> Progress;

    /// A handle that writes after the high-water mark.
    fn ahead(&self) -> Arc<dyn WriteAt>;

    /// Moves the high-water mark to `until`. All bytes up to there must have been written ahead.
    async fn absorb(&mut self, until: u64) -> Result<(), BlobError>;

    /// Ends the blob without making it durable. It can be opened; durable metadata may name it only after the sync. A
    /// blob that became unwanted is removed like a sealed one.
    async fn finish(self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError>;
}

/// Writes ranges of a growing blob after its high-water mark. Such a range belongs to the blob once it was absorbed.
#[async_trait]
pub trait WriteAt: fmt::Debug + Send + Sync + 'static {
    /// Writes bytes at the offset. They can be read when this returns.
    async fn write_at(&self, offset: u64, bytes: Bytes) -> Result<(), BlobError>;
}

/// A finished blob that is not durable yet.
pub trait UnsyncedBlob: fmt::Debug + Send + Sync + 'static {
    /// Makes it durable; blocks for as long as the disk takes. A failure is final.
    fn sync(&self) -> Result<(), BlobError>;
}

/// The high-water mark of a growing blob, in bytes.
pub type Progress = watch::Receiver<u64>;

/// A local file that holds the bytes of a blob at the same offsets.
#[async_trait]
pub trait LocalFile: fmt::Debug + Send + Sync + 'static {
    /// Reads at most `max` bytes at `offset` if they are in the page cache; `None` if the read would wait for a disk.
    fn read_now(&self, offset: u64, max: usize) -> Result<Option<Bytes>, BlobError>;

    /// Reads at most `max` bytes at `offset`, at least one. An offset at or after the end is an error.
    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError>;

    /// Whether the first and the last of `count` bytes at the offset are in the page cache. If so, a kernel that sends
    /// them most likely waits for no disk: pages that were written or read together are evicted together.
    fn is_in_memory(&self, offset: u64, count: usize) -> bool;

    /// The file, for a kernel that sends from it.
    fn file(&self) -> Arc<File>;
}
