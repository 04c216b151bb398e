//! Receiving a body: a small one stays in memory for the metadata, a larger one becomes a blob while it arrives. Digests are those of the plain
//! bytes, also if what is stored is encrypted.

use crate::{
    BodyError, BodySource, EncryptionCounters, Store, StoreError,
    digest::{BodyHasher, Digests, digests_of},
    shortage::{ScarceResource, Shortages},
};
use bytes::{Bytes, BytesMut};
use coho_blob::BlobSink;
use coho_crypt::{BodySealer, DataKey, FrameCipher, stored_bytes};
use coho_model::{BlobId, Body, Extent};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Small pieces are gathered up to this many bytes before they are hashed and written.
pub(crate) const WRITE_PIECE_BYTES: usize = 256 * 1024;
/// With larger buffers of all bodies together, in bytes, pieces of [`SMALL_PIECE_BYTES`] are written: clients that stop in the midst of a
/// body must not fill the memory.
const MAX_GATHERED_BYTES: usize = 64 << 20;
/// Bytes of a gathered piece while many are gathered.
const SMALL_PIECE_BYTES: usize = 16 * 1024;
/// Pieces of at least this many bytes are written without a copy.
const INGEST_DIRECT_BYTES: usize = 64 * 1024;

/// What the client announces of its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnnouncedBody {
    /// Its length in bytes.
    pub length: Option<u64>,
    /// Its MD5 (`Content-MD5`).
    pub md5: Option<[u8; 16]>,
    /// Its CRC-64 (`x-oss-hash-crc64ecma`).
    pub crc64: Option<coho_model::Crc64>,
}

/// A body that is being received.
pub(crate) struct Ingest {
    store: Arc<Store>,
    blob: BlobId,
    length: Option<u64>,
    inline_bytes: usize,
    /// Up to this many bytes the body is in memory as a whole.
    gathered_bytes: usize,
    taken: u64,
    limit: u64,
    buffer: BytesMut,
    gathered: Gathered,
    blob_writer: Option<BlobWriter>,
    /// The key of a body that is encrypted.
    key: Option<DataKey>,
}

/// A blob and the digests of its bytes.
struct BlobWriter {
    sink: Box<dyn BlobSink>,
    sealer: Option<BodySealer>,
    hasher: BodyHasher,
    shortages: Arc<Shortages>,
    counters: Arc<EncryptionCounters>,
}

impl BlobWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let stored = match &mut self.sealer {
            Some(sealer) => {
                self.counters.sealed(bytes.len());
                self.counters.noted(sealer.push(&bytes))?
            }
            None => bytes.clone(),
        };
        if !stored.is_empty() {
            self.shortages.of_blobs(self.sink.write(stored).await, &[])?;
        }
        self.hasher.update(bytes).await
    }
}

/// The buffer of one body within those of all, in bytes.
struct Gathered {
    all: Arc<AtomicUsize>,
    bytes: usize,
}

impl Gathered {
    fn set(&mut self, bytes: usize) {
        self.all.fetch_add(bytes, Ordering::Relaxed);
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }

    /// Whether all together are too large.
    fn are_many(&self) -> bool {
        self.all.load(Ordering::Relaxed) > MAX_GATHERED_BYTES
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Ingest {
    /// Begins a body of at most `limit` bytes; it is kept inline if it has no more than `inline_bytes`.
    pub(crate) fn new(
        store: &Arc<Store>,
        length: Option<u64>,
        inline_bytes: usize,
        limit: u64,
        key: Option<DataKey>,
    ) -> Self {
        let blob = store.new_blob_id();
        let is_short = length.is_some_and(|length| length <= WRITE_PIECE_BYTES as u64);
        let gathered_bytes = if is_short { inline_bytes.max(WRITE_PIECE_BYTES) } else { inline_bytes };
        Self {
            store: store.clone(),
            blob,
            length,
            inline_bytes,
            gathered_bytes,
            taken: 0,
            limit,
            buffer: BytesMut::new(),
            gathered: Gathered { all: store.gathered.clone(), bytes: 0 },
            blob_writer: None,
            key,
        }
    }

    /// The cipher of an encrypted body.
    fn cipher(&self) -> Result<Option<FrameCipher>, StoreError> {
        Ok(self.key.as_ref().map(|key| FrameCipher::new(key, self.blob)).transpose()?)
    }

    /// What is stored of a body that is here as a whole.
    fn sealed(&self, bytes: &Bytes) -> Result<Bytes, StoreError> {
        Ok(match self.cipher()? {
            Some(cipher) => {
                self.store.encryption_counters.sealed(bytes.len());
                self.store.encryption_counters.noted(cipher.seal_all(bytes))?
            }
            None => bytes.clone(),
        })
    }

    /// Takes a whole body.
    pub(crate) async fn take_all(&mut self, source: &mut dyn BodySource) -> Result<(), StoreError> {
        // A body whose announced length is too large is refused before a byte of it is read.
        if let Some(length) = self.length
            && length > self.gathered_bytes as u64
        {
            self.open_sink().await?;
        }
        while let Some(bytes) = source.next().await? {
            self.push(bytes).await?;
        }
        Ok(())
    }

    async fn open_sink(&mut self) -> Result<(), StoreError> {
        if self.length.is_some_and(|length| length > self.limit) {
            return Err(BodyError::TooLarge { limit: self.limit }.into());
        }
        if self.blob_writer.is_none() {
            let sealer = self.cipher()?.map(BodySealer::new);
            let length = if sealer.is_some() { self.length.map(stored_bytes) } else { self.length };
            let begun = self.store.blobs.begin(self.blob, length).await;
            let sink = self.store.noted_blob(begun, &[ScarceResource::Space])?;
            let (hasher, shortages) = (BodyHasher::new(self.store.hash_pool.clone()), self.store.shortages.clone());
            let counters = self.store.encryption_counters.clone();
            self.blob_writer = Some(BlobWriter { sink, sealer, hasher, shortages, counters });
        }
        Ok(())
    }

    /// Takes the next bytes.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.taken += bytes.len() as u64;
        if self.taken > self.limit {
            return Err(BodyError::TooLarge { limit: self.limit }.into());
        }
        let is_gathered = self.taken <= self.gathered_bytes as u64 && !self.gathered.are_many();
        if self.taken > self.inline_bytes as u64 && !is_gathered {
            self.open_sink().await?;
        }
        let Some(writer) = &mut self.blob_writer else {
            if self.buffer.is_empty() {
                self.buffer.reserve(self.length.unwrap_or(0).min(self.gathered_bytes as u64) as usize);
            }
            self.buffer.extend_from_slice(&bytes);
            if self.gathered_bytes > self.inline_bytes {
                self.gathered.set(self.buffer.capacity());
            }
            return Ok(());
        };
        if self.buffer.is_empty() && bytes.len() >= INGEST_DIRECT_BYTES {
            return writer.write(bytes).await;
        }
        self.buffer.extend_from_slice(&bytes);
        self.gathered.set(self.buffer.capacity());
        if self.gathered.are_many() && self.buffer.len() >= SMALL_PIECE_BYTES {
            // With the buffer: what is left of it would keep all of it in memory.
            writer.write(std::mem::take(&mut self.buffer).freeze()).await?;
        } else if self.buffer.len() >= WRITE_PIECE_BYTES {
            writer.write(self.buffer.split().freeze()).await?;
        }
        self.gathered.set(self.buffer.capacity());
        Ok(())
    }

    /// Makes the bytes durable and checks them. Inline bytes become durable with the change that holds them.
    pub(crate) async fn finish(mut self, expected: AnnouncedBody) -> Result<(Body, Digests), StoreError> {
        if self.length.is_some_and(|length| length != self.taken) {
            return Err(BodyError::Incomplete.into());
        }
        let Some(mut writer) = self.blob_writer.take() else {
            let bytes = self.buffer.split().freeze();
            if bytes.len() > self.inline_bytes {
                return self.put_gathered(bytes, expected).await;
            }
            let digests = digests_of(&bytes);
            check(&digests, expected)?;
            let bytes = self.sealed(&bytes)?;
            self.store.admit_inline(bytes.len() as u64).await?;
            let empty = bytes.is_empty();
            return Ok((if empty { Body::empty() } else { Body::Inline { blob: self.blob, bytes } }, digests));
        };
        if !self.buffer.is_empty() {
            writer.write(self.buffer.split().freeze()).await?;
        }
        let BlobWriter { mut sink, sealer, hasher, shortages, .. } = writer;
        if let Some(sealer) = sealer {
            let last = sealer.finish()?;
            if !last.is_empty() {
                shortages.of_blobs(sink.write(last).await, &[])?;
            }
        }
        let (sealed, digests) = tokio::join!(sink.seal(), hasher.finish());
        shortages.of_blobs(sealed, &[ScarceResource::Blob])?;
        self.body_of_blob(digests, expected).await
    }

    /// Writes a short body at once: each step on a disk thread costs more than the copy of so few bytes.
    async fn put_gathered(self, bytes: Bytes, expected: AnnouncedBody) -> Result<(Body, Digests), StoreError> {
        let hasher = BodyHasher::new(self.store.hash_pool.clone());
        hasher.update(bytes.clone()).await?;
        let stored = self.sealed(&bytes)?;
        let (put, digests) = tokio::join!(self.store.blobs.put(self.blob, stored), hasher.finish());
        self.store.noted_blob(put, &[ScarceResource::Space, ScarceResource::Blob])?;
        self.body_of_blob(digests, expected).await
    }

    /// The body that a durable blob makes, if its bytes are the expected ones.
    async fn body_of_blob(
        self,
        digests: Result<Digests, StoreError>,
        expected: AnnouncedBody,
    ) -> Result<(Body, Digests), StoreError> {
        let checked = digests.and_then(|digests| check(&digests, expected).map(|()| digests));
        let digests = match checked {
            Ok(digests) => digests,
            Err(error) => {
                self.store.discard_blob(self.blob).await;
                return Err(error);
            }
        };
        let extent = Extent { blob: self.blob, offset: 0, length: digests.length };
        let body = if extent.length == 0 { Body::empty() } else { Body::Extents(Arc::from([extent])) };
        if extent.length == 0 {
            self.store.discard_blob(self.blob).await;
        }
        Ok((body, digests))
    }
}

fn check(digests: &Digests, expected: AnnouncedBody) -> Result<(), StoreError> {
    if let Some(md5) = expected.md5
        && md5 != digests.md5
    {
        return Err(StoreError::Md5Mismatch { expected: md5, computed: digests.md5 });
    }
    if expected.crc64.is_some_and(|crc64| crc64 != digests.crc64) {
        return Err(StoreError::Crc64Mismatch);
    }
    Ok(())
}

impl Store {
    /// Removes a sealed blob that no change will name.
    pub(crate) async fn discard_blob(&self, blob: BlobId) {
        if let Err(error) = self.blobs.remove(blob).await {
            tracing::warn!(%blob, %error, "an unused blob could not be removed; the orphan search will find it");
        }
    }

    /// Removes the blobs of a body whose change was refused.
    pub(crate) async fn discard_body(&self, body: &Body) {
        for blob in body.file_blobs() {
            self.discard_blob(blob).await;
        }
    }
}

/// MD5 of a document that is in memory as a whole.
pub fn md5(bytes: &[u8]) -> [u8; 16] {
    digests_of(bytes).md5
}
