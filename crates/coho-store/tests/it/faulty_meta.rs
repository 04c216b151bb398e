//! Metadata that fails, or dies, when a test wants it: below the overlay, where an engine of its own would be.

use crate::faulty::{Fate, Plan};
use async_trait::async_trait;
use coho_meta::{
    Batch, BlobCursor, BlobPage, BucketPage, BucketQuery, Changed, FillStore, MetaError, MetaStore, PartPage,
    UploadPage, UploadQuery, VersionPage, VersionQuery,
};
use coho_model::{
    AccessChange, AccessTable, BlobId, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, DeleteMarker,
    FillToken, KeyVersion, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, PersistFill, Refusal, Timestamp,
    TrafficPoint, TrafficRow, TrafficStep, UploadId, UploadRecord, VersionId, WebsiteVersion,
};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct FaultyMeta {
    pub(crate) inner: Arc<dyn MetaStore>,
    pub(crate) plan: Arc<Plan>,
}

impl FaultyMeta {
    /// The engine, while the process lives.
    fn alive(&self) -> Result<&dyn MetaStore, MetaError> {
        if self.plan.is_dead() { Err(MetaError::Closed) } else { Ok(&*self.inner) }
    }

    async fn step<T>(&self, fate: Fate, step: impl Future<Output = Result<T, MetaError>>) -> Result<T, MetaError> {
        match fate {
            Fate::Made => step.await,
            Fate::Failed => Err(MetaError::Full),
            Fate::Unanswered => step.await.and(Err(MetaError::Closed)),
            Fate::Dead => Err(MetaError::Closed),
        }
    }
}

#[async_trait]
impl MetaStore for FaultyMeta {
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        self.alive()?.bucket(name).await
    }

    async fn has_bucket(&self, bucket: BucketId) -> Result<bool, MetaError> {
        self.alive()?.has_bucket(bucket).await
    }

    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        self.alive()?.object(bucket, key).await
    }

    async fn version(&self, bucket: BucketId, key: &ObjectKey, id: VersionId) -> Result<Option<KeyVersion>, MetaError> {
        self.alive()?.version(bucket, key, id).await
    }

    async fn current_marker(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<DeleteMarker>, MetaError> {
        self.alive()?.current_marker(bucket, key).await
    }

    async fn list_versions(&self, bucket: BucketId, query: VersionQuery) -> Result<VersionPage, MetaError> {
        self.alive()?.list_versions(bucket, query).await
    }

    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError> {
        self.alive()?.upload(bucket, key, id).await
    }

    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError> {
        self.alive()?.list_buckets(query).await
    }

    async fn bucket_ids(&self) -> Result<Vec<BucketId>, MetaError> {
        self.alive()?.bucket_ids().await
    }

    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError> {
        self.alive()?.list_objects(bucket, query).await
    }

    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError> {
        self.alive()?.list_uploads(bucket, query).await
    }

    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError> {
        self.alive()?.list_parts(bucket, id, after, max).await
    }

    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError> {
        self.alive()?.bucket_stat(bucket).await
    }

    async fn website_versions(
        &self,
        bucket: BucketId,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<WebsiteVersion>, MetaError> {
        self.alive()?.website_versions(bucket, before, max).await
    }

    async fn traffic(
        &self,
        bucket: BucketId,
        step: TrafficStep,
        from: i64,
        until: i64,
    ) -> Result<Vec<TrafficPoint>, MetaError> {
        self.alive()?.traffic(bucket, step, from, until).await
    }

    async fn add_traffic(&self, rows: Vec<TrafficRow>, at: Timestamp) -> Result<(), MetaError> {
        self.alive()?.add_traffic(rows, at).await
    }

    async fn access_table(&self) -> Result<AccessTable, MetaError> {
        self.alive()?.access_table().await
    }

    async fn change_access(&self, change: AccessChange) -> Result<(), MetaError> {
        self.alive()?.change_access(change).await
    }

    async fn reusable_bytes(&self) -> Result<u64, MetaError> {
        self.alive()?.reusable_bytes().await
    }

    async fn commit(&self, batch: Batch, at: Timestamp) -> Result<Changed, MetaError> {
        self.step(self.plan.fate(), self.inner.commit(batch, at)).await
    }

    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        self.alive()?.garbage(unused_since, max).await
    }

    async fn future_garbage(&self, now: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        self.alive()?.future_garbage(now, max).await
    }

    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError> {
        self.step(self.plan.deadly_fate(), self.inner.forget(blobs)).await
    }

    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError> {
        self.alive()?.referenced_blobs(after, max).await
    }
}

/// An engine without an overlay has no fills.
#[async_trait]
impl FillStore for FaultyMeta {
    async fn begin_fill(&self, _bucket: BucketId, _key: &ObjectKey) -> Result<FillToken, MetaError> {
        Err(Refusal::Overtaken.into())
    }

    async fn key_version(&self, _bucket: BucketId, _key: &ObjectKey) -> Result<u64, MetaError> {
        Ok(0)
    }

    async fn holds_token(&self, _bucket: BucketId, _key: &ObjectKey, _token: FillToken) -> Result<bool, MetaError> {
        Ok(false)
    }

    async fn publish(&self, _fill: PersistFill, _token: FillToken) -> Result<(), MetaError> {
        Err(Refusal::Overtaken.into())
    }

    async fn persist(&self, _fills: Vec<PersistFill>, _at: Timestamp) -> Result<(), MetaError> {
        Ok(())
    }

    async fn withdraw(&self, _fill: &PersistFill) -> Result<bool, MetaError> {
        Ok(false)
    }

    async fn end_fill(&self, _bucket: BucketId, _key: &ObjectKey, _token: FillToken) -> Result<(), MetaError> {
        Ok(())
    }
}
