//! How much each bucket and each rule may fetch: fetches above the limit are refused, bytes above it are delayed.

use crate::{
    fetch_rate::FetchRate,
    used::{OriginUse, Used},
};
use coho_model::{BucketId, BucketRecord, MirrorLimit, MirrorLimits};
use coho_store::TokenBucket;
use governor::clock::MonotonicClock;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most buckets and rules with a limiter in memory; above it, the limiters that no fetch uses are dropped.
const MAX_LIMITERS: usize = 4096;
/// Longest wait for bandwidth before the limit is read again, since it may have changed.
const MAX_WAIT: Duration = Duration::from_millis(250);

/// By bucket, and by rule; no rule for the bucket's own limit.
type LimiterTable = HashMap<(BucketId, Option<u32>), Arc<RateLimiter>>;

/// The limiters of all buckets.
#[derive(Debug)]
pub(crate) struct RateLimits {
    region: String,
    limiters: Mutex<LimiterTable>,
}

/// The limiters of one fetch: its bucket's, and its rule's.
#[derive(Debug, Clone)]
pub(crate) struct FetchLimiters {
    bucket: Arc<RateLimiter>,
    rule: Option<Arc<RateLimiter>>,
}

/// The limits of one bucket or one rule, and their use.
#[derive(Debug)]
struct RateLimiter {
    fetches: Mutex<FetchRate>,
    bytes: Mutex<TokenBucket>,
    used: Mutex<Used>,
}

impl RateLimits {
    pub(crate) fn new(region: String) -> Self {
        Self { region, limiters: Mutex::default() }
    }

    /// The limits in force, per second.
    pub(crate) fn effective(&self, limits: MirrorLimits) -> (Option<u64>, Option<u64>) {
        (limits.effective_qps(&self.region), limits.effective_bandwidth(&self.region))
    }

    /// Applies the bucket's changed limits at once, also to running fetches.
    pub(crate) fn changed(&self, bucket: &BucketRecord) {
        let now = Instant::now();
        let (qps, bandwidth) = self.effective(bucket.mirror.limits);
        self.limiters(bucket, None).bucket.set_limits(qps, bandwidth, now);
        for rule in bucket.mirror.rule_limits.keys() {
            self.limiters(bucket, Some(*rule));
        }
        for ((_, rule), limiter) in self.lock().iter().filter(|((id, _), _)| *id == bucket.id) {
            if let Some(rule) = rule {
                let (qps, bandwidth) = limits_of_rule(bucket, *rule);
                limiter.set_limits(qps, bandwidth, now);
            }
        }
    }

    /// The limiters of a rule of the bucket. An existing limiter keeps its limits: the caller may have read the record before
    /// they changed.
    pub(crate) fn limiters(&self, bucket: &BucketRecord, rule: Option<u32>) -> FetchLimiters {
        let now = Instant::now();
        let mut limiters = self.lock();
        if limiters.len() >= MAX_LIMITERS {
            limiters.retain(|_, limiter| Arc::strong_count(limiter) > 1);
        }
        let mut limiter = |rule: Option<u32>, (qps, bandwidth)| {
            let new = || Arc::new(RateLimiter::new(qps, bandwidth, now));
            limiters.entry((bucket.id, rule)).or_insert_with(new).clone()
        };
        let of_bucket = limiter(None, self.effective(bucket.mirror.limits));
        // A rule without limits has a limiter too: it may get limits while a fetch runs.
        FetchLimiters { bucket: of_bucket, rule: rule.map(|number| limiter(rule, limits_of_rule(bucket, number))) }
    }

    /// What the bucket has used in the last seconds: all of it, and each rule that has fetched.
    pub(crate) fn used(&self, bucket: BucketId) -> (OriginUse, BTreeMap<u32, OriginUse>) {
        let now = Instant::now();
        let (mut all, mut rules) = (OriginUse::default(), BTreeMap::new());
        for ((_, rule), limiter) in self.lock().iter().filter(|((id, _), _)| *id == bucket) {
            let used = limiter.used().per_second(now);
            match rule {
                None => all = used,
                Some(rule) => drop(rules.insert(*rule, used)),
            }
        }
        (all, rules)
    }

    fn lock(&self) -> MutexGuard<'_, LimiterTable> {
        self.limiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The limits of a rule by itself, which OSS does not have.
fn limits_of_rule(bucket: &BucketRecord, rule: u32) -> (Option<u64>, Option<u64>) {
    let of = |limit| match limit {
        MirrorLimit::Default | MirrorLimit::None => None,
        MirrorLimit::PerSecond(limit) => Some(limit),
    };
    bucket.mirror.rule_limits.get(&rule).map_or((None, None), |limits| (of(limits.qps), of(limits.bandwidth)))
}

impl FetchLimiters {
    /// Whether one more fetch may start now; if so, it counts.
    pub(crate) fn admit(&self) -> bool {
        let is_admitted = self.rule.as_ref().is_none_or(|rule| rule.admit()) && self.bucket.admit();
        if is_admitted {
            self.note(1, 0);
        }
        is_admitted
    }

    /// Whether the next bytes have to wait.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.is_exhausted()) || self.bucket.is_exhausted()
    }

    /// Waits until this number of bytes more is within the bandwidth.
    pub(crate) async fn pace(&self, bytes: usize) {
        if bytes == 0 {
            // A debt that other fetches of the bucket made is theirs to wait for.
            return;
        }
        self.note(0, bytes as u64);
        if let Some(rule) = &self.rule {
            rule.pace(bytes).await;
        }
        self.bucket.pace(bytes).await;
    }

    fn note(&self, fetches: u64, bytes: u64) {
        let now = Instant::now();
        for limiter in self.rule.iter().chain([&self.bucket]) {
            limiter.used().note(now, fetches, bytes);
        }
    }
}

impl RateLimiter {
    fn new(qps: Option<u64>, bandwidth: Option<u64>, now: Instant) -> Self {
        Self {
            fetches: Mutex::new(FetchRate::new(qps, MonotonicClock)),
            bytes: Mutex::new(TokenBucket::new(bandwidth, now)),
            used: Mutex::default(),
        }
    }

    fn set_limits(&self, qps: Option<u64>, bandwidth: Option<u64>, now: Instant) {
        self.fetches().set_rate(qps);
        self.bytes().set_rate(bandwidth, now);
    }

    fn admit(&self) -> bool {
        self.fetches().admit()
    }

    fn is_exhausted(&self) -> bool {
        !self.bytes().take(0, Instant::now()).is_zero()
    }

    async fn pace(&self, bytes: usize) {
        let mut bytes = bytes as u64;
        loop {
            let wait = self.bytes().take(bytes, Instant::now());
            if wait.is_zero() {
                return;
            }
            bytes = 0;
            tokio::time::sleep(wait.min(MAX_WAIT)).await;
        }
    }

    fn fetches(&self) -> MutexGuard<'_, FetchRate> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes(&self) -> MutexGuard<'_, TokenBucket> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
