//! A circuit breaker: an origin that fails again and again is left alone for a moment, so that it can recover and its
//! clients need not wait for a timeout each.

use crate::MirrorFailure;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Failures in a row after which an origin is left alone.
const FAILURES: u32 = 10;
/// First time for which it is; it doubles with each request that finds it still failing.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What the last requests to one origin met.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    last: Option<MirrorFailure>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    until: Instant,
    pause: Duration,
    /// One request has been let through to find out.
    probing: bool,
}

impl Breaker {
    /// Whether a request may be made.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), MirrorFailure> {
        match &mut self.open {
            None => Ok(()),
            Some(open) if !open.probing && now >= open.until => {
                open.probing = true;
                Ok(())
            }
            Some(_) => {
                let last = self.last.clone().unwrap_or(MirrorFailure::Timeout);
                Err(MirrorFailure::LeftAlone(Arc::new(last)))
            }
        }
    }

    pub(crate) fn answered(&mut self) {
        *self = Self::default();
    }

    /// A request ended without telling anything about the origin.
    pub(crate) fn given_up(&mut self) {
        if let Some(open) = &mut self.open {
            open.probing = false;
        }
    }

    pub(crate) fn failed(&mut self, failure: MirrorFailure, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.last = Some(failure);
        match &mut self.open {
            Some(open) if open.probing || now >= open.until => {
                let pause = (open.pause * 2).min(LONGEST_PAUSE);
                *open = Open { until: now + pause, pause, probing: false };
            }
            Some(_) => {}
            None if self.failures >= FAILURES => {
                self.open = Some(Open { until: now + FIRST_PAUSE, pause: FIRST_PAUSE, probing: false });
            }
            None => {}
        }
    }

    pub(crate) fn is_well(&self) -> bool {
        self.failures == 0
    }

    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    pub(crate) fn last_failure(&self) -> Option<&MirrorFailure> {
        self.last.as_ref()
    }

    pub(crate) fn state(&self, now: Instant) -> &'static str {
        match &self.open {
            None => "closed",
            Some(open) if open.probing || now >= open.until => "half-open",
            Some(_) => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_fails_is_left_alone_and_one_request_finds_out() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut breaker = Breaker::default();
        for failures in 0..FAILURES {
            assert!(breaker.admit(start).is_ok(), "after {failures}");
            breaker.failed(MirrorFailure::Timeout, start);
        }
        let refused = breaker.admit(at(499)).expect_err("it is left alone");
        assert!(matches!(refused, MirrorFailure::LeftAlone(last) if matches!(*last, MirrorFailure::Timeout)));
        assert_eq!(breaker.state(at(499)), "open");
        assert!(breaker.admit(at(500)).is_ok());
        assert!(breaker.admit(at(500)).is_err(), "one is enough");
        assert_eq!(breaker.state(at(500)), "half-open");
        // It finds nobody: the pause doubles, up to a limit.
        breaker.failed(MirrorFailure::Dns, at(600));
        assert!(breaker.admit(at(1599)).is_err() && breaker.admit(at(1600)).is_ok());
        // It is given up: the next one finds out.
        breaker.given_up();
        assert!(breaker.admit(at(1600)).is_ok());
        breaker.answered();
        assert!((0..100).all(|_| breaker.admit(at(1600)).is_ok()));
        assert_eq!((breaker.state(at(1600)), breaker.is_well()), ("closed", true));
    }

    #[test]
    fn an_answer_in_between_closes_it_and_pauses_have_a_limit() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            (1..FAILURES).for_each(|_| breaker.failed(MirrorFailure::Timeout, start));
            breaker.answered();
        }
        assert!(breaker.admit(start).is_ok());
        let mut now = start;
        (0..FAILURES).for_each(|_| breaker.failed(MirrorFailure::Timeout, start));
        for _ in 0..20 {
            now += LONGEST_PAUSE;
            assert!(breaker.admit(now).is_ok());
            breaker.failed(MirrorFailure::Timeout, now);
        }
    }
}
