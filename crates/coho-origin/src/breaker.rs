//! The circuit breaker of an origin: after failures, requests are refused for a pause, so that the origin can recover and clients
//! do not each wait for a timeout.
//!
//! One bad object must not make the others unavailable. Failures to connect concern the whole origin, and a number of them in a row
//! opens the breaker. A failure after connecting may concern its key alone: such failures open the breaker only if different
//! keys fail, and a key that fails again and again has a pause of its own.

use crate::MirrorFailure;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

/// Failures that open the breaker: consecutive ones to connect, or of different keys after connecting.
const FAILURES: usize = 10;
/// First pause before a probe; it doubles with each probe that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause before a probe.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Consecutive failures of one key after which it has a pause.
const KEY_FAILURES: u32 = 5;
/// Most failing keys of an origin in memory; above it, the keys without a pause are dropped, then all.
const MAX_FAILING_KEYS: usize = 1024;

/// A key as this origin knows it: the hash of path and query.
pub(crate) type KeyHash = u64;

/// Whether a failed request had a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailedStage {
    Connecting,
    Connected,
}

/// The outcomes of the last requests to one origin.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// Consecutive failures to connect.
    connect_failures: usize,
    /// Keys that failed after connecting, since the last success of any key.
    failed_keys: HashSet<KeyHash>,
    /// The pauses of single keys, which outlast the success of other keys.
    failing: HashMap<KeyHash, FailingKey>,
    last: Option<LastFailure>,
    open: Option<OpenCircuit>,
}

#[derive(Debug)]
struct LastFailure {
    failure: MirrorFailure,
    /// The key, if it may be the cause.
    key: Option<KeyHash>,
}

#[derive(Debug)]
struct FailingKey {
    failures: u32,
    last: MirrorFailure,
    until: Instant,
}

#[derive(Debug)]
struct OpenCircuit {
    since: Instant,
    until: Instant,
    pause: Duration,
    /// The key of the probe in progress.
    probe: Option<KeyHash>,
}

impl Breaker {
    /// Admits a request, or refuses it while the breaker is open or the key has a pause. After its own pause the breaker
    /// admits one request at a time as a probe. The key that failed last is not the probe: its failure would say nothing new about
    /// the origin, so it is admitted beside the probe.
    pub(crate) fn admit(&mut self, key: KeyHash, now: Instant) -> Result<(), MirrorFailure> {
        if let Some(failing) = self.failing.get(&key).filter(|failing| now < failing.until) {
            return Err(MirrorFailure::CircuitOpen(Arc::new(failing.last.clone())));
        }
        let failed_last = self.last.as_ref().is_some_and(|last| last.key == Some(key));
        match &mut self.open {
            None => Ok(()),
            Some(open) if now >= open.until && failed_last => Ok(()),
            Some(open) if now >= open.until && open.probe.is_none() => {
                open.probe = Some(key);
                Ok(())
            }
            Some(_) => {
                let last = self.last.as_ref().map_or(MirrorFailure::Timeout, |last| last.failure.clone());
                Err(MirrorFailure::CircuitOpen(Arc::new(last)))
            }
        }
    }

    /// The origin answered.
    pub(crate) fn answered(&mut self, key: KeyHash) {
        self.failing.remove(&key);
        *self = Self { failing: std::mem::take(&mut self.failing), ..Self::default() };
    }

    /// A request ended without an outcome of the origin's.
    pub(crate) fn abandoned(&mut self, key: KeyHash) {
        if let Some(open) = &mut self.open
            && open.probe == Some(key)
        {
            open.probe = None;
        }
    }

    pub(crate) fn failed(&mut self, key: KeyHash, stage: FailedStage, failure: MirrorFailure, now: Instant) {
        let is_news = match stage {
            FailedStage::Connecting => true,
            FailedStage::Connected => self.last.as_ref().is_none_or(|last| last.key != Some(key)),
        };
        let blamed = (stage == FailedStage::Connected).then_some(key);
        match stage {
            FailedStage::Connecting => self.connect_failures = self.connect_failures.saturating_add(1),
            FailedStage::Connected => {
                self.connect_failures = 0;
                if self.failed_keys.len() < FAILURES {
                    self.failed_keys.insert(key);
                }
                self.key_failed(key, &failure, now);
            }
        }
        self.last = Some(LastFailure { failure, key: blamed });
        match &mut self.open {
            Some(open) if open.probe == Some(key) || (now >= open.until && is_news) => {
                let pause = (open.pause * 2).min(LONGEST_PAUSE);
                *open = OpenCircuit { since: open.since, until: now + pause, pause, probe: None };
            }
            Some(_) => {}
            None if self.connect_failures >= FAILURES || self.failed_keys.len() >= FAILURES => {
                self.open = Some(OpenCircuit { since: now, until: now + FIRST_PAUSE, pause: FIRST_PAUSE, probe: None });
            }
            None => {}
        }
    }

    fn key_failed(&mut self, key: KeyHash, failure: &MirrorFailure, now: Instant) {
        if self.failing.len() >= MAX_FAILING_KEYS && !self.failing.contains_key(&key) {
            self.failing.retain(|_, failing| now < failing.until);
            if self.failing.len() >= MAX_FAILING_KEYS {
                self.failing.clear();
            }
        }
        let new = || FailingKey { failures: 0, last: failure.clone(), until: now };
        let failing = self.failing.entry(key).or_insert_with(new);
        failing.failures = failing.failures.saturating_add(1);
        failing.last = failure.clone();
        if let Some(doublings) = failing.failures.checked_sub(KEY_FAILURES) {
            let pause = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(doublings)).min(LONGEST_PAUSE);
            failing.until = now + pause;
        }
    }

    /// Forgets every failure, also those of single keys: the next request is sent.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Since when the breaker refuses requests.
    pub(crate) fn open_since(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.since)
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.failures() == 0 && self.failing.is_empty()
    }

    /// Failures since the last success, as far as they count.
    pub(crate) fn failures(&self) -> usize {
        self.connect_failures + self.failed_keys.len()
    }

    pub(crate) fn last_failure(&self) -> Option<&MirrorFailure> {
        self.last.as_ref().map(|last| &last.failure)
    }

    /// The state without the time: an open breaker is half-open only while a probe runs.
    pub(crate) fn position(&self) -> &'static str {
        match &self.open {
            None => "closed",
            Some(open) if open.probe.is_some() => "half-open",
            Some(_) => "open",
        }
    }

    /// Whether the breaker has opened and no probe has failed since.
    pub(crate) fn is_first_pause(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.pause == FIRST_PAUSE)
    }

    pub(crate) fn state(&self, now: Instant) -> &'static str {
        match &self.open {
            None => "closed",
            Some(open) if open.probe.is_some() || now >= open.until => "half-open",
            Some(_) => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailedStage::{Connected, Connecting};

    /// A breaker and a clock.
    struct Rig {
        breaker: Breaker,
        now: Instant,
    }

    impl Rig {
        fn start() -> Self {
            Self { breaker: Breaker::default(), now: Instant::now() }
        }

        fn advance(&mut self, ms: u64) {
            self.now += Duration::from_millis(ms);
        }

        fn admits(&mut self, key: KeyHash) -> bool {
            self.breaker.admit(key, self.now).is_ok()
        }

        fn fail(&mut self, key: KeyHash, stage: FailedStage) {
            self.breaker.failed(key, stage, MirrorFailure::Timeout, self.now);
        }

        fn state(&self) -> &'static str {
            self.breaker.state(self.now)
        }
    }

    #[test]
    fn failures_to_connect_open_the_breaker_and_one_probe_closes_it() {
        let mut rig = Rig::start();
        for failures in 0..FAILURES {
            assert!(rig.admits(1), "after {failures}");
            rig.fail(1, Connecting);
        }
        let refused = rig.breaker.admit(1, rig.now).expect_err("circuit open");
        assert!(matches!(refused, MirrorFailure::CircuitOpen(last) if matches!(*last, MirrorFailure::Timeout)));
        rig.advance(499);
        assert!(!rig.admits(1) && rig.state() == "open");
        rig.advance(1);
        assert!(rig.admits(1), "any key finds out whether a connection can be made");
        assert!(!rig.admits(2) && !rig.admits(1), "one probe at a time");
        assert_eq!(rig.state(), "half-open");
        // The probe fails: the pause doubles.
        rig.advance(100);
        rig.fail(1, Connecting);
        rig.advance(999);
        assert!(!rig.admits(2));
        rig.advance(1);
        assert!(rig.admits(2));
        // The probe is abandoned: the next request is one.
        rig.breaker.abandoned(2);
        assert!(rig.admits(3));
        rig.breaker.answered(3);
        assert!((0..100).all(|key| rig.admits(key)));
        assert_eq!((rig.state(), rig.breaker.is_healthy()), ("closed", true));
    }

    #[test]
    fn an_answer_resets_the_count_and_pauses_are_limited() {
        let mut rig = Rig::start();
        for stage in [Connecting, Connected] {
            for round in 0..3 {
                (1..FAILURES as u64).for_each(|key| rig.fail(round * 100 + key, stage));
                rig.breaker.answered(1);
            }
            assert!(rig.admits(1), "{stage:?}");
        }
        (0..FAILURES as u64).for_each(|key| rig.fail(1000 + key, Connecting));
        for key in 2000..2020 {
            rig.advance(LONGEST_PAUSE.as_millis() as u64);
            assert!(rig.admits(key));
            rig.fail(key, Connecting);
        }
    }

    #[test]
    fn one_key_that_fails_after_connecting_concerns_itself_alone() {
        let mut rig = Rig::start();
        for failures in 0..100 {
            if rig.admits(1) {
                rig.fail(1, Connected);
            } else {
                assert!(failures >= KEY_FAILURES);
            }
            assert!(rig.admits(2) && rig.state() == "closed", "after {failures}");
            rig.advance(200);
        }
        // Its own pause grows, and its first success ends it.
        assert!(rig.breaker.failing[&1].failures < 15);
        rig.advance(LONGEST_PAUSE.as_millis() as u64);
        assert!(rig.admits(1));
        rig.breaker.answered(1);
        assert!((0..KEY_FAILURES - 1).all(|_| {
            rig.fail(1, Connected);
            rig.admits(1)
        }));
    }

    #[test]
    fn different_keys_that_fail_open_the_breaker_and_the_last_of_them_is_no_probe() {
        let mut rig = Rig::start();
        let last = FAILURES as u64;
        (1..=last).for_each(|key| rig.fail(key, Connected));
        assert!(!rig.admits(last) && !rig.admits(100) && rig.state() == "open");
        rig.advance(500);
        // Its failure changes nothing, and does not take the place of the probe.
        assert!(rig.admits(last));
        rig.fail(last, Connected);
        assert!(rig.admits(100) && !rig.admits(101));
        rig.breaker.answered(100);
        assert_eq!(rig.state(), "closed");
    }

    #[test]
    fn a_reset_closes_the_breaker_and_ends_the_pauses_of_keys() {
        let mut rig = Rig::start();
        for key in 0..KEY_FAILURES as u64 + FAILURES as u64 {
            rig.fail(key, Connected);
            (0..KEY_FAILURES).for_each(|_| rig.fail(1, Connected));
        }
        let opened = rig.breaker.open_since();
        assert!(!rig.admits(1) && !rig.admits(2) && opened.is_some_and(|since| since <= rig.now));
        rig.breaker.reset();
        assert!(rig.admits(1) && rig.admits(2) && rig.breaker.is_healthy());
        assert_eq!((rig.state(), rig.breaker.open_since()), ("closed", None));
    }

    #[test]
    fn the_number_of_failing_keys_is_limited() {
        let mut rig = Rig::start();
        for key in 0..3 * MAX_FAILING_KEYS as u64 {
            rig.fail(key, Connected);
            rig.breaker.answered(u64::MAX);
            assert!(rig.breaker.failing.len() <= MAX_FAILING_KEYS);
        }
    }
}
