//! Repeated failures of one origin: a line in the log at most once in a while, with the number of those between.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Shortest time between two lines about the same failure of the same origin.
const LINE_PERIOD: Duration = Duration::from_secs(10);
/// Most pairs of origin and failure that are told apart; beyond that every failure has its line.
const MAX_FAILURES: usize = 1024;

/// The failures of all origins.
#[derive(Debug, Default)]
pub(crate) struct FailureLog(Mutex<HashMap<(Box<str>, &'static str), RepeatedFailure>>);

#[derive(Debug)]
struct RepeatedFailure {
    /// When it had a line for the last time.
    logged: Instant,
    /// Failures since then.
    unlogged: u64,
}

impl FailureLog {
    /// How many failures had no line since the last one; `None` if this one is to have none either.
    pub(crate) fn admit(&self, origin: &str, label: &'static str, now: Instant) -> Option<u64> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_FAILURES {
            failures.retain(|_, failure| now.saturating_duration_since(failure.logged) < LINE_PERIOD);
        }
        let has_room = failures.len() < MAX_FAILURES;
        match failures.get_mut(&(origin.into(), label)) {
            Some(failure) if now.saturating_duration_since(failure.logged) < LINE_PERIOD => {
                failure.unlogged += 1;
                None
            }
            Some(failure) => {
                failure.logged = now;
                Some(std::mem::take(&mut failure.unlogged))
            }
            None => {
                if has_room {
                    failures.insert((origin.into(), label), RepeatedFailure { logged: now, unlogged: 0 });
                }
                Some(0)
            }
        }
    }
}

/// Scheme, host and port of a URL.
pub(crate) fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_failure_has_a_line_in_each_period_with_the_number_between() {
        let (log, start) = (FailureLog::default(), Instant::now());
        let admit = |origin, label, seconds| log.admit(origin, label, start + Duration::from_secs(seconds));
        for (origin, label, seconds, expected) in [
            ("http://a", "timeout", 0, Some(0)),
            ("http://a", "timeout", 1, None),
            ("http://a", "timeout", 9, None),
            ("http://b", "timeout", 9, Some(0)),
            ("http://a", "dns", 9, Some(0)),
            ("http://a", "timeout", 10, Some(2)),
            ("http://a", "timeout", 19, None),
            ("http://a", "timeout", 100, Some(1)),
        ] {
            assert_eq!(admit(origin, label, seconds), expected, "{origin} {label} {seconds}");
        }
    }

    #[test]
    fn failures_are_bounded_and_old_ones_go() {
        let (log, start) = (FailureLog::default(), Instant::now());
        for number in 0..=MAX_FAILURES {
            assert_eq!(log.admit(&number.to_string(), "dns", start), Some(0));
        }
        assert_eq!(log.0.lock().unwrap().len(), MAX_FAILURES);
        log.admit("another", "dns", start + LINE_PERIOD);
        assert_eq!(log.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn an_origin_is_the_url_up_to_its_path() {
        for (url, expected) in [("http://a:1/x", "http://a:1"), ("https://a", "https://a"), ("http://a?q", "http://a")]
        {
            assert_eq!(origin_of(url), expected);
        }
    }
}
