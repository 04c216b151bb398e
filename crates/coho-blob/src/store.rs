//! The blob port.

use crate::BlobError;
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{fmt, fs::File, sync::Arc};
use tokio::sync::watch;

/// Immutable bytes under ids that are never used again.
///
/// Contract: a sealed blob is durable and never changes; a blob that was not sealed is never taken for one that
/// was, because nothing refers to it; removing what is gone is no error.
#[async_trait]
pub trait BlobStore: fmt::Debug + Send + Sync + 'static {
    /// Begins a blob. `length`, if it is known, lets the store refuse at once what it has no room for.
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError>;

    /// Opens a sealed blob. What is open stays readable when it is removed.
    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError>;

    /// Removes a blob.
    async fn remove(&self, id: BlobId) -> Result<(), BlobError>;

    /// All blobs that are there, page by page; for the search for orphans.
    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError>;

    /// Refuses what would leave less room than is kept for metadata: the bytes of a blob, or of anything else that
    /// grows on the same disk. What frees room must not ask.
    async fn admit(&self, bytes: u64) -> Result<(), BlobError>;

    /// How much room there is.
    async fn space(&self) -> Result<Space, BlobError>;
}

/// A blob while it is written. Dropping it unsealed discards it.
#[async_trait]
pub trait BlobSink: Send {
    /// Appends bytes. It may return before they are written: an error then comes with the next call.
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError>;

    /// A view of what is written so far; it stays good when the blob is sealed or discarded.
    fn reader(&self) -> Arc<dyn BlobReader>;

    /// How far the view reaches.
    fn progress(&self) -> Progress;

    /// For bytes that come before those in front of them.
    fn ahead(&self) -> Arc<dyn BlobAhead>;

    /// Takes the bytes up to `until`, all of which were written ahead, as if they were written now.
    async fn absorb(&mut self, until: u64) -> Result<(), BlobError>;

    /// Makes it durable. Only when this has returned may metadata name the blob.
    async fn seal(self: Box<Self>) -> Result<(), BlobError>;

    /// Ends it without making it durable. It can be opened; no durable metadata may name it before it is synced. A blob
    /// that is no longer wanted is removed like a sealed one.
    async fn finish(self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError>;

    /// Removes what was written.
    async fn discard(self: Box<Self>);
}

/// Writes parts of a growing blob behind its mark. What is written so belongs to the blob once it was absorbed, or was
/// written over.
#[async_trait]
pub trait BlobAhead: fmt::Debug + Send + Sync + 'static {
    /// Writes bytes at the offset; when this returns they can be read.
    async fn write_at(&self, offset: u64, bytes: Bytes) -> Result<(), BlobError>;
}

/// A blob that is whole and not durable.
pub trait UnsyncedBlob: fmt::Debug + Send + Sync + 'static {
    /// Makes it durable, which takes as long as the disk does. A failure is final.
    fn sync(&self) -> Result<(), BlobError>;
}

/// The high-water mark of a growing blob, in bytes.
pub type Progress = watch::Receiver<u64>;

/// Bytes that are there to be read.
#[async_trait]
pub trait BlobReader: fmt::Debug + Send + Sync + 'static {
    /// Reads at most `max` bytes at `offset` if that takes no waiting for a disk; `None` if it would.
    fn read_now(&self, offset: u64, max: usize) -> Result<Option<Bytes>, BlobError>;

    /// Reads at most `max` bytes at `offset`, at least one. Asking at or behind the end is an error.
    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError>;

    /// The file that has the bytes at the same offsets, for a kernel that sends by itself; `None` if there is none.
    fn file(&self) -> Option<Arc<File>>;

    /// Whether so many bytes at the offset are in memory, as far as their ends tell, so that a kernel that sends them waits for
    /// no disk. It is known for pages that were written or read lately, which come and go together.
    fn is_in_memory(&self, offset: u64, count: usize) -> bool;

    /// The length, which grows for a blob that is being written.
    fn length(&self) -> Result<u64, BlobError>;
}

/// Where a scan stands; what is in it is the engine's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobScan(pub u32);

/// Room on the disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// In all.
    pub total: u64,
    /// Free for us.
    pub free: u64,
}
