//! Pacing of bytes. A debt is allowed: a piece of a body is taken first and waited for afterwards, whatever its size.
//!
//! The `governor` crate, which limits fetches, has no such debt: it refuses more than one burst at a time, counts in 32
//! bits, and its quota cannot change while a caller waits.

use std::time::{Duration, Instant};

/// Size of a burst after a pause, in seconds of the rate.
const BURST_SECONDS: f64 = 1.0;

/// The tokens left; they refill with time. A level below zero is a debt.
#[derive(Debug)]
pub struct TokenBucket {
    /// Tokens per second; `None` for no limit.
    rate: Option<u64>,
    level: f64,
    refilled: Instant,
}

impl TokenBucket {
    /// A bucket that is full.
    pub fn new(rate: Option<u64>, now: Instant) -> Self {
        Self { rate, level: Self::capacity(rate), refilled: now }
    }

    /// A bucket that is empty: what is taken first is waited for, too.
    pub fn without_burst(rate: u64, now: Instant) -> Self {
        Self { rate: Some(rate), level: 0.0, refilled: now }
    }

    fn capacity(rate: Option<u64>) -> f64 {
        rate.map_or(0.0, |rate| rate as f64 * BURST_SECONDS)
    }

    /// Changes the rate. The use under the old rate still counts; where there was no limit, the bucket starts full.
    pub fn set_rate(&mut self, rate: Option<u64>, now: Instant) {
        self.refill(now);
        let capacity = Self::capacity(rate);
        self.level = if self.rate.is_some() { self.level.min(capacity) } else { capacity };
        (self.rate, self.refilled) = (rate, now);
    }

    fn refill(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.level = (self.level + elapsed * rate as f64).min(Self::capacity(self.rate));
        self.refilled = now;
    }

    /// Takes the tokens in any case and returns how long to wait for them.
    pub fn take(&mut self, count: u64, now: Instant) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        self.refill(now);
        self.level -= count as f64;
        if self.level >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.level / rate as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_above_the_rate_are_a_debt_to_wait_for() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(Some(1000), start);
        assert_eq!(bucket.take(1000, start), Duration::ZERO);
        assert_eq!(bucket.take(500, start), Duration::from_millis(500));
        assert_eq!(bucket.take(500, start), Duration::from_secs(1));
        assert_eq!(bucket.take(0, start + Duration::from_secs(1)), Duration::ZERO);
        bucket.set_rate(None, start);
        assert_eq!(bucket.take(u64::MAX, start), Duration::ZERO);
        let mut empty = TokenBucket::without_burst(1000, start);
        assert_eq!(empty.take(500, start), Duration::from_millis(500));
    }

    #[test]
    fn a_debt_outlives_a_change_of_the_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(Some(10), start);
        assert_eq!(bucket.take(10, start), Duration::ZERO);
        bucket.set_rate(Some(20), start);
        assert_eq!(bucket.take(1, start), Duration::from_millis(50));
        bucket.set_rate(Some(10), start);
        assert_eq!(bucket.take(19, start), Duration::from_secs(2));
    }
}
