//! What is counted of every answer: its operation and status, and the time until its head.
//!
//! One table of plain counters serves the page of metrics, the status and the live rates. Every answer costs four additions, without a lock, a
//! hash or an allocation.

use crate::latency::{self, BUCKETS, LatencyCounts, RecentLatency};
use coho_oss::Operation;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet},
    metrics::{MetricType, exemplar::Exemplar},
};
use std::{
    collections::HashMap,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Statuses begin with 1 to 5; others count as 0.
pub(crate) const STATUS_CLASSES: usize = 6;
/// Statuses from 100 on; HTTP has three digits, and Coho sends none above 599.
const FIRST_STATUS: u16 = 100;
const STATUSES: usize = 500;
/// Upper bounds of the buckets of the duration histogram, in microseconds. Each is one of [`latency`]'s.
const DURATION_BOUNDS_US: [u64; 10] = [512, 1024, 2560, 5120, 10_240, 24_576, 98_304, 524_288, 2_621_440, 10_485_760];
/// The label of a request that was refused before it had an operation.
const UNKNOWN: &str = "unknown";

/// The counters of all answers.
pub(crate) struct AnswerTable {
    started: Instant,
    /// By the operation's place in [`Operation::ALL`]; the last row counts requests without one.
    operations: Box<[OperationAnswers]>,
    recent: RecentLatency,
}

struct OperationAnswers {
    statuses: [AtomicU64; STATUSES],
    times: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

impl OperationAnswers {
    fn new() -> Self {
        Self { statuses: zeros(), times: zeros(), sum_us: AtomicU64::new(0) }
    }

    fn times(&self) -> LatencyCounts {
        std::array::from_fn(|at| self.times[at].load(Ordering::Relaxed))
    }

    /// The statuses that were answered, and how often.
    fn statuses(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        let counts = self.statuses.iter().map(|count| count.load(Ordering::Relaxed));
        (FIRST_STATUS..).zip(counts).filter(|(_, count)| *count > 0)
    }
}

pub(crate) fn zeros<const N: usize>() -> [AtomicU64; N] {
    std::array::from_fn(|_| AtomicU64::new(0))
}

impl AnswerTable {
    pub(crate) fn new() -> Self {
        let operations = std::iter::repeat_with(OperationAnswers::new).take(Operation::ALL.len() + 1).collect();
        Self { started: Instant::now(), operations, recent: RecentLatency::new() }
    }

    /// Counts the answer to a request that began at `started`.
    pub(crate) fn count(&self, operation: Option<Operation>, status: u16, started: Instant, elapsed: Duration) {
        let row = operation.map_or(Operation::ALL.len(), |operation| operation as usize);
        let Some(row) = self.operations.get(row) else { return };
        let status = usize::from(status.saturating_sub(FIRST_STATUS)).min(STATUSES - 1);
        let bucket = latency::bucket(elapsed);
        row.statuses[status].fetch_add(1, Ordering::Relaxed);
        row.times[bucket].fetch_add(1, Ordering::Relaxed);
        row.sum_us.fetch_add(elapsed.as_micros() as u64, Ordering::Relaxed);
        self.recent.add(bucket, (started + elapsed).saturating_duration_since(self.started));
    }

    /// Answers since the start by the first digit of their status.
    pub(crate) fn classes(&self) -> [u64; STATUS_CLASSES] {
        let mut classes = [0; STATUS_CLASSES];
        for (status, count) in self.operations.iter().flat_map(OperationAnswers::statuses) {
            let class = Some(usize::from(status / 100)).filter(|class| *class < STATUS_CLASSES);
            classes[class.unwrap_or(0)] += count;
        }
        classes
    }

    /// The times of all answers since the start.
    pub(crate) fn since_start(&self) -> LatencyCounts {
        let mut sum = [0; BUCKETS];
        for row in &self.operations {
            sum.iter_mut().zip(row.times()).for_each(|(sum, count)| *sum += count);
        }
        sum
    }

    /// The times of the answers of the last minute, and of up to ten seconds before it.
    pub(crate) fn last_minute(&self) -> LatencyCounts {
        self.recent.last_minute(self.started.elapsed())
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, &OperationAnswers)> {
        let names = Operation::ALL.iter().map(|operation| operation.name()).chain([UNKNOWN]);
        names.zip(&self.operations)
    }
}

impl fmt::Debug for AnswerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerTable").finish_non_exhaustive()
    }
}

#[derive(Debug, EncodeLabelSet)]
struct AnswerLabels {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

impl Collector for AnswerTable {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Answers by operation and status";
        let mut requests = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for (operation, row) in self.rows() {
            for (status, count) in row.statuses() {
                let labels = AnswerLabels { operation, status };
                requests.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
            }
        }
        let help = "Time until the head of the answer";
        let mut durations = encoder.encode_descriptor("http_request_seconds", help, None, MetricType::Histogram)?;
        for (operation, row) in self.rows() {
            let times = row.times();
            let count = latency::total(&times);
            if count > 0 {
                let sum = row.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
                let none: Option<&HashMap<usize, Exemplar<NoLabelSet, f64>>> = None;
                let label = OperationLabel { operation };
                durations.encode_family(&label)?.encode_histogram(sum, count, &duration_buckets(&times), none)?;
            }
        }
        Ok(())
    }
}

/// The counts of each bucket of the duration histogram under its upper bound in seconds; the last one has none.
fn duration_buckets(times: &LatencyCounts) -> Vec<(f64, u64)> {
    let bounds = DURATION_BOUNDS_US.into_iter().map(|bound| (bound as f64 / 1e6, latency::first_bucket_from(bound)));
    let mut from = 0;
    let bounds = bounds.chain([(f64::INFINITY, BUCKETS)]);
    bounds.map(|(bound, to)| (bound, times[std::mem::replace(&mut from, to)..to].iter().sum())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::{encoding::text::encode, registry::Registry};
    use std::sync::Arc;

    #[test]
    fn every_operation_has_its_row() {
        for (place, operation) in Operation::ALL.iter().enumerate() {
            assert_eq!(*operation as usize, place, "{operation}");
        }
    }

    #[test]
    fn a_bound_of_the_histogram_is_one_of_the_finer_counts() {
        for bound in DURATION_BOUNDS_US {
            assert_eq!(latency::lower_us(latency::first_bucket_from(bound)), bound);
        }
    }

    #[test]
    fn an_answer_is_on_every_page() {
        let table = Arc::new(AnswerTable::new());
        let count = |operation, status, us| table.count(operation, status, Instant::now(), Duration::from_micros(us));
        count(Some(Operation::GetObject), 200, 400);
        count(Some(Operation::GetObject), 200, 3_000_000);
        count(None, 403, 600);
        count(None, 999, 600);
        assert_eq!(table.classes(), [0, 0, 2, 0, 1, 1]);
        assert_eq!(latency::total(&table.since_start()), 4);
        assert_eq!(latency::total(&table.last_minute()), 4);
        let mut registry = Registry::default();
        registry.register_collector(Box::new(table.clone()));
        let mut page = String::new();
        encode(&mut page, &registry).unwrap();
        for line in [
            "http_requests_total{operation=\"GetObject\",status=\"200\"} 2",
            "http_requests_total{operation=\"unknown\",status=\"403\"} 1",
            "http_requests_total{operation=\"unknown\",status=\"599\"} 1",
            "http_request_seconds_sum{operation=\"GetObject\"} 3.0004",
            "http_request_seconds_count{operation=\"GetObject\"} 2",
            "http_request_seconds_bucket{le=\"0.000512\",operation=\"GetObject\"} 1",
            "http_request_seconds_bucket{le=\"2.62144\",operation=\"GetObject\"} 1",
            "http_request_seconds_bucket{le=\"10.48576\",operation=\"GetObject\"} 2",
            "http_request_seconds_bucket{le=\"+Inf\",operation=\"GetObject\"} 2",
            "http_request_seconds_bucket{le=\"0.000512\",operation=\"unknown\"} 0",
            "http_request_seconds_bucket{le=\"0.001024\",operation=\"unknown\"} 2",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
        }
        assert!(!page.contains("PutObject"), "what was never asked for has no lines");
    }
}
