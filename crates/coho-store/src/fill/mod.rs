//! Storing a fetched object while it arrives, and the readers that follow it.
//!
//! A fill is independent of connections. It holds the key's fencing token from its beginning, and its commit needs the
//! token, so that every later write of a client wins. Readers see bytes as soon as they arrive, go at their own speed, and
//! never wait for the commit. A committed object is visible at once and durable a moment later: see [`persist`].

mod ahead;
mod digest;
mod encrypt;
mod in_progress;
mod opening;
mod persist;
mod reader;
mod repair;
mod scratch;
mod shared;

use ahead::Met;
pub use ahead::{AheadReader, AheadWriter, FAR_BYTES, MAX_RUNNING_RANGES};
use digest::FillDigest;
use in_progress::DROPPED;
pub use in_progress::{Ended, InProgressBody};
use opening::FillSink;
pub(crate) use persist::Persisting;
pub use reader::GrowingReader;
pub use repair::may_be_replaced;

use crate::{BodyError, ScarceResource, Store, StoreError, ingest::WRITE_PIECE_BYTES};
use bytes::{Bytes, BytesMut};
use coho_blob::UnsyncedBlob;
use coho_crypt::DataKey;
#[cfg(doc)]
use coho_meta::FillStore;
use coho_meta::MetaError;
use coho_model::{
    BlobId, Body, BucketId, BucketRecord, ETag, Extent, FillToken, ObjectAcl, ObjectAttributes, ObjectEncryption,
    ObjectHeaders, ObjectKey, ObjectRecord, ObjectType, ObjectVersion, PersistFill, Provenance, Refusal, StorageClass,
    Timestamp,
};
use std::sync::Arc;

/// Pieces of at least this many bytes are written as they arrive; smaller ones are gathered first.
const FILL_DIRECT_BYTES: usize = 16 * 1024;

/// One fill of one key.
pub struct Fill {
    store: Arc<Store>,
    bucket: Arc<BucketRecord>,
    key: ObjectKey,
    /// `None` if the object is not to be stored.
    token: Option<FillToken>,
    /// The damaged object that it replaces.
    replaced: Option<Arc<ObjectRecord>>,
    blob: BlobId,
    head: FillHead,
    limit: u64,
    taken: u64,
    digest: FillDigest,
    memory: Bytes,
    buffer: BytesMut,
    sink: FillSink,
    /// How the stored bytes are encrypted, once they are, and their key.
    encryption: Option<ObjectEncryption>,
    data_key: Option<Box<DataKey>>,
    body: Arc<InProgressBody>,
    /// Readers know how it ends, and get every byte that they were promised.
    ended: bool,
}

/// What is known of a fetched object before its body.
#[derive(Debug, Clone)]
pub struct FillHead {
    /// The ETag of the object. It does not depend on the body, so that it is known with the origin's head.
    pub etag: ETag,
    /// `Last-Modified`.
    pub modified: Timestamp,
    /// The origin's headers that are stored.
    pub headers: ObjectHeaders,
    /// What few objects have.
    pub attributes: Option<Arc<ObjectAttributes>>,
    /// Its origin.
    pub provenance: Arc<Provenance>,
    /// Length in bytes; `None` if the origin does not say.
    pub length: Option<u64>,
    /// The MD5 that the body must have; only then its MD5 is computed.
    pub expected_md5: Option<[u8; 16]>,
}

/// A whole body, and the blob that is to be synced.
type Finished = (Body, Option<Arc<dyn UnsyncedBlob>>);

/// The outcome of a fill whose body was whole.
#[derive(Debug, Clone)]
pub enum Filled {
    /// The object is stored: it is visible, and becomes durable soon.
    Stored(Arc<ObjectRecord>),
    /// A later write of a client won; nothing was stored.
    Overtaken,
    /// The body does not have the expected MD5; nothing was stored.
    Md5Mismatch,
}

impl std::fmt::Debug for Fill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fill")
            .field("key", &self.key)
            .field("token", &self.token)
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

/// The version of a key before a lookup: while it is unchanged, the lookup's result holds.
#[derive(Debug, Clone)]
pub struct KeyLookup {
    bucket: BucketId,
    key: ObjectKey,
    version: u64,
}

impl KeyLookup {
    /// Whether this is a lookup of the key.
    pub fn is_of(&self, key: &ObjectKey) -> bool {
        self.key == *key
    }
}

impl Store {
    /// To be called before a lookup whose result is used later.
    pub async fn begin_lookup(&self, bucket: &BucketRecord, key: &ObjectKey) -> Result<KeyLookup, StoreError> {
        let version = self.key_version(bucket, key).await?;
        Ok(KeyLookup { bucket: bucket.id, key: key.clone(), version })
    }

    /// Whether this is a lookup of the key and its result still holds.
    pub async fn holds_lookup(
        &self,
        lookup: &KeyLookup,
        bucket: &BucketRecord,
        key: &ObjectKey,
    ) -> Result<bool, StoreError> {
        let is_of_key = lookup.bucket == bucket.id && lookup.is_of(key);
        Ok(is_of_key && lookup.version == self.key_version(bucket, key).await?)
    }

    /// Takes the key's token. The caller then looks the object up again, unless its last lookup still holds: that lookup
    /// sees all writes before the token was taken, and any later write revokes the token.
    pub async fn begin_fill(&self, bucket: &BucketRecord, key: &ObjectKey) -> Result<FillToken, StoreError> {
        Ok(self.meta.begin_fill(bucket.id, key).await?)
    }

    /// A counter that changes whenever a write of the key is answered: see [`FillStore::key_version`].
    pub async fn key_version(&self, bucket: &BucketRecord, key: &ObjectKey) -> Result<u64, StoreError> {
        Ok(self.meta.key_version(bucket.id, key).await?)
    }

    /// Whether the fill still holds the token, so that what it fetches is not known to be out of date.
    pub async fn holds_token(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        token: FillToken,
    ) -> Result<bool, StoreError> {
        Ok(self.meta.holds_token(bucket.id, key, token).await?)
    }

    /// Gives the token back. If that fails, the token stays until the next write or fill of the key takes it.
    pub async fn end_fill(&self, bucket: &BucketRecord, key: &ObjectKey, token: FillToken) {
        if let Err(error) = self.meta.end_fill(bucket.id, key, token).await {
            tracing::warn!(%error, key = key.as_str(), "a fill could not give its token back");
        }
    }
}

impl Fill {
    /// Begins to take bytes, at most `limit` of them. Without a token they go to the readers and are not stored.
    pub fn new(
        store: Arc<Store>,
        bucket: Arc<BucketRecord>,
        key: ObjectKey,
        token: Option<FillToken>,
        head: FillHead,
        limit: u64,
    ) -> Self {
        let blob = store.new_blob_id();
        let (memory, buffer, body) = (Bytes::new(), BytesMut::new(), Arc::default());
        let (taken, sink, ended) = (0, FillSink::None, false);
        let digest = FillDigest::new(head.expected_md5.is_some());
        let replaced = None;
        Self {
            store,
            bucket,
            key,
            token,
            replaced,
            blob,
            head,
            limit,
            taken,
            digest,
            memory,
            buffer,
            sink,
            encryption: None,
            data_key: None,
            body,
            ended,
        }
    }

    /// Refuses a known length that is too long or does not fit on the disk, before readers learn of the object.
    pub async fn admit(&mut self) -> Result<(), StoreError> {
        match self.head.length {
            Some(length) if length > self.limit => Err(BodyError::TooLarge { limit: self.limit }.into()),
            Some(length) if length > self.store.options.inline_bytes as u64 => {
                let admitted = self.store.blobs.admit(length).await;
                self.store.noted_blob(admitted, &[ScarceResource::Space])?;
                self.begin_blob();
                Ok(())
            }
            // Not `admit_inline`: space within the metadata file does not help segments and blobs, which lie beside it.
            length => {
                let admitted = self.store.blobs.admit(length.unwrap_or(0)).await;
                self.store.noted_blob(admitted, &[ScarceResource::Space])
            }
        }
    }

    /// Starts to make the blob, which takes a disk thread some time; bytes that arrive meanwhile wait in memory.
    fn begin_blob(&mut self) {
        if self.sink.is_none() {
            let encrypts = self.bucket.mirror.encrypts;
            let (blobs, body) = (self.store.blobs.clone(), self.body.clone());
            self.sink = FillSink::begin(blobs, self.blob, self.head.length, body, encrypts);
        }
    }

    /// The body that readers follow.
    pub fn body(&self) -> Arc<InProgressBody> {
        self.body.clone()
    }

    /// Bytes taken so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes the next bytes. They may be held back until [`Self::flush`], to be written together with the following ones.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.taken += bytes.len() as u64;
        if self.taken > self.limit {
            return Err(BodyError::TooLarge { limit: self.limit }.into());
        }
        if self.sink.is_none() && self.taken <= self.store.options.inline_bytes as u64 {
            self.memory = joined(&self.memory, bytes);
            self.body.set_memory(self.memory.clone());
            return Ok(());
        }
        if self.buffer.is_empty() && bytes.len() >= FILL_DIRECT_BYTES {
            return self.pass_on(bytes).await;
        }
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.len() >= WRITE_PIECE_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Splits off the bytes that can be written before the fill meets a range ahead.
    pub fn split_free(&self, bytes: &mut Bytes) -> Bytes {
        bytes.split_to(self.body.ahead_ranges().unclaimed(self.taken, bytes.len()))
    }

    /// Whether `count` more bytes and the ranges ahead complete the object up to `end`.
    pub fn covers(&self, count: u64, end: u64) -> bool {
        self.body.ahead_ranges().contiguous_end(self.taken + count) >= end
    }

    /// Whether the fill has reached a range ahead that is worth absorbing.
    pub async fn meets_ahead_range(&mut self) -> Result<bool, StoreError> {
        self.flush().await?;
        Ok(self.body.meet(self.taken, false, self.head.length).await != Met::Nothing)
    }

    /// Absorbs the ranges ahead that begin here, one after the other, as far as they grow. `has_all` is called when all bytes
    /// up to the end are available, also to readers.
    pub async fn absorb(&mut self, has_all: impl Fn()) -> Result<(), StoreError> {
        self.flush().await?;
        loop {
            match self.body.meet(self.taken, true, self.head.length).await {
                Met::Range { available, .. } if available > self.taken => {
                    if self.head.length.is_some_and(|end| self.covers(0, end)) {
                        has_all();
                    }
                    self.absorb_available().await?;
                }
                Met::Range { .. } | Met::Nothing => return Ok(()),
            }
        }
    }

    /// Absorbs the available bytes of the range that begins here.
    async fn absorb_available(&mut self) -> Result<(), StoreError> {
        let Some(absorbed) = self.body.ahead_ranges().absorb(self.taken) else { return Ok(()) };
        let sink = self.sink.open().await?;
        sink.absorb(absorbed.end).await?;
        match absorbed.crc {
            Some(crc) if !self.digest.has_md5() => self.digest.append(&crc),
            // An MD5 cannot be combined from ranges, so the bytes are read once more.
            _ => self.digest.read_back(&*sink.file(), self.taken..absorbed.end).await?,
        }
        self.taken = absorbed.end;
        self.body.absorb(absorbed.end);
        Ok(())
    }

    /// Shows readers everything that was taken.
    pub async fn flush(&mut self) -> Result<(), StoreError> {
        match self.buffer.split().freeze() {
            bytes if bytes.is_empty() => Ok(()),
            bytes => self.pass_on(bytes).await,
        }
    }

    async fn pass_on(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if self.sink.is_none() {
            self.begin_blob();
            let memory = self.memory.clone();
            self.digest.update(&memory);
            let written = self.sink.write(memory, &self.body).await;
            self.store.noted_blob(written, &[])?;
        }
        self.digest.update(&bytes);
        let written = self.sink.write(bytes, &self.body).await;
        self.store.noted_blob(written, &[])
    }

    /// Ends a whole body: readers may end, and the object becomes visible, and soon durable, unless it does not have the MD5
    /// that the head expects.
    pub async fn commit(mut self) -> Result<Filled, StoreError> {
        let result = self.commit_inner().await;
        if let Err(error) = &result {
            self.end(error.to_string().into()).await;
        }
        result
    }

    async fn commit_inner(&mut self) -> Result<Filled, StoreError> {
        if self.head.length.is_some_and(|length| length != self.taken) {
            return Err(BodyError::Incomplete.into());
        }
        self.flush().await?;
        self.body.end(Ended::Whole { length: self.taken });
        let (body, unsynced) = self.finish().await?;
        self.body.release_written();
        self.ended = true;
        if self.head.expected_md5.is_some() && self.digest.md5() != self.head.expected_md5 {
            self.store.discard_body(&body).await;
            self.give_back().await;
            return Ok(Filled::Md5Mismatch);
        }
        if let Err(error) = self.discard_replaced().await {
            self.store.discard_body(&body).await;
            return Err(error);
        }
        let store = self.store.clone();
        let _sealing = match store.sealing_now(self.encryption.take(), self.data_key.as_deref()).await {
            Ok((guard, encryption)) => {
                self.encryption = encryption;
                guard
            }
            Err(error) => {
                store.discard_body(&body).await;
                return Err(error);
            }
        };
        let object = Arc::new(self.record(body));
        let fill = PersistFill { bucket: self.bucket.id, key: self.key.clone(), object: object.clone() };
        let publishing = store.persisting.publishing().await;
        let published = match self.token {
            Some(token) => self.store.meta.publish(fill.clone(), token).await,
            None => Err(MetaError::Refused(Refusal::Overtaken)),
        };
        match published {
            Ok(()) => {
                let events = self.store.events().published(&self.bucket.name, &self.key, object.size);
                match self.store.persist_later(fill, events, unsynced, publishing).await {
                    Ok(()) => Ok(Filled::Stored(object)),
                    // An object existed that the caller did not look up. The body is removed already.
                    Err(StoreError::Refused(Refusal::Overtaken | Refusal::NoSuchBucket)) => Ok(Filled::Overtaken),
                    Err(error) => Err(error),
                }
            }
            Err(MetaError::Refused(Refusal::Overtaken | Refusal::NoSuchBucket)) => {
                self.store.discard_body(&object.body).await;
                self.give_back().await;
                Ok(Filled::Overtaken)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The bucket's class, or that of the damaged object that is replaced. An object that was fetched because a client asked for it
    /// must be readable by the next one, so it is never of an archive class.
    fn storage_class(&self) -> StorageClass {
        let class = self.replaced.as_ref().map_or(self.bucket.storage_class, |replaced| replaced.storage_class);
        if class.is_archived() { StorageClass::Standard } else { class }
    }

    /// Those of the head; of a damaged object that is replaced its own, since a client may have tagged it.
    fn attributes(&self) -> Option<Arc<ObjectAttributes>> {
        let attributes = self.replaced.as_ref().map_or(&self.head.attributes, |replaced| &replaced.attributes);
        let was_encrypted = attributes.as_ref().is_some_and(|attributes| attributes.encryption.is_some());
        match (&self.encryption, was_encrypted) {
            (None, false) => attributes.clone(),
            (encryption, _) => ObjectAttributes::with_encryption(attributes.as_deref(), encryption.clone()),
        }
    }

    fn record(&self, body: Body) -> ObjectRecord {
        let FillHead { etag, modified, headers, provenance, .. } = &self.head;
        ObjectRecord {
            size: self.taken,
            etag: *etag,
            crc64: self.digest.crc64(),
            whole_md5: None,
            object_type: ObjectType::Normal,
            storage_class: self.storage_class(),
            acl: ObjectAcl::Default,
            modified: *modified,
            headers: headers.clone(),
            mirrored_from: Some(provenance.clone()),
            attributes: self.attributes(),
            version: ObjectVersion::default(),
            body,
        }
    }

    async fn finish(&mut self) -> Result<Finished, StoreError> {
        let sink = self.sink.take().await;
        if let Some(sink) = self.store.noted_blob(sink, &[])? {
            if self.bucket.mirror.encrypts {
                // Boxed, so that the others stay small.
                return Box::pin(self.encrypted_copy(sink)).await;
            }
            let unsynced = self.store.noted_blob(sink.finish().await, &[])?;
            let extent = Extent { blob: self.blob, offset: 0, length: self.taken };
            return Ok((Body::Extents(Arc::from([extent])), Some(unsynced)));
        }
        self.digest.update(&self.memory);
        // A copy, since the record may be kept, and the bytes are a slice of a larger buffer.
        let bytes = Bytes::copy_from_slice(&self.memory);
        let body = if bytes.is_empty() { Body::empty() } else { Body::Inline { blob: self.blob, bytes } };
        let body = if self.bucket.mirror.encrypts { self.encrypted_inline(body).await? } else { body };
        Ok((body, None))
    }

    /// Ends a whole body that is for its readers only: nothing is stored.
    pub async fn release(mut self) -> Result<(), StoreError> {
        let flushed = match self.head.length {
            Some(length) if length != self.taken => Err(BodyError::Incomplete.into()),
            _ => self.flush().await,
        };
        if let Err(error) = flushed {
            self.end(error.to_string().into()).await;
            return Err(error);
        }
        self.body.end(Ended::Whole { length: self.taken });
        self.ended = true;
        // Open readers go on.
        self.sink.discard().await;
        self.give_back().await;
        Ok(())
    }

    /// Ends an incomplete body: its readers fail, nothing is stored.
    pub async fn abandon(mut self, reason: &str) {
        self.end(reason.into()).await;
    }

    async fn end(&mut self, reason: Arc<str>) {
        self.body.abort(reason);
        self.ended = true;
        self.sink.discard().await;
        self.give_back().await;
    }

    async fn give_back(&mut self) {
        if let Some(token) = self.token.take() {
            self.store.end_fill(&self.bucket, &self.key, token).await;
        }
    }
}

impl Drop for Fill {
    /// Aborts the body, which others may hold: its readers would wait forever. The token stays until the next write or fill
    /// of the key takes it.
    fn drop(&mut self) {
        if !self.ended {
            self.body.abort(DROPPED.into());
        }
    }
}

fn joined(memory: &Bytes, next: Bytes) -> Bytes {
    if memory.is_empty() { next } else { [&**memory, &*next].concat().into() }
}
