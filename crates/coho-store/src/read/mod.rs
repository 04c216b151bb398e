//! Reading a stored object, whole or in part. Bytes that are encrypted are opened frame by frame, and never sent from their file.

mod sealed;

use crate::{EncryptionCounters, Store, StoreError, pins::Pin};
use bytes::Bytes;
use coho_blob::{BlobError, BlobReader, BlobStore};
use coho_crypt::{DataKey, FrameCipher, KeyError, stored_bytes};
use coho_model::{BlobId, Body, ByteRange, Extent, ObjectRecord};
use sealed::{SealedBlob, read_span};
use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Bytes read at a time.
const READ_PIECE_BYTES: usize = 256 * 1024;
/// Bytes read at a time while many bodies are read, since each needs the memory of a piece.
const SMALL_READ_PIECE_BYTES: usize = 64 * 1024;
/// With more bodies than this, small pieces are read.
const MANY_BODIES: usize = 64;
/// Bytes of the smallest piece that is worth sending from its file.
const MIN_FILE_PIECE_BYTES: usize = 16 * 1024;

/// A stored body while it is read.
#[derive(Debug)]
pub struct StoredReader {
    source: StoredSource,
    remaining: u64,
    reading: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum StoredSource {
    Inline(Bytes),
    Blobs(ExtentReader),
}

#[derive(Debug)]
struct ExtentReader {
    blobs: Arc<dyn BlobStore>,
    record: Arc<ObjectRecord>,
    /// The index of the open extent.
    at: usize,
    open: Arc<dyn BlobReader>,
    /// The frames of the open extent and the key of all extents, if they are encrypted.
    sealed: Option<Box<SealedBlob>>,
    /// The offset of the next byte in the blob; of an encrypted one among its plain bytes.
    offset: u64,
    /// Unread bytes of the extent.
    left: u64,
    counters: Arc<EncryptionCounters>,
    _pin: Option<Pin>,
}

impl Store {
    /// Opens an object and its first blob, so that a missing blob is found before an answer begins.
    pub async fn read_object(&self, record: Arc<ObjectRecord>, range: ByteRange) -> Result<StoredReader, StoreError> {
        let key = self.data_key(record.attributes.as_deref())?;
        let stored = if key.is_some() { stored_bytes(record.size) } else { record.size };
        let source = match &record.body {
            // The bytes of a damaged one are not here.
            Body::Inline { blob, bytes } if bytes.len() as u64 != stored => {
                return Err(BlobError::Short { blob: *blob, length: bytes.len() as u64 }.into());
            }
            Body::Inline { blob, bytes } => {
                let plain = match &key {
                    Some(key) => self.opened_inline(key, *blob, bytes, record.size)?,
                    None => bytes.clone(),
                };
                StoredSource::Inline(plain.slice(range.start as usize..range.end as usize))
            }
            Body::Extents(_) if range.length() == 0 => StoredSource::Inline(Bytes::new()),
            Body::Extents(extents) => {
                let pin = self.pins.pin(&record.body);
                let (at, skip) = locate(extents, range.start);
                let OpenedExtent { open, sealed, offset, left } =
                    open_extent(&*self.blobs, extents[at], skip, key.as_ref(), &self.encryption_counters).await?;
                let (blobs, record) = (self.blobs.clone(), record.clone());
                let counters = self.encryption_counters.clone();
                StoredSource::Blobs(ExtentReader { blobs, record, at, open, sealed, offset, left, counters, _pin: pin })
            }
        };
        self.reading.fetch_add(1, Ordering::Relaxed);
        Ok(StoredReader { source, remaining: range.length(), reading: self.reading.clone() })
    }

    fn opened_inline(&self, key: &DataKey, blob: BlobId, sealed: &Bytes, plain: u64) -> Result<Bytes, KeyError> {
        let opened = FrameCipher::new(key, blob).and_then(|cipher| cipher.open_all(sealed, plain));
        self.encryption_counters.noted(opened).inspect(|bytes| self.encryption_counters.opened(bytes.len()))
    }
}

/// The extent that holds a byte of the object, and the offset in it.
fn locate(extents: &[Extent], mut start: u64) -> (usize, u64) {
    for (at, extent) in extents.iter().enumerate() {
        if start < extent.length {
            return (at, start);
        }
        start -= extent.length;
    }
    // The range is within the object, whose extents add up to its size.
    (extents.len() - 1, 0)
}

/// An extent that was opened at a byte of it.
struct OpenedExtent {
    open: Arc<dyn BlobReader>,
    sealed: Option<Box<SealedBlob>>,
    offset: u64,
    left: u64,
}

async fn open_extent(
    blobs: &dyn BlobStore,
    extent: Extent,
    skip: u64,
    key: Option<&DataKey>,
    counters: &Arc<EncryptionCounters>,
) -> Result<OpenedExtent, StoreError> {
    let open = blobs.open(extent.blob).await?;
    let length = open.length();
    let sealed = key.map(|key| SealedBlob::new(key, extent, counters).map(Box::new)).transpose()?;
    let needed = extent.offset + if sealed.is_some() { stored_bytes(extent.length) } else { extent.length };
    if length < needed {
        return Err(BlobError::Short { blob: extent.blob, length }.into());
    }
    Ok(OpenedExtent { open, sealed, offset: extent.offset + skip, left: extent.length - skip })
}

impl StoredReader {
    /// Unread bytes.
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    fn piece(&self) -> usize {
        if self.reading.load(Ordering::Relaxed) > MANY_BODIES { SMALL_READ_PIECE_BYTES } else { READ_PIECE_BYTES }
    }

    /// Takes at most `max` of the next bytes unread, if they are in a file and its pages in memory: file, offset, length.
    pub fn next_in_file(&mut self, max: usize) -> Option<(Arc<File>, u64, usize)> {
        let StoredSource::Blobs(blobs) = &self.source else { return None };
        if blobs.sealed.is_some() {
            return None;
        }
        let (offset, count) = (blobs.offset, blobs.want(max, self.remaining));
        let local = blobs.open.local()?;
        if count < MIN_FILE_PIECE_BYTES || !local.is_in_memory(offset, count) {
            return None;
        }
        let file = local.file();
        self.advance(count);
        Some((file, offset, count))
    }

    /// The next bytes, if that needs no waiting; `None` if it does, or at the end.
    pub fn read_now(&mut self) -> Result<Option<Bytes>, StoreError> {
        // A range may end before its blob, and a read of no bytes is an error.
        if self.remaining == 0 {
            return Ok(None);
        }
        let piece = self.piece();
        let bytes = match &mut self.source {
            StoredSource::Inline(bytes) if bytes.is_empty() => None,
            StoredSource::Inline(bytes) => Some(std::mem::take(bytes)),
            StoredSource::Blobs(blobs) if blobs.left == 0 => None,
            StoredSource::Blobs(blobs) => blobs.read_now(blobs.want(piece, self.remaining))?,
        };
        Ok(bytes.inspect(|bytes| self.advance(bytes.len())))
    }

    /// The next bytes; `None` at the end.
    pub async fn read(&mut self) -> Result<Option<Bytes>, StoreError> {
        if let Some(bytes) = self.read_now()? {
            return Ok(Some(bytes));
        }
        if self.remaining == 0 {
            return Ok(None);
        }
        let piece = self.piece();
        let StoredSource::Blobs(blobs) = &mut self.source else { return Ok(None) };
        if blobs.left == 0 {
            blobs.open_next().await?;
        }
        let bytes = blobs.read(blobs.want(piece, self.remaining)).await?;
        self.advance(bytes.len());
        Ok(Some(bytes))
    }

    fn advance(&mut self, count: usize) {
        let count = count as u64;
        self.remaining -= count;
        if let StoredSource::Blobs(blobs) = &mut self.source {
            blobs.offset += count;
            blobs.left -= count;
        }
    }
}

impl Drop for StoredReader {
    fn drop(&mut self) {
        self.reading.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ExtentReader {
    fn want(&self, piece: usize, remaining: u64) -> usize {
        (piece as u64).min(self.left).min(remaining) as usize
    }

    /// At most `want` of the next bytes, if they can be had without waiting.
    fn read_now(&mut self, want: usize) -> Result<Option<Bytes>, StoreError> {
        if let Some(opened) = self.sealed.as_mut().and_then(|sealed| sealed.next()) {
            return Ok(Some(opened));
        }
        let Some(file) = self.open.local() else { return Ok(None) };
        let Some(sealed) = &mut self.sealed else { return Ok(file.read_now(self.offset, want)?) };
        let span = sealed.span(self.offset, want);
        match file.read_now(span.offset, span.count)? {
            Some(stored) if stored.len() == span.count => {
                sealed.open(span, stored)?;
                Ok(sealed.next())
            }
            // A frame is opened as a whole.
            Some(_) | None => Ok(None),
        }
    }

    async fn read(&mut self, want: usize) -> Result<Bytes, StoreError> {
        let Some(sealed) = &mut self.sealed else { return Ok(self.open.read(self.offset, want).await?) };
        let span = sealed.span(self.offset, want);
        let stored = read_span(&*self.open, span).await?;
        sealed.open(span, stored)?;
        // A span is never empty, nor are its frames.
        sealed.next().ok_or_else(|| KeyError::Damaged.into())
    }

    async fn open_next(&mut self) -> Result<(), StoreError> {
        let Body::Extents(extents) = &self.record.body else { return Ok(()) };
        while self.left == 0 && self.at + 1 < extents.len() {
            self.at += 1;
            let key = self.sealed.as_ref().map(|sealed| sealed.key());
            let OpenedExtent { open, sealed, offset, left } =
                open_extent(&*self.blobs, extents[self.at], 0, key, &self.counters).await?;
            (self.open, self.sealed, self.offset, self.left) = (open, sealed, offset, left);
        }
        Ok(())
    }
}
