//! The provenance of mirrored objects.

use crate::{Timestamp, decimal};
use std::sync::Arc;

/// The origin of a mirrored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The origin URL without credentials and query, percent-encoded as `x-oss-tag` shows it.
    pub url: Arc<str>,
    /// The circumstances of the fetch; unknown for objects that early releases stored.
    pub fetch: Option<Fetched>,
}

/// The circumstances of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The time of the fetch.
    pub at: Timestamp,
    /// The number of the rule that caused it.
    pub rule_number: u32,
    /// The origin's `ETag`, unchanged.
    pub etag: Option<Box<str>>,
    /// The origin's `Last-Modified`, unchanged.
    pub last_modified: Option<Box<str>>,
}

impl Fetched {
    /// The fetch as one line of text, for engines that store it as one value.
    pub fn to_text(&self) -> String {
        let text = |header: &Option<Box<str>>| header.as_deref().unwrap_or_default().replace(['\t', '\n'], " ");
        let (at, rule) = (self.at.unix_ms(), self.rule_number);
        format!("{at}\t{rule}\t{}\t{}", text(&self.etag), text(&self.last_modified))
    }

    /// The inverse of [`Self::to_text`]; `None` if the text is damaged.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('\t');
        let at = Timestamp::from_unix_ms(decimal(fields.next()?)?);
        let rule_number = decimal(fields.next()?)?;
        let header = |text: &str| (!text.is_empty()).then(|| text.into());
        let (etag, last_modified) = (header(fields.next()?), header(fields.next()?));
        fields.next().is_none().then_some(Self { at, rule_number, etag, last_modified })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_round_trips_as_text() {
        let fetched = |etag: Option<&str>, last_modified: Option<&str>| Fetched {
            at: Timestamp::from_unix_ms(1_700_000_000_123),
            rule_number: 3,
            etag: etag.map(Into::into),
            last_modified: last_modified.map(Into::into),
        };
        for (fetched, text) in [
            (fetched(None, None), "1700000000123\t3\t\t"),
            (fetched(Some("W/\"a b\""), None), "1700000000123\t3\tW/\"a b\"\t"),
            (fetched(None, Some("Thu, 01 Jan 2026 00:00:00 GMT")), "1700000000123\t3\t\tThu, 01 Jan 2026 00:00:00 GMT"),
        ] {
            assert_eq!(fetched.to_text(), text);
            assert_eq!(Fetched::parse(text), Some(fetched));
        }
        assert_eq!(fetched(Some("a\tb"), None).to_text(), fetched(Some("a b"), None).to_text());
        for damaged in ["", "1", "1\t2\t", "x\t1\t\t", "1\tx\t\t", "1\t1\t\t\t"] {
            assert_eq!(Fetched::parse(damaged), None, "{damaged:?}");
        }
    }
}
