//! The port over SQLite: changes go to the writer, single records are read in place, pages by blocking threads.

use super::{
    Shared, SqliteMeta, access, blobs, bucket_rows,
    effects::{self, InlineBytes},
    failure::Failure,
    job::Work,
    list, schema, traffic, versions, website_versions,
};
use crate::{
    Batch, BlobCursor, BlobPage, BucketPage, BucketQuery, Changed, MetaError, MetaStore, PartPage, UploadPage,
    UploadQuery, VersionPage, VersionQuery,
};
use async_trait::async_trait;
use coho_model::{
    AccessChange, AccessTable, BlobId, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, DeleteMarker,
    KeyVersion, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, Timestamp, TrafficPoint, TrafficRow, TrafficStep,
    UploadId, UploadRecord, VersionId, WebsiteVersion,
};
use rusqlite::Connection;
use std::sync::{Arc, atomic::Ordering};

/// How often a record is read again when its bytes are gone: it would have to be replaced between every two tries.
const READ_TRIES: usize = 3;

impl SqliteMeta {
    /// Reads on a blocking thread: a page takes long enough to delay others.
    async fn page<T: Send + 'static>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, MetaError> {
        let shared: Arc<Shared> = self.shared.clone();
        let page = tokio::task::spawn_blocking(move || read(&shared.pages.borrow())).await;
        match page {
            Ok(page) => page.map_err(|failure| failure.during(operation)),
            Err(source) => Err(MetaError::Engine { operation, source: Box::new(source) }),
        }
    }
}

#[async_trait]
impl MetaStore for SqliteMeta {
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        Ok(self.shared.buckets().get(name).cloned())
    }

    async fn has_bucket(&self, bucket: BucketId) -> Result<bool, MetaError> {
        Ok(self.shared.buckets().has(bucket))
    }

    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        let read = || {
            let connection = self.shared.points.borrow();
            let mut tries = 0;
            loop {
                match effects::read_object(&connection, &self.shared.segments, bucket, key, InlineBytes::Read) {
                    // The object may have been replaced in between: then it has another row by now.
                    Err(Failure::SegmentBody { .. }) if tries < READ_TRIES => tries += 1,
                    read => return Ok(read?.map(Arc::new)),
                }
            }
        };
        self.shared.cache.get_or_read(bucket, key, read).map_err(|failure: Failure| {
            let connection = self.shared.points.borrow();
            let record = || effects::read_object(&connection, &self.shared.segments, bucket, key, InlineBytes::Skip);
            failure.of_object(record)
        })
    }

    async fn version(&self, bucket: BucketId, key: &ObjectKey, id: VersionId) -> Result<Option<KeyVersion>, MetaError> {
        let connection = self.shared.points.borrow();
        let mut tries = 0;
        loop {
            match versions::read(&connection, &self.shared.segments, bucket, key, id, InlineBytes::Read) {
                Err(Failure::SegmentBody { .. }) if tries < READ_TRIES => tries += 1,
                Ok(version) => return Ok(version),
                Err(failure) => {
                    return Err(failure.of_object(|| {
                        let segments = &self.shared.segments;
                        let version = versions::read(&connection, segments, bucket, key, id, InlineBytes::Skip)?;
                        Ok(version.and_then(|version| version.object().map(|object| (**object).clone())))
                    }));
                }
            }
        }
    }

    async fn current_marker(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<DeleteMarker>, MetaError> {
        versions::current_marker(&self.shared.points.borrow(), bucket, key)
            .map_err(|failure| failure.during("reading a delete marker"))
    }

    async fn list_versions(&self, bucket: BucketId, query: VersionQuery) -> Result<VersionPage, MetaError> {
        self.page("listing versions", move |connection| list::versions(connection, bucket, query)).await
    }

    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError> {
        effects::read_upload(&self.shared.points.borrow(), bucket, key, id)
            .map_err(|failure| failure.during("reading an upload"))
    }

    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError> {
        Ok(self.shared.buckets().list(&query))
    }

    async fn bucket_ids(&self) -> Result<Vec<BucketId>, MetaError> {
        Ok(self.shared.buckets().ids())
    }

    fn is_read_only(&self) -> bool {
        self.shared.read_only.load(Ordering::Relaxed)
    }

    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError> {
        self.page("listing objects", move |connection| list::objects(connection, bucket, query)).await
    }

    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError> {
        self.page("listing uploads", move |connection| list::uploads(connection, bucket, query)).await
    }

    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError> {
        self.page("listing parts", move |connection| list::parts(connection, bucket, id, after, max)).await
    }

    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError> {
        self.page("reading counters", move |connection| bucket_rows::stat(connection, bucket)).await
    }

    async fn website_versions(
        &self,
        bucket: BucketId,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<WebsiteVersion>, MetaError> {
        let read = move |connection: &Connection| website_versions::read(connection, bucket, before, max);
        self.page("reading the history of a website", read).await
    }

    async fn traffic(
        &self,
        bucket: BucketId,
        step: TrafficStep,
        from: i64,
        until: i64,
    ) -> Result<Vec<TrafficPoint>, MetaError> {
        let read = move |connection: &Connection| traffic::read(connection, bucket, step, from, until);
        self.page("reading the history of traffic", read).await
    }

    async fn add_traffic(&self, rows: Vec<TrafficRow>, at: Timestamp) -> Result<(), MetaError> {
        self.writer.work(Work::AddTraffic { rows, at }).await.map(|_| ())
    }

    async fn access_table(&self) -> Result<AccessTable, MetaError> {
        self.page("reading accounts and access keys", access::read).await
    }

    async fn change_access(&self, change: AccessChange) -> Result<(), MetaError> {
        self.writer.work(Work::ChangeAccess(Box::new(change))).await.map(|_| ())
    }

    async fn reusable_bytes(&self) -> Result<u64, MetaError> {
        self.page("reading the free list", |connection| {
            let pages: i64 = connection.prepare_cached("PRAGMA freelist_count")?.query_row([], |row| row.get(0))?;
            Ok(pages.max(0) as u64 * schema::PAGE_BYTES)
        })
        .await
    }

    async fn commit(&self, batch: Batch, at: Timestamp) -> Result<Changed, MetaError> {
        self.writer.work(Work::Commit { batch, at }).await
    }

    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        self.page("reading the garbage list", move |connection| blobs::garbage(connection, unused_since, max)).await
    }

    async fn future_garbage(&self, now: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        self.page("reading the garbage list", move |connection| blobs::future_garbage(connection, now, max)).await
    }

    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError> {
        self.writer.work(Work::Forget { blobs: blobs.to_vec() }).await.map(|_| ())
    }

    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError> {
        let walk = move |connection: &Connection| blobs::referenced(connection, after.as_ref(), max);
        self.page("walking over blobs", walk).await
    }
}
