//! The port over SQLite: changes go to the writer, single records are read in place, pages by blocking threads.

use super::{
    Shared, SqliteMeta, blobs, bucket_rows,
    effects::{self, InlineBytes},
    failure::Failure,
    job::Change,
    list, schema,
};
use crate::{
    BlobCursor, BlobPage, BucketPage, BucketQuery, MetaError, MetaStore, PartPage, PlacedFill, UploadPage, UploadQuery,
};
use async_trait::async_trait;
use coho_model::{
    BlobId, BucketChange, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, Fence, KeyChange, ListQuery,
    ObjectKey, ObjectRecord, ObjectSummary, Refusal, Timestamp, UploadChange, UploadId, UploadRecord,
};
use rusqlite::Connection;
use std::sync::Arc;

/// Looks at a bucket's counters until nothing was settled meanwhile.
const STAT_TRIES: usize = 4;

/// Looks so often again for the bytes of a record: it would have to be written over between every two tries.
const READ_TRIES: usize = 3;

impl SqliteMeta {
    /// Reads on a blocking thread: a page takes long enough to hold others up.
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

    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        if let Some(object) = self.shared.fills.unsettled(bucket, key) {
            return Ok(Some(object));
        }
        let read = || {
            let connection = self.shared.points.borrow();
            let mut tries = 0;
            loop {
                match effects::read_object(&connection, &self.shared.segments, bucket, key, InlineBytes::Read) {
                    // It may have been written over in between: then its row is another one by now.
                    Err(Failure::SegmentBody { .. }) if tries < READ_TRIES => tries += 1,
                    read => return Ok(read?.map(Arc::new)),
                }
            }
        };
        self.shared.cache.get_or_read(bucket, key, read).map_err(|failure: Failure| failure.during("reading an object"))
    }

    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError> {
        effects::read_upload(&self.shared.points.borrow(), bucket, key, id)
            .map_err(|failure| failure.during("reading an upload"))
    }

    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError> {
        Ok(self.shared.buckets().list(&query))
    }

    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError> {
        // Before the rows are looked at: what is settled in between is in both, and not in neither.
        let unsettled = self.shared.fills.unsettled_for(bucket, &query);
        self.page("listing objects", move |connection| list::objects(connection, bucket, query, unsettled)).await
    }

    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError> {
        self.page("listing uploads", move |connection| list::uploads(connection, bucket, query)).await
    }

    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError> {
        self.page("listing parts", move |connection| list::parts(connection, bucket, id, after, max)).await
    }

    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError> {
        let mut tries = 0;
        loop {
            let (unsettled, moves) = self.shared.fills.unsettled_stat(bucket);
            let stat = self.page("reading counters", move |connection| bucket_rows::stat(connection, bucket)).await?;
            tries += 1;
            // What was settled in between would count twice; if there is no end of that, it counts twice.
            if tries == STAT_TRIES || self.shared.fills.unsettled_stat(bucket).1 == moves {
                return Ok(BucketStat {
                    objects: stat.objects.saturating_add_signed(unsettled.objects),
                    bytes: stat.bytes.saturating_add_signed(unsettled.bytes),
                    ..stat
                });
            }
        }
    }

    async fn reusable_bytes(&self) -> Result<u64, MetaError> {
        self.page("reading the free list", |connection| {
            let pages: i64 = connection.prepare_cached("PRAGMA freelist_count")?.query_row([], |row| row.get(0))?;
            Ok(pages.max(0) as u64 * schema::PAGE_BYTES)
        })
        .await
    }

    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
        _at: Timestamp,
    ) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        let change = Change::Bucket { name: name.clone(), change };
        Ok(self.writer.change(change).await?.bucket)
    }

    async fn change_key(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        change: KeyChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        let change = Change::Key { bucket, key: key.clone(), change, at };
        let outcome = self.writer.change(change).await?;
        match outcome.damaged {
            Some(failure) => Err(failure.during("reading an object")),
            None if outcome.unsettled => Err(MetaError::Unsettled),
            None => Ok(outcome.object),
        }
    }

    async fn change_upload(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        id: UploadId,
        change: UploadChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        let change = Change::Upload { bucket, key: key.clone(), id, change, at };
        Ok(self.writer.change(change).await?.object)
    }

    async fn begin_fill(&self, bucket: BucketId, key: &ObjectKey) -> Result<Fence, MetaError> {
        let shared = &self.shared;
        let fence = shared.fills.begin(bucket, key, || shared.buckets().has(bucket));
        Ok(fence.ok_or(Refusal::NoSuchBucket)?)
    }

    fn key_version(&self, bucket: BucketId, key: &ObjectKey) -> u64 {
        self.shared.fills.version(bucket, key)
    }

    async fn holds_fill(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) -> bool {
        self.shared.fills.get(bucket, key) == Some(fence)
    }

    async fn place_fill(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        object: Arc<ObjectRecord>,
        fence: Fence,
    ) -> Result<(), MetaError> {
        let shared = &self.shared;
        if shared.fills.place(bucket, key, fence, object) {
            return Ok(());
        }
        Err(if shared.buckets().has(bucket) { Refusal::Overtaken } else { Refusal::NoSuchBucket }.into())
    }

    async fn settle_fills(&self, fills: Vec<PlacedFill>, at: Timestamp) -> Result<(), MetaError> {
        self.writer.change(Change::Settle { fills, at }).await.map(|_| ())
    }

    async fn withdraw_fill(&self, fill: &PlacedFill) -> bool {
        self.shared.fills.withdraw(fill.bucket, &fill.key, &fill.object)
    }

    async fn end_fill(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) {
        self.shared.fills.end(bucket, key, fence);
    }

    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        self.page("reading the garbage list", move |connection| blobs::garbage(connection, unused_since, max)).await
    }

    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError> {
        self.writer.change(Change::Forget { blobs: blobs.to_vec() }).await.map(|_| ())
    }

    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError> {
        // At the beginning, because a blob only ever moves on from there.
        let unsettled = if after.is_none() { self.shared.fills.all_unsettled() } else { Vec::new() };
        let walk = move |connection: &Connection| blobs::referenced(connection, after.as_ref(), max);
        let mut page = self.page("walking over blobs", walk).await?;
        page.blobs.extend(unsettled.iter().flat_map(|object| object.body.file_blobs()));
        Ok(page)
    }
}
