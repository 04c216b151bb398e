//! How often sign-ins may fail: for each client address, which is then locked out for a while, and for all together.
//!
//! Invariant: while a limit holds, no token is compared, so that an answer tells nothing of it.

use crate::memory::client_key;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Failures of one address within [`WINDOW`] that lock it out.
pub(super) const MAX_FAILURES: u32 = 10;
/// Failures of all addresses within [`WINDOW`] after which every sign-in waits for the end of the window. It also bounds the
/// table: an address comes in with a failure.
const MAX_ALL_FAILURES: u32 = 100;
/// The time in which failures are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// How long an address is locked out.
const LOCK_OUT: Duration = Duration::from_secs(5 * 60);
/// Most addresses of the table, beyond what the limit of all failures lets in during a lock-out.
const MAX_ADDRESSES: usize = 1024;

/// The failures of the last minutes.
#[derive(Debug, Default)]
pub(super) struct SignInLimit(Mutex<SignInFailures>);

#[derive(Debug, Default)]
struct SignInFailures {
    all: Option<Window>,
    /// By the address that tells clients apart: for IPv6 its network.
    addresses: HashMap<IpAddr, Window>,
}

/// Failures since a moment.
#[derive(Debug, Clone, Copy)]
struct Window {
    start: Instant,
    failures: u32,
    locked_until: Option<Instant>,
}

/// What became of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    Accepted,
    Wrong,
    /// The token is wrong, and the address is locked out from now on.
    LockedOut,
    /// A limit holds for this time.
    Wait(Duration),
}

impl Window {
    fn begin(now: Instant) -> Self {
        Self { start: now, failures: 0, locked_until: None }
    }

    /// When it may be forgotten.
    fn end(&self) -> Instant {
        self.locked_until.unwrap_or(self.start + WINDOW)
    }
}

impl SignInLimit {
    /// Compares a token if no limit holds.
    pub(super) fn attempt(&self, address: IpAddr, now: Instant, is_right: impl FnOnce() -> bool) -> Attempt {
        let address = client_key(address);
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wait) = failures.wait(address, now) {
            return Attempt::Wait(wait);
        }
        if is_right() {
            failures.addresses.remove(&address);
            return Attempt::Accepted;
        }
        failures.count(address, now)
    }
}

impl SignInFailures {
    /// How long the address must wait.
    fn wait(&mut self, address: IpAddr, now: Instant) -> Option<Duration> {
        self.all = self.all.filter(|all| all.end() > now);
        self.addresses.retain(|_, window| window.end() > now);
        let of_all = self.all.filter(|all| all.failures >= MAX_ALL_FAILURES).map(|all| all.end());
        let is_full = self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&address);
        let of_table = is_full.then_some(now + WINDOW);
        let of_address = self.addresses.get(&address).and_then(|window| window.locked_until);
        let until = of_all.max(of_table).max(of_address)?;
        Some(until.saturating_duration_since(now))
    }

    fn count(&mut self, address: IpAddr, now: Instant) -> Attempt {
        self.all.get_or_insert_with(|| Window::begin(now)).failures += 1;
        let window = self.addresses.entry(address).or_insert_with(|| Window::begin(now));
        window.failures += 1;
        if window.failures < MAX_FAILURES {
            return Attempt::Wrong;
        }
        window.locked_until = Some(now + LOCK_OUT);
        Attempt::LockedOut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_locked_out_after_its_failures_even_with_the_right_token() {
        let (limit, start) = (SignInLimit::default(), Instant::now());
        let attempt = |client: &str, at: Duration, right| limit.attempt(address(client), start + at, || right);
        let second = Duration::from_secs(1);
        for number in 1..MAX_FAILURES {
            assert_eq!(attempt("10.0.0.1", second * number, false), Attempt::Wrong);
        }
        assert_eq!(attempt("10.0.0.2", second * 11, false), Attempt::Wrong);
        assert_eq!(attempt("10.0.0.1", second * 12, false), Attempt::LockedOut);
        assert_eq!(attempt("10.0.0.1", second * 13, true), Attempt::Wait(LOCK_OUT - second));
        assert_eq!(attempt("::ffff:10.0.0.1", second * 13, true), Attempt::Wait(LOCK_OUT - second));
        assert_eq!(attempt("10.0.0.2", second * 13, true), Attempt::Accepted);
        assert_eq!(attempt("10.0.0.1", second * 12 + LOCK_OUT, true), Attempt::Accepted);
    }

    #[test]
    fn failures_far_apart_and_before_a_success_lock_nobody_out() {
        let (limit, start) = (SignInLimit::default(), Instant::now());
        for number in 0..5 * MAX_FAILURES {
            let at = start + WINDOW * number / (MAX_FAILURES - 2);
            assert_eq!(limit.attempt(address("10.0.0.1"), at, || false), Attempt::Wrong, "{number}");
        }
        let limit = SignInLimit::default();
        for number in 0..5 * MAX_FAILURES {
            let is_right = number % 5 == 4;
            let expected = if is_right { Attempt::Accepted } else { Attempt::Wrong };
            assert_eq!(limit.attempt(address("10.0.0.1"), start, || is_right), expected);
        }
    }

    #[test]
    fn all_addresses_together_have_a_limit_and_no_token_is_compared_beyond_it() {
        let (limit, start) = (SignInLimit::default(), Instant::now());
        for number in 0..MAX_ALL_FAILURES {
            let client = address(&format!("10.0.{number}.1"));
            assert_eq!(limit.attempt(client, start, || false), Attempt::Wrong);
        }
        let waits = limit.attempt(address("10.9.9.9"), start, || panic!("a token was compared"));
        assert_eq!(waits, Attempt::Wait(WINDOW));
        assert_eq!(limit.attempt(address("10.9.9.9"), start + WINDOW, || true), Attempt::Accepted);
        assert!(limit.0.lock().unwrap().addresses.is_empty());
    }
}
