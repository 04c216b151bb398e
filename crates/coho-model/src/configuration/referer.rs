//! Which pages may link to the objects of a bucket (hotlink protection).

use crate::wildcard::{LetterCase, matches_beginning};
use serde::{Deserialize, Serialize};

/// Maximum bytes of a `Referer` that is compared with the lists. A longer one is on neither.
pub const MAX_REFERER_BYTES: usize = 4096;
/// Most characters that one request compares with entries that have `?`; some milliseconds. A request that needs more is refused.
const MAX_STEPS: usize = 1_000_000;

/// The lists of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefererConfiguration {
    /// Whether requests without a `Referer` are answered.
    pub allows_empty: bool,
    /// Whether the query of a `Referer` is ignored.
    pub truncates_query: bool,
    /// Whether its path is ignored.
    pub truncates_path: bool,
    /// Patterns of the beginnings of allowed ones; none allows all.
    pub allowed: Vec<Box<str>>,
    /// Patterns of the beginnings of refused ones, which precede.
    pub refused: Vec<Box<str>>,
}

impl RefererConfiguration {
    /// Whether a request with this `Referer` is answered (OSS: "Hotlink protection"). An empty one is as none.
    pub fn permits(&self, referer: &str) -> bool {
        let referer = self.truncated(referer.trim());
        if referer.is_empty() {
            return self.allows_empty || self.allowed.is_empty();
        }
        if referer.len() > MAX_REFERER_BYTES {
            return self.allowed.is_empty() && self.refused.is_empty();
        }
        self.lists_permit(referer).unwrap_or(false)
    }

    /// What the lists say; nothing if that takes too long.
    fn lists_permit(&self, referer: &str) -> Option<bool> {
        let referer = referer.to_ascii_lowercase();
        let mut steps = MAX_STEPS;
        let mut is_on = |list: &[Box<str>]| {
            for entry in list {
                if matches_beginning(entry, &referer, LetterCase::Either, &mut steps)? {
                    return Some(true);
                }
            }
            Some(false)
        };
        Some(!is_on(&self.refused)? && (self.allowed.is_empty() || is_on(&self.allowed)?))
    }

    /// What of a `Referer` is compared. Entries of the lists stay as they are: a question mark in one is a wildcard.
    fn truncated<'r>(&self, referer: &'r str) -> &'r str {
        if self.truncates_path {
            let authority = referer.find("://").map_or(0, |at| at + "://".len());
            let end = referer[authority..].find(['/', '?', '#']).map_or(referer.len(), |at| authority + at);
            return &referer[..end];
        }
        if self.truncates_query { referer.split('?').next().unwrap_or(referer) } else { referer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(allowed: &[&str], refused: &[&str]) -> RefererConfiguration {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect();
        RefererConfiguration {
            allows_empty: false,
            truncates_query: true,
            truncates_path: false,
            allowed: list(allowed),
            refused: list(refused),
        }
    }

    fn check(configuration: &RefererConfiguration, referer: &str, expected: bool) {
        assert_eq!(configuration.permits(referer), expected, "{referer:?} {configuration:?}");
    }

    #[test]
    fn lists_hold_beginnings_and_the_refused_precede() {
        let both = lists(&["http://*.example.com", "https://www.?.test/"], &["http://bad.example.com"]);
        check(&both, "http://www.example.com/page", true);
        check(&both, "HTTP://www.EXAMPLE.com", true);
        check(&both, "http://www.example.com.evil.test", true);
        check(&both, "http://bad.example.com/page", false);
        check(&both, "https://www.x.test/", true);
        check(&both, "https://www.xy.test/", false);
        check(&both, "http://example.com", false);
        check(&both, "ftp://www.example.com", false);
    }

    #[test]
    fn an_empty_referer_is_refused_only_beside_a_list_of_allowed_ones() {
        check(&lists(&["http://a"], &[]), "", false);
        check(&lists(&["http://a"], &[]), "  ", false);
        check(&lists(&[], &["http://a"]), "", true);
        check(&lists(&[], &[]), "", true);
        check(&RefererConfiguration { allows_empty: true, ..lists(&["http://a"], &[]) }, "", true);
    }

    #[test]
    fn queries_and_paths_are_ignored_where_asked() {
        let one = lists(&["http://a.test/page?x"], &["http://*secret"]);
        check(&one, "http://a.test/page?x", false);
        check(&RefererConfiguration { truncates_query: false, ..one.clone() }, "http://a.test/page?x", true);
        check(&RefererConfiguration { truncates_query: false, ..one }, "http://a.test/page?x=secret", false);
        let host = RefererConfiguration { truncates_path: true, ..lists(&["http://a.test"], &["*/secret"]) };
        check(&host, "http://a.test/secret", true);
        check(&host, "http://a.test?x", true);
        check(&host, "http://b.test/http://a.test", false);
    }

    #[test]
    fn one_of_any_length_is_judged() {
        let long = format!("http://a.test/{}", "x".repeat(MAX_REFERER_BYTES));
        check(&lists(&["http://a"], &[]), &long, false);
        check(&lists(&[], &["http://b"]), &long, false);
        check(&lists(&[], &[]), &long, true);
    }

    #[test]
    fn lists_that_take_too_long_refuse() {
        let referer = "a".repeat(MAX_REFERER_BYTES);
        let stars = "*a".repeat(4_000);
        check(&lists(&[&stars], &[]), &referer, true);
        check(&lists(&["a"], &[&format!("{stars}*b")]), &referer, true);
        let costly = format!("*{}?b", "a".repeat(2_000));
        check(&lists(&["a"], &[&costly]), &referer, false);
        check(&lists(&[&costly, "a"], &[]), &referer, false);
        check(&lists(&["a", &costly], &[]), &referer, true);
    }
}
