//! The limit of fetches per second, by the `governor` crate (GCRA): what exceeds it is refused, not delayed.

use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use std::num::NonZeroU32;

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, StateInformationMiddleware>;

/// Fetches that may start, with a burst of one second's worth after a pause.
#[derive(Debug)]
pub(crate) struct FetchRate<C: Clock + Clone = MonotonicClock> {
    clock: C,
    limit: Option<(NonZeroU32, Limiter<C>)>,
}

impl<C: Clock + Clone> FetchRate<C> {
    /// `per_second` is `None` for no limit.
    pub(crate) fn new(per_second: Option<u64>, clock: C) -> Self {
        let limit = per_second.map(|rate| limiter(rate, &clock));
        Self { clock, limit }
    }

    /// Changes the limit. Fetches that started under the old one still count, so that a change brings no new burst.
    pub(crate) fn set_rate(&mut self, per_second: Option<u64>) {
        let new = per_second.map(|rate| limiter(rate, &self.clock));
        if let (Some((old_rate, old)), Some((rate, limiter))) = (&self.limit, &new) {
            if old_rate == rate {
                return;
            }
            let left = old.check().map_or(0, |state| state.remaining_burst_capacity().saturating_add(1));
            if let Some(used) = NonZeroU32::new(rate.get().saturating_sub(left)) {
                // A full limiter admits any part of its burst.
                let _ = limiter.check_n(used);
            }
        }
        self.limit = new;
    }

    /// Whether one more fetch may start now; if so, it counts.
    pub(crate) fn admit(&self) -> bool {
        self.limit.as_ref().is_none_or(|(_, limiter)| limiter.check().is_ok())
    }
}

/// A limit is at least one per second; one above the 32 bits of the crate has the effect of no limit.
fn limiter<C: Clock + Clone>(per_second: u64, clock: &C) -> (NonZeroU32, Limiter<C>) {
    let rate = NonZeroU32::new(u32::try_from(per_second).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN);
    let limiter = RateLimiter::direct_with_clock(Quota::per_second(rate), clock.clone());
    (rate, limiter.with_middleware::<StateInformationMiddleware>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::time::Duration;

    fn admitted(rate: &FetchRate<FakeRelativeClock>) -> usize {
        (0..100).filter(|_| rate.admit()).count()
    }

    #[test]
    fn a_burst_is_one_second_and_then_the_rate_holds() {
        let clock = FakeRelativeClock::default();
        let rate = FetchRate::new(Some(10), clock.clone());
        for (advance_ms, expected) in [(0, 10), (50, 0), (450, 5), (60_000, 10)] {
            clock.advance(Duration::from_millis(advance_ms));
            assert_eq!(admitted(&rate), expected, "after {advance_ms} ms more");
        }
        assert_eq!(admitted(&FetchRate::new(None, clock.clone())), 100);
        assert_eq!(admitted(&FetchRate::new(Some(u64::MAX), clock)), 100);
    }

    #[test]
    fn another_limit_brings_no_new_burst() {
        let clock = FakeRelativeClock::default();
        let mut rate = FetchRate::new(Some(10), clock.clone());
        assert_eq!(admitted(&rate), 10);
        rate.set_rate(Some(20));
        assert!(!rate.admit());
        clock.advance(Duration::from_millis(50));
        assert!(rate.admit() && !rate.admit());
        // What is left of the old burst stays, as far as the new one has room for it.
        clock.advance(Duration::from_millis(400));
        rate.set_rate(Some(5));
        assert_eq!(admitted(&rate), 5);
        clock.advance(Duration::from_secs(1));
        assert!(rate.admit());
        rate.set_rate(Some(100));
        assert_eq!(admitted(&rate), 4);
        rate.set_rate(None);
        assert_eq!(admitted(&rate), 100);
        rate.set_rate(Some(3));
        assert_eq!(admitted(&rate), 3, "a first limit begins with its burst");
    }

    #[test]
    fn a_limit_set_again_keeps_its_use() {
        let mut rate = FetchRate::new(Some(10), FakeRelativeClock::default());
        (0..4).for_each(|_| assert!(rate.admit()));
        rate.set_rate(Some(10));
        assert_eq!(admitted(&rate), 6);
    }
}
