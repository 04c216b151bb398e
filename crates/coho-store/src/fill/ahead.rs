//! Parts of a growing object that came before those in front of them, because a reader wanted them at once.
//!
//! An origin is asked for such a part by a range of its own. Its bytes go where they belong in the blob, and when the
//! fill gets there it does not fetch them a second time: it takes over a long part, and writes over a short one, which
//! costs less than another request, unless nothing is left to ask for. A fill never goes on behind a part that is still being written.

use super::{Growth, digest::Crc};
use crate::StoreError;
use bytes::Bytes;
use coho_blob::{BlobError, WriteAt};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A range that begins so far behind what is there is asked for by itself; what is nearer is waited for.
pub const FAR_BYTES: u64 = 4 * 1024 * 1024;
/// A part of at most this length is written over when the fill gets to it.
const SHORT_BYTES: u64 = 4 * 1024 * 1024;
/// Most parts of one object; further readers wait for the fill.
const MOST_PARTS: usize = 16;

/// All parts of one object, in order and without overlaps.
#[derive(Debug, Default)]
pub(super) struct Parts(Mutex<Vec<Part>>);

#[derive(Debug)]
struct Part {
    /// Distinguishes it from a part that was given up and began at the same place.
    id: u64,
    start: u64,
    /// How far it is to go.
    end: u64,
    /// How far it has come.
    there: u64,
    /// Somebody is writing it.
    is_running: bool,
    /// A write is on its way to the disk.
    is_writing: bool,
    /// The fill has got here and writes this part itself.
    is_closed: bool,
    /// The CRC-64 of its bytes from `summed_from` on.
    crc: Crc,
    /// Where the bytes begin that the fill has not absorbed.
    summed_from: u64,
}

/// Bytes of a part that the fill takes over.
#[derive(Debug)]
pub(super) struct Absorbed {
    /// Where they end.
    pub(super) end: u64,
    /// Their CRC-64; `None` if the fill wrote over the beginning of the part.
    pub(super) crc: Option<Crc>,
}

/// What a fill finds where it has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Nothing: the next bytes are the origin's.
    Nothing,
    /// A part: it reaches to this offset, and further while `grows`.
    Part {
        /// Where its bytes end so far.
        there: u64,
        /// Whether more are to come.
        grows: bool,
    },
}

/// The right to write one part. Dropping it ends the part where it is.
#[derive(Debug)]
pub struct PartWriter {
    id: u64,
    growth: Arc<Growth>,
    blob: Arc<dyn WriteAt>,
    /// Where it begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}

impl Part {
    /// Where it ends, or will.
    fn to(&self) -> u64 {
        if self.is_running || self.is_writing { self.end } else { self.there }
    }

    /// Whether it is in the way of a fill that has got to the offset.
    fn stands(&self, offset: u64) -> bool {
        !self.is_closed && self.to() > self.start.max(offset)
    }
}

impl Parts {
    fn lock(&self) -> MutexGuard<'_, Vec<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the bytes reach from this offset on without a gap, if a part has it.
    pub(super) fn reach(&self, offset: u64) -> Option<u64> {
        let parts = self.lock();
        parts.iter().find(|part| part.start <= offset && offset < part.there).map(|part| part.there)
    }

    /// How far the bytes reach, if they are there up to this offset.
    pub(super) fn reach_on(&self, offset: u64) -> u64 {
        reach_on(&self.lock(), offset)
    }

    /// Makes room for a part that covers as much of the range as no other does; `None` if there is nothing to do.
    fn claim(&self, start: u64, mut end: u64) -> Option<(u64, u64, u64)> {
        let mut parts = self.lock();
        let start = first_without(&parts, start);
        let next = parts.iter().map(|part| part.start).filter(|at| *at >= start).min();
        end = next.map_or(end, |next| end.min(next));
        if start >= end || parts.len() >= MOST_PARTS {
            return None;
        }
        let at = parts.partition_point(|part| part.start < start);
        let id = parts.iter().map(|part| part.id + 1).max().unwrap_or(0);
        let (is_running, is_writing, is_closed, crc) = (true, false, false, Crc::default());
        let part = Part { id, start, end, there: start, is_running, is_writing, is_closed, crc, summed_from: start };
        parts.insert(at, part);
        Some((id, start, end))
    }

    /// Whoever writes a part stops: nobody will take it over.
    pub(super) fn close(&self) {
        self.lock().iter_mut().for_each(|part| part.is_closed = true);
    }

    /// The first offset from this one on that no part has or will have.
    fn first_without(&self, start: u64) -> u64 {
        first_without(&self.lock(), start)
    }

    fn change<T>(&self, id: u64, change: impl FnOnce(&mut Part) -> T) -> Option<T> {
        self.lock().iter_mut().find(|part| part.id == id).map(change)
    }

    /// Takes the bytes of the part at the offset, as far as they have come.
    pub(super) fn absorb(&self, offset: u64) -> Option<Absorbed> {
        let mut parts = self.lock();
        let part = parts.iter_mut().find(|part| part.start <= offset && part.there > offset && part.stands(offset))?;
        let crc = std::mem::take(&mut part.crc);
        let crc = (std::mem::replace(&mut part.summed_from, part.there) == offset).then_some(crc);
        Some(Absorbed { end: part.there, crc })
    }

    /// How many of the next `count` bytes are in front of every part that the fill has not dealt with.
    pub(super) fn free(&self, offset: u64, count: usize) -> usize {
        let parts = self.lock();
        let starts = parts.iter().filter(|part| part.stands(offset)).map(|part| part.start.max(offset) - offset);
        starts.min().map_or(count, |free| count.min(usize::try_from(free).unwrap_or(usize::MAX)))
    }

    /// What the fill finds at the offset. A short part is closed, unless the fill `takes_all`: whoever writes it stops. If
    /// all is there up to the `end` of the object it is worth taking over, however short: nothing has to be asked for behind it.
    fn meet(&self, offset: u64, takes_all: bool, end: Option<u64>) -> Met {
        let mut parts = self.lock();
        let is_covered = end.is_some_and(|end| reach_on(&parts, offset) >= end);
        let Some(part) = parts.iter_mut().find(|part| part.start <= offset && part.stands(offset)) else {
            return Met::Nothing;
        };
        if !takes_all && part.to() - offset <= SHORT_BYTES && !is_covered {
            part.is_closed = true;
            return if part.is_writing { Met::Part { there: offset, grows: true } } else { Met::Nothing };
        }
        Met::Part { there: part.there, grows: part.is_running || part.is_writing }
    }

    /// Whether a write of a closed part is still on its way at this offset.
    fn is_written_at(&self, offset: u64) -> bool {
        self.lock().iter().any(|part| part.is_closed && part.is_writing && part.start <= offset)
    }
}

fn reach_on(parts: &[Part], offset: u64) -> u64 {
    // They are in order, so one pass follows any chain of them.
    parts.iter().fold(offset, |at, part| if part.start <= at && at < part.there { part.there } else { at })
}

fn first_without(parts: &[Part], start: u64) -> u64 {
    // They are in order, so one pass follows any chain of them.
    parts.iter().fold(start, |at, part| if part.start <= at && at < part.to() { part.to() } else { at })
}

impl Growth {
    /// Whether something of the range is far behind what is there, and no part has it or will have it.
    pub fn lacks(&self, start: u64, end: u64) -> bool {
        let start = self.parts().first_without(start);
        start < end && start >= self.there().saturating_add(FAR_BYTES)
    }

    /// The right to fetch a range that is far behind what is there; less of it where other parts have the rest, and
    /// `None` if it is near, or had by others.
    pub async fn claim(self: &Arc<Self>, start: u64, end: u64) -> Option<PartWriter> {
        let blob = self.ahead().await?;
        if !self.lacks(start, end) {
            return None;
        }
        let (id, start, end) = self.parts().claim(start, end)?;
        Some(PartWriter { id, growth: self.clone(), blob, start, end })
    }

    /// Waits until the fill may go on at the offset, or take over a part there.
    pub(super) async fn meet(&self, offset: u64, takes_all: bool, end: Option<u64>) -> Met {
        let parts = self.parts();
        loop {
            let mut news = self.news();
            match parts.meet(offset, takes_all, end) {
                // Nothing to take over yet, or the last write of a part that is to be written over.
                Met::Part { there, grows: true } if there <= offset => {}
                Met::Nothing if parts.is_written_at(offset) => {}
                met => return met,
            }
            if !news.next().await {
                return Met::Nothing;
            }
        }
    }
}

impl PartWriter {
    /// Writes the next bytes; `false` if no more are wanted.
    pub async fn write(&self, bytes: Bytes) -> Result<bool, StoreError> {
        let begun = self.growth.parts().change(self.id, |part| {
            let count = (part.end - part.there).min(bytes.len() as u64);
            part.is_writing = !part.is_closed && count > 0;
            part.is_writing.then_some((part.there, count as usize))
        });
        let Some(Some((offset, count))) = begun else { return Ok(false) };
        let (growth, blob, id) = (self.growth.clone(), self.blob.clone(), self.id);
        // In a task of its own: a write runs to its end even if this future is dropped, and until then the fill waits.
        let write = tokio::spawn(async move {
            let bytes = bytes.slice(..count);
            let written = blob.write_at(offset, bytes.clone()).await;
            let goes_on = growth.parts().change(id, |part| part.wrote(written.is_ok().then_some(&bytes)));
            growth.parts_changed();
            written.map(|()| goes_on == Some(true))
        });
        let lost = |error| BlobError::Io { operation: "writing a blob ahead", source: io::Error::other(error) };
        Ok(write.await.map_err(lost)??)
    }
}

impl Part {
    /// A write has ended, with these bytes if it did not fail; `true` if more are wanted.
    fn wrote(&mut self, bytes: Option<&Bytes>) -> bool {
        self.is_writing = false;
        if let Some(bytes) = bytes {
            self.there += bytes.len() as u64;
            self.crc.update(bytes);
        }
        self.is_running && !self.is_closed && self.there < self.end
    }
}

impl Drop for PartWriter {
    fn drop(&mut self) {
        self.growth.parts().change(self.id, |part| part.is_running = false);
        self.growth.parts_changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(parts: &Parts, start: u64, end: u64) -> Option<(u64, u64)> {
        parts.claim(start, end).map(|(_, start, end)| (start, end))
    }

    /// Changes the latest part that begins there.
    fn change(parts: &Parts, start: u64, change: impl FnOnce(&mut Part)) {
        let id = parts.lock().iter().rev().find(|part| part.start == start).map(|part| part.id);
        parts.change(id.unwrap(), change).unwrap();
    }

    fn write(parts: &Parts, start: u64, bytes: &[u8]) {
        change(parts, start, |part| assert!(part.wrote(Some(&Bytes::copy_from_slice(bytes)))));
    }

    #[test]
    fn what_is_absorbed_has_the_checksum_of_its_bytes_alone() {
        let parts = Parts::default();
        parts.claim(100, 200);
        assert!(parts.absorb(100).is_none(), "nothing has come");
        let check = |offset, expected_end, expected: Option<&[u8]>| {
            let Absorbed { end, crc } = parts.absorb(offset).unwrap();
            let mut whole = crate::fill::digest::FillDigest::new(false);
            let sum = crc.map(|crc| {
                whole.append(&crc);
                whole.crc64()
            });
            assert_eq!((end, sum), (expected_end, expected.map(coho_model::Crc64::of)), "from {offset}");
        };
        write(&parts, 100, b"ab");
        write(&parts, 100, b"cd");
        check(100, 104, Some(b"abcd"));
        write(&parts, 100, b"efg");
        check(104, 107, Some(b"efg"));
        // The fill has written over the beginning: the sum would be that of other bytes.
        write(&parts, 100, b"hij");
        check(108, 110, None);
        write(&parts, 100, b"k");
        check(110, 111, Some(b"k"));
    }

    #[test]
    fn parts_do_not_overlap_and_are_few() {
        let parts = Parts::default();
        for ((start, end), expected) in [
            ((100, 200), Some((100, 200))),
            ((100, 200), None),
            ((150, 250), Some((200, 250))),
            ((50, 300), Some((50, 100))),
            ((0, 10), Some((0, 10))),
            ((120, 240), None),
        ] {
            assert_eq!(claim(&parts, start, end), expected, "{start}-{end}");
        }
        assert_eq!(parts.reach(100), None, "nothing is written");
        change(&parts, 100, |part| part.there = 160);
        assert_eq!((parts.reach(100), parts.reach(159), parts.reach(160)), (Some(160), Some(160), None));
        // One that ended early leaves its rest to others.
        change(&parts, 100, |part| part.is_running = false);
        assert_eq!(claim(&parts, 150, 200), Some((160, 200)));
        for at in 0..100 {
            parts.claim(1000 + 20 * at, 1010 + 20 * at);
        }
        assert_eq!(parts.lock().len(), MOST_PARTS);
    }

    #[test]
    fn a_fill_takes_over_long_parts_and_closes_short_ones() {
        let parts = Parts::default();
        let long = 10 * SHORT_BYTES;
        parts.claim(100, 200);
        parts.claim(1000, 1000 + long);
        assert_eq!(parts.meet(99, false, None), Met::Nothing);
        assert_eq!((parts.free(0, 50), parts.free(0, 150), parts.free(100, 9)), (50, 100, 0));
        change(&parts, 100, |part| part.is_writing = true);
        assert_eq!(parts.meet(100, false, None), Met::Part { there: 100, grows: true }, "a write is on its way");
        assert!(parts.is_written_at(100));
        change(&parts, 100, |part| part.is_writing = false);
        assert_eq!(parts.meet(100, false, None), Met::Nothing);
        assert_eq!(parts.free(100, 5000), 900, "it is written over");
        assert!(!parts.is_written_at(100));
        change(&parts, 1000, |part| part.there = 5000);
        assert_eq!(parts.meet(1001, false, None), Met::Part { there: 5000, grows: true });
        change(&parts, 1000, |part| (part.there, part.is_running) = (1000 + long, false));
        assert_eq!(parts.meet(1001, false, None), Met::Part { there: 1000 + long, grows: false });
        assert_eq!(parts.meet(1000 + long, false, None), Met::Nothing);
        parts.claim(1000 + long, 1010 + long);
        assert_eq!(
            parts.meet(1000 + long, true, None),
            Met::Part { there: 1000 + long, grows: true },
            "it is taken over"
        );
    }

    #[test]
    fn a_short_part_at_the_end_is_taken_over_and_covers_it() {
        let parts = Parts::default();
        parts.claim(1000, 1200);
        assert_eq!((parts.reach_on(900), parts.reach_on(1000), parts.reach_on(1200)), (900, 1000, 1200));
        change(&parts, 1000, |part| part.there = 1200);
        assert_eq!((parts.reach_on(999), parts.reach_on(1000), parts.reach_on(1100)), (999, 1200, 1200));
        assert_eq!(parts.meet(1000, false, Some(1200)), Met::Part { there: 1200, grows: true });
        parts.claim(1200, 1300);
        change(&parts, 1200, |part| part.there = 1300);
        assert_eq!(parts.reach_on(1000), 1300, "a chain of parts");
        assert_eq!(parts.meet(1000, false, Some(1300)), Met::Part { there: 1200, grows: true });
        change(&parts, 1200, |part| part.there = 1250);
        assert_eq!(
            parts.meet(1000, false, Some(1300)),
            Met::Nothing,
            "something has to be asked for: it is written over"
        );
        let late = Parts::default();
        late.claim(1000, 1200);
        assert_eq!(late.meet(1000, false, Some(1200)), Met::Nothing, "what has not come is not waited for");
    }
}
