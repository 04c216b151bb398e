//! What is counted of a bucket's requests and fetches, by minute and by hour.

use crate::{BucketId, Timestamp};
use std::collections::BTreeMap;

/// One of the counters of a bucket. The order is that of [`TrafficCounts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficCounter {
    /// Reads of objects that were answered from the store, 304 included.
    Hits,
    /// Reads of objects whose bytes came from an origin while they were sent.
    Mirrored,
    /// Answers with a redirect.
    Redirects,
    /// Other answers below 400: writes, listings, configurations.
    OtherAnswers,
    /// Answers with 4xx.
    ClientErrors,
    /// Answers with 5xx.
    ServerErrors,
    /// Bytes of bodies that were handed to connections.
    BytesOut,
    /// Bytes of bodies that were received from clients.
    BytesIn,
    /// Fetches from origins that were started, ranges ahead included.
    Fetches,
    /// Bytes of bodies that were received from origins.
    OriginBytes,
    /// Fetches that failed; an origin that has no such object is none.
    FetchFailures,
}

/// Number of counters.
const COUNTERS: usize = TrafficCounter::ALL.len();

impl TrafficCounter {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Hits,
        Self::Mirrored,
        Self::Redirects,
        Self::OtherAnswers,
        Self::ClientErrors,
        Self::ServerErrors,
        Self::BytesOut,
        Self::BytesIn,
        Self::Fetches,
        Self::OriginBytes,
        Self::FetchFailures,
    ];
}

/// The counters of one bucket in one span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrafficCounts([u64; COUNTERS]);

impl TrafficCounts {
    /// From one number for each of [`TrafficCounter::ALL`].
    pub fn new(counts: [u64; COUNTERS]) -> Self {
        Self(counts)
    }

    /// One number for each of [`TrafficCounter::ALL`].
    pub fn numbers(&self) -> [u64; COUNTERS] {
        self.0
    }

    /// One counter.
    pub fn get(&self, counter: TrafficCounter) -> u64 {
        self.0[counter as usize]
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; COUNTERS]
    }

    /// What was counted since earlier counts.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].saturating_sub(earlier.0[at])))
    }

    /// Adds other counts. No counter passes what a signed column holds.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more).min(i64::MAX as u64);
        }
    }
}

/// The length of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficStep {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl TrafficStep {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// Seconds of a span.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
        }
    }

    /// How many spans of a bucket are kept: 48 hours of minutes, 90 days of hours. Spans in which nothing happened are none.
    pub fn kept(self) -> usize {
        match self {
            Self::Minute => 48 * 60,
            Self::Hour => 90 * 24,
        }
    }

    /// The start of the span that a second is in.
    pub fn start(self, second: i64) -> i64 {
        second - second.rem_euclid(self.seconds())
    }
}

/// What was counted of a bucket in one minute, to be added to that minute and its hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficRow {
    /// The bucket.
    pub bucket: BucketId,
    /// A time in the minute.
    pub at: Timestamp,
    /// What was counted.
    pub counts: TrafficCounts,
}

impl TrafficRow {
    /// The rows, and one more of [`BucketId::ALL`] for each of their minutes, with the sums.
    pub fn with_sums(mut rows: Vec<Self>) -> Vec<Self> {
        let mut sums: BTreeMap<i64, Self> = BTreeMap::new();
        for row in &rows {
            let minute = TrafficStep::Minute.start(row.at.unix_s());
            let empty = || Self { bucket: BucketId::ALL, counts: TrafficCounts::default(), ..*row };
            sums.entry(minute).or_insert_with(empty).counts.add(&row.counts);
        }
        rows.extend(sums.into_values());
        rows
    }
}

/// What was counted of a bucket in one span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficPoint {
    /// The start of the span, in seconds since the epoch.
    pub start: i64,
    /// What was counted.
    pub counts: TrafficCounts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_in_the_order_of_their_numbers() {
        for (at, counter) in TrafficCounter::ALL.into_iter().enumerate() {
            assert_eq!(counter as usize, at, "{counter:?}");
        }
    }

    #[test]
    fn counts_add_up_to_what_a_column_holds() {
        let mut counts = TrafficCounts::new([3; COUNTERS]);
        assert!(!counts.is_empty() && TrafficCounts::default().is_empty());
        counts.add(&TrafficCounts::new([4; COUNTERS]));
        assert_eq!(counts.get(TrafficCounter::BytesOut), 7);
        counts.add(&TrafficCounts::new([u64::MAX; COUNTERS]));
        assert_eq!(counts.numbers(), [i64::MAX as u64; COUNTERS]);
    }

    #[test]
    fn the_sums_of_all_buckets_are_by_minute() {
        let row = |bucket, second: i64, number| TrafficRow {
            bucket: BucketId(bucket),
            at: Timestamp::from_unix_ms(second * 1000),
            counts: TrafficCounts::new([number; COUNTERS]),
        };
        let rows = vec![row(7, 59, 1), row(8, 0, 2), row(7, 60, 4)];
        let expected = [rows.clone(), vec![row(0, 59, 3), row(0, 60, 4)]].concat();
        assert_eq!(TrafficRow::with_sums(rows), expected);
        assert_eq!(TrafficRow::with_sums(Vec::new()), []);
    }

    #[test]
    fn a_second_is_in_the_span_that_begins_before_it() {
        for (step, second, start) in [
            (TrafficStep::Minute, 0, 0),
            (TrafficStep::Minute, 59, 0),
            (TrafficStep::Minute, 60, 60),
            (TrafficStep::Hour, 7199, 3600),
            (TrafficStep::Hour, -1, -3600),
        ] {
            assert_eq!(step.start(second), start, "{step:?} {second}");
        }
    }
}
