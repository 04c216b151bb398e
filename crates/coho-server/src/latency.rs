//! How long answers take: a histogram fine enough for percentiles, since the start and of the last minute.
//!
//! Each answer costs two additions. The last minute is kept in slots of ten seconds; the first answer of a new slot empties it, and
//! an answer that another thread counts at that very moment may be lost.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Buckets of each doubling of the time, so that a percentile is off by an eighth at most.
const STEPS: u64 = 4;
/// The first bucket ends at two to this power, in microseconds.
const FIRST_POWER: u64 = 4;
/// Number of buckets: the last one begins at 134 s.
const BUCKETS: usize = 94;
/// Length of a slot.
const SLOT_SECONDS: u64 = 10;
/// Number of slots: a minute, and the slot that is being filled.
const SLOTS: usize = 7;

/// Counts of answers by their time.
pub(crate) type LatencyCounts = [u64; BUCKETS];

/// Answers by the time until their heads.
pub(crate) struct LatencyHistogram {
    started: Instant,
    all: [AtomicU64; BUCKETS],
    recent: [LatencySlot; SLOTS],
}

struct LatencySlot {
    /// Number of the slot since the start, plus one; 0 was never used.
    number: AtomicU64,
    counts: [AtomicU64; BUCKETS],
}

fn zeros() -> [AtomicU64; BUCKETS] {
    std::array::from_fn(|_| AtomicU64::new(0))
}

impl LatencyHistogram {
    pub(crate) fn new() -> Self {
        let slot = |_| LatencySlot { number: AtomicU64::new(0), counts: zeros() };
        Self { started: Instant::now(), all: zeros(), recent: std::array::from_fn(slot) }
    }

    /// Counts an answer.
    pub(crate) fn observe(&self, elapsed: Duration) {
        self.observe_at(elapsed, Instant::now());
    }

    fn observe_at(&self, elapsed: Duration, now: Instant) {
        let bucket = bucket(elapsed);
        self.all[bucket].fetch_add(1, Ordering::Relaxed);
        let number = self.number(now);
        let slot = &self.recent[number as usize % SLOTS];
        // Reading first leaves the slot in the caches of all threads.
        if slot.number.load(Ordering::Acquire) != number && slot.number.swap(number, Ordering::AcqRel) != number {
            slot.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        }
        slot.counts[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// The counts since the start.
    pub(crate) fn since_start(&self) -> LatencyCounts {
        std::array::from_fn(|at| self.all[at].load(Ordering::Relaxed))
    }

    /// The counts of the last minute, and of up to ten seconds before it.
    pub(crate) fn last_minute(&self) -> LatencyCounts {
        self.last_minute_at(Instant::now())
    }

    fn last_minute_at(&self, now: Instant) -> LatencyCounts {
        let newest = self.number(now);
        let is_recent = |slot: &&LatencySlot| {
            let number = slot.number.load(Ordering::Acquire);
            number > 0 && number <= newest && number + SLOTS as u64 > newest
        };
        let mut counts = [0; BUCKETS];
        for slot in self.recent.iter().filter(is_recent) {
            counts.iter_mut().zip(&slot.counts).for_each(|(sum, count)| *sum += count.load(Ordering::Relaxed));
        }
        counts
    }

    fn number(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_secs() / SLOT_SECONDS + 1
    }
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

fn bucket(elapsed: Duration) -> usize {
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
fn lower_us(bucket: usize) -> u64 {
    match (bucket as u64).checked_sub(1) {
        None => 0,
        Some(at) => (STEPS + at % STEPS) << (at / STEPS + FIRST_POWER - 2),
    }
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
        let histogram = LatencyHistogram::new();
        (1..=1000).for_each(|ms| histogram.observe(Duration::from_millis(ms)));
        for (share, expected) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (0.0, 1.0), (1.0, 1000.0)] {
            let found = percentile(&histogram.since_start(), share).unwrap();
            assert!((found - expected).abs() <= expected / 8.0, "{share}: {found}");
        }
        assert_eq!(percentile(&[0; BUCKETS], 0.5), None);
        let more = histogram.since_start();
        assert_eq!((total(&more), total(&difference(&more, &more))), (1000, 0));
    }

    #[test]
    fn the_last_minute_forgets_what_is_older() {
        let histogram = LatencyHistogram::new();
        let at = |seconds| histogram.started + Duration::from_secs(seconds);
        let check =
            |seconds, expected| assert_eq!(total(&histogram.last_minute_at(at(seconds))), expected, "{seconds}");
        histogram.observe_at(Duration::from_millis(1), at(0));
        histogram.observe_at(Duration::from_millis(1), at(65));
        check(65, 2);
        check(70, 1);
        histogram.observe_at(Duration::from_millis(1), at(70));
        check(71, 2);
        check(1000, 0);
        assert_eq!(total(&histogram.since_start()), 3);
    }
}
