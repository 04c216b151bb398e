//! Log lines about requests that are refused or held up before a fetch starts. Thousands may be within a second, so each
//! reason has one line in a while, with the number of requests since the last one.

use crate::{FetchRequest, MirrorFailure, repeated_lines::RepeatedLines};
use std::time::{Duration, Instant};

/// Time between two lines for the same reason.
const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// The last line of each reason.
#[derive(Debug)]
pub(crate) struct RefusalLog(RepeatedLines<&'static str>);

impl Default for RefusalLog {
    fn default() -> Self {
        Self(RepeatedLines::new(LINE_INTERVAL))
    }
}

impl RefusalLog {
    /// Logs a request that is refused.
    pub(crate) fn refused(&self, request: &FetchRequest, failure: &MirrorFailure) {
        let Some(requests) = self.due(failure.label(), Instant::now()) else { return };
        tracing::warn!(
            bucket.name = request.bucket.name.as_str(),
            object.key = request.key.as_str(),
            rule = request.rule_number,
            outcome = failure.label(),
            requests,
            error = failure as &dyn std::error::Error,
            "fetches refused"
        );
    }

    /// Logs a request that waits for the durability backlog.
    pub(crate) fn delayed(&self, request: &FetchRequest) {
        let Some(requests) = self.due("backlog", Instant::now()) else { return };
        tracing::warn!(
            bucket.name = request.bucket.name.as_str(),
            outcome = "backlog",
            requests,
            "fetches wait: the disk persists fetched objects more slowly than they arrive"
        );
    }

    /// Logs a request for a range ahead that waits for another one of its object to end.
    pub(crate) fn ahead_waits(&self, request: &FetchRequest, outcome: &'static str) {
        let Some(requests) = self.due(outcome, Instant::now()) else { return };
        tracing::warn!(
            bucket.name = request.bucket.name.as_str(),
            object.key = request.key.as_str(),
            outcome,
            requests,
            limit = coho_store::MAX_RUNNING_RANGES,
            "ranges ahead wait: too many of one object are being fetched"
        );
    }

    /// The number of requests that a line is about; `None` if none is due.
    fn due(&self, reason: &'static str, now: Instant) -> Option<u64> {
        Some(1 + self.0.admit(reason, now)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_line_in_a_while_and_no_request_is_lost() {
        let (log, start) = (RefusalLog::default(), Instant::now());
        let check = |reason, ms, expected| {
            assert_eq!(log.due(reason, start + Duration::from_millis(ms)), expected, "{reason} at {ms} ms");
        };
        check("qps", 0, Some(1));
        check("qps", 10, None);
        check("qps", 999, None);
        check("backlog", 999, Some(1));
        check("qps", 1000, Some(3));
        check("qps", 5000, Some(1));
    }
}
