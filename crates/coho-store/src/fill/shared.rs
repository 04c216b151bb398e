//! Pieces of a growing object that several readers have in common: what has just come, and blocks of its file.

use bytes::Bytes;
use coho_blob::{BlobError, LocalFile};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Size of a shared block.
pub(super) const BLOCK_BYTES: u64 = 256 * 1024;
/// So many blocks are kept for the next reader; older ones live as long as somebody sends them.
const KEPT_BLOCKS: u64 = 48;

/// The bytes that came last, as long as they are not in the file: a kept piece could not be received into again.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Pieces>);

#[derive(Debug, Default)]
struct Pieces {
    /// Each with the offset behind it.
    pieces: VecDeque<(u64, Bytes)>,
    end: u64,
}

impl Recent {
    /// Takes the next bytes, and returns where they end.
    pub(super) fn push(&self, bytes: Bytes) -> u64 {
        let mut pieces = lock(&self.0);
        pieces.end += bytes.len() as u64;
        let end = pieces.end;
        pieces.pieces.push_back((end, bytes));
        end
    }

    /// Lets go of what is written.
    pub(super) fn wrote(&self, written: u64) {
        let mut pieces = lock(&self.0);
        while pieces.pieces.front().is_some_and(|(end, _)| *end <= written) {
            pieces.pieces.pop_front();
        }
    }

    /// Goes on behind bytes that did not come this way.
    pub(super) fn skip(&self, until: u64) {
        *lock(&self.0) = Pieces { pieces: VecDeque::new(), end: until };
    }

    /// At most `max` bytes at the offset, if they are here.
    pub(super) fn get(&self, offset: u64, max: usize) -> Option<Bytes> {
        let pieces = lock(&self.0);
        let at = pieces.pieces.partition_point(|(end, _)| *end <= offset);
        let (end, bytes) = pieces.pieces.get(at)?;
        let start = end - bytes.len() as u64;
        let from = usize::try_from(offset.checked_sub(start)?).ok()?;
        Some(bytes.slice(from..bytes.len().min(from.saturating_add(max))))
    }
}

/// Blocks of the file, read once for all who are near each other. Each has its place by its number, so that those who
/// want different ones do not wait for each other, and those who want the same one read it once.
#[derive(Debug, Default)]
pub(super) struct SharedBlocks(OnceLock<Box<[Place]>>);

/// For one block, with its number.
type Place = Mutex<Option<(u64, Bytes)>>;

impl SharedBlocks {
    /// At most `max` bytes at the offset out of its block, all of which is written; `None` if that takes waiting for
    /// a disk.
    pub(super) fn get(&self, reader: &dyn LocalFile, offset: u64, max: usize) -> Result<Option<Bytes>, BlobError> {
        let (number, from) = (offset / BLOCK_BYTES, (offset % BLOCK_BYTES) as usize);
        let part = |block: &Bytes| {
            let bytes = block.get(from..block.len().min(from.saturating_add(max))).unwrap_or_default();
            // A block that was read in part does not reach this far.
            (!bytes.is_empty()).then(|| block.slice_ref(bytes))
        };
        let places = self.0.get_or_init(|| (0..KEPT_BLOCKS).map(|_| Place::default()).collect());
        let mut place = lock(&places[(number % KEPT_BLOCKS) as usize]);
        let kept = place.as_ref().filter(|(there, _)| *there == number).and_then(|(_, block)| part(block));
        if kept.is_some() {
            return Ok(kept);
        }
        let Some(block) = reader.read_now(number * BLOCK_BYTES, BLOCK_BYTES as usize)? else { return Ok(None) };
        let found = part(&block);
        *place = Some((number, block));
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
    fn what_is_not_written_is_there() {
        let recent = Recent::default();
        for byte in 0..3 {
            assert_eq!(recent.push(Bytes::from(vec![byte; 200])), 200 * (u64::from(byte) + 1));
        }
        let check = |offset, max, expected: Option<&[u8]>| assert_eq!(recent.get(offset, max).as_deref(), expected);
        check(0, 10, Some(&[0; 10]));
        check(199, 10, Some(&[0; 1]));
        check(200, 2, Some(&[1; 2]));
        check(600, 1, None);
        recent.wrote(399);
        check(199, 1, None);
        check(399, 10, Some(&[1; 1]));
        recent.wrote(400);
        check(399, 10, None);
        check(400, 2, Some(&[2; 2]));
        recent.skip(1000);
        check(400, 2, None);
        assert_eq!(recent.push(Bytes::from_static(b"next")), 1004);
        check(1000, 9, Some(b"next"));
    }
}
