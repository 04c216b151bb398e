//! Blobs in memory: the second engine. It has the core of the port only, like an engine that keeps blobs elsewhere.

use crate::{BlobError, BlobReader, BlobScan, BlobSink, BlobStore, Space};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Blobs in one page of a scan.
const PAGE_BLOBS: usize = 16;

/// The memory engine.
#[derive(Debug, Clone)]
pub struct MemoryBlobs {
    contents: Arc<Mutex<MemoryContents>>,
    capacity: u64,
}

#[derive(Debug, Default)]
struct MemoryContents {
    sealed: BTreeMap<BlobId, Bytes>,
    /// Ids whose blobs are being written.
    begun: BTreeSet<BlobId>,
}

impl MemoryBlobs {
    /// An empty store for at most `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        Self { contents: Arc::default(), capacity }
    }

    /// The ids of all sealed blobs.
    pub fn ids(&self) -> Vec<BlobId> {
        self.contents().sealed.keys().copied().collect()
    }

    fn contents(&self) -> MutexGuard<'_, MemoryContents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn free(&self) -> u64 {
        let used: usize = self.contents().sealed.values().map(Bytes::len).sum();
        self.capacity.saturating_sub(used as u64)
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        self.admit(length.unwrap_or(0)).await?;
        let mut contents = self.contents();
        if contents.sealed.contains_key(&id) || !contents.begun.insert(id) {
            return Err(BlobError::Io { operation: "creating a blob", source: io::ErrorKind::AlreadyExists.into() });
        }
        Ok(Box::new(MemorySink { id, store: self.clone(), bytes: Vec::new() }))
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        let bytes = self.contents().sealed.get(&id).cloned().ok_or(BlobError::Missing(id))?;
        Ok(Arc::new(MemoryReader { id, bytes }))
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        self.contents().sealed.remove(&id);
        Ok(())
    }

    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError> {
        let from = after.map_or(Bound::Unbounded, |scan| Bound::Excluded(BlobId(scan.0)));
        let contents = self.contents();
        let page: Vec<BlobId> =
            contents.sealed.range((from, Bound::Unbounded)).map(|(id, _)| *id).take(PAGE_BLOBS).collect();
        let next = page.last().filter(|_| page.len() == PAGE_BLOBS).map(|id| BlobScan(id.0));
        Ok((page, next))
    }

    async fn admit(&self, bytes: u64) -> Result<(), BlobError> {
        if bytes > self.free() { Err(BlobError::Full) } else { Ok(()) }
    }

    async fn space(&self) -> Result<Space, BlobError> {
        Ok(Space { total: self.capacity, free: self.free() })
    }
}

struct MemorySink {
    id: BlobId,
    store: MemoryBlobs,
    bytes: Vec<u8>,
}

#[async_trait]
impl BlobSink for MemorySink {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.store.admit((self.bytes.len() + bytes.len()) as u64).await?;
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn seal(mut self: Box<Self>) -> Result<(), BlobError> {
        let bytes = std::mem::take(&mut self.bytes).into();
        self.store.contents().sealed.insert(self.id, bytes);
        Ok(())
    }

    async fn discard(self: Box<Self>) {}
}

impl Drop for MemorySink {
    fn drop(&mut self) {
        self.store.contents().begun.remove(&self.id);
    }
}

#[derive(Debug)]
struct MemoryReader {
    id: BlobId,
    bytes: Bytes,
}

#[async_trait]
impl BlobReader for MemoryReader {
    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
        let length = self.length();
        if offset >= length {
            return Err(BlobError::Short { blob: self.id, length });
        }
        let from = offset as usize;
        Ok(self.bytes.slice(from..self.bytes.len().min(from.saturating_add(max))))
    }

    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::conformance_tests!((MemoryBlobs::new(1 << 30), ()));

    #[tokio::test]
    async fn a_full_memory_refuses_what_it_has_no_room_for() {
        let store = MemoryBlobs::new(10);
        let mut sink = store.begin(BlobId(1), None).await.unwrap();
        sink.write(Bytes::from_static(b"0123456789")).await.unwrap();
        assert!(matches!(sink.write(Bytes::from_static(b"x")).await, Err(BlobError::Full)));
        drop(sink);
        assert_eq!(store.space().await.unwrap(), Space { total: 10, free: 10 });
    }
}
