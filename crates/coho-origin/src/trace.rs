//! The attempts of a fetch, for its log line and for the list of failed fetches.

use crate::{MirrorFailure, origins::name_of};
use http::Uri;
use std::{
    fmt,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Most attempts in a log line; further ones are only counted.
const MAX_ATTEMPTS: usize = 24;
/// Longest URL and longest text of an error of a reported attempt, in bytes.
const MAX_REPORTED_BYTES: usize = 512;

/// The attempts of one fetch.
#[derive(Debug)]
pub(crate) struct FetchTrace {
    started: Instant,
    attempts: Mutex<(Vec<TracedAttempt>, usize)>,
}

/// Where a request to an origin ended up.
#[derive(Debug, Default)]
pub(crate) struct AttemptPath {
    /// The URL that was requested last.
    pub(crate) uri: Option<Uri>,
    /// Number of redirects before it.
    pub(crate) redirects: usize,
    /// The address of the connection, if there was an answer.
    pub(crate) address: Option<SocketAddr>,
}

#[derive(Debug)]
struct TracedAttempt {
    origin: usize,
    from: u64,
    path: AttemptPath,
    outcome: Result<u16, MirrorFailure>,
    took: Duration,
}

/// An attempt of a failed fetch, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Index of the origin among the rule's.
    pub origin: usize,
    /// Offset of the first byte that was requested.
    pub from: u64,
    /// The URL that was requested last, without its query; at most 512 bytes of it.
    pub url: String,
    /// Number of redirects before it.
    pub redirects: usize,
    /// The address of the connection, if there was an answer.
    pub address: Option<SocketAddr>,
    /// The status, or the label and the text of the failure.
    pub outcome: Result<u16, (&'static str, String)>,
    /// Time until then.
    pub took: Duration,
}

impl FetchTrace {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), attempts: Mutex::default() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds a request for the bytes from an offset on to the origin of that index, with its outcome and the time until then.
    pub(crate) fn note(
        &self,
        origin: usize,
        from: u64,
        path: AttemptPath,
        outcome: Result<u16, &MirrorFailure>,
        took: Duration,
    ) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.1 += 1;
        if attempts.0.len() < MAX_ATTEMPTS {
            let outcome = outcome.map_err(MirrorFailure::clone);
            attempts.0.push(TracedAttempt { origin, from, path, outcome, took });
        }
    }

    /// The attempts, and how many more there were.
    pub(crate) fn attempts(&self) -> (Vec<FailedAttempt>, usize) {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        (attempts.0.iter().map(TracedAttempt::reported).collect(), attempts.1 - attempts.0.len())
    }
}

impl TracedAttempt {
    fn reported(&self) -> FailedAttempt {
        let AttemptPath { uri, redirects, address } = &self.path;
        let url = |uri: &Uri| cut(&(name_of(uri) + uri.path()));
        FailedAttempt {
            origin: self.origin,
            from: self.from,
            url: uri.as_ref().map(url).unwrap_or_default(),
            redirects: *redirects,
            address: *address,
            outcome: self.outcome.as_ref().copied().map_err(|failure| (failure.label(), cut(&failure.to_string()))),
            took: self.took,
        }
    }
}

/// At most [`MAX_REPORTED_BYTES`] of a text, as a copy: a longer text that is only truncated would keep its memory.
pub(crate) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_REPORTED_BYTES)].to_owned()
}

/// For example `0:200/3ms 0@1048576:unreachable/0ms 1@1048576:206/2ms`: the index of the origin, the offset of a
/// resumption, the outcome, and the time until then.
impl fmt::Display for FetchTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, TracedAttempt { origin, from, outcome, took, .. }) in attempts.0.iter().enumerate() {
            write!(f, "{}{origin}", if number > 0 { " " } else { "" })?;
            if *from > 0 {
                write!(f, "@{from}")?;
            }
            match outcome {
                Ok(status) => write!(f, ":{status}")?,
                Err(failure) => write!(f, ":{}", failure.label())?,
            }
            write!(f, "/{}ms", took.as_millis())?;
        }
        match attempts.1 - attempts.0.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_listed_in_order() {
        let trace = FetchTrace::new();
        let ms = Duration::from_millis;
        let note = |origin, from, outcome, took| trace.note(origin, from, AttemptPath::default(), outcome, took);
        note(0, 0, Ok(200), ms(3));
        note(0, 1000, Err(&MirrorFailure::Timeout), ms(10));
        note(1, 1000, Ok(206), ms(0));
        assert_eq!(trace.to_string(), "0:200/3ms 0@1000:timeout/10ms 1@1000:206/0ms");
        (0..40).for_each(|_| note(0, 0, Ok(503), ms(0)));
        assert!(trace.to_string().ends_with(" 0:503/0ms and 19 more"));
    }

    #[test]
    fn a_reported_attempt_shows_no_query_no_user_and_no_endless_text() {
        let trace = FetchTrace::new();
        let long = format!("http://user:secret@o.test:81/{}?token=secret", "é".repeat(600));
        for (uri, expected) in [
            ("http://user:secret@o.test/a/b?token=secret", "http://o.test/a/b"),
            ("https://o.test:8443", "https://o.test:8443/"),
            (&*long.replace('é', "x"), &*format!("http://o.test:81/{}", "x".repeat(MAX_REPORTED_BYTES - 17))),
        ] {
            let path = AttemptPath { uri: Some(uri.parse().unwrap()), redirects: 1, address: None };
            trace.note(0, 0, path, Err(&MirrorFailure::Unreachable("é".repeat(600).into())), Duration::ZERO);
            let reported = trace.attempts().0.pop().unwrap();
            assert_eq!((reported.url.as_str(), reported.redirects), (expected, 1));
            assert!(reported.url.capacity() <= MAX_REPORTED_BYTES, "{}", reported.url.capacity());
            let (label, text) = reported.outcome.unwrap_err();
            assert!(label == "unreachable" && text.len() <= MAX_REPORTED_BYTES && text.ends_with('é'), "{text}");
        }
    }
}
