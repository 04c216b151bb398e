//! How much each bucket may fetch: too many fetches are refused, too many bytes are waited for.

use coho_model::{BucketId, BucketRecord, MirrorLimit, MirrorLimits};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most buckets and rules whose use is remembered; then those are forgotten that no fetch holds.
const MAX_METERS: usize = 4096;
/// Longest wait before the limits are looked at again.
const MAX_WAIT: Duration = Duration::from_millis(250);
/// So many seconds' worth may be used at once behind a pause.
const BURST_SECONDS: f64 = 1.0;

/// By bucket, and by rule.
type Table = HashMap<(BucketId, Option<u32>), Arc<Meter>>;

/// The use of all buckets.
#[derive(Debug)]
pub(crate) struct Limits {
    region: String,
    meters: Mutex<Table>,
}

/// What one rule of a bucket may use: what the bucket has left, and what it has left itself.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    bucket: Arc<Meter>,
    rule: Option<Arc<Meter>>,
}

/// The use of one bucket, or of one of its rules.
#[derive(Debug)]
struct Meter(Mutex<State>);

#[derive(Debug)]
struct State {
    fetches: Pot,
    bytes: Pot,
}

/// What may still be used; it fills up with time. Below zero it is a debt.
#[derive(Debug)]
struct Pot {
    rate: Option<u64>,
    level: f64,
    at: Instant,
}

impl Limits {
    pub(crate) fn new(region: String) -> Self {
        Self { region, meters: Mutex::default() }
    }

    /// The limits in force, per second.
    pub(crate) fn effective(&self, limits: MirrorLimits) -> (Option<u64>, Option<u64>) {
        (limits.effective_qps(&self.region), limits.effective_bandwidth(&self.region))
    }

    /// The bucket's limits have changed: they are in force at once, for fetches that run too.
    pub(crate) fn changed(&self, bucket: &BucketRecord) {
        let now = Instant::now();
        let (qps, bandwidth) = self.effective(bucket.mirror.limits);
        self.meters(bucket, None).bucket.set(qps, bandwidth, now);
        for rule in bucket.mirror.rule_limits.keys() {
            self.meters(bucket, Some(*rule));
        }
        for ((_, rule), meter) in self.lock().iter().filter(|((id, _), _)| *id == bucket.id) {
            if let Some(rule) = rule {
                let (qps, bandwidth) = of_rule(bucket, *rule);
                meter.set(qps, bandwidth, now);
            }
        }
    }

    /// What a rule of the bucket may use. A meter that is there keeps its limits: a request may have read the record
    /// before they changed.
    pub(crate) fn meters(&self, bucket: &BucketRecord, rule: Option<u32>) -> Meters {
        let now = Instant::now();
        let mut meters = self.lock();
        if meters.len() >= MAX_METERS {
            meters.retain(|_, meter| Arc::strong_count(meter) > 1);
        }
        let mut meter = |rule: Option<u32>, (qps, bandwidth)| {
            let new = || Arc::new(Meter::new(qps, bandwidth, now));
            meters.entry((bucket.id, rule)).or_insert_with(new).clone()
        };
        let of_bucket = meter(None, self.effective(bucket.mirror.limits));
        // Also for a rule that has no limits: it may get some while a fetch runs.
        Meters { bucket: of_bucket, rule: rule.map(|number| meter(rule, of_rule(bucket, number))) }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The limits of a rule by itself: OSS has none.
fn of_rule(bucket: &BucketRecord, rule: u32) -> (Option<u64>, Option<u64>) {
    let of = |limit| match limit {
        MirrorLimit::Default | MirrorLimit::None => None,
        MirrorLimit::PerSecond(limit) => Some(limit),
    };
    bucket.mirror.rule_limits.get(&rule).map_or((None, None), |limits| (of(limits.qps), of(limits.bandwidth)))
}

impl Meters {
    /// Whether one more fetch may begin now.
    pub(crate) fn admit(&self) -> bool {
        self.rule.as_ref().is_none_or(|rule| rule.admit()) && self.bucket.admit()
    }

    /// Whether the next bytes have to wait.
    pub(crate) fn is_used_up(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.is_used_up()) || self.bucket.is_used_up()
    }

    /// Waits until so many bytes more are within the bandwidth.
    pub(crate) async fn pace(&self, bytes: usize) {
        if bytes == 0 {
            // What others have used up is theirs to wait for.
            return;
        }
        if let Some(rule) = &self.rule {
            rule.pace(bytes).await;
        }
        self.bucket.pace(bytes).await;
    }
}

impl Meter {
    fn new(qps: Option<u64>, bandwidth: Option<u64>, now: Instant) -> Self {
        Self(Mutex::new(State { fetches: Pot::new(qps, now), bytes: Pot::new(bandwidth, now) }))
    }

    fn set(&self, qps: Option<u64>, bandwidth: Option<u64>, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.fetches.set(qps, now);
        state.bytes.set(bandwidth, now);
    }

    /// Whether one more fetch may begin now.
    fn admit(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fetches.take_one(Instant::now())
    }

    fn is_used_up(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes.take(0, Instant::now()).is_zero()
    }

    /// Waits until so many bytes more are within the bandwidth.
    async fn pace(&self, bytes: usize) {
        let mut bytes = bytes as u64;
        loop {
            let wait = self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes.take(bytes, Instant::now());
            if wait.is_zero() {
                return;
            }
            bytes = 0;
            // The limit may change meanwhile.
            tokio::time::sleep(wait.min(MAX_WAIT)).await;
        }
    }
}

impl Pot {
    fn new(rate: Option<u64>, now: Instant) -> Self {
        Self { rate, level: Self::most(rate), at: now }
    }

    fn most(rate: Option<u64>) -> f64 {
        // At least one, or a fetch could never begin.
        rate.map_or(0.0, |rate| (rate as f64 * BURST_SECONDS).max(1.0))
    }

    fn set(&mut self, rate: Option<u64>, now: Instant) {
        self.fill(now);
        // What was used under the old limit stays used, also where there was none.
        self.level = if self.rate.is_some() { self.level.min(Self::most(rate)) } else { Self::most(rate) };
        (self.rate, self.at) = (rate, now);
    }

    fn fill(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + elapsed * rate as f64).min(Self::most(self.rate));
        self.at = now;
    }

    fn take_one(&mut self, now: Instant) -> bool {
        if self.rate.is_none() {
            return true;
        }
        self.fill(now);
        let enough = self.level >= 1.0;
        if enough {
            self.level -= 1.0;
        }
        enough
    }

    /// Takes it in any case, and says how long to wait for it.
    fn take(&mut self, count: u64, now: Instant) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        self.fill(now);
        self.level -= count as f64;
        if self.level >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.level / rate as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pot_gives_a_burst_and_then_its_rate() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut pot = Pot::new(Some(10), start);
        let taken = |pot: &mut Pot, ms| (0..100).filter(|_| pot.take_one(after(ms))).count();
        assert_eq!(taken(&mut pot, 0), 10);
        assert_eq!(taken(&mut pot, 50), 0);
        assert_eq!(taken(&mut pot, 500), 5);
        assert_eq!(taken(&mut pot, 60_000), 10, "never more than a burst");
        assert_eq!(taken(&mut Pot::new(None, start), 0), 100);
    }

    #[test]
    fn bytes_above_the_rate_are_a_debt_that_is_waited_for() {
        let start = Instant::now();
        let mut pot = Pot::new(Some(1000), start);
        assert_eq!(pot.take(1000, start), Duration::ZERO);
        assert_eq!(pot.take(500, start), Duration::from_millis(500));
        assert_eq!(pot.take(500, start), Duration::from_secs(1));
        assert_eq!(pot.take(0, start + Duration::from_secs(1)), Duration::ZERO);
        pot.set(None, start);
        assert_eq!(pot.take(u64::MAX, start), Duration::ZERO);
    }

    #[test]
    fn another_limit_is_no_new_burst() {
        let start = Instant::now();
        let mut pot = Pot::new(Some(10), start);
        (0..10).for_each(|_| assert!(pot.take_one(start)));
        pot.set(Some(20), start);
        assert!(!pot.take_one(start));
        assert!(pot.take_one(start + Duration::from_millis(50)));
        pot.set(Some(10), start);
        assert_eq!(pot.take(20, start), Duration::from_secs(2), "a debt stays");
    }
}
