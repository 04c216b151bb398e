//! The counters of buckets in memory: any thread adds to them without a lock or an allocation, and once a minute they are
//! taken out.
//!
//! Invariant: a count is in the table or was taken out once. A slot is given up after two takes without a count, so that buckets
//! without requests cost nothing; an addition that has found its slot before, and comes a whole minute later, would count for
//! another bucket, which is accepted.

use coho_model::{BucketId, TrafficCounter, TrafficCounts};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering},
    },
};

/// Most buckets that are counted between two takes; 512 KiB of memory.
pub const MAX_COUNTED_BUCKETS: usize = 4096;
/// Slots that a bucket may be in.
const PROBES: usize = 64;
/// The bucket of a free slot; no bucket has this id.
const FREE: i64 = i64::MIN;
/// Takes without a count after which a slot is given up.
const IDLE_TAKES: u8 = 2;

/// The counters of all buckets.
pub struct TrafficTable {
    slots: Box<[Slot]>,
    uncounted: AtomicU64,
    last_take: Mutex<LastTake>,
}

/// What was taken out last, for samples that have seen a part of it.
#[derive(Default)]
struct LastTake {
    number: u64,
    counts: Vec<(BucketId, TrafficCounts)>,
}

/// A look at the counters, from which the next one tells what was counted in between.
#[derive(Debug, Default)]
pub struct TrafficSample {
    takes: u64,
    counts: HashMap<BucketId, TrafficCounts>,
}

/// The counters of one bucket, apart from those of others in the caches of processors.
#[repr(align(64))]
struct Slot {
    bucket: AtomicI64,
    idle_takes: AtomicU8,
    counts: [AtomicU64; TrafficCounter::ALL.len()],
}

impl fmt::Debug for TrafficTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrafficTable").finish_non_exhaustive()
    }
}

impl Default for TrafficTable {
    fn default() -> Self {
        let slot = || Slot {
            bucket: AtomicI64::new(FREE),
            idle_takes: AtomicU8::new(0),
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
        };
        let slots = std::iter::repeat_with(slot).take(MAX_COUNTED_BUCKETS).collect();
        Self { slots, uncounted: AtomicU64::new(0), last_take: Mutex::default() }
    }
}

impl TrafficTable {
    /// Adds to a counter of a bucket.
    pub fn add(&self, bucket: BucketId, counter: TrafficCounter, count: u64) {
        match self.slot(bucket) {
            Some(slot) => _ = slot.counts[counter as usize].fetch_add(count, Ordering::Relaxed),
            None => _ = self.uncounted.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Additions that found no slot.
    pub fn uncounted(&self) -> u64 {
        self.uncounted.load(Ordering::Relaxed)
    }

    /// What was counted of a bucket and not taken out yet.
    pub fn present(&self, bucket: BucketId) -> TrafficCounts {
        let mut slots = self.places(bucket);
        let found = slots.find(|slot| slot.bucket.load(Ordering::Acquire) == bucket.0);
        found.map(Slot::read).unwrap_or_default()
    }

    /// Takes out what was counted since the last time.
    pub(crate) fn take(&self) -> Vec<(BucketId, TrafficCounts)> {
        let mut last = self.last_take();
        last.number += 1;
        last.counts = self.used().filter_map(Slot::take).collect();
        last.counts.clone()
    }

    /// What was counted since an earlier sample, by bucket, and the sample of now. Of counts that were taken out meanwhile, those
    /// of the last time are known.
    pub fn sample(&self, earlier: &TrafficSample) -> (TrafficSample, HashMap<BucketId, TrafficCounts>) {
        let last = self.last_take();
        let now: HashMap<_, _> =
            self.used().map(|slot| (BucketId(slot.bucket.load(Ordering::Acquire)), slot.read())).collect();
        let mut since = now.clone();
        match last.number.saturating_sub(earlier.takes) {
            0 => {
                for (bucket, counts) in &mut since {
                    *counts = earlier.counts.get(bucket).map_or(*counts, |before| counts.since(before));
                }
            }
            1 => {
                for (bucket, taken) in &last.counts {
                    let rest = earlier.counts.get(bucket).map_or(*taken, |before| taken.since(before));
                    since.entry(*bucket).or_default().add(&rest);
                }
            }
            _ => {}
        }
        since.retain(|_, counts| !counts.is_empty());
        (TrafficSample { takes: last.number, counts: now }, since)
    }

    fn used(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| slot.bucket.load(Ordering::Acquire) != FREE)
    }

    fn last_take(&self) -> MutexGuard<'_, LastTake> {
        self.last_take.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, bucket: BucketId) -> Option<&Slot> {
        let places = || self.places(bucket);
        if let Some(slot) = places().find(|slot| slot.bucket.load(Ordering::Acquire) == bucket.0) {
            return Some(slot);
        }
        places().find(|slot| match slot.bucket.compare_exchange(FREE, bucket.0, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(other) => other == bucket.0,
        })
    }

    fn places(&self, bucket: BucketId) -> impl Iterator<Item = &Slot> {
        // Ids of buckets that are made one after the other differ in their lower bits; the product mixes all of them upwards.
        let home = (bucket.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (0..PROBES).map(move |at| &self.slots[(home as usize + at) % self.slots.len()])
    }
}

impl Slot {
    fn take(&self) -> Option<(BucketId, TrafficCounts)> {
        let bucket = BucketId(self.bucket.load(Ordering::Acquire));
        let mut counts = self.swap();
        if !counts.is_empty() {
            self.idle_takes.store(0, Ordering::Relaxed);
        } else if self.idle_takes.fetch_add(1, Ordering::Relaxed) + 1 >= IDLE_TAKES {
            self.idle_takes.store(0, Ordering::Relaxed);
            self.bucket.store(FREE, Ordering::Release);
            // What was added since the swap.
            counts = self.swap();
        }
        (!counts.is_empty()).then_some((bucket, counts))
    }

    fn read(&self) -> TrafficCounts {
        TrafficCounts::new(std::array::from_fn(|at| self.counts[at].load(Ordering::Relaxed)))
    }

    fn swap(&self) -> TrafficCounts {
        TrafficCounts::new(std::array::from_fn(|at| self.counts[at].swap(0, Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn hits(table: &TrafficTable) -> HashMap<BucketId, u64> {
        table.take().into_iter().map(|(bucket, counts)| (bucket, counts.get(TrafficCounter::Hits))).collect()
    }

    #[test]
    fn counts_are_taken_out_once() {
        let table = TrafficTable::default();
        for (bucket, count) in [(1, 2), (2, 3), (1, 5)] {
            table.add(BucketId(bucket), TrafficCounter::Hits, count);
        }
        table.add(BucketId(2), TrafficCounter::BytesOut, 9);
        let present = |bucket| table.present(BucketId(bucket)).get(TrafficCounter::Hits);
        assert_eq!([1, 2, 3].map(present), [7, 3, 0]);
        let mut taken = table.take();
        taken.sort_by_key(|(bucket, _)| *bucket);
        let numbers: Vec<_> = taken
            .iter()
            .map(|(bucket, counts)| (bucket.0, counts.get(TrafficCounter::Hits), counts.get(TrafficCounter::BytesOut)))
            .collect();
        assert_eq!(numbers, [(1, 7, 0), (2, 3, 9)]);
        assert_eq!(table.take(), []);
        assert_eq!([1, 2, 3].map(present), [0; 3]);
    }

    #[test]
    fn a_sample_tells_what_was_counted_since_the_one_before_also_over_a_take() {
        let table = TrafficTable::default();
        let count = |bucket, hits| table.add(BucketId(bucket), TrafficCounter::Hits, hits);
        let mut earlier = TrafficSample::default();
        let mut check = |expected: &[(i64, u64)]| {
            let (sample, since) = table.sample(&earlier);
            earlier = sample;
            let mut shown: Vec<_> =
                since.iter().map(|(bucket, counts)| (bucket.0, counts.get(TrafficCounter::Hits))).collect();
            shown.sort_unstable();
            assert_eq!(shown, expected);
        };
        count(1, 5);
        check(&[(1, 5)]);
        check(&[]);
        count(1, 2);
        count(2, 1);
        table.take();
        count(1, 3);
        check(&[(1, 5), (2, 1)]);
        count(1, 4);
        check(&[(1, 4)]);
        (0..3).for_each(|_| drop(table.take()));
        count(1, 1);
        check(&[(1, 1)]);
    }

    #[test]
    fn buckets_above_the_limit_are_not_counted_until_others_are_idle() {
        let table = TrafficTable::default();
        let many = 2 * MAX_COUNTED_BUCKETS as i64;
        (0..many).for_each(|bucket| table.add(BucketId(bucket), TrafficCounter::Hits, 1));
        let counted = table.take().len();
        assert!(counted <= MAX_COUNTED_BUCKETS && counted > MAX_COUNTED_BUCKETS / 2, "{counted}");
        assert_eq!(table.uncounted(), many as u64 - counted as u64);
        // Busy buckets keep their slots.
        table.add(BucketId(0), TrafficCounter::Hits, 1);
        (0..IDLE_TAKES).for_each(|_| drop(table.take()));
        let before = table.uncounted();
        let later = many..many + MAX_COUNTED_BUCKETS as i64 / 2;
        later.clone().for_each(|bucket| table.add(BucketId(bucket), TrafficCounter::Hits, 1));
        assert_eq!((hits(&table).len(), table.uncounted()), (later.count(), before));
    }

    #[test]
    fn threads_lose_no_count() {
        let table = TrafficTable::default();
        let (mut sum, each) = (0, 20_000);
        std::thread::scope(|scope| {
            let add = || (0..each).for_each(|at| table.add(BucketId(at % 7), TrafficCounter::Hits, 1));
            let threads = [scope.spawn(add), scope.spawn(add), scope.spawn(add)];
            while threads.iter().any(|thread| !thread.is_finished()) {
                sum += hits(&table).values().sum::<u64>();
            }
        });
        sum += hits(&table).values().sum::<u64>();
        assert_eq!(sum, 3 * each as u64);
    }
}
