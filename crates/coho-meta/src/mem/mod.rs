//! The engine of tests: everything in maps behind one lock, gone with the process.
//!
//! Invariant: the same answers as any other engine; only durability is missing.

mod state;

use crate::{
    BlobCursor, BlobPage, BucketPage, BucketQuery, MetaError, MetaStore, PartPage, PlacedFill, UploadPage, UploadQuery,
    fills::Fills,
};
use async_trait::async_trait;
use coho_model::{
    BlobId, BucketChange, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, Fence, KeyChange, ListQuery,
    ObjectKey, ObjectRecord, ObjectSummary, Refusal, Timestamp, UploadChange, UploadId, UploadRecord,
};
use state::State;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Metadata in memory.
#[derive(Debug, Default)]
pub struct MemoryMeta {
    state: Mutex<State>,
    fills: Fills,
}

impl MemoryMeta {
    /// An empty engine.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MetaStore for MemoryMeta {
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        Ok(self.state().buckets.get(name).cloned())
    }

    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        Ok(self.state().object(bucket, key))
    }

    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError> {
        Ok(self.state().upload(bucket, key, id))
    }

    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError> {
        Ok(self.state().buckets.list(&query))
    }

    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError> {
        Ok(self.state().list_objects(bucket, query))
    }

    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError> {
        Ok(self.state().list_uploads(bucket, query))
    }

    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError> {
        let mut parts = self.state().parts(bucket, id);
        parts.retain(|part| part.number > after);
        let truncated = max > 0 && parts.len() > max;
        parts.truncate(max);
        Ok(PartPage { parts, truncated })
    }

    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError> {
        Ok(self.state().stat(bucket))
    }

    /// Nothing is kept on a disk.
    async fn reusable_bytes(&self) -> Result<u64, MetaError> {
        Ok(0)
    }

    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
        _at: Timestamp,
    ) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        let (bucket, removed) = self.state().change_bucket(name, &change)?;
        if let Some(id) = removed {
            self.fills.drop_bucket(id);
        }
        Ok(bucket)
    }

    async fn change_key(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        change: KeyChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        Ok(self.state().change_key(&self.fills, bucket, key, &change, at)?)
    }

    async fn change_upload(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        id: UploadId,
        change: UploadChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        Ok(self.state().change_upload(&self.fills, (bucket, key, id), &change, at)?)
    }

    async fn begin_fill(&self, bucket: BucketId, key: &ObjectKey) -> Result<Fence, MetaError> {
        // In the order of the changes, which take the token while they hold the state.
        let state = self.state();
        let fence = self.fills.begin(bucket, key, || state.buckets.has(bucket));
        Ok(fence.ok_or(Refusal::NoSuchBucket)?)
    }

    /// Writes and reads of it go one after the other.
    fn key_version(&self, bucket: BucketId, key: &ObjectKey) -> u64 {
        let _state = self.state();
        self.fills.version(bucket, key)
    }

    async fn holds_fill(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) -> bool {
        self.fills.get(bucket, key) == Some(fence)
    }

    async fn place_fill(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        object: Arc<ObjectRecord>,
        fence: Fence,
    ) -> Result<(), MetaError> {
        let change = KeyChange::Fill { object, fence };
        self.state().change_key(&self.fills, bucket, key, &change, Timestamp::from_unix_ms(0))?;
        Ok(())
    }

    /// There is no other place for it.
    async fn settle_fills(&self, _fills: Vec<PlacedFill>, _at: Timestamp) -> Result<(), MetaError> {
        Ok(())
    }

    async fn withdraw_fill(&self, fill: &PlacedFill) -> bool {
        self.state().withdraw(fill)
    }

    async fn end_fill(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) {
        self.fills.end(bucket, key, fence);
    }

    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        Ok(self.state().garbage_before(unused_since, max))
    }

    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError> {
        let mut state = self.state();
        blobs.iter().for_each(|blob| state.forget(*blob));
        Ok(())
    }

    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError> {
        Ok(self.state().referenced_blobs(after, max))
    }
}
