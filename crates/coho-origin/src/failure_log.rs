//! Repeated failures of one origin: a line in the log at most once in a while, with the number of those between.

use crate::repeated_lines::RepeatedLines;
use std::time::{Duration, Instant};

/// Shortest time between two lines about the same failure of the same origin.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// The failures of all origins: by origin and label.
#[derive(Debug)]
pub(crate) struct FailureLog(RepeatedLines<(Box<str>, &'static str)>);

impl Default for FailureLog {
    fn default() -> Self {
        Self(RepeatedLines::new(LINE_INTERVAL))
    }
}

impl FailureLog {
    /// How many failures had no line since the last one; `None` if this one is to have none either.
    pub(crate) fn admit(&self, url: &str, label: &'static str, now: Instant) -> Option<u64> {
        self.0.admit((origin_of(url).into(), label), now)
    }
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_url_up_to_its_path() {
        for (url, expected) in [("http://a:1/x", "http://a:1"), ("https://a", "https://a"), ("http://a?q", "http://a")]
        {
            assert_eq!(origin_of(url), expected);
        }
    }
}
