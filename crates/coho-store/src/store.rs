//! The store: both ports, the clock and the limits that the use cases share.

use crate::{
    Clock, EncryptionCounters, StoreError,
    digest::HashPool,
    events::Events,
    fill::Persisting,
    new_blob_id,
    pins::Pins,
    shortage::{ScarceResource, Shortages},
    traffic::{HistoryCounters, TrafficTable},
    version_counts::VersionCounters,
};
use coho_blob::{BlobError, BlobStore};
use coho_crypt::MasterKeys;
use coho_meta::{FillStore, MetaError};
use coho_model::{
    BlobId, BucketRecord, DeleteMarker, KeyChange, KeyVersion, ObjectAcl, ObjectKey, ObjectRecord, TagSet, Timestamp,
    VersionId,
};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinError;

/// Most bytes of one PutObject or one part (OSS: 5 GB).
pub const MAX_BODY_BYTES: u64 = 5 << 30;

/// Free bytes within the metadata that are never used up: rows have indexes, and trees split.
const REUSE_MARGIN_BYTES: u64 = 1 << 20;

/// How the store behaves.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// Most bytes of an inline body.
    pub inline_bytes: usize,
    /// How long a filled object may wait to be made durable together with others; with zero it is durable before its fill ends.
    pub persist_delay: Duration,
    /// How many versions of each bucket's website configuration are kept.
    pub website_versions: usize,
    /// How long the restore of an archived object takes.
    pub restore_delay: Duration,
}

/// Buckets, objects and uploads.
#[derive(Debug)]
pub struct Store {
    pub(crate) meta: Arc<dyn FillStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<MasterKeys>,
    /// Shared by writes of encrypted records; a rotation waits for them.
    pub(crate) rotating: tokio::sync::RwLock<()>,
    pub(crate) encryption_counters: Arc<EncryptionCounters>,
    pub(crate) options: StoreOptions,
    /// When this process began: every blob that a crash of an earlier one has left is older.
    pub(crate) begun: Timestamp,
    /// See [`Self::last_blob_ms`].
    last_blob: AtomicI64,
    pub(crate) pins: Arc<Pins>,
    pub(crate) reading: Arc<AtomicUsize>,
    /// Bytes of the buffers in which pieces of bodies are gathered before they are written.
    pub(crate) gathered: Arc<AtomicUsize>,
    pub(crate) persisting: Persisting,
    pub(crate) hash_pool: Arc<HashPool>,
    pub(crate) shortages: Arc<Shortages>,
    events: Arc<Events>,
    pub(crate) traffic: TrafficTable,
    pub(crate) history_counters: HistoryCounters,
    pub(crate) version_counters: VersionCounters,
}

impl Store {
    /// A store over these ports. The blob engine has local files, or is wrapped in [`crate::SpooledBlobs`].
    pub fn new(
        meta: Arc<dyn FillStore>,
        blobs: Arc<dyn BlobStore>,
        clock: Arc<dyn Clock>,
        keys: Arc<MasterKeys>,
        options: StoreOptions,
    ) -> Self {
        let begun = clock.now();
        let last_blob = AtomicI64::new(begun.unix_ms());
        let (pins, reading, gathered, persisting, shortages, events) = Default::default();
        // Half the cores: fewer threads have fuller lanes, and the other cores send and receive.
        let threads = std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
        let hash_pool = Arc::new(HashPool::new(threads));
        Self {
            meta,
            blobs,
            clock,
            keys,
            rotating: Default::default(),
            encryption_counters: Arc::default(),
            options,
            begun,
            last_blob,
            pins,
            reading,
            gathered,
            persisting,
            hash_pool,
            shortages,
            events,
            traffic: TrafficTable::default(),
            history_counters: HistoryCounters::default(),
            version_counters: VersionCounters::default(),
        }
    }

    /// The blobs, for the sweeper and for health checks.
    pub fn blobs(&self) -> &Arc<dyn BlobStore> {
        &self.blobs
    }

    /// What happens here, for readers that follow it.
    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An id for a blob that is begun now. A clock that is set back must not make it look like an orphan.
    pub(crate) fn new_blob_id(&self) -> BlobId {
        let now = self.now().max(self.begun);
        self.last_blob.fetch_max(now.unix_ms(), Ordering::SeqCst);
        new_blob_id(now)
    }

    /// The latest time of a blob that this store has begun, in milliseconds since the epoch.
    pub(crate) fn last_blob_ms(&self) -> i64 {
        self.last_blob.load(Ordering::SeqCst)
    }

    /// Number of stored bodies that are being read at this moment.
    pub fn bodies_in_flight(&self) -> usize {
        self.reading.load(Ordering::Relaxed)
    }

    /// Runs the end of a write where no client can interrupt it: a client that leaves between the bytes and the change
    /// that names them would leave bytes that no change ever names.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        match tokio::spawn(work).await {
            Ok(result) => result,
            Err(error) => Err(unfinished(&error, "a write")),
        }
    }

    /// Refuses to let the metadata grow into the room that its deletions need. What they have freed within it can be
    /// used again, although the disk does not see it.
    pub(crate) async fn admit_inline(&self, bytes: u64) -> Result<(), StoreError> {
        match self.blobs.admit(bytes).await {
            Err(BlobError::Full) if self.meta.reusable_bytes().await? >= bytes + REUSE_MARGIN_BYTES => Ok(()),
            admitted => self.noted_blob(admitted, &[ScarceResource::Space]),
        }
    }

    /// Replaces the ACL of an object, or of one of its versions. Gives the version that was changed.
    pub async fn set_object_acl(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
        acl: ObjectAcl,
    ) -> Result<VersionId, StoreError> {
        self.revise(bucket, key, KeyChange::SetAcl { acl, version }).await
    }

    /// Replaces the tags of an object, or of one of its versions. Gives the version that was changed.
    pub async fn set_object_tags(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
        tags: TagSet,
    ) -> Result<VersionId, StoreError> {
        self.revise(bucket, key, KeyChange::SetTags { tags, version }).await
    }

    /// Makes a change that keeps the bytes of the current object, or of the version that it names. Gives the version.
    pub(crate) async fn revise(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        change: KeyChange,
    ) -> Result<VersionId, StoreError> {
        let (now, change) = (self.now(), &change);
        let make = || async { self.noted(self.meta.change_key(bucket.id, key, change.clone(), now).await) };
        let revised = self.change_durable(make).await?;
        let current = || revised.map_or(VersionId::Null, |object| object.version.id());
        Ok(change.named_version().unwrap_or_else(current))
    }

    /// The object under that key.
    pub async fn object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
    ) -> Result<Option<Arc<ObjectRecord>>, StoreError> {
        match self.meta.object(bucket.id, key).await {
            Err(MetaError::DamagedBody { record, source }) => Ok(Some(damaged(key, record, &*source))),
            found => Ok(found?),
        }
    }

    /// One version of a key, current or not.
    pub async fn version(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        id: VersionId,
    ) -> Result<Option<KeyVersion>, StoreError> {
        match self.meta.version(bucket.id, key, id).await {
            Err(MetaError::DamagedBody { record, source }) => {
                Ok(Some(KeyVersion::Object(damaged(key, record, &*source))))
            }
            found => Ok(found?),
        }
    }

    /// The delete marker that is the current version of a key.
    pub async fn current_marker(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
    ) -> Result<Option<DeleteMarker>, StoreError> {
        match bucket.versioning().is_versioned() {
            true => Ok(self.meta.current_marker(bucket.id, key).await?),
            false => Ok(None),
        }
    }
}

/// The record of an object whose bytes are damaged: they are missed by those that read them.
fn damaged(key: &ObjectKey, record: Arc<ObjectRecord>, error: &(dyn Error + 'static)) -> Arc<ObjectRecord> {
    tracing::warn!(error, key = key.as_str(), "an object is damaged");
    record
}

/// The failure of a task that did not end by itself: it panicked, or the runtime stops.
pub(crate) fn unfinished(error: &JoinError, work: &'static str) -> StoreError {
    if error.is_panic() {
        tracing::error!(error = error as &dyn Error, work, "a task panicked");
        return StoreError::Panicked;
    }
    StoreError::Stopping
}
