//! How long answers take: counts fine enough for percentiles, and those of the last minute.
//!
//! The last minute is kept in slots of ten seconds; the first answer of a new slot empties it, and an answer that another thread counts at
//! that very moment may be lost.

use crate::answers::zeros;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Buckets of each doubling of the time, so that a percentile is off by an eighth at most.
const STEPS: u64 = 4;
/// The first bucket ends at two to this power, in microseconds.
const FIRST_POWER: u64 = 4;
/// Number of buckets: the last one begins at 134 s.
pub(crate) const BUCKETS: usize = 94;
/// Length of a slot.
const SLOT_SECONDS: u64 = 10;
/// Number of slots: a minute, and the slot that is being filled.
const SLOTS: usize = 7;

/// Counts of answers by their time.
pub(crate) type LatencyCounts = [u64; BUCKETS];

/// The answers of the last minute by the time until their heads.
pub(crate) struct RecentLatency([LatencySlot; SLOTS]);

struct LatencySlot {
    /// Number of the slot since the start, plus one; 0 was never used.
    number: AtomicU64,
    counts: [AtomicU64; BUCKETS],
}

impl RecentLatency {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| LatencySlot { number: AtomicU64::new(0), counts: zeros() }))
    }

    /// Counts an answer that was given this time after the start.
    pub(crate) fn add(&self, bucket: usize, since_start: Duration) {
        let number = slot_number(since_start);
        let slot = &self.0[number as usize % SLOTS];
        // Reading first leaves the slot in the caches of all threads.
        if slot.number.load(Ordering::Acquire) != number && slot.number.swap(number, Ordering::AcqRel) != number {
            slot.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        }
        slot.counts[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// The counts of the minute before that time after the start, and of up to ten seconds before it.
    pub(crate) fn last_minute(&self, since_start: Duration) -> LatencyCounts {
        let newest = slot_number(since_start);
        let is_recent = |slot: &&LatencySlot| {
            let number = slot.number.load(Ordering::Acquire);
            number > 0 && number <= newest && number + SLOTS as u64 > newest
        };
        let mut counts = [0; BUCKETS];
        for slot in self.0.iter().filter(is_recent) {
            counts.iter_mut().zip(&slot.counts).for_each(|(sum, count)| *sum += count.load(Ordering::Relaxed));
        }
        counts
    }
}

fn slot_number(since_start: Duration) -> u64 {
    since_start.as_secs() / SLOT_SECONDS + 1
}

/// Number of answers.
pub(crate) fn total(counts: &LatencyCounts) -> u64 {
    counts.iter().sum()
}

/// What was counted since an earlier look.
pub(crate) fn difference(counts: &LatencyCounts, earlier: &LatencyCounts) -> LatencyCounts {
    std::array::from_fn(|at| counts[at].saturating_sub(earlier[at]))
}

/// The time within which this share of the answers was given, in milliseconds; `None` without an answer.
pub(crate) fn percentile(counts: &LatencyCounts, share: f64) -> Option<f64> {
    let rank = (share * total(counts) as f64).ceil().max(1.0) as u64;
    let mut below = 0;
    for (at, count) in counts.iter().enumerate() {
        if below + count >= rank && *count > 0 {
            let (from, to) = (lower_us(at), lower_us(at + 1));
            let within = (rank - below) as f64 / *count as f64;
            return Some((from as f64 + within * (to - from) as f64) / 1000.0);
        }
        below += count;
    }
    None
}

/// The bucket that counts this time.
pub(crate) fn bucket(elapsed: Duration) -> usize {
    let us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    if us < 1 << FIRST_POWER {
        return 0;
    }
    let power = u64::from(us.ilog2());
    let step = (us >> (power - 2)) % STEPS;
    let at = 1 + (power - FIRST_POWER) * STEPS + step;
    (at as usize).min(BUCKETS - 1)
}

/// Where a bucket begins, in microseconds.
pub(crate) fn lower_us(bucket: usize) -> u64 {
    match (bucket as u64).checked_sub(1) {
        None => 0,
        Some(at) => (STEPS + at % STEPS) << (at / STEPS + FIRST_POWER - 2),
    }
}

/// The first bucket that counts no time below this one, in microseconds.
pub(crate) fn first_bucket_from(us: u64) -> usize {
    (0..BUCKETS).find(|bucket| lower_us(*bucket) >= us).unwrap_or(BUCKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_the_bucket_that_holds_it() {
        for us in [0, 1, 15, 16, 19, 20, 31, 32, 1000, 65_535, 65_536, 1_000_000, 100_000_000] {
            let at = bucket(Duration::from_micros(us));
            assert!(lower_us(at) <= us && us < lower_us(at + 1), "{us} in {at}: from {}", lower_us(at));
        }
        assert_eq!((bucket(Duration::MAX), lower_us(BUCKETS - 1)), (BUCKETS - 1, 134_217_728));
    }

    #[test]
    fn a_percentile_is_off_by_an_eighth_at_most() {
        let mut counts = [0; BUCKETS];
        (1..=1000).for_each(|ms| counts[bucket(Duration::from_millis(ms))] += 1);
        for (share, expected) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (0.0, 1.0), (1.0, 1000.0)] {
            let found = percentile(&counts, share).unwrap();
            assert!((found - expected).abs() <= expected / 8.0, "{share}: {found}");
        }
        assert_eq!(percentile(&[0; BUCKETS], 0.5), None);
        assert_eq!((total(&counts), total(&difference(&counts, &counts))), (1000, 0));
    }

    #[test]
    fn the_last_minute_forgets_what_is_older() {
        let recent = RecentLatency::new();
        let at = Duration::from_secs;
        let check = |seconds, expected| assert_eq!(total(&recent.last_minute(at(seconds))), expected, "{seconds}");
        recent.add(3, at(0));
        recent.add(3, at(65));
        check(65, 2);
        check(70, 1);
        recent.add(3, at(70));
        check(71, 2);
        check(1000, 0);
    }
}
