//! The frames of an encrypted blob while they are read: which ones cover a range, and what they hold.

use crate::EncryptionCounters;
use bytes::{Bytes, BytesMut};
use coho_blob::{BlobError, BlobReader};
use coho_crypt::{DataKey, FRAME_BYTES, FrameCipher, KeyError, STORED_FRAME_BYTES, stored_bytes};
use coho_model::Extent;
use std::{collections::VecDeque, sync::Arc};

/// An encrypted blob that is being read.
#[derive(Debug)]
pub(super) struct SealedBlob {
    /// The data key that its cipher comes from, as those of the next blobs do.
    key: DataKey,
    cipher: FrameCipher,
    /// Plain bytes of the blob.
    plain: u64,
    /// Opened bytes that were not handed out yet.
    opened: VecDeque<Bytes>,
    counters: Arc<EncryptionCounters>,
}

/// The frames that cover a range of the plain bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameSpan {
    /// The number of the first one.
    first: u64,
    /// Plain bytes of it before the range.
    skip: usize,
    /// Plain bytes of the range.
    want: usize,
    /// Where the first one begins in the blob.
    pub(super) offset: u64,
    /// Stored bytes of all.
    pub(super) count: usize,
}

impl SealedBlob {
    /// Such a blob is the whole of one extent.
    pub(super) fn new(key: &DataKey, extent: Extent, counters: &Arc<EncryptionCounters>) -> Result<Self, KeyError> {
        let cipher = FrameCipher::new(key, extent.blob)?;
        let (opened, counters) = (VecDeque::new(), counters.clone());
        Ok(Self { key: key.clone(), cipher, plain: extent.length, opened, counters })
    }

    /// The data key.
    pub(super) fn key(&self) -> &DataKey {
        &self.key
    }

    /// The next bytes that are opened already.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        self.opened.pop_front()
    }

    /// The frames of at most `max` plain bytes from `offset`. If there are more than those of one frame the range ends with a frame, so that none
    /// is opened twice.
    pub(super) fn span(&self, offset: u64, max: usize) -> FrameSpan {
        let skip = (offset % FRAME_BYTES as u64) as usize;
        let whole_frames = (skip + max) / FRAME_BYTES * FRAME_BYTES;
        let is_end = offset + max as u64 == self.plain;
        let want = if is_end || whole_frames <= skip { max } else { whole_frames - skip };
        let first = offset / FRAME_BYTES as u64;
        let last = (offset + want as u64).div_ceil(FRAME_BYTES as u64);
        let start = first * STORED_FRAME_BYTES as u64;
        let end = stored_bytes(self.plain).min(last * STORED_FRAME_BYTES as u64);
        FrameSpan { first, skip, want, offset: start, count: end.saturating_sub(start) as usize }
    }

    /// Opens the stored bytes of a span.
    pub(super) fn open(&mut self, span: FrameSpan, stored: Bytes) -> Result<(), KeyError> {
        let mut stored = stored.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        let last = self.plain.div_ceil(FRAME_BYTES as u64).saturating_sub(1);
        let (mut skip, mut left) = (span.skip, span.want);
        for number in span.first.. {
            if stored.is_empty() {
                break;
            }
            let mut frame = stored.split_to(stored.len().min(STORED_FRAME_BYTES));
            let length = self.counters.noted(self.cipher.open(number, number == last, &mut frame))?;
            self.counters.opened(length);
            let end = length.min(skip + left);
            let plain = frame.freeze().slice(skip.min(end)..end);
            left -= plain.len();
            skip = 0;
            self.opened.push_back(plain);
        }
        Ok(())
    }
}

/// Reads the whole span, in more than one piece if the engine gives less.
pub(super) async fn read_span(blob: &dyn BlobReader, span: FrameSpan) -> Result<Bytes, BlobError> {
    let first = blob.read(span.offset, span.count).await?;
    if first.len() >= span.count {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity(span.count);
    all.extend_from_slice(&first);
    while all.len() < span.count {
        let next = blob.read(span.offset + all.len() as u64, span.count - all.len()).await?;
        all.extend_from_slice(&next);
    }
    Ok(all.freeze())
}
