//! The attempts of a fetch, for its log line.

use crate::MirrorFailure;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Most attempts in a log line; further ones are only counted.
const MAX_ATTEMPTS: usize = 24;

/// The attempts of one fetch.
#[derive(Debug)]
pub(crate) struct FetchTrace {
    started: Instant,
    attempts: Mutex<(Vec<TracedAttempt>, usize)>,
}

#[derive(Debug)]
struct TracedAttempt {
    origin: usize,
    from: u64,
    outcome: Result<u16, &'static str>,
    took: Duration,
}

impl FetchTrace {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), attempts: Mutex::default() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds a request for the bytes from an offset on to the origin of that index, with its outcome and the time until then.
    pub(crate) fn note(&self, origin: usize, from: u64, outcome: Result<u16, &MirrorFailure>, took: Duration) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.1 += 1;
        if attempts.0.len() < MAX_ATTEMPTS {
            let outcome = outcome.map_err(MirrorFailure::label);
            attempts.0.push(TracedAttempt { origin, from, outcome, took });
        }
    }
}

/// For example `0:200/3ms 0@1048576:unreachable/0ms 1@1048576:206/2ms`: the index of the origin, the offset of a
/// resumption, the outcome, and the time until then.
impl fmt::Display for FetchTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, TracedAttempt { origin, from, outcome, took }) in attempts.0.iter().enumerate() {
            write!(f, "{}{origin}", if number > 0 { " " } else { "" })?;
            if *from > 0 {
                write!(f, "@{from}")?;
            }
            match outcome {
                Ok(status) => write!(f, ":{status}")?,
                Err(label) => write!(f, ":{label}")?,
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
        trace.note(0, 0, Ok(200), ms(3));
        trace.note(0, 1000, Err(&MirrorFailure::Timeout), ms(10));
        trace.note(1, 1000, Ok(206), ms(0));
        assert_eq!(trace.to_string(), "0:200/3ms 0@1000:timeout/10ms 1@1000:206/0ms");
        (0..40).for_each(|_| trace.note(0, 0, Ok(503), ms(0)));
        assert!(trace.to_string().ends_with(" 0:503/0ms and 19 more"));
    }
}
