//! Points in time and their two notations on the wire.

use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch, UTC. Limited to 1970 until the end of 9999, so that every notation exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Timestamp(i64);

// The last whole millisecond that the calendar library can format.
const LAST_MS: i64 = 253_402_207_200_000;

const MS_OF_A_DAY: i64 = 86_400_000;

impl From<i64> for Timestamp {
    fn from(ms: i64) -> Self {
        Self::from_unix_ms(ms)
    }
}

impl From<Timestamp> for i64 {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

impl Timestamp {
    /// Creates a timestamp from milliseconds since the epoch; values out of range are clamped.
    pub fn from_unix_ms(ms: i64) -> Self {
        Self(ms.clamp(0, LAST_MS))
    }

    /// Milliseconds since the epoch.
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub fn unix_s(self) -> i64 {
        self.0 / 1000
    }

    /// RFC 1123 text with whole seconds, as in `Last-Modified`.
    pub fn http_date(self) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs((self.0 / 1000) as u64))
    }

    /// Parses any of the three HTTP date forms; `None` for any other text.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let at: SystemTime = httpdate::parse_http_date(text.trim()).ok()?;
        let ms = at.duration_since(UNIX_EPOCH).ok()?.as_millis();
        Some(Self::from_unix_ms(i64::try_from(ms).ok()?))
    }

    /// ISO 8601 text as in the XML documents: `2012-02-24T08:42:32.000Z`. The milliseconds are always zero, as in OSS:
    /// the Python SDK parses them as fixed text.
    pub fn iso8601(self) -> String {
        match jiff::Timestamp::from_second(self.unix_s()) {
            Ok(at) => format!("{at:.3}"),
            Err(_) => String::from("1970-01-01T00:00:00.000Z"),
        }
    }

    /// Parses a time of ISO 8601 with its offset, such as `2022-01-01T00:00:00+08:00`; `None` for any other text.
    pub fn parse_iso8601(text: &str) -> Option<Self> {
        let at: jiff::Timestamp = text.trim().parse().ok()?;
        Some(Self::from_unix_ms(at.as_millisecond()))
    }

    /// Whether it is 00:00 in UTC.
    pub fn is_midnight(self) -> bool {
        self.0 % MS_OF_A_DAY == 0
    }

    /// The timestamp moved by whole milliseconds.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_are_those_of_oss() {
        let at = Timestamp::from_unix_ms(1_330_072_952_987);
        assert_eq!(at.iso8601(), "2012-02-24T08:42:32.000Z");
        assert_eq!(at.http_date(), "Fri, 24 Feb 2012 08:42:32 GMT");
        assert_eq!(
            Timestamp::parse_http_date("Fri, 24 Feb 2012 08:42:32 GMT"),
            Some(Timestamp::from_unix_ms(1_330_072_952_000))
        );
        assert_eq!(Timestamp::parse_http_date("yesterday"), None);
        let east = Timestamp::parse_iso8601("2012-02-24T16:42:32.987+08:00");
        assert_eq!((east, Timestamp::parse_iso8601("2012-02-24T08:42:32.987Z")), (Some(at), Some(at)));
        assert_eq!((Timestamp::parse_iso8601("2012-02-24"), Timestamp::parse_iso8601("")), (None, None));
        assert!(
            Timestamp::parse_iso8601("2012-02-24T00:00:00Z").is_some_and(Timestamp::is_midnight) && !at.is_midnight()
        );
        assert_eq!(Timestamp::from_unix_ms(i64::MAX).iso8601(), "9999-12-30T22:00:00.000Z");
        assert_eq!(Timestamp::from_unix_ms(i64::MIN).http_date(), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
