//! The engine of tests: maps under one lock, gone with the process.
//!
//! Invariant: the same answers as any other engine; only durability is missing.

mod state;
mod traffic;
mod versions;

use crate::{
    Batch, BlobCursor, BlobPage, BucketPage, BucketQuery, Changed, MetaError, MetaStore, PartPage, UploadPage,
    UploadQuery, VersionPage, VersionQuery,
};
use async_trait::async_trait;
use coho_model::{
    AccessChange, AccessTable, BlobId, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, DeleteMarker,
    KeyVersion, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, Refusal, Timestamp, TrafficPoint, TrafficRow,
    TrafficStep, UploadId, UploadRecord, VersionId, WebsiteVersion,
};
use state::MemoryState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Metadata in memory.
#[derive(Debug, Default)]
pub struct MemoryMeta {
    state: Mutex<MemoryState>,
}

impl MemoryMeta {
    /// An empty engine.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MetaStore for MemoryMeta {
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        Ok(self.state().buckets.get(name).cloned())
    }

    async fn has_bucket(&self, bucket: BucketId) -> Result<bool, MetaError> {
        Ok(self.state().buckets.has(bucket))
    }

    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        Ok(self.state().object(bucket, key))
    }

    async fn version(&self, bucket: BucketId, key: &ObjectKey, id: VersionId) -> Result<Option<KeyVersion>, MetaError> {
        Ok(self.state().version(bucket, key, id))
    }

    async fn current_marker(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<DeleteMarker>, MetaError> {
        Ok(self.state().current_marker(bucket, key))
    }

    async fn list_versions(&self, bucket: BucketId, query: VersionQuery) -> Result<VersionPage, MetaError> {
        Ok(self.state().list_versions(bucket, query))
    }

    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError> {
        Ok(self.state().upload(bucket, key, id))
    }

    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError> {
        Ok(self.state().buckets.list(&query))
    }

    async fn bucket_ids(&self) -> Result<Vec<BucketId>, MetaError> {
        Ok(self.state().buckets.ids())
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

    async fn website_versions(
        &self,
        bucket: BucketId,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<WebsiteVersion>, MetaError> {
        Ok(self.state().website_versions(bucket, before, max))
    }

    async fn traffic(
        &self,
        bucket: BucketId,
        step: TrafficStep,
        from: i64,
        until: i64,
    ) -> Result<Vec<TrafficPoint>, MetaError> {
        Ok(self.state().traffic.read(bucket, step, from, until))
    }

    async fn add_traffic(&self, rows: Vec<TrafficRow>, at: Timestamp) -> Result<(), MetaError> {
        self.state().add_traffic(&rows, at);
        Ok(())
    }

    async fn access_table(&self) -> Result<AccessTable, MetaError> {
        Ok(self.state().access.clone())
    }

    async fn change_access(&self, change: AccessChange) -> Result<(), MetaError> {
        let mut state = self.state();
        for effect in change.apply(&state.access).map_err(Refusal::from)? {
            state.access.write(&effect);
        }
        Ok(())
    }

    /// The engine has no files.
    async fn reusable_bytes(&self) -> Result<u64, MetaError> {
        Ok(0)
    }

    async fn commit(&self, batch: Batch, at: Timestamp) -> Result<Changed, MetaError> {
        Ok(self.state().commit(&batch, at)?)
    }

    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        Ok(self.state().garbage(|since| since < unused_since, max))
    }

    async fn future_garbage(&self, now: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        Ok(self.state().garbage(|since| since > now, max))
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
