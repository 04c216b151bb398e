//! Reading a stored object, whole or in part.

use crate::{Store, StoreError, pins::Pin};
use bytes::Bytes;
use coho_blob::{BlobReader, BlobStore};
use coho_model::{Body, ByteRange, Extent, ObjectRecord};
use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Bytes read at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Bytes read at a time while many bodies are on their way: memory is bodies times pieces.
const SMALL_PIECE_BYTES: usize = 64 * 1024;
/// From so many bodies on, pieces are small.
const MANY_BODIES: usize = 64;

/// A stored object on its way out.
#[derive(Debug)]
pub struct StoredReader {
    source: Source,
    remaining: u64,
    reading: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Source {
    Inline(Bytes),
    Blobs(Blobs),
}

#[derive(Debug)]
struct Blobs {
    blobs: Arc<dyn BlobStore>,
    record: Arc<ObjectRecord>,
    /// Which extent is open.
    at: usize,
    open: Arc<dyn BlobReader>,
    /// Where in the blob the next byte is.
    offset: u64,
    /// How many bytes of the extent are left.
    left: u64,
    _pin: Option<Pin>,
}

impl Store {
    /// Opens an object so that its first byte is at hand: what is missing is known before an answer begins.
    pub async fn read_object(&self, record: Arc<ObjectRecord>, range: ByteRange) -> Result<StoredReader, StoreError> {
        let source = match &record.body {
            Body::Inline { bytes, .. } => Source::Inline(bytes.slice(range.start as usize..range.end as usize)),
            Body::Extents(_) if range.length() == 0 => Source::Inline(Bytes::new()),
            Body::Extents(extents) => {
                let pin = self.pins.pin(&record.body);
                let (at, skip) = locate(extents, range.start);
                let (open, offset, left) = open_extent(&*self.blobs, extents[at], skip).await?;
                let blobs = self.blobs.clone();
                Source::Blobs(Blobs { blobs, record: record.clone(), at, open, offset, left, _pin: pin })
            }
        };
        self.reading.fetch_add(1, Ordering::Relaxed);
        Ok(StoredReader { source, remaining: range.length(), reading: self.reading.clone() })
    }
}

/// The extent that holds a byte of the object, and where in it.
fn locate(extents: &[Extent], mut start: u64) -> (usize, u64) {
    for (at, extent) in extents.iter().enumerate() {
        if start < extent.length {
            return (at, start);
        }
        start -= extent.length;
    }
    // The caller's range lies within the object, whose extents add up to its size.
    (extents.len() - 1, 0)
}

async fn open_extent(
    blobs: &dyn BlobStore,
    extent: Extent,
    skip: u64,
) -> Result<(Arc<dyn BlobReader>, u64, u64), StoreError> {
    let reader = blobs.open(extent.blob).await?;
    let length = reader.length();
    if length < extent.offset + extent.length {
        return Err(coho_blob::BlobError::Short { blob: extent.blob, length }.into());
    }
    Ok((reader, extent.offset + skip, extent.length - skip))
}

impl StoredReader {
    /// How many bytes are still to come.
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    fn piece(&self) -> usize {
        if self.reading.load(Ordering::Relaxed) > MANY_BODIES { SMALL_PIECE_BYTES } else { PIECE_BYTES }
    }

    /// The next bytes if they can be had without waiting; `None` if they cannot, or if there are none left.
    pub fn read_now(&mut self) -> Result<Option<Bytes>, StoreError> {
        // A range ends before its blob does, and a blob asked for no bytes would say that it is too short.
        if self.remaining == 0 {
            return Ok(None);
        }
        let piece = self.piece();
        let bytes = match &mut self.source {
            Source::Inline(bytes) if bytes.is_empty() => None,
            Source::Inline(bytes) => Some(std::mem::take(bytes)),
            Source::Blobs(blobs) if blobs.left == 0 => None,
            Source::Blobs(blobs) => match blobs.open.local() {
                Some(file) => file.read_now(blobs.offset, blobs.want(piece, self.remaining))?,
                None => None,
            },
        };
        Ok(bytes.map(|bytes| self.took(bytes)))
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
        let Source::Blobs(blobs) = &mut self.source else { return Ok(None) };
        if blobs.left == 0 {
            blobs.open_next().await?;
        }
        let bytes = blobs.open.read(blobs.offset, blobs.want(piece, self.remaining)).await?;
        Ok(Some(self.took(bytes)))
    }

    /// Where the last so many bytes that were read lie in a file, from which they came a moment ago.
    pub fn last_in_file(&self, count: usize) -> Option<(Arc<File>, u64)> {
        match &self.source {
            Source::Inline(_) => None,
            Source::Blobs(blobs) => Some((blobs.open.local()?.file(), blobs.offset - count as u64)),
        }
    }

    fn took(&mut self, bytes: Bytes) -> Bytes {
        let count = bytes.len() as u64;
        self.remaining -= count;
        if let Source::Blobs(blobs) = &mut self.source {
            blobs.offset += count;
            blobs.left -= count;
        }
        bytes
    }
}

impl Drop for StoredReader {
    fn drop(&mut self) {
        self.reading.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Blobs {
    fn want(&self, piece: usize, remaining: u64) -> usize {
        (piece as u64).min(self.left).min(remaining) as usize
    }

    async fn open_next(&mut self) -> Result<(), StoreError> {
        let Body::Extents(extents) = &self.record.body else { return Ok(()) };
        while self.left == 0 && self.at + 1 < extents.len() {
            self.at += 1;
            (self.open, self.offset, self.left) = open_extent(&*self.blobs, extents[self.at], 0).await?;
        }
        Ok(())
    }
}
