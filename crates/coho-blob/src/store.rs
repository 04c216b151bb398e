//! The core of the blob port.

use crate::{BlobError, LocalFile, LocalFiles};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{fmt, sync::Arc};

/// Immutable bytes under ids that are never used again.
///
/// Contract: a sealed blob is durable and never changes; an unsealed blob is never taken for a sealed one, because
/// nothing refers to it; removing a missing blob succeeds. [`crate::conformance`] states it as tests.
#[async_trait]
pub trait BlobStore: fmt::Debug + Send + Sync + 'static {
    /// Begins a blob. A known `length` lets the engine refuse at once what it has no space for.
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError>;

    /// Writes a whole blob and makes it durable, as [`Self::begin`], [`BlobSink::write`] and [`BlobSink::seal`] do. An engine
    /// may do it in fewer steps.
    async fn put(&self, id: BlobId, bytes: Bytes) -> Result<(), BlobError> {
        let mut sink = self.begin(id, Some(bytes.len() as u64)).await?;
        sink.write(bytes).await?;
        sink.seal().await
    }

    /// Opens a sealed blob. An open reader stays readable when the blob is removed.
    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError>;

    /// Removes a blob.
    async fn remove(&self, id: BlobId) -> Result<(), BlobError>;

    /// Lists the blobs page by page, for the orphan search: all that exist during the whole scan, and perhaps others.
    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError>;

    /// Refuses `bytes` more (of a blob, or of anything else on the same disk) if they would use up the space that is
    /// reserved for metadata. Operations that free space do not ask.
    async fn admit(&self, bytes: u64) -> Result<(), BlobError>;

    /// Total and free space.
    async fn space(&self) -> Result<Space, BlobError>;

    /// The capability of an engine that keeps blobs in local files.
    fn local_files(&self) -> Option<&dyn LocalFiles> {
        None
    }
}

/// A blob while it is written. Dropping it unsealed discards it.
#[async_trait]
pub trait BlobSink: Send {
    /// Appends bytes. It may return before they are written; the next call then reports an error.
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError>;

    /// Makes the blob durable. Metadata may name it only after this has returned.
    async fn seal(self: Box<Self>) -> Result<(), BlobError>;

    /// Removes what was written.
    async fn discard(self: Box<Self>);
}

/// A sealed blob that is open for reading.
#[async_trait]
pub trait BlobReader: fmt::Debug + Send + Sync + 'static {
    /// Reads at most `max` bytes at `offset`, at least one. An offset at or after the end is an error.
    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError>;

    /// Length in bytes.
    fn length(&self) -> u64;

    /// The local file that holds the bytes, if there is one.
    fn local(&self) -> Option<&dyn LocalFile> {
        None
    }
}

/// The position of a scan; its meaning is the engine's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobScan(pub u128);

/// Disk space in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Capacity.
    pub total: u64,
    /// Bytes that can still be written.
    pub free: u64,
}
