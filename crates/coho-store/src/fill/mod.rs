//! A mirrored object on its way in, and its readers, who follow it while it grows.
//!
//! A fill belongs to nobody's connection. It holds the key's token in the metadata engine from its beginning, and
//! its commit needs that token, so that every write of a client that came later wins. Readers see bytes as soon as
//! they are written, go at their own speed, and never wait for the commit. What a fill has stored is seen at once and
//! durable a moment later: see [`persist`].

mod ahead;
mod digest;
mod in_progress;
mod opening;
mod persist;
mod reader;
mod shared;

use ahead::Met;
pub use ahead::{AheadWriter, FAR_BYTES};
use digest::FillDigest;
use in_progress::DROPPED;
pub use in_progress::{Ended, InProgressBody};
use opening::FillSink;
pub(crate) use persist::Persisting;
pub use reader::GrowingReader;

use crate::{BodyError, Store, StoreError, ingest::WRITE_PIECE_BYTES};
use bytes::{Bytes, BytesMut};
use coho_blob::UnsyncedBlob;
#[cfg(doc)]
use coho_meta::FillStore;
use coho_meta::MetaError;
use coho_model::{
    BlobId, Body, BucketRecord, ETag, Extent, FillToken, ObjectAcl, ObjectHeaders, ObjectKey, ObjectRecord, ObjectType,
    PersistFill, Provenance, Refusal, Timestamp,
};
use std::sync::Arc;

/// Pieces of at least this many bytes are written as they arrive; smaller ones are gathered first.
const FILL_DIRECT_BYTES: usize = 16 * 1024;

/// One fill of one key.
pub struct Fill {
    store: Arc<Store>,
    bucket: Arc<BucketRecord>,
    key: ObjectKey,
    /// None for one that is not to be stored.
    token: Option<FillToken>,
    blob: BlobId,
    head: FillHead,
    limit: u64,
    taken: u64,
    digest: FillDigest,
    memory: Bytes,
    buffer: BytesMut,
    sink: FillSink,
    body: Arc<InProgressBody>,
    /// Readers know how it ends, and have or will have every byte that they were promised.
    ended: bool,
}

/// What is known of a fetched object before its body.
#[derive(Debug, Clone)]
pub struct FillHead {
    /// The ETag it is stored with. It is no digest of the body, so that it is known with the origin's head.
    pub etag: ETag,
    /// `Last-Modified`.
    pub modified: Timestamp,
    /// The origin's headers that are stored.
    pub headers: ObjectHeaders,
    /// The origin that it comes from.
    pub provenance: Arc<Provenance>,
    /// Length in bytes; `None` if the origin does not say.
    pub length: Option<u64>,
    /// The MD5 that the body must have; only then its MD5 is computed.
    pub expected_md5: Option<[u8; 16]>,
}

/// A whole body: where it is, and what is to be synced.
type Finished = (Body, Option<Arc<dyn UnsyncedBlob>>);

/// What became of a fill whose body was whole.
#[derive(Debug, Clone)]
pub enum Filled {
    /// It is stored: everybody sees it, and it becomes durable soon.
    Stored(Arc<ObjectRecord>),
    /// A client's write came later and won; nothing was stored.
    Overtaken,
    /// The body is whole and has another MD5 than it should have; nothing was stored.
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

impl Store {
    /// Takes the key's token. The caller looks at the store again behind this, unless the key's version is still the one from
    /// before its last look: what was written before the token was taken is seen by that look, what is written afterwards takes the token away.
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
    /// Begins to take bytes, at most `limit` of them. Without a token they are for its readers alone.
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
        Self { store, bucket, key, token, blob, head, limit, taken, digest, memory, buffer, sink, body, ended }
    }

    /// Refuses a body of a known length that is too long or has no room, before anybody is told that it comes.
    pub async fn admit(&mut self) -> Result<(), StoreError> {
        match self.head.length {
            Some(length) if length > self.limit => Err(BodyError::TooLarge { limit: self.limit }.into()),
            Some(length) if length > self.store.options.inline_bytes as u64 => {
                self.store.blobs.admit(length).await?;
                self.begin_blob();
                Ok(())
            }
            // Not `admit_inline`: what is free within the metadata file is no room for what goes beside it.
            length => Ok(self.store.blobs.admit(length.unwrap_or(0)).await?),
        }
    }

    /// Has the blob made, which takes a disk thread some time; what comes meanwhile waits in memory.
    fn begin_blob(&mut self) {
        if self.sink.is_none() {
            self.sink = FillSink::begin(self.store.blobs.clone(), self.blob, self.head.length, self.body.clone());
        }
    }

    /// The body that readers follow.
    pub fn body(&self) -> Arc<InProgressBody> {
        self.body.clone()
    }

    /// How many bytes were taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes the next bytes. They may be held back until [`Self::flush`] to be written with those behind them.
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

    /// Splits off what can be written before the fill meets a part that came before.
    pub fn split_free(&self, bytes: &mut Bytes) -> Bytes {
        bytes.split_to(self.body.ahead_ranges().unclaimed(self.taken, bytes.len()))
    }

    /// Whether with so many bytes more all is there up to the end, with the parts that came before.
    pub fn covers(&self, count: u64, end: u64) -> bool {
        self.body.ahead_ranges().contiguous_end(self.taken + count) >= end
    }

    /// Whether the fill has got to a part that came before and is worth taking over.
    pub async fn meets_ahead_range(&mut self) -> Result<bool, StoreError> {
        self.flush().await?;
        Ok(self.body.meet(self.taken, false, self.head.length).await != Met::Nothing)
    }

    /// Takes over the parts that came before and begin here, one behind the other, as far as they come. `has_all` is called when
    /// all is there up to the end, for whoever reads it as well.
    pub async fn absorb(&mut self, has_all: impl Fn()) -> Result<(), StoreError> {
        self.flush().await?;
        loop {
            match self.body.meet(self.taken, true, self.head.length).await {
                Met::Range { available, .. } if available > self.taken => {
                    if self.head.length.is_some_and(|end| self.covers(0, end)) {
                        has_all();
                    }
                    self.take_over().await?;
                }
                Met::Range { .. } | Met::Nothing => return Ok(()),
            }
        }
    }

    /// Takes over what has come of the part that begins here.
    async fn take_over(&mut self) -> Result<(), StoreError> {
        let Some(absorbed) = self.body.ahead_ranges().absorb(self.taken) else { return Ok(()) };
        let sink = self.sink.open().await?;
        sink.absorb(absorbed.end).await?;
        match absorbed.crc {
            Some(crc) if !self.digest.has_md5() => self.digest.append(&crc),
            // Only a digest that is combined needs no second look at the bytes.
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
            self.sink.write(memory, &self.body).await?;
        }
        self.digest.update(&bytes);
        Ok(self.sink.write(bytes, &self.body).await?)
    }

    /// The body has ended as it should: readers may end, and the object is made visible, and soon durable, unless it has
    /// another MD5 than the head expects.
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
        let object = Arc::new(self.record(body));
        self.store.persisting.lane(unsynced.is_some()).room().await;
        let fill = PersistFill { bucket: self.bucket.id, key: self.key.clone(), object: object.clone() };
        let published = match self.token {
            Some(token) => self.store.meta.publish(fill.clone(), token).await,
            None => Err(MetaError::Refused(Refusal::Overtaken)),
        };
        match published {
            Ok(()) => {
                let events = self.store.events().published(&self.bucket.name, &self.key, object.size);
                match self.store.persist_later(fill, events, unsynced).await {
                    Ok(()) => Ok(Filled::Stored(object)),
                    // An object was there that the caller has not looked for. The body is removed already.
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

    fn record(&self, body: Body) -> ObjectRecord {
        let FillHead { etag, modified, headers, provenance, .. } = &self.head;
        ObjectRecord {
            size: self.taken,
            etag: *etag,
            crc64: self.digest.crc64(),
            object_type: ObjectType::Normal,
            storage_class: self.bucket.storage_class,
            acl: ObjectAcl::Default,
            modified: *modified,
            headers: headers.clone(),
            mirrored_from: Some(provenance.clone()),
            body,
        }
    }

    async fn finish(&mut self) -> Result<Finished, StoreError> {
        if let Some(sink) = self.sink.take().await? {
            let unsynced = sink.finish().await?;
            let extent = Extent { blob: self.blob, offset: 0, length: self.taken };
            return Ok((Body::Extents(Arc::from([extent])), Some(unsynced)));
        }
        self.digest.update(&self.memory);
        // A copy, since it may be kept for long, and what came is a slice of a larger buffer.
        let bytes = Bytes::copy_from_slice(&self.memory);
        let body = if bytes.is_empty() { Body::empty() } else { Body::Inline { blob: self.blob, bytes } };
        Ok((body, None))
    }

    /// The body has ended as it should and is for its readers alone: nothing is stored.
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
        // What readers have open stays readable.
        self.sink.discard().await;
        self.give_back().await;
        Ok(())
    }

    /// The body did not come whole: readers break off, nothing is stored.
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
    /// Whoever shows the fill to readers keeps its body, so that these would wait for ever. The token stays until
    /// the next write or fill of the key takes it.
    fn drop(&mut self) {
        if !self.ended {
            self.body.abort(DROPPED.into());
        }
    }
}

fn joined(memory: &Bytes, next: Bytes) -> Bytes {
    if memory.is_empty() { next } else { [&**memory, &*next].concat().into() }
}
