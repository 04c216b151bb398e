//! Pieces of a growing object that several readers share: the most recent bytes, and blocks of its file.

use bytes::Bytes;
use coho_blob::{BlobError, LocalFile};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Bytes of a shared block.
pub(super) const SHARED_BLOCK_BYTES: u64 = 256 * 1024;
/// Blocks that are kept for further readers; an older one lives while it is being sent.
const KEPT_BLOCKS: u64 = 48;

/// The most recent bytes, until they are in the file: the memory of a kept piece cannot be received into again.
#[derive(Debug, Default)]
pub(super) struct RecentPieces(Mutex<PieceQueue>);

#[derive(Debug, Default)]
struct PieceQueue {
    /// Each with the offset after it.
    pieces: VecDeque<(u64, Bytes)>,
    end: u64,
}

impl RecentPieces {
    /// Appends the next bytes, and returns the offset after them.
    pub(super) fn push(&self, bytes: Bytes) -> u64 {
        let mut pieces = lock(&self.0);
        pieces.end += bytes.len() as u64;
        let end = pieces.end;
        pieces.pieces.push_back((end, bytes));
        end
    }

    /// Drops the pieces that are written.
    pub(super) fn release(&self, written: u64) {
        let mut pieces = lock(&self.0);
        while pieces.pieces.front().is_some_and(|(end, _)| *end <= written) {
            pieces.pieces.pop_front();
        }
    }

    /// Continues after bytes that were written ahead.
    pub(super) fn skip(&self, until: u64) {
        *lock(&self.0) = PieceQueue { pieces: VecDeque::new(), end: until };
    }

    /// At most `max` bytes at the offset, if they are recent.
    pub(super) fn get(&self, offset: u64, max: usize) -> Option<Bytes> {
        let pieces = lock(&self.0);
        let at = pieces.pieces.partition_point(|(end, _)| *end <= offset);
        let (end, bytes) = pieces.pieces.get(at)?;
        let start = end - bytes.len() as u64;
        let from = usize::try_from(offset.checked_sub(start)?).ok()?;
        Some(bytes.slice(from..bytes.len().min(from.saturating_add(max))))
    }
}

/// Blocks of the file, each read once for all readers that are near each other. The number of a block gives its slot, so
/// that readers of different blocks do not wait for each other, and readers of the same block read it once.
#[derive(Debug, Default)]
pub(super) struct SharedBlocks(OnceLock<Box<[BlockSlot]>>);

/// One block, with its number.
type BlockSlot = Mutex<Option<(u64, Bytes)>>;

impl SharedBlocks {
    /// At most `max` bytes at the offset from its block, all of which is written; `None` if that would wait for a disk.
    pub(super) fn get(&self, reader: &dyn LocalFile, offset: u64, max: usize) -> Result<Option<Bytes>, BlobError> {
        let (number, from) = (offset / SHARED_BLOCK_BYTES, (offset % SHARED_BLOCK_BYTES) as usize);
        let cut = |block: &Bytes| {
            let bytes = block.get(from..block.len().min(from.saturating_add(max))).unwrap_or_default();
            // A partly read block may end before.
            (!bytes.is_empty()).then(|| block.slice_ref(bytes))
        };
        let slots = self.0.get_or_init(|| (0..KEPT_BLOCKS).map(|_| BlockSlot::default()).collect());
        let mut slot = lock(&slots[(number % KEPT_BLOCKS) as usize]);
        let kept = slot.as_ref().filter(|(kept, _)| *kept == number).and_then(|(_, block)| cut(block));
        if kept.is_some() {
            return Ok(kept);
        }
        let Some(block) = reader.read_now(number * SHARED_BLOCK_BYTES, SHARED_BLOCK_BYTES as usize)? else {
            return Ok(None);
        };
        let found = cut(&block);
        *slot = Some((number, block));
        Ok(found)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwritten_bytes_are_recent() {
        let recent = RecentPieces::default();
        for byte in 0..3 {
            assert_eq!(recent.push(Bytes::from(vec![byte; 200])), 200 * (u64::from(byte) + 1));
        }
        let check = |offset, max, expected: Option<&[u8]>| assert_eq!(recent.get(offset, max).as_deref(), expected);
        check(0, 10, Some(&[0; 10]));
        check(199, 10, Some(&[0; 1]));
        check(200, 2, Some(&[1; 2]));
        check(600, 1, None);
        recent.release(399);
        check(199, 1, None);
        check(399, 10, Some(&[1; 1]));
        recent.release(400);
        check(399, 10, None);
        check(400, 2, Some(&[2; 2]));
        recent.skip(1000);
        check(400, 2, None);
        assert_eq!(recent.push(Bytes::from_static(b"next")), 1004);
        check(1000, 9, Some(b"next"));
    }
}
