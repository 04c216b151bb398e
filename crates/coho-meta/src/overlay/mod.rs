//! The decorator that lets objects be visible before they are durable.
//!
//! An engine keeps rows. What belongs to fills and to this process alone is kept here, in memory: fill tokens, key versions,
//! and *published* objects, which are visible and have no row yet. A fill does not outlive the process and can be made again.
//!
//! # Why a fill can never undo a later write
//!
//! Everything here is decided under one lock. Between two steps under it:
//! - A write of a key *enters* before it is handed to the engine, and *leaves* after the engine's answer and before its own.
//!   In between nothing is published under the key. When it leaves, a write that was made takes the key's token.
//! - An object is published only while its fill holds the token, and takes it. No token is given out twice.
//! - A write that enters where an object is published *claims* it, and hands the object's row and the change to the engine as
//!   one batch. Persisting claims the objects, too. A claim ends with the engine's answer, and an object has one claim at a
//!   time: whichever comes second waits. If the batch was made, the object has ceased to be published.
//!
//! Let a fill have begun with token F, and let a put, a deletion or a completion W be answered after that.
//! - If W left before F is published, publishing is refused: leaving took F, or a token that had replaced F. It does not
//!   matter whether W found an object, so the deletion of a key without one counts as well.
//! - F is not published between W's entering and leaving.
//! - If F was published before W entered, W meets it: it claims it, or waits until another claim has ended. Either the
//!   object's row is written before W in the same batch, or it was written by an earlier one and W finds it as a row. W
//!   replaces or removes it. It does not come back, since the row of a published object is written under a claim only, and an
//!   object whose row was written has ceased to be published.
//!
//! The deletion of a bucket enters and leaves in the same way, for all of the bucket's keys. It meets one of the published
//! objects, which is enough to be refused.
//!
//! If the engine fails and does not say whether it made the write, the token is taken as well. The fill is then perhaps
//! refused without need, which costs a fetch and never a write. A refused write takes nothing.
//!
//! A write whose caller goes away is still made, and still leaves: see [`ToTheEnd`].

mod commit;
mod fill_store;
mod fills;
mod merge;
mod published;
mod to_the_end;
mod versions;

use crate::{
    Batch, BlobCursor, BlobPage, BucketPage, BucketQuery, Changed, MetaError, MetaStore, PartPage, UploadPage,
    UploadQuery, VersionPage, VersionQuery,
};
use async_trait::async_trait;
use coho_model::{
    AccessChange, AccessTable, BlobId, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, DeleteMarker,
    KeyVersion, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, StatDelta, Timestamp, TrafficPoint, TrafficRow,
    TrafficStep, UploadId, UploadRecord, VersionId, WebsiteVersion,
};
use fills::Fills;
use std::{collections::HashSet, sync::Arc, time::Duration};
use to_the_end::ToTheEnd;

/// How often a bucket's counters are read until no object was published, claimed or persisted meanwhile.
const STAT_TRIES: usize = 4;
/// How long reading a bucket's counters waits in each try until none of its objects is claimed.
const STAT_PATIENCE: Duration = Duration::from_millis(250);

/// A metadata engine with fills over it.
#[derive(Debug)]
pub struct Overlay<M> {
    engine: Arc<M>,
    fills: Arc<Fills>,
    /// Deletions of buckets take turns, so that a name stays with the bucket that a deletion has looked up.
    deletions: Arc<tokio::sync::Mutex<()>>,
}

impl<M: MetaStore> Overlay<M> {
    /// Puts fills over an engine, of which this must be the only user.
    pub fn new(engine: Arc<M>) -> Self {
        Self { engine, fills: Arc::default(), deletions: Arc::default() }
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<M> {
        &self.engine
    }
}

impl<M: MetaStore> Overlay<M> {
    /// Waits until none of the bucket's objects is claimed: the row of a claimed one is counted from its commit on, and the
    /// object ceases to be published later.
    async fn unclaimed_stat(&self, bucket: BucketId) -> (StatDelta, u64) {
        let unclaimed = tokio::time::timeout(STAT_PATIENCE, self.fills.wait_for(|| self.fills.stat(bucket))).await;
        unclaimed.unwrap_or_else(|_| self.fills.stat_with_claims(bucket))
    }
}

#[async_trait]
impl<M: MetaStore> MetaStore for Overlay<M> {
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        self.engine.bucket(name).await
    }

    async fn has_bucket(&self, bucket: BucketId) -> Result<bool, MetaError> {
        self.engine.has_bucket(bucket).await
    }

    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        // Before the row, which exists once the object has ceased to be published.
        if let Some(object) = self.fills.published(bucket, key) {
            return Ok(Some(object));
        }
        self.engine.object(bucket, key).await
    }

    async fn version(&self, bucket: BucketId, key: &ObjectKey, id: VersionId) -> Result<Option<KeyVersion>, MetaError> {
        match self.fills.published(bucket, key) {
            Some(object) if object.version.id() == id => Ok(Some(KeyVersion::Object(object))),
            Some(_) | None => self.engine.version(bucket, key, id).await,
        }
    }

    async fn current_marker(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<DeleteMarker>, MetaError> {
        match self.fills.published(bucket, key) {
            Some(_) => Ok(None),
            None => self.engine.current_marker(bucket, key).await,
        }
    }

    async fn list_versions(&self, bucket: BucketId, query: VersionQuery) -> Result<VersionPage, MetaError> {
        // A published object is the first version of its key, which a marker within the key has passed.
        let published = self.fills.page(bucket, &query.list);
        let max = query.list.max;
        let rows = self.engine.list_versions(bucket, query).await?;
        Ok(match published {
            Some(published) => merge::version_pages(published, rows, max),
            None => rows,
        })
    }

    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError> {
        self.engine.upload(bucket, key, id).await
    }

    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError> {
        self.engine.list_buckets(query).await
    }

    async fn bucket_ids(&self) -> Result<Vec<BucketId>, MetaError> {
        self.engine.bucket_ids().await
    }

    fn is_read_only(&self) -> bool {
        self.engine.is_read_only()
    }

    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError> {
        // Before the rows: what is persisted in between is in both, and in neither never.
        let published = self.fills.page(bucket, &query);
        let max = query.max;
        let rows = self.engine.list_objects(bucket, query).await?;
        Ok(match published {
            Some(published) => merge::pages(published, rows, max),
            None => rows,
        })
    }

    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError> {
        self.engine.list_uploads(bucket, query).await
    }

    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError> {
        self.engine.list_parts(bucket, id, after, max).await
    }

    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError> {
        let mut tries = 0;
        loop {
            let (published, moves) = match self.fills.stat(bucket) {
                Some(stat) => stat,
                None => self.unclaimed_stat(bucket).await,
            };
            let stat = self.engine.bucket_stat(bucket).await?;
            tries += 1;
            // Under a steady stream of fills, objects that are persisted in between count twice in the last try, too.
            if tries == STAT_TRIES || self.fills.stat_with_claims(bucket).1 == moves {
                return Ok(stat.moved(published));
            }
        }
    }

    async fn website_versions(
        &self,
        bucket: BucketId,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<WebsiteVersion>, MetaError> {
        self.engine.website_versions(bucket, before, max).await
    }

    async fn traffic(
        &self,
        bucket: BucketId,
        step: TrafficStep,
        from: i64,
        until: i64,
    ) -> Result<Vec<TrafficPoint>, MetaError> {
        self.engine.traffic(bucket, step, from, until).await
    }

    async fn add_traffic(&self, rows: Vec<TrafficRow>, at: Timestamp) -> Result<(), MetaError> {
        self.engine.add_traffic(rows, at).await
    }

    async fn access_table(&self) -> Result<AccessTable, MetaError> {
        self.engine.access_table().await
    }

    async fn change_access(&self, change: AccessChange) -> Result<(), MetaError> {
        self.engine.change_access(change).await
    }

    async fn reusable_bytes(&self) -> Result<u64, MetaError> {
        self.engine.reusable_bytes().await
    }

    async fn commit(&self, batch: Batch, at: Timestamp) -> Result<Changed, MetaError> {
        self.commit_over_fills(batch, at).await
    }

    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        // A write that replaces a published object makes its blob garbage while the object is still visible.
        let published: HashSet<BlobId> = self.fills.blobs().into_iter().collect();
        let mut garbage = self.engine.garbage(unused_since, max).await?;
        garbage.retain(|blob| !published.contains(blob));
        Ok(garbage)
    }

    async fn future_garbage(&self, now: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError> {
        let published: HashSet<BlobId> = self.fills.blobs().into_iter().collect();
        let mut garbage = self.engine.future_garbage(now, max).await?;
        garbage.retain(|blob| !published.contains(blob));
        Ok(garbage)
    }

    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError> {
        self.engine.forget(blobs).await
    }

    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError> {
        // On the first page: from here a blob only moves to rows, or to the garbage list.
        let published = if after.is_none() { self.fills.blobs() } else { Vec::new() };
        let mut page = self.engine.referenced_blobs(after, max).await?;
        page.blobs.extend(published);
        Ok(page)
    }
}
