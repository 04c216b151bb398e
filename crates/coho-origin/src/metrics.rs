//! Metrics of fetches by bucket and rule.

use coho_model::{BucketId, BucketRecord};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Most pairs of a bucket and a rule with metrics of their own; further pairs share one.
const MAX_SERIES: usize = 4096;
/// Bucket bounds of the histograms, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabels {
    bucket: String,
    /// Empty for requests without a rule.
    rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    bucket: String,
    rule: String,
    outcome: &'static str,
}

/// By bucket and rule; `None` for requests without a rule.
type MetricsTable = HashMap<(BucketId, Option<u32>), Arc<RuleMetrics>>;
type FetchDurations = Family<RuleLabels, Histogram, fn() -> Histogram>;

/// The metrics of all fetches.
#[derive(Debug)]
pub struct MirrorMetrics {
    rules: Mutex<MetricsTable>,
    first_byte: FetchDurations,
    seconds: FetchDurations,
}

/// The metrics of one rule of one bucket.
#[derive(Debug)]
pub(crate) struct RuleMetrics {
    labels: RuleLabels,
    outcomes: Mutex<BTreeMap<&'static str, u64>>,
    bytes: AtomicU64,
    first_byte: Histogram,
    seconds: Histogram,
}

impl Default for MirrorMetrics {
    fn default() -> Self {
        let durations = || FetchDurations::new_with_constructor(|| Histogram::new(BOUNDS));
        Self { rules: Mutex::default(), first_byte: durations(), seconds: durations() }
    }
}

impl MirrorMetrics {
    /// The metrics of a rule, or of a bucket for requests without a rule.
    pub(crate) fn of(&self, bucket: &BucketRecord, rule: Option<u32>) -> Arc<RuleMetrics> {
        let mut rules = self.lock();
        if let Some(metrics) = rules.get(&(bucket.id, rule)) {
            return metrics.clone();
        }
        let is_full = rules.len() >= MAX_SERIES;
        // No bucket has this id or this name.
        let id = if is_full { (BucketId(-1), None) } else { (bucket.id, rule) };
        let new = || {
            let name = if is_full { "(others)" } else { bucket.name.as_str() };
            let rule = rule.filter(|_| !is_full).map_or_else(String::new, |rule| rule.to_string());
            let labels = RuleLabels { bucket: name.to_owned(), rule };
            Arc::new(RuleMetrics {
                outcomes: Mutex::default(),
                bytes: AtomicU64::new(0),
                first_byte: self.first_byte.get_or_create(&labels).clone(),
                seconds: self.seconds.get_or_create(&labels).clone(),
                labels,
            })
        };
        rules.entry(id).or_insert_with(new).clone()
    }

    /// The name of a bucket with metrics of its own.
    pub fn name(&self, bucket: BucketId) -> Option<String> {
        self.lock().iter().find(|((id, _), _)| *id == bucket).map(|(_, rule)| rule.labels.bucket.clone())
    }

    /// The outcomes of a rule of a bucket; without a rule, of all of the bucket.
    pub fn outcomes(&self, bucket: BucketId, rule: Option<u32>) -> BTreeMap<&'static str, u64> {
        let mut outcomes = BTreeMap::new();
        let is_meant = |(id, number): &(BucketId, Option<u32>)| *id == bucket && (rule.is_none() || *number == rule);
        for (_, metrics) in self.lock().iter().filter(|(id, _)| is_meant(id)) {
            for (outcome, count) in metrics.outcomes().iter() {
                *outcomes.entry(*outcome).or_default() += count;
            }
        }
        outcomes
    }

    /// The buckets with metrics.
    pub fn buckets(&self) -> BTreeSet<String> {
        self.lock().values().map(|rule| rule.labels.bucket.clone()).collect()
    }

    /// All outcomes, summed over buckets and rules.
    pub fn totals(&self) -> BTreeMap<&'static str, u64> {
        let mut totals = BTreeMap::new();
        for rule in self.lock().values() {
            for (outcome, count) in rule.outcomes().iter() {
                *totals.entry(*outcome).or_default() += count;
            }
        }
        totals
    }

    /// Registers all metrics.
    pub fn register(&self, registry: &mut Registry) {
        let (outcomes, bytes) = (Family::<OutcomeLabels, Counter>::default(), Family::<RuleLabels, Counter>::default());
        for rule in self.lock().values() {
            let RuleLabels { bucket, rule: number } = &rule.labels;
            for (outcome, count) in rule.outcomes().iter() {
                let labels = OutcomeLabels { bucket: bucket.clone(), rule: number.clone(), outcome };
                outcomes.get_or_create(&labels).inc_by(*count);
            }
            bytes.get_or_create(&rule.labels).inc_by(rule.bytes.load(Ordering::Relaxed));
        }
        registry.register("mirror_outcomes", "Outcomes of requests for objects of buckets with mirror rules", outcomes);
        registry.register("mirror_origin_bytes", "Body bytes received from origins", bytes);
        let first = "Seconds from the miss to the first bytes of the body";
        registry.register("mirror_first_byte_seconds", first, self.first_byte.clone());
        registry.register("mirror_fetch_seconds", "Seconds from the miss to the stored object", self.seconds.clone());
    }

    fn lock(&self) -> MutexGuard<'_, MetricsTable> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RuleMetrics {
    pub(crate) fn count(&self, outcome: &'static str) {
        *self.outcomes().entry(outcome).or_default() += 1;
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn first_byte(&self, after: Duration) {
        self.first_byte.observe(after.as_secs_f64());
    }

    pub(crate) fn stored(&self, after: Duration) {
        self.seconds.observe(after.as_secs_f64());
    }

    fn outcomes(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
