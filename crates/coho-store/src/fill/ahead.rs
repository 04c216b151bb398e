//! Parts of a growing object that came before those in front of them, because a reader wanted them at once.
//!
//! An origin is asked for such a part by a range of its own. Its bytes go where they belong in the blob, and when the
//! fill gets there it does not fetch them a second time: it takes over a long part, and writes over a short one, which
//! costs less than another request, unless nothing is left to ask for. A fill never goes on behind a part that is still being written.

use super::Growth;
use crate::StoreError;
use bytes::Bytes;
use coho_blob::BlobAhead;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    growth: Arc<Growth>,
    blob: Arc<dyn BlobAhead>,
    /// Where it begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}

impl Part {
    /// Where it ends, or will.
    fn to(&self) -> u64 {
        if self.is_running { self.end } else { self.there }
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
    fn claim(&self, start: u64, mut end: u64) -> Option<(u64, u64)> {
        let mut parts = self.lock();
        let start = first_without(&parts, start);
        let next = parts.iter().map(|part| part.start).filter(|at| *at >= start).min();
        end = next.map_or(end, |next| end.min(next));
        if start >= end || parts.len() >= MOST_PARTS {
            return None;
        }
        let at = parts.partition_point(|part| part.start < start);
        let part = Part { start, end, there: start, is_running: true, is_writing: false, is_closed: false };
        parts.insert(at, part);
        Some((start, end))
    }

    /// Whoever writes a part stops: nobody will take it over.
    pub(super) fn close(&self) {
        self.lock().iter_mut().for_each(|part| part.is_closed = true);
    }

    /// The first offset from this one on that no part has or will have.
    fn first_without(&self, start: u64) -> u64 {
        first_without(&self.lock(), start)
    }

    /// Changes the part that begins there.
    fn change<T>(&self, start: u64, change: impl FnOnce(&mut Part) -> T) -> Option<T> {
        let mut parts = self.lock();
        // A part that was given up empty may have the same beginning as a later one.
        let part = parts.iter_mut().rev().find(|part| part.start == start && part.is_running)?;
        Some(change(part))
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
        Met::Part { there: part.there, grows: part.is_running }
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
        let (start, end) = self.parts().claim(start, end)?;
        Some(PartWriter { growth: self.clone(), blob, start, end })
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
        let parts = self.growth.parts();
        let begun = parts.change(self.start, |part| {
            let count = (part.end - part.there).min(bytes.len() as u64);
            part.is_writing = !part.is_closed && count > 0;
            part.is_writing.then_some((part.there, count as usize))
        });
        let Some(Some((offset, count))) = begun else { return Ok(false) };
        let written = self.blob.write_at(offset, bytes.slice(..count)).await;
        let goes_on = parts.change(self.start, |part| {
            part.is_writing = false;
            if written.is_ok() {
                part.there += count as u64;
            }
            !part.is_closed && part.there < part.end
        });
        self.growth.parts_changed();
        written?;
        Ok(goes_on == Some(true))
    }
}

impl Drop for PartWriter {
    fn drop(&mut self) {
        self.growth.parts().change(self.start, |part| {
            // A write that was given up in the middle may have written anything behind what is there.
            (part.is_running, part.is_writing) = (false, false);
        });
        self.growth.parts_changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(parts.claim(start, end), expected, "{start}-{end}");
        }
        assert_eq!(parts.reach(100), None, "nothing is written");
        parts.change(100, |part| part.there = 160);
        assert_eq!((parts.reach(100), parts.reach(159), parts.reach(160)), (Some(160), Some(160), None));
        // One that ended early leaves its rest to others.
        parts.change(100, |part| part.is_running = false);
        assert_eq!(parts.claim(150, 200), Some((160, 200)));
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
        parts.change(100, |part| part.is_writing = true);
        assert_eq!(parts.meet(100, false, None), Met::Part { there: 100, grows: true }, "a write is on its way");
        assert!(parts.is_written_at(100));
        parts.change(100, |part| part.is_writing = false);
        assert_eq!(parts.meet(100, false, None), Met::Nothing);
        assert_eq!(parts.free(100, 5000), 900, "it is written over");
        assert!(!parts.is_written_at(100));
        parts.change(1000, |part| part.there = 5000);
        assert_eq!(parts.meet(1001, false, None), Met::Part { there: 5000, grows: true });
        parts.change(1000, |part| (part.there, part.is_running) = (1000 + long, false));
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
        parts.change(1000, |part| part.there = 1200);
        assert_eq!((parts.reach_on(999), parts.reach_on(1000), parts.reach_on(1100)), (999, 1200, 1200));
        assert_eq!(parts.meet(1000, false, Some(1200)), Met::Part { there: 1200, grows: true });
        parts.claim(1200, 1300);
        parts.change(1200, |part| part.there = 1300);
        assert_eq!(parts.reach_on(1000), 1300, "a chain of parts");
        assert_eq!(parts.meet(1000, false, Some(1300)), Met::Part { there: 1200, grows: true });
        parts.change(1200, |part| part.there = 1250);
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
