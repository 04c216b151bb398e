//! Ranges of a growing object that are fetched ahead of the fill, because a reader wants them at once.
//!
//! Each is a range request of its own. Its bytes are written at their offset of the blob, and the fill does not fetch them
//! again: it absorbs a long range that it reaches, and overwrites a short one, which costs less than a further request,
//! unless nothing is left to request. A fill never passes a range that is still being written.

use super::{InProgressBody, digest::Crc};
use crate::StoreError;
use bytes::Bytes;
use coho_blob::{BlobError, WriteAt};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Bytes between the end of what is available and a range from which on the range is fetched ahead; for a nearer one the
/// reader waits.
pub const FAR_BYTES: u64 = 4 * 1024 * 1024;
/// Ranges of at most this length in bytes are overwritten when the fill reaches them.
const SHORT_BYTES: u64 = 4 * 1024 * 1024;
/// Most ranges ahead of one object; further readers wait for the fill.
const MAX_AHEAD_RANGES: usize = 16;

/// All ranges ahead of one object, ordered and without overlaps.
#[derive(Debug, Default)]
pub(super) struct AheadRanges(Mutex<Vec<AheadRange>>);

#[derive(Debug)]
struct AheadRange {
    /// Distinguishes it from an abandoned range with the same start.
    id: u64,
    start: u64,
    /// The end that it is to reach.
    end: u64,
    /// The end of the bytes that are written.
    available: u64,
    /// Its writer exists.
    is_running: bool,
    /// A write to the blob is in progress.
    is_writing: bool,
    /// The fill has reached it and overwrites it.
    is_closed: bool,
    /// The CRC-64 of its bytes from `unabsorbed` on.
    crc: Crc,
    /// The first offset that the fill has not absorbed.
    unabsorbed: u64,
}

/// Bytes of a range that the fill absorbs.
#[derive(Debug)]
pub(super) struct AbsorbedRange {
    /// The offset after them.
    pub(super) end: u64,
    /// Their CRC-64; `None` if the fill has overwritten the beginning of the range.
    pub(super) crc: Option<Crc>,
}

/// What a fill finds at its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// No range ahead: the next bytes come from the origin.
    Nothing,
    /// A range ahead.
    Range {
        /// The end of its bytes so far.
        available: u64,
        /// Whether more bytes will follow.
        grows: bool,
    },
}

/// The right to write one range ahead. Dropping it ends the range at its last byte.
#[derive(Debug)]
pub struct AheadWriter {
    id: u64,
    body: Arc<InProgressBody>,
    blob: Arc<dyn WriteAt>,
    /// The first offset of the range.
    pub start: u64,
    /// The offset after the range.
    pub end: u64,
}

impl AheadRange {
    /// The offset that it reaches, now or later.
    fn reach(&self) -> u64 {
        if self.is_running || self.is_writing { self.end } else { self.available }
    }

    /// Whether a fill at this or an earlier offset meets it.
    fn is_ahead_of(&self, offset: u64) -> bool {
        !self.is_closed && self.reach() > self.start.max(offset)
    }

    /// Records the end of a write, with its bytes if it succeeded; `true` if more are wanted.
    fn end_write(&mut self, bytes: Option<&Bytes>) -> bool {
        self.is_writing = false;
        if let Some(bytes) = bytes {
            self.available += bytes.len() as u64;
            self.crc.update(bytes);
        }
        self.is_running && !self.is_closed && self.available < self.end
    }
}

impl AheadRanges {
    fn lock(&self) -> MutexGuard<'_, Vec<AheadRange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of the written bytes of the range that has this offset.
    pub(super) fn available_at(&self, offset: u64) -> Option<u64> {
        let ranges = self.lock();
        ranges.iter().find(|range| range.start <= offset && offset < range.available).map(|range| range.available)
    }

    /// The offset up to which adjacent ranges have all bytes from this one on.
    pub(super) fn contiguous_end(&self, offset: u64) -> u64 {
        contiguous_end(&self.lock(), offset)
    }

    /// Adds a range with the first bytes of `start..end` that no other range has or will have, and returns its id, start and
    /// end; `None` if nothing is left to fetch.
    fn claim(&self, start: u64, mut end: u64) -> Option<(u64, u64, u64)> {
        let mut ranges = self.lock();
        let start = first_unclaimed(&ranges, start);
        let next = ranges.iter().map(|range| range.start).filter(|at| *at >= start).min();
        end = next.map_or(end, |next| end.min(next));
        if start >= end || ranges.len() >= MAX_AHEAD_RANGES {
            return None;
        }
        let at = ranges.partition_point(|range| range.start < start);
        let id = ranges.iter().map(|range| range.id + 1).max().unwrap_or(0);
        let (is_running, is_writing, is_closed, crc) = (true, false, false, Crc::default());
        let (available, unabsorbed) = (start, start);
        let range = AheadRange { id, start, end, available, is_running, is_writing, is_closed, crc, unabsorbed };
        ranges.insert(at, range);
        Some((id, start, end))
    }

    /// Makes all writers stop: the fill has ended and absorbs nothing.
    pub(super) fn close(&self) {
        self.lock().iter_mut().for_each(|range| range.is_closed = true);
    }

    /// The first offset from this one on that no range has or will have.
    fn first_unclaimed(&self, start: u64) -> u64 {
        first_unclaimed(&self.lock(), start)
    }

    fn change<T>(&self, id: u64, change: impl FnOnce(&mut AheadRange) -> T) -> Option<T> {
        self.lock().iter_mut().find(|range| range.id == id).map(change)
    }

    /// Absorbs the written bytes of the range at the offset.
    pub(super) fn absorb(&self, offset: u64) -> Option<AbsorbedRange> {
        let mut ranges = self.lock();
        let is_met =
            |range: &&mut AheadRange| range.start <= offset && range.available > offset && range.is_ahead_of(offset);
        let range = ranges.iter_mut().find(is_met)?;
        let crc = std::mem::take(&mut range.crc);
        let crc = (std::mem::replace(&mut range.unabsorbed, range.available) == offset).then_some(crc);
        Some(AbsorbedRange { end: range.available, crc })
    }

    /// How many of the next `count` bytes precede every range that the fill has not met.
    pub(super) fn unclaimed(&self, offset: u64, count: usize) -> usize {
        let ranges = self.lock();
        let ahead = ranges.iter().filter(|range| range.is_ahead_of(offset));
        let next = ahead.map(|range| range.start.max(offset) - offset).min();
        next.map_or(count, |next| count.min(usize::try_from(next).unwrap_or(usize::MAX)))
    }

    /// What the fill meets at the offset. A short range is closed, so that its writer stops, unless the fill `absorbs_all`, or
    /// unless all bytes up to the `end` of the object are available: then nothing is left to request.
    fn meet(&self, offset: u64, absorbs_all: bool, end: Option<u64>) -> Met {
        let mut ranges = self.lock();
        let is_covered = end.is_some_and(|end| contiguous_end(&ranges, offset) >= end);
        let Some(range) = ranges.iter_mut().find(|range| range.start <= offset && range.is_ahead_of(offset)) else {
            return Met::Nothing;
        };
        if !absorbs_all && range.reach() - offset <= SHORT_BYTES && !is_covered {
            range.is_closed = true;
            return if range.is_writing { Met::Range { available: offset, grows: true } } else { Met::Nothing };
        }
        Met::Range { available: range.available, grows: range.is_running || range.is_writing }
    }

    /// Whether a closed range is still being written at this offset.
    fn is_written_at(&self, offset: u64) -> bool {
        self.lock().iter().any(|range| range.is_closed && range.is_writing && range.start <= offset)
    }
}

fn contiguous_end(ranges: &[AheadRange], offset: u64) -> u64 {
    // They are ordered, so one pass follows any chain of them.
    ranges.iter().fold(offset, |at, range| if range.start <= at && at < range.available { range.available } else { at })
}

fn first_unclaimed(ranges: &[AheadRange], start: u64) -> u64 {
    // They are ordered, so one pass follows any chain of them.
    ranges.iter().fold(start, |at, range| if range.start <= at && at < range.reach() { range.reach() } else { at })
}

impl InProgressBody {
    /// Whether some bytes of the range are far from what is available, and no range ahead has or will have them.
    pub fn lacks(&self, start: u64, end: u64) -> bool {
        let start = self.ahead_ranges().first_unclaimed(start);
        start < end && start >= self.available().saturating_add(FAR_BYTES)
    }

    /// The right to fetch a range that is far from what is available, without the bytes that other ranges have or will
    /// have; `None` if the range is near, or nothing of it is left.
    pub async fn claim(self: &Arc<Self>, start: u64, end: u64) -> Option<AheadWriter> {
        let blob = self.write_ahead().await?;
        if !self.lacks(start, end) {
            return None;
        }
        let (id, start, end) = self.ahead_ranges().claim(start, end)?;
        Some(AheadWriter { id, body: self.clone(), blob, start, end })
    }

    /// Waits until the fill may continue at the offset, or absorb a range there.
    pub(super) async fn meet(&self, offset: u64, absorbs_all: bool, end: Option<u64>) -> Met {
        let ranges = self.ahead_ranges();
        loop {
            let mut news = self.news();
            match ranges.meet(offset, absorbs_all, end) {
                // No byte to absorb yet, or the last write of a range that is to be overwritten.
                Met::Range { available, grows: true } if available <= offset => {}
                Met::Nothing if ranges.is_written_at(offset) => {}
                met => return met,
            }
            if !news.next().await {
                return Met::Nothing;
            }
        }
    }
}

impl AheadWriter {
    /// Writes the next bytes; `false` if no more are wanted.
    pub async fn write(&self, bytes: Bytes) -> Result<bool, StoreError> {
        let begun = self.body.ahead_ranges().change(self.id, |range| {
            let count = (range.end - range.available).min(bytes.len() as u64);
            range.is_writing = !range.is_closed && count > 0;
            range.is_writing.then_some((range.available, count as usize))
        });
        let Some(Some((offset, count))) = begun else { return Ok(false) };
        let (body, blob, id) = (self.body.clone(), self.blob.clone(), self.id);
        // In a task of its own: a write runs to its end even if this future is dropped, and until then the fill waits.
        let write = tokio::spawn(async move {
            let bytes = bytes.slice(..count);
            let written = blob.write_at(offset, bytes.clone()).await;
            let continues = body.ahead_ranges().change(id, |range| range.end_write(written.is_ok().then_some(&bytes)));
            body.notify();
            written.map(|()| continues == Some(true))
        });
        let lost = |error| BlobError::Io { operation: "writing a blob ahead", source: io::Error::other(error) };
        Ok(write.await.map_err(lost)??)
    }
}

impl Drop for AheadWriter {
    fn drop(&mut self) {
        self.body.ahead_ranges().change(self.id, |range| range.is_running = false);
        self.body.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(ranges: &AheadRanges, start: u64, end: u64) -> Option<(u64, u64)> {
        ranges.claim(start, end).map(|(_, start, end)| (start, end))
    }

    /// Changes the latest range with that start.
    fn change(ranges: &AheadRanges, start: u64, change: impl FnOnce(&mut AheadRange)) {
        let id = ranges.lock().iter().rev().find(|range| range.start == start).map(|range| range.id);
        ranges.change(id.unwrap(), change).unwrap();
    }

    fn write(ranges: &AheadRanges, start: u64, bytes: &[u8]) {
        change(ranges, start, |range| assert!(range.end_write(Some(&Bytes::copy_from_slice(bytes)))));
    }

    #[test]
    fn absorbed_bytes_have_their_own_checksum() {
        let ranges = AheadRanges::default();
        ranges.claim(100, 200);
        assert!(ranges.absorb(100).is_none(), "nothing is written");
        let check = |offset, expected_end, expected: Option<&[u8]>| {
            let AbsorbedRange { end, crc } = ranges.absorb(offset).unwrap();
            let mut whole = crate::fill::digest::FillDigest::new(false);
            let found = crc.map(|crc| {
                whole.append(&crc);
                whole.crc64()
            });
            assert_eq!((end, found), (expected_end, expected.map(coho_model::Crc64::of)), "from {offset}");
        };
        write(&ranges, 100, b"ab");
        write(&ranges, 100, b"cd");
        check(100, 104, Some(b"abcd"));
        write(&ranges, 100, b"efg");
        check(104, 107, Some(b"efg"));
        // The fill has overwritten the beginning: the checksum would be that of other bytes.
        write(&ranges, 100, b"hij");
        check(108, 110, None);
        write(&ranges, 100, b"k");
        check(110, 111, Some(b"k"));
    }

    #[test]
    fn parts_do_not_overlap_and_are_few() {
        let ranges = AheadRanges::default();
        for ((start, end), expected) in [
            ((100, 200), Some((100, 200))),
            ((100, 200), None),
            ((150, 250), Some((200, 250))),
            ((50, 300), Some((50, 100))),
            ((0, 10), Some((0, 10))),
            ((120, 240), None),
        ] {
            assert_eq!(claim(&ranges, start, end), expected, "{start}-{end}");
        }
        assert_eq!(ranges.available_at(100), None, "nothing is written");
        change(&ranges, 100, |range| range.available = 160);
        assert_eq!(
            (ranges.available_at(100), ranges.available_at(159), ranges.available_at(160)),
            (Some(160), Some(160), None)
        );
        // A range that ended early leaves its rest to others.
        change(&ranges, 100, |range| range.is_running = false);
        assert_eq!(claim(&ranges, 150, 200), Some((160, 200)));
        for at in 0..100 {
            ranges.claim(1000 + 20 * at, 1010 + 20 * at);
        }
        assert_eq!(ranges.lock().len(), MAX_AHEAD_RANGES);
    }

    #[test]
    fn a_fill_takes_over_long_parts_and_closes_short_ones() {
        let ranges = AheadRanges::default();
        let long = 10 * SHORT_BYTES;
        ranges.claim(100, 200);
        ranges.claim(1000, 1000 + long);
        assert_eq!(ranges.meet(99, false, None), Met::Nothing);
        assert_eq!((ranges.unclaimed(0, 50), ranges.unclaimed(0, 150), ranges.unclaimed(100, 9)), (50, 100, 0));
        change(&ranges, 100, |range| range.is_writing = true);
        assert_eq!(ranges.meet(100, false, None), Met::Range { available: 100, grows: true }, "a write is in progress");
        assert!(ranges.is_written_at(100));
        change(&ranges, 100, |range| range.is_writing = false);
        assert_eq!(ranges.meet(100, false, None), Met::Nothing);
        assert_eq!(ranges.unclaimed(100, 5000), 900, "it is overwritten");
        assert!(!ranges.is_written_at(100));
        change(&ranges, 1000, |range| range.available = 5000);
        assert_eq!(ranges.meet(1001, false, None), Met::Range { available: 5000, grows: true });
        change(&ranges, 1000, |range| (range.available, range.is_running) = (1000 + long, false));
        assert_eq!(ranges.meet(1001, false, None), Met::Range { available: 1000 + long, grows: false });
        assert_eq!(ranges.meet(1000 + long, false, None), Met::Nothing);
        ranges.claim(1000 + long, 1010 + long);
        assert_eq!(
            ranges.meet(1000 + long, true, None),
            Met::Range { available: 1000 + long, grows: true },
            "it is absorbed"
        );
    }

    #[test]
    fn a_short_part_at_the_end_is_taken_over_and_covers_it() {
        let ranges = AheadRanges::default();
        ranges.claim(1000, 1200);
        assert_eq!(
            (ranges.contiguous_end(900), ranges.contiguous_end(1000), ranges.contiguous_end(1200)),
            (900, 1000, 1200)
        );
        change(&ranges, 1000, |range| range.available = 1200);
        assert_eq!(
            (ranges.contiguous_end(999), ranges.contiguous_end(1000), ranges.contiguous_end(1100)),
            (999, 1200, 1200)
        );
        assert_eq!(ranges.meet(1000, false, Some(1200)), Met::Range { available: 1200, grows: true });
        ranges.claim(1200, 1300);
        change(&ranges, 1200, |range| range.available = 1300);
        assert_eq!(ranges.contiguous_end(1000), 1300, "a chain of ranges");
        assert_eq!(ranges.meet(1000, false, Some(1300)), Met::Range { available: 1200, grows: true });
        change(&ranges, 1200, |range| range.available = 1250);
        assert_eq!(
            ranges.meet(1000, false, Some(1300)),
            Met::Nothing,
            "something has to be requested: it is overwritten"
        );
        let late = AheadRanges::default();
        late.claim(1000, 1200);
        assert_eq!(late.meet(1000, false, Some(1200)), Met::Nothing, "unavailable bytes are not waited for");
    }
}
