//! The metadata port.

use crate::MetaError;
use async_trait::async_trait;
use coho_model::{
    BlobId, BucketChange, BucketId, BucketName, BucketRecord, BucketStat, Collapsed, Fence, KeyChange, ListQuery,
    ObjectKey, ObjectRecord, ObjectSummary, PartRecord, Timestamp, UploadChange, UploadId, UploadRecord,
};
use std::{fmt, sync::Arc};

/// Names, objects, uploads and settings.
///
/// Contract, checked for every engine by [`crate::conformance`]:
/// - a change that returned `Ok` is durable (but for placed fills, see [`Self::place_fill`]), and every read that begins later sees it;
/// - a change is atomic: no reader sees a half of it;
/// - a refused change writes nothing;
/// - changes of one key happen one after the other, and so do the beginnings of its fills;
/// - listings are in byte order of the keys.
///
/// `at` is the present time, as the caller's clock has it: engines have none.
#[async_trait]
pub trait MetaStore: fmt::Debug + Send + Sync + 'static {
    /// The bucket of that name.
    async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, MetaError>;

    /// The object under that key, with its inline bytes if it has them.
    async fn object(&self, bucket: BucketId, key: &ObjectKey) -> Result<Option<Arc<ObjectRecord>>, MetaError>;

    /// The upload of that id, if it is one of that key.
    async fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Result<Option<UploadRecord>, MetaError>;

    /// Buckets of one owner in order of their names.
    async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, MetaError>;

    /// A page of a bucket's objects.
    async fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Result<Collapsed<ObjectSummary>, MetaError>;

    /// A page of a bucket's uploads, ordered by key, then by id.
    async fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, MetaError>;

    /// The parts of an upload with numbers above `after`, at most `max`.
    async fn list_parts(&self, bucket: BucketId, id: UploadId, after: u16, max: usize) -> Result<PartPage, MetaError>;

    /// What the bucket holds.
    async fn bucket_stat(&self, bucket: BucketId) -> Result<BucketStat, MetaError>;

    /// Bytes that deletions have freed inside what the engine occupies: so much can be written without growing it.
    async fn reusable_bytes(&self) -> Result<u64, MetaError>;

    /// Changes a bucket; gives its record afterwards, or nothing if it went.
    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
        at: Timestamp,
    ) -> Result<Option<Arc<BucketRecord>>, MetaError>;

    /// Changes the object under a key; gives its record afterwards, or nothing if there is none.
    async fn change_key(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        change: KeyChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError>;

    /// Changes an upload; gives the object if the change was its completion.
    async fn change_upload(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        id: UploadId,
        change: UploadChange,
        at: Timestamp,
    ) -> Result<Option<Arc<ObjectRecord>>, MetaError>;

    /// Gives the key's fill token to a new fill, and takes it from an older one. The token goes with the next
    /// put, delete or completion of that key and with the bucket; it need not survive a restart.
    async fn begin_fill(&self, bucket: BucketId, key: &ObjectKey) -> Result<Fence, MetaError>;

    /// A number that is another one when a write of the key was answered in between. Who has found no object behind asking for
    /// it, and gets the same number behind the beginning of a fill, need not look again.
    fn key_version(&self, bucket: BucketId, key: &ObjectKey) -> u64;

    /// Whether the fill still has the token: whether nothing was written under its key since it began.
    async fn holds_fill(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) -> bool;

    /// Shows the object of a fill that still has the token; others are refused. The caller has looked behind the beginning of
    /// the fill, and there was no object. From now on every read sees it and every
    /// change finds it, but it is durable only when it was settled: until then a stop of the process loses it.
    async fn place_fill(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        object: Arc<ObjectRecord>,
        fence: Fence,
    ) -> Result<(), MetaError>;

    /// Makes placed objects durable, whose blobs are; those that were written over meanwhile are left out. After an error
    /// they are as they were.
    async fn settle_fills(&self, fills: Vec<PlacedFill>, at: Timestamp) -> Result<(), MetaError>;

    /// Takes a placed object away that cannot be settled; gives whether it was still there.
    async fn withdraw_fill(&self, fill: &PlacedFill) -> bool;

    /// Gives the token back, if the fill still has it. A fill that was committed need not.
    async fn end_fill(&self, bucket: BucketId, key: &ObjectKey, fence: Fence);

    /// Blobs that nothing refers to since before `unused_since`, at most `max`, oldest first.
    async fn garbage(&self, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, MetaError>;

    /// These blobs are removed: they are garbage no longer.
    async fn forget(&self, blobs: &[BlobId]) -> Result<(), MetaError>;

    /// All blobs that objects, parts or the garbage list refer to, page by page in no particular order.
    /// For the search for orphans: blobs that were there when the walk began and stay are all named.
    async fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> Result<BlobPage, MetaError>;
}

/// An object that was placed by a fill.
#[derive(Debug, Clone)]
pub struct PlacedFill {
    /// Where.
    pub bucket: BucketId,
    /// Under which key.
    pub key: ObjectKey,
    /// The very record that was placed.
    pub object: Arc<ObjectRecord>,
}

/// Which buckets to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketQuery {
    /// Whose.
    pub owner: Arc<str>,
    /// Only names that begin so.
    pub prefix: String,
    /// Only names behind this one.
    pub after: String,
    /// At most so many.
    pub max: usize,
}

/// A page of buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketPage {
    /// In order of their names.
    pub buckets: Vec<Arc<BucketRecord>>,
    /// Whether there are more behind the last one.
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
    /// The last key (or common prefix) and upload id of this page, if there are more behind it.
    pub next: Option<(String, Option<UploadId>)>,
}

/// A page of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPage {
    /// By ascending number.
    pub parts: Vec<PartRecord>,
    /// Whether there are more behind the last one.
    pub truncated: bool,
}

/// Where a walk over all referenced blobs stands; what is in it is the engine's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobCursor(pub Vec<u8>);

/// A page of referenced blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPage {
    /// The blobs.
    pub blobs: Vec<BlobId>,
    /// Where to go on; `None` at the end.
    pub next: Option<BlobCursor>,
}
