//! Which bytes of a growing object were fetched ahead of its fill, or are being fetched.
//!
//! Ranges are ordered and have no overlaps. One that is done is remembered until the fill has passed it, but it is not a limit for
//! others: adjacent ranges become one, and if there are too many, the shortest that no reader needs is forgotten.

use crate::fill::digest::Crc;
use bytes::Bytes;
use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Bytes between the end of what is available and a range from which on the range is fetched ahead; for a nearer one the
/// reader waits.
pub const FAR_BYTES: u64 = 4 * 1024 * 1024;
/// Ranges of at most this length in bytes are overwritten when the fill reaches them.
const SHORT_BYTES: u64 = 4 * 1024 * 1024;
/// Most ranges ahead of one object that are remembered. Reached only if that many ranges, none adjacent to another,
/// have readers.
const MAX_KNOWN_RANGES: usize = 1024;

/// All ranges ahead of one object.
#[derive(Debug, Default)]
pub(in crate::fill) struct AheadRanges(Mutex<Known>);

/// The ranges, and the readers that need them.
#[derive(Debug, Default)]
struct Known {
    /// Ordered, and without overlaps.
    ranges: Vec<AheadRange>,
    /// Each with its id and the bytes that it reads.
    readers: Vec<(u64, Range<u64>)>,
    /// The number of ids that were given.
    ids: u64,
}

/// What a reader finds of the bytes that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// All bytes are available.
    None,
    /// All bytes are available or being fetched.
    Fetching,
    /// From this offset on nothing is fetched ahead, or what is fetched will not be here soon.
    At(u64),
}

#[derive(Debug)]
pub(super) struct AheadRange {
    /// Distinguishes it from an abandoned range with the same start.
    id: u64,
    start: u64,
    /// The end that it is to reach.
    end: u64,
    /// The end of the bytes that are written.
    available: u64,
    /// Its writer exists.
    is_running: bool,
    /// Number of bytes that are being written to the blob.
    writing: u64,
    /// The fill has reached it and overwrites it.
    is_closed: bool,
    /// The CRC-64 of its bytes from `unabsorbed` on.
    crc: Crc,
    /// The first offset that the fill has not absorbed.
    unabsorbed: u64,
}

/// Bytes of a range that the fill absorbs.
#[derive(Debug)]
pub(in crate::fill) struct AbsorbedRange {
    /// The offset after them.
    pub(in crate::fill) end: u64,
    /// Their CRC-64; `None` if the fill has overwritten the beginning of the range.
    pub(in crate::fill) crc: Option<Crc>,
}

/// What a fill finds at its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fill) enum Met {
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

impl AheadRange {
    /// The offset that it reaches, now or later.
    fn reach(&self) -> u64 {
        if self.is_running { self.end } else { self.available + self.writing }
    }

    /// Whether a fill at this or an earlier offset meets it.
    fn is_ahead_of(&self, offset: u64) -> bool {
        !self.is_closed && self.reach() > self.start.max(offset)
    }

    fn is_done(&self) -> bool {
        !self.is_running && self.writing == 0
    }

    /// Whether the bytes that a reader at the offset would wait for are enough for a range of its own.
    fn is_late_at(&self, offset: u64) -> bool {
        self.is_running && !self.is_closed && offset >= self.available + self.writing + FAR_BYTES
    }

    /// Whether the next range can be made a part of this one: both are done, and the fill has met neither.
    fn precedes(&self, next: &Self) -> bool {
        let is_whole = |range: &Self| range.is_done() && !range.is_closed && range.unabsorbed == range.start;
        is_whole(self) && is_whole(next) && self.available == next.start
    }

    fn append(&mut self, next: &Self) {
        self.crc.append(&next.crc);
        (self.available, self.end) = (next.available, next.available);
    }

    /// Begins a write of at most `count` bytes, and returns its offset and length; `None` if no bytes are wanted.
    pub(super) fn begin_write(&mut self, count: usize) -> Option<(u64, usize)> {
        let count = (self.end - self.available).min(count as u64);
        self.writing = if self.is_closed { 0 } else { count };
        (self.writing > 0).then_some((self.available, count as usize))
    }

    /// Records the end of a write, with its bytes if it succeeded; `true` if more are wanted.
    pub(super) fn end_write(&mut self, bytes: Option<&Bytes>) -> bool {
        self.writing = 0;
        if let Some(bytes) = bytes {
            self.available += bytes.len() as u64;
            self.crc.update(bytes);
        }
        self.is_running && !self.is_closed && self.available < self.end
    }
}

impl AheadRanges {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of the written bytes of the range that has this offset.
    pub(in crate::fill) fn available_at(&self, offset: u64) -> Option<u64> {
        let known = self.lock();
        known.ranges.iter().find(|range| range.start <= offset && offset < range.available).map(|range| range.available)
    }

    /// The offset up to which adjacent ranges have all bytes from this one on.
    pub(in crate::fill) fn contiguous_end(&self, offset: u64) -> u64 {
        contiguous_end(&self.lock().ranges, offset)
    }

    /// Adds a reader, whose bytes are remembered until it is removed, and returns its id.
    pub(super) fn add_reader(&self, needed: Range<u64>) -> u64 {
        let mut known = self.lock();
        known.ids += 1;
        let id = known.ids;
        known.readers.push((id, needed));
        id
    }

    pub(super) fn remove_reader(&self, id: u64) {
        self.lock().readers.retain(|(reader, _)| *reader != id);
    }

    /// What is missing of the bytes.
    pub(super) fn gap(&self, needed: &Range<u64>) -> Gap {
        self.lock().gap(needed)
    }

    /// Adds a range with the first bytes that the reader needs and no other range will have soon, and returns its id and its
    /// bytes; `None` if there are none, or the table is full. The fill has all bytes before the offset `filled`.
    pub(super) fn claim(&self, reader: u64, needed: &Range<u64>, filled: u64) -> Option<(u64, Range<u64>)> {
        let mut known = self.lock();
        known.ranges.retain(|range| !range.is_done() || range.available > filled);
        let Gap::At(start) = known.gap(needed) else { return None };
        known.cut_at(start);
        known.forget_short_ones(reader, start..needed.end);
        if known.ranges.len() >= MAX_KNOWN_RANGES && !known.forget_one() {
            return None;
        }
        let at = known.ranges.partition_point(|range| range.start < start);
        let end = known.ranges.get(at).map_or(needed.end, |next| needed.end.min(next.start));
        known.ids += 1;
        let (id, is_running, writing, is_closed) = (known.ids, true, 0, false);
        let (available, unabsorbed, crc) = (start, start, Crc::default());
        let range = AheadRange { id, start, end, available, is_running, writing, is_closed, crc, unabsorbed };
        known.ranges.insert(at, range);
        Some((id, start..end))
    }

    /// Makes all writers stop: the fill has ended and absorbs nothing.
    pub(in crate::fill) fn close(&self) {
        self.lock().ranges.iter_mut().for_each(|range| range.is_closed = true);
    }

    /// Changes a range. One that is done thereby becomes one with those beside it.
    pub(super) fn change<T>(&self, id: u64, change: impl FnOnce(&mut AheadRange) -> T) -> Option<T> {
        let mut known = self.lock();
        let at = known.ranges.iter().position(|range| range.id == id)?;
        let range = &mut known.ranges[at];
        let result = change(range);
        if range.is_done() {
            known.settle(at);
        }
        Some(result)
    }

    /// Ends a range at its last byte.
    pub(super) fn end_range(&self, id: u64) {
        self.change(id, |range| range.is_running = false);
    }

    /// Absorbs the written bytes of the range at the offset.
    pub(in crate::fill) fn absorb(&self, offset: u64) -> Option<AbsorbedRange> {
        let mut known = self.lock();
        let is_met =
            |range: &&mut AheadRange| range.start <= offset && range.available > offset && range.is_ahead_of(offset);
        let range = known.ranges.iter_mut().find(is_met)?;
        let crc = std::mem::take(&mut range.crc);
        let crc = (std::mem::replace(&mut range.unabsorbed, range.available) == offset).then_some(crc);
        Some(AbsorbedRange { end: range.available, crc })
    }

    /// How many of the next `count` bytes precede every range that the fill has not met.
    pub(in crate::fill) fn unclaimed(&self, offset: u64, count: usize) -> usize {
        let known = self.lock();
        let ahead = known.ranges.iter().filter(|range| range.is_ahead_of(offset));
        let next = ahead.map(|range| range.start.max(offset) - offset).min();
        next.map_or(count, |next| count.min(usize::try_from(next).unwrap_or(usize::MAX)))
    }

    /// What the fill meets at the offset. A short range is closed, so that its writer stops, unless the fill `absorbs_all`, or
    /// unless all bytes up to the `end` of the object are available: then nothing is left to request.
    pub(super) fn meet(&self, offset: u64, absorbs_all: bool, end: Option<u64>) -> Met {
        let ranges = &mut self.lock().ranges;
        let is_covered = end.is_some_and(|end| contiguous_end(ranges, offset) >= end);
        let Some(range) = ranges.iter_mut().find(|range| range.start <= offset && range.is_ahead_of(offset)) else {
            return Met::Nothing;
        };
        if !absorbs_all && range.reach() - offset <= SHORT_BYTES && !is_covered {
            range.is_closed = true;
            return if range.writing > 0 { Met::Range { available: offset, grows: true } } else { Met::Nothing };
        }
        Met::Range { available: range.available, grows: !range.is_done() }
    }

    /// Whether a closed range is still being written at this offset.
    pub(super) fn is_written_at(&self, offset: u64) -> bool {
        self.lock().ranges.iter().any(|range| range.is_closed && range.writing > 0 && range.start <= offset)
    }
}

impl Known {
    fn gap(&self, needed: &Range<u64>) -> Gap {
        let mut at = needed.start;
        // They are ordered, so one pass follows any chain of them.
        for range in &self.ranges {
            if range.start <= at && at < range.reach() && !range.is_late_at(at) {
                at = range.reach();
            }
        }
        match at {
            at if at < needed.end => Gap::At(at),
            _ if contiguous_end(&self.ranges, needed.start) >= needed.end => Gap::None,
            _ => Gap::Fetching,
        }
    }

    /// Lets a running range end at the offset, from which on another one is fetched.
    fn cut_at(&mut self, offset: u64) {
        let running = self.ranges.iter_mut().filter(|range| range.is_running && range.start < offset);
        running.for_each(|range| range.end = range.end.min(offset));
    }

    /// Forgets the short ranges within these bytes that no other reader needs: it costs less to fetch them again than to
    /// request each of the pieces between them.
    fn forget_short_ones(&mut self, reader: u64, within: Range<u64>) {
        let Self { ranges, readers, .. } = self;
        ranges.retain(|range| {
            let is_within = within.start <= range.start && range.available <= within.end;
            let is_short = range.is_done() && range.available - range.start <= SHORT_BYTES;
            !is_within || !is_short || range.is_closed || is_needed(readers, range, Some(reader))
        });
    }

    /// Forgets the shortest range that no reader needs.
    fn forget_one(&mut self) -> bool {
        let Self { ranges, readers, .. } = self;
        let unneeded =
            ranges.iter().enumerate().filter(|(_, range)| range.is_done() && !is_needed(readers, range, None));
        let shortest = unneeded.min_by_key(|(_, range)| range.available - range.start).map(|(at, _)| at);
        shortest.map(|at| ranges.remove(at)).is_some()
    }

    /// Makes one range of the one at this position, which is done, and those that touch it. One without bytes goes.
    fn settle(&mut self, at: usize) {
        self.ranges[at].end = self.ranges[at].available;
        if self.ranges[at].start == self.ranges[at].available {
            self.ranges.remove(at);
            return;
        }
        if at + 1 < self.ranges.len() && self.ranges[at].precedes(&self.ranges[at + 1]) {
            let next = self.ranges.remove(at + 1);
            self.ranges[at].append(&next);
        }
        if at > 0 && self.ranges[at - 1].precedes(&self.ranges[at]) {
            let range = self.ranges.remove(at);
            self.ranges[at - 1].append(&range);
        }
    }
}

/// Whether a reader, other than that one, needs bytes of the range.
fn is_needed(readers: &[(u64, Range<u64>)], range: &AheadRange, except: Option<u64>) -> bool {
    let mut others = readers.iter().filter(|(id, _)| Some(*id) != except);
    others.any(|(_, needed)| needed.start < range.available && range.start < needed.end)
}

fn contiguous_end(ranges: &[AheadRange], offset: u64) -> u64 {
    // They are ordered, so one pass follows any chain of them.
    ranges.iter().fold(offset, |at, range| if range.start <= at && at < range.available { range.available } else { at })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A claim of a reader that leaves at once.
    fn claim(ranges: &AheadRanges, start: u64, end: u64) -> Option<(u64, u64)> {
        let reader = ranges.add_reader(start..end);
        let claimed = ranges.claim(reader, &(start..end), 0);
        ranges.remove_reader(reader);
        claimed.map(|(_, claimed)| (claimed.start, claimed.end))
    }

    /// Changes the latest range with that start.
    fn change(ranges: &AheadRanges, start: u64, change: impl FnOnce(&mut AheadRange)) {
        let id = ranges.lock().ranges.iter().rev().find(|range| range.start == start).map(|range| range.id);
        ranges.change(id.unwrap(), change).unwrap();
    }

    /// Ends the range with that start, which has got its bytes up to `available`.
    fn end(ranges: &AheadRanges, start: u64, available: u64) {
        change(ranges, start, |range| (range.available, range.is_running) = (available, false));
    }

    fn known(ranges: &AheadRanges) -> Vec<(u64, u64)> {
        ranges.lock().ranges.iter().map(|range| (range.start, range.end)).collect()
    }

    fn write(ranges: &AheadRanges, start: u64, bytes: &[u8]) {
        change(ranges, start, |range| assert!(range.end_write(Some(&Bytes::copy_from_slice(bytes)))));
    }

    #[test]
    fn absorbed_bytes_have_their_own_checksum() {
        let ranges = AheadRanges::default();
        claim(&ranges, 100, 200);
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
    fn ranges_do_not_overlap() {
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
        assert_eq!(claim(&ranges, 160, 200), Some((160, 200)));
    }

    #[test]
    fn a_reader_far_within_a_running_range_gets_its_own() {
        let ranges = AheadRanges::default();
        let far = 100 + FAR_BYTES;
        claim(&ranges, 100, 10 * far);
        assert_eq!(claim(&ranges, far - 1, far), None, "its bytes are here soon");
        assert_eq!(claim(&ranges, far, far + 1), Some((far, far + 1)));
        assert_eq!(known(&ranges), [(100, far), (far, far + 1)]);
        change(&ranges, 100, |range| assert!(range.begin_write(usize::MAX) == Some((100, FAR_BYTES as usize))));
        assert_eq!(ranges.gap(&(100..far + 1)), Gap::Fetching);
        assert_eq!(ranges.gap(&(100..far + 2)), Gap::At(far + 1), "what was cut off is to be requested again");
    }

    #[test]
    fn what_is_done_is_one_range_and_is_fetched_over_if_it_is_short() {
        let ranges = AheadRanges::default();
        let bytes = |start: u64, end: u64| vec![b'x'; (end - start) as usize];
        for (start, end) in [(100, 110), (120, 130), (110, 120)] {
            claim(&ranges, start, end);
            change(&ranges, start, |range| {
                range.end_write(Some(&bytes(start, end).into()));
                range.is_running = false;
            });
        }
        assert_eq!(known(&ranges), [(100, 130)]);
        let mut whole = crate::fill::digest::FillDigest::new(false);
        whole.append(&ranges.absorb(100).unwrap().crc.unwrap());
        assert_eq!(whole.crc64(), coho_model::Crc64::of(&bytes(100, 130)), "in their order");
        let reader = ranges.add_reader(100..101);
        assert_eq!(claim(&ranges, 50, 300), Some((50, 100)), "another reader needs it");
        end(&ranges, 50, 50);
        ranges.remove_reader(reader);
        assert_eq!(claim(&ranges, 50, 300), Some((50, 300)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_leaves_room() {
        let ranges = AheadRanges::default();
        let start = |number: usize| 1000 + 20 * number as u64;
        let readers: Vec<_> = (0..MAX_KNOWN_RANGES)
            .map(|number| {
                let needed = start(number)..start(number) + 2;
                let reader = ranges.add_reader(needed.clone());
                assert!(ranges.claim(reader, &needed, 0).is_some(), "{number}");
                end(&ranges, needed.start, needed.end);
                reader
            })
            .collect();
        assert_eq!(claim(&ranges, 0, 1), None, "all have readers");
        ranges.remove_reader(readers[7]);
        assert_eq!(claim(&ranges, 0, 1), Some((0, 1)));
        let known = known(&ranges);
        assert!(known.len() == MAX_KNOWN_RANGES && !known.contains(&(start(7), start(7) + 2)));
        // What the fill has passed is forgotten first.
        let reader = ranges.add_reader(5..6);
        assert!(ranges.claim(reader, &(5..6), start(99)).is_some());
        assert_eq!(ranges.lock().ranges.len(), MAX_KNOWN_RANGES - 98 + 1);
    }

    #[test]
    fn a_fill_takes_over_long_parts_and_closes_short_ones() {
        let ranges = AheadRanges::default();
        let long = 10 * SHORT_BYTES;
        claim(&ranges, 100, 200);
        claim(&ranges, 1000, 1000 + long);
        assert_eq!(ranges.meet(99, false, None), Met::Nothing);
        assert_eq!((ranges.unclaimed(0, 50), ranges.unclaimed(0, 150), ranges.unclaimed(100, 9)), (50, 100, 0));
        change(&ranges, 100, |range| range.writing = 1);
        assert_eq!(ranges.meet(100, false, None), Met::Range { available: 100, grows: true }, "a write is in progress");
        assert!(ranges.is_written_at(100));
        change(&ranges, 100, |range| range.writing = 0);
        assert_eq!(ranges.meet(100, false, None), Met::Nothing);
        assert_eq!(ranges.unclaimed(100, 5000), 900, "it is overwritten");
        assert!(!ranges.is_written_at(100));
        change(&ranges, 1000, |range| range.available = 5000);
        assert_eq!(ranges.meet(1001, false, None), Met::Range { available: 5000, grows: true });
        change(&ranges, 1000, |range| (range.available, range.is_running) = (1000 + long, false));
        assert_eq!(ranges.meet(1001, false, None), Met::Range { available: 1000 + long, grows: false });
        assert_eq!(ranges.meet(1000 + long, false, None), Met::Nothing);
        claim(&ranges, 1000 + long, 1010 + long);
        assert_eq!(
            ranges.meet(1000 + long, true, None),
            Met::Range { available: 1000 + long, grows: true },
            "it is absorbed"
        );
    }

    #[test]
    fn a_short_part_at_the_end_is_taken_over_and_covers_it() {
        let ranges = AheadRanges::default();
        claim(&ranges, 1000, 1200);
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
        claim(&ranges, 1200, 1300);
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
        claim(&late, 1000, 1200);
        assert_eq!(late.meet(1000, false, Some(1200)), Met::Nothing, "unavailable bytes are not waited for");
    }
}
