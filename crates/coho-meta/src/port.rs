//! The metadata port: what an engine stores, and how it is read and changed.

use crate::MetaError;
use async_trait::async_trait;
use coho_model::{
    AccessChange, AccessTable, BlobId, BucketChange, BucketId, BucketName, BucketRecord, BucketStat, ChangedVersion,
    Collapsed, DeleteMarker, KeyChange, KeyVersion, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, PartRecord,
    PersistFill, Timestamp, TrafficPoint, TrafficRow, TrafficStep, UploadChange, UploadId, UploadRecord, VersionId,
    VersionSummary, WebsiteVersion,
};
use std::{fmt, sync::Arc};

/// Names, objects, uploads and settings.
///
/// Contract, checked for every engine by [`crate::conformance`]:
/// - a commit that returned `Ok` is durable, and every read that begins later sees it;
/// - a commit is atomic: all of it is made or nothing, and no reader sees a part of it;
/// - a refused commit writes nothing;
/// - commits that touch the same key take effect one after the other;
/// - listings are in byte order of the keys.
///
/// `at` is the present time by the caller's clock: engines have none.
#[async_trait]
pub trait MetaStore: fmt::Debug + Send + Sync + 'static {
    /// The bucket of that name.
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError>;

    /// Whether the bucket with that id exists.
    async fn has_bucket(&self, bucket: BucketId) -> Result<bool, MetaError>;

    /// The object under that key, with its inline bytes if it has them.
    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError>;

    /// One version of a key, with its inline bytes if it has them.
    async fn version(&self, bucket: BucketId, key: &ObjectKey, id: VersionId) -> Result<Option<KeyVersion>, MetaError>;

    /// The delete marker that is the current version of a key; `None` if the key has an object, or no version at all.
    async fn current_marker(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<DeleteMarker>, MetaError>;

    /// A page of the versions and delete markers of a bucket's keys, ordered by key, and of each key the newest first.
    async fn list_versions(&self, bucket: BucketId, query: VersionQuery) -> Result<VersionPage, MetaError>;

    /// The upload of that id, if it is one of that key.
    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError>;

    /// Buckets of one owner in order of their names.
    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError>;

    /// The ids of all buckets, of every owner.
    async fn bucket_ids(&self) -> Result<Vec<BucketId>, MetaError>;

    /// Whether the engine refuses every change until it is opened again, because a commit failed.
    fn is_read_only(&self) -> bool {
        false
    }

    /// A page of a bucket's objects.
    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError>;

    /// A page of a bucket's uploads, ordered by key, then by id.
    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError>;

    /// The parts of an upload with numbers above `after`, at most `max`.
    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError>;

    /// The bucket's counters.
    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError>;

    /// The versions of a bucket's website with ids below `before`, newest first, at most `max`.
    async fn website_versions(
        &self,
        bucket: BucketId,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<WebsiteVersion>, MetaError>;

    /// What was counted of a bucket in the spans that begin from `from` on and before `until` (seconds since the epoch), in
    /// order of time. Spans in which nothing was counted are left out. [`BucketId::ALL`] stands for all buckets, also those that
    /// were deleted since.
    async fn traffic(
        &self,
        bucket: BucketId,
        step: TrafficStep,
        from: i64,
        until: i64,
    ) -> Result<Vec<TrafficPoint>, MetaError>;

    /// Adds counts to their minutes and hours, all of them or none; those of buckets that do not exist are left out. A bucket,
    /// and all of them together, keeps [`TrafficStep::kept`] spans of each step. Above that spans after the present go first, the latest of them before
    /// the others: a clock that was set back leaves them. Then the oldest ones go.
    async fn add_traffic(&self, rows: Vec<TrafficRow>, at: Timestamp) -> Result<(), MetaError>;

    /// All accounts, access keys and roles.
    async fn access_table(&self) -> Result<AccessTable, MetaError>;

    /// Changes accounts, access keys or roles.
    async fn change_access(&self, change: AccessChange) -> Result<(), MetaError>;

    /// Bytes that deletions have freed inside the engine's files: writes of this size do not grow them.
    async fn reusable_bytes(&self) -> Result<u64, MetaError>;

    /// Makes a batch of changes, all or none.
    async fn commit(&self, batch: Batch, at: Timestamp) -> Result<Changed, MetaError>;

    /// Blobs without a reference since before `unused_since`, at most `max`, oldest first.
    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError>;

    /// Blobs without a reference whose time on the garbage list is after `now`, at most `max`, oldest first: the clock was set
    /// back since.
    async fn future_garbage(&self, now: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError>;

    /// Takes removed blobs off the garbage list.
    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError>;

    /// All blobs that objects, parts or the garbage list refer to, page by page in no particular order.
    /// For the search for orphans: a blob that was referenced when the walk began, and stays so, is in one of the pages.
    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError>;

    /// Changes a bucket; returns its record afterwards, or `None` if it was removed.
    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
        at: Timestamp,
    ) -> Result<Option<Arc<BucketRecord>>, MetaError> {
        let changed = self.commit(Change::Bucket { name: name.clone(), change }.into(), at).await?;
        Ok(changed.bucket)
    }

    /// Changes the object under a key; returns its record afterwards, or `None` if the key has none.
    async fn change_key(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        change: KeyChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        let changed = self.commit(Change::Key { bucket, key: key.clone(), change }.into(), at).await?;
        Ok(changed.object)
    }

    /// Changes an upload; returns the object if the change was its completion.
    async fn change_upload(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        id: UploadId,
        change: UploadChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError> {
        let changed = self.commit(Change::Upload { bucket, key: key.clone(), id, change }.into(), at).await?;
        Ok(changed.object)
    }
}

/// Changes that are made together: first the rows of published objects, then the change that meets them.
///
/// Each is applied to what those before it have written. If one is refused, all are.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Published objects whose rows are written, of different keys.
    pub fills: Vec<PersistFill>,
    /// The change after them.
    pub change: Option<Change>,
}

/// A change and the record that it applies to.
#[derive(Debug, Clone)]
pub enum Change {
    /// A change of a bucket.
    Bucket {
        /// The name of the bucket.
        name: BucketName,
        /// The change.
        change: BucketChange,
    },
    /// A change of the object under a key.
    Key {
        /// The bucket.
        bucket: BucketId,
        /// The key.
        key: ObjectKey,
        /// The change.
        change: KeyChange,
    },
    /// A change of an upload.
    Upload {
        /// The bucket.
        bucket: BucketId,
        /// The upload's key.
        key: ObjectKey,
        /// The upload.
        id: UploadId,
        /// The change.
        change: UploadChange,
    },
}

impl Batch {
    /// The object that the batch's fills write under a key.
    pub(crate) fn filled(&self, bucket: BucketId, key: &ObjectKey) -> Option<&Arc<ObjectRecord>> {
        self.fills.iter().find(|fill| fill.bucket == bucket && fill.key == *key).map(|fill| &fill.object)
    }

    /// Whether one of the batch's fills writes into that bucket.
    pub(crate) fn fills_bucket(&self, bucket: BucketId) -> bool {
        self.fills.iter().any(|fill| fill.bucket == bucket)
    }
}

impl From<Change> for Batch {
    fn from(change: Change) -> Self {
        Self { fills: Vec::new(), change: Some(change) }
    }
}

/// The records after a batch's change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// The bucket, after a change of a bucket that still exists.
    pub bucket: Option<Arc<BucketRecord>>,
    /// The object, if one was written.
    pub object: Option<Arc<ObjectRecord>>,
    /// The version that a change of a key was about, in a bucket whose versioning is or was enabled.
    pub version: Option<ChangedVersion>,
}

/// Which buckets to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketQuery {
    /// Only buckets of this owner; `None` for those of all.
    pub owner: Option<Arc<str>>,
    /// Only names with this prefix.
    pub prefix: String,
    /// Only names after this one.
    pub after: String,
    /// Only buckets with a tag of this key and, if it is named, this value.
    pub tag: Option<(String, Option<String>)>,
    /// Most buckets of the page.
    pub max: usize,
}

/// A page of buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketPage {
    /// In order of their names.
    pub buckets: Vec<Arc<BucketRecord>>,
    /// Whether more follow the last one.
    pub truncated: bool,
}

/// Which uploads to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadQuery {
    /// As for objects; `max` counts uploads and common prefixes.
    pub list: ListQuery,
    /// With an upload id, uploads of the key `list.after` itself are shown if their id is greater.
    pub after_upload: Option<UploadId>,
}

/// A page of uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPage {
    /// Uploads and common prefixes in order.
    pub entries: Vec<coho_model::Listed<UploadRecord>>,
    /// The last key (or common prefix) and upload id of this page, if more follow.
    pub next: Option<(String, Option<UploadId>)>,
}

/// Which versions to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionQuery {
    /// As for objects; `max` counts versions, delete markers and common prefixes.
    pub list: ListQuery,
    /// With a version id, versions of the key `list.after` itself are shown if they are older. If the version `null` has gone since
    /// it was shown, the key's versions are shown once more: no other id says where it was.
    pub after_version: Option<VersionId>,
}

/// A page of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPage {
    /// Versions, delete markers and common prefixes in order.
    pub entries: Vec<coho_model::Listed<VersionSummary>>,
    /// The last key (or common prefix) and version of this page, if more follow.
    pub next: Option<(String, Option<VersionId>)>,
}

/// A page of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPage {
    /// By ascending number.
    pub parts: Vec<PartRecord>,
    /// Whether more follow the last one.
    pub truncated: bool,
}

/// The position of a walk over all referenced blobs; its content belongs to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobCursor(pub Vec<u8>);

/// A page of referenced blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPage {
    /// The blobs.
    pub blobs: Vec<BlobId>,
    /// The cursor of the next page; `None` after the last one.
    pub next: Option<BlobCursor>,
}
