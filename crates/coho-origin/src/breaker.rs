//! The circuit breaker of an origin: after consecutive failures, requests are refused for a pause, so that the origin can recover
//! and clients do not each wait for a timeout.

use crate::MirrorFailure;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Consecutive failures that open the breaker.
const FAILURES: u32 = 10;
/// First pause before a probe; it doubles with each probe that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause before a probe.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The outcomes of the last requests to one origin.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    last: Option<MirrorFailure>,
    open: Option<OpenCircuit>,
}

#[derive(Debug)]
struct OpenCircuit {
    until: Instant,
    pause: Duration,
    /// A probe is in progress.
    probing: bool,
}

impl Breaker {
    /// Admits a request, or refuses it while the breaker is open. After the pause it admits one request as a probe.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), MirrorFailure> {
        match &mut self.open {
            None => Ok(()),
            Some(open) if !open.probing && now >= open.until => {
                open.probing = true;
                Ok(())
            }
            Some(_) => {
                let last = self.last.clone().unwrap_or(MirrorFailure::Timeout);
                Err(MirrorFailure::CircuitOpen(Arc::new(last)))
            }
        }
    }

    pub(crate) fn answered(&mut self) {
        *self = Self::default();
    }

    /// A request ended without an outcome of the origin's.
    pub(crate) fn abandoned(&mut self) {
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
                *open = OpenCircuit { until: now + pause, pause, probing: false };
            }
            Some(_) => {}
            None if self.failures >= FAILURES => {
                self.open = Some(OpenCircuit { until: now + FIRST_PAUSE, pause: FIRST_PAUSE, probing: false });
            }
            None => {}
        }
    }

    pub(crate) fn is_healthy(&self) -> bool {
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
    fn consecutive_failures_open_the_breaker_and_one_probe_closes_it() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut breaker = Breaker::default();
        for failures in 0..FAILURES {
            assert!(breaker.admit(start).is_ok(), "after {failures}");
            breaker.failed(MirrorFailure::Timeout, start);
        }
        let refused = breaker.admit(at(499)).expect_err("circuit open");
        assert!(matches!(refused, MirrorFailure::CircuitOpen(last) if matches!(*last, MirrorFailure::Timeout)));
        assert_eq!(breaker.state(at(499)), "open");
        assert!(breaker.admit(at(500)).is_ok());
        assert!(breaker.admit(at(500)).is_err(), "one probe at a time");
        assert_eq!(breaker.state(at(500)), "half-open");
        // The probe fails: the pause doubles.
        breaker.failed(MirrorFailure::Dns, at(600));
        assert!(breaker.admit(at(1599)).is_err() && breaker.admit(at(1600)).is_ok());
        // The probe is abandoned: the next request is one.
        breaker.abandoned();
        assert!(breaker.admit(at(1600)).is_ok());
        breaker.answered();
        assert!((0..100).all(|_| breaker.admit(at(1600)).is_ok()));
        assert_eq!((breaker.state(at(1600)), breaker.is_healthy()), ("closed", true));
    }

    #[test]
    fn an_answer_resets_the_count_and_pauses_are_limited() {
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
