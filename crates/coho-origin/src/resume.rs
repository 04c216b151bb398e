//! Going on with a body that broke off: the rest is asked for, from the same origin or from the next one, on the
//! condition that the object there is still the one whose beginning is here.

use crate::{ask::Part, fetch::Fetch, origins::OriginBody};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::time::Duration;

/// Most times that one body is gone on with.
const MAX_RESUMES: u32 = 8;
/// Wait before the first try; it doubles with each failure, so that an origin has time to start again.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Tries at one origin before the next one is asked.
const TRIES_PER_ORIGIN: u32 = 2;
/// A date tells versions apart if the answer is older than it by so much (RFC 9110, 8.8.2.2, has a minute for clocks
/// that differ; date and answer come from the same server here).
const STRONG_DATE_SECONDS: i64 = 1;

/// What is needed to go on with a body.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    /// What tells this version of the object from every other; `None` if nothing does.
    validator: Option<HeaderValue>,
    etag: Option<HeaderValue>,
    length: Option<u64>,
    /// Which of the rule's origins is asked.
    origin: usize,
    tries: u32,
}

impl Resume {
    pub(crate) fn of(headers: &HeaderMap, origin: usize, length: Option<u64>) -> Self {
        let etag = headers.get(header::ETAG).filter(|etag| etag.as_bytes().starts_with(b"\"")).cloned();
        let validator = etag.clone().or_else(|| strong_date(headers));
        Self { validator, etag, length, origin, tries: 0 }
    }

    /// What asks for the bytes from `start` to `end` of this version; `None` if nothing tells it from others.
    pub(crate) fn range(&self, start: u64, end: Option<u64>) -> Option<HeaderMap> {
        let last = end.map_or_else(String::new, |end| (end - 1).to_string());
        let mut own = HeaderMap::new();
        own.insert(header::RANGE, HeaderValue::from_str(&format!("bytes={start}-{last}")).ok()?);
        own.insert(header::IF_RANGE, self.validator.clone()?);
        Some(own)
    }

    /// Which of the rule's origins the body comes from.
    pub(crate) fn origin(&self) -> usize {
        self.origin
    }

    /// Whether the answer is the rest from `start` on, of the same version.
    fn fits<B>(&self, response: &Response<B>, start: u64) -> bool {
        let is_rest = |range: ContentRange| {
            range.total.is_none_or(|total| range.end == total) && self.length.is_none_or(|length| range.end == length)
        };
        self.part(response, start).is_some_and(is_rest)
    }

    /// Whether the answer is the bytes from `start` to `end` of the same version.
    pub(crate) fn fits_part<B>(&self, response: &Response<B>, start: u64, end: u64) -> bool {
        let is_part = |range: ContentRange| {
            range.end == end && self.length.is_none_or(|length| range.total.is_none_or(|total| total == length))
        };
        self.part(response, start).is_some_and(is_part)
    }

    /// The range of a partial answer of the same version that begins at `start`.
    fn part<B>(&self, response: &Response<B>, start: u64) -> Option<ContentRange> {
        let same_version = match (&self.etag, response.headers().get(header::ETAG)) {
            (Some(had), Some(has)) => had == has,
            _ => true,
        };
        let is_partial = response.status() == StatusCode::PARTIAL_CONTENT && same_version;
        ContentRange::of(response).filter(|range| is_partial && range.start == start)
    }
}

fn strong_date(headers: &HeaderMap) -> Option<HeaderValue> {
    use coho_model::Timestamp;
    let date = |name| headers.get(name)?.to_str().ok().and_then(Timestamp::parse_http_date);
    let (modified, answered) = (date(header::LAST_MODIFIED)?, date(header::DATE)?);
    let is_strong = answered.unix_ms() - modified.unix_ms() >= STRONG_DATE_SECONDS * 1000;
    headers.get(header::LAST_MODIFIED).filter(|_| is_strong).cloned()
}

impl Fetch {
    /// The rest of a body of which `taken` bytes are here; `None` if it cannot be had. An origin whose body was broken
    /// off is given a moment; one that was left because the next bytes are here already is not.
    pub(crate) async fn go_on(&self, resume: &mut Resume, taken: u64, is_broken: bool) -> Option<OriginBody> {
        let headers = resume.range(taken, None)?;
        let origins = 1 + self.order.urls.others.len();
        // Since the last byte came: how often nothing was had at all, how often here, and who has no rest to give.
        let (mut failures, mut failures_here, mut without_rest) = (0, 0, 0);
        while resume.tries < MAX_RESUMES && without_rest < origins {
            if is_broken || failures > 0 {
                tokio::time::sleep(FIRST_WAIT * 2u32.pow(failures)).await;
                resume.tries += 1;
            }
            let part = Part { start: taken, headers: headers.clone(), insists: true };
            match self.asker().ask(resume.origin, part).await {
                Ok(response) if resume.fits(&response, taken) => return Some(response.into_body()),
                // Another version, or no ranges: asking again would change nothing.
                Ok(response) if !response.status().is_server_error() => {
                    without_rest += 1;
                    failures_here = TRIES_PER_ORIGIN;
                }
                Ok(_) | Err(_) => {
                    failures += 1;
                    failures_here += 1;
                }
            }
            if failures_here >= TRIES_PER_ORIGIN {
                resume.origin = (resume.origin + 1) % origins;
                failures_here = 0;
            }
        }
        None
    }
}

/// A `Content-Range` of bytes; `end` is the first byte behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    pub(crate) fn of<B>(response: &Response<B>) -> Option<Self> {
        Self::parse(response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (start, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let total = if total == "*" { None } else { Some(total.parse().ok()?) };
        let end = last.checked_add(1)?;
        (start < end && total.is_none_or(|total| end <= total)).then_some(Self { start, end, total })
    }

    /// Whether it is all of the object.
    pub(crate) fn is_whole(self) -> bool {
        self.start == 0 && self.total == Some(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_range_that_makes_sense_is_one() {
        let range = |start, end, total| Some(ContentRange { start, end, total });
        for (text, expected) in [
            ("bytes 0-9/10", range(0, 10, Some(10))),
            ("bytes 5-9/*", range(5, 10, None)),
            ("bytes 5-9/9", None),
            ("bytes 9-5/10", None),
            ("bytes 0-18446744073709551615/*", None),
            ("bytes */10", None),
            ("items 0-9/10", None),
            ("bytes 0-9", None),
        ] {
            assert_eq!(ContentRange::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_changes_with_a_version_is_a_validator_and_nothing_else() {
        let date = |seconds: u32| format!("Thu, 01 Jan 2026 00:00:{seconds:02} GMT");
        let check = |etag: Option<&str>, modified: Option<u32>, answered: u32, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            let mut set = |name, value: &str| drop(headers.insert(name, value.parse().unwrap()));
            set(header::DATE, &date(answered));
            etag.iter().for_each(|etag| set(header::ETAG, etag));
            modified.iter().for_each(|at| set(header::LAST_MODIFIED, &date(*at)));
            let validator = Resume::of(&headers, 0, None).validator;
            assert_eq!(validator.as_ref().map(|value| value.to_str().unwrap()), expected);
        };
        check(Some("\"a\""), Some(1), 9, Some("\"a\""));
        check(Some("W/\"a\""), Some(1), 9, Some(&date(1)));
        check(None, Some(9), 9, None);
        check(None, None, 9, None);
    }
}
