//! Going on with a body that broke off: the rest is asked for, from the same origin or from the next one, on the
//! condition that the object there is still the one whose beginning is here.

use crate::{
    ask::Part,
    fetch::Fetch,
    framing::{self, ContentRange},
    origins::OriginBody,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use hyper::body::Body;
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
    validator: Option<(HeaderName, HeaderValue)>,
    /// The entity tag, strong or weak.
    etag: Option<HeaderValue>,
    encoding: Option<HeaderValue>,
    /// Where the object ends, as soon as an answer has said so.
    length: Option<u64>,
    /// Which of the rule's origins is asked.
    origin: usize,
    tries: u32,
}

impl Resume {
    pub(crate) fn of(headers: &HeaderMap, origin: usize, length: Option<u64>) -> Self {
        let (etag, encoding) = (headers.get(header::ETAG).cloned(), headers.get(header::CONTENT_ENCODING).cloned());
        let strong = etag.clone().filter(|etag| etag.as_bytes().starts_with(b"\""));
        let validator = strong.map(|etag| (header::ETAG, etag));
        let validator = validator.or_else(|| strong_date(headers).map(|date| (header::LAST_MODIFIED, date)));
        Self { validator, etag, encoding, length, origin, tries: 0 }
    }

    /// What tells this version of the object from every other; `None` if nothing does.
    pub(crate) fn validator(&self) -> Option<&HeaderValue> {
        self.validator.as_ref().map(|(_, value)| value)
    }

    /// What asks for the bytes from `start` to `end` of this version; `None` if nothing tells it from others.
    pub(crate) fn range(&self, start: u64, end: Option<u64>) -> Option<HeaderMap> {
        let last = end.map_or_else(String::new, |end| (end - 1).to_string());
        let mut own = HeaderMap::new();
        own.insert(header::RANGE, HeaderValue::from_str(&format!("bytes={start}-{last}")).ok()?);
        own.insert(header::IF_RANGE, self.validator.clone()?.1);
        Some(own)
    }

    /// Which of the rule's origins the body comes from.
    pub(crate) fn origin(&self) -> usize {
        self.origin
    }

    /// Where the object ends, if that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Where the object ends, if the answer is all the rest of it from `start` on, of the same version. Without a total
    /// nobody knows whether a part is the last one.
    fn rest<B: Body>(&self, response: &Response<B>, start: u64) -> Option<u64> {
        let range = self.part(response, start)?;
        let end = range.total.or(self.length)?;
        (range.end == end && self.length.is_none_or(|length| length == end)).then_some(end)
    }

    /// Whether the answer is the bytes from `start` to `end` of the same version.
    pub(crate) fn fits_part<B: Body>(&self, response: &Response<B>, start: u64, end: u64) -> bool {
        let is_part = |range: ContentRange| {
            range.end == end && self.length.is_none_or(|length| range.total.is_none_or(|total| total == length))
        };
        self.part(response, start).is_some_and(is_part)
    }

    /// The range of a partial answer of the same version that begins at `start`.
    fn part<B: Body>(&self, response: &Response<B>, start: u64) -> Option<ContentRange> {
        let headers = response.headers();
        // An origin may take no notice of `If-Range`, so what tells versions apart must be there again, and be the same.
        let is_same = |name: &HeaderName, had: &HeaderValue| headers.get(name) == Some(had);
        let same_version = self.validator.as_ref().is_some_and(|(name, had)| is_same(name, had))
            && self.etag.as_ref().is_none_or(|had| is_same(&header::ETAG, had));
        // Who answers `If-Range` may leave this one out.
        let coding = headers.get(header::CONTENT_ENCODING);
        let same_coding = coding.is_none() || coding == self.encoding.as_ref();
        framing::part(response).filter(|range| same_version && same_coding && range.start == start)
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
    /// off is given a moment, again and again; where the body was left because the next bytes are here already, each is asked
    /// once: the answer that was left is still there to be read on.
    pub(crate) async fn go_on(&self, resume: &mut Resume, taken: u64, is_broken: bool) -> Option<OriginBody> {
        let headers = resume.range(taken, None)?;
        let origins = 1 + self.order.urls.others.len();
        // Since the last byte came: how often nothing was had at all, how often here, and who has no rest to give.
        let (mut failures, mut failures_here, mut without_rest) = (0, 0, 0);
        while resume.tries < MAX_RESUMES && without_rest < origins {
            if is_broken {
                tokio::time::sleep(FIRST_WAIT * 2u32.pow(failures)).await;
                resume.tries += 1;
            }
            let part = Part { start: taken, headers: headers.clone(), insists: true };
            let answer = self.asker().ask(resume.origin, part).await;
            if let Ok(response) = &answer
                && let Some(end) = resume.rest(response, taken)
            {
                resume.length = Some(end);
                return answer.ok().map(Response::into_body);
            }
            match answer {
                // Another version, or no ranges: asking again would change nothing.
                Ok(response) if !is_broken || !response.status().is_server_error() => {
                    without_rest += 1;
                    failures_here = TRIES_PER_ORIGIN;
                }
                Err(_) if !is_broken => {
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

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(validator.as_ref().map(|(_, value)| value.to_str().unwrap()), expected);
        };
        check(Some("\"a\""), Some(1), 9, Some("\"a\""));
        check(Some("W/\"a\""), Some(1), 9, Some(&date(1)));
        check(None, Some(9), 9, None);
        check(None, None, 9, None);
    }
    #[test]
    fn what_is_gone_on_with_is_the_same_version_up_to_its_end() {
        const TAG: (&str, &str) = ("etag", "\"a\"");
        const WEAK: (&str, &str) = ("etag", "W/\"a\"");
        const OLD: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:01 GMT");
        const NEW: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:02 GMT");
        const DATE: (&str, &str) = ("date", "Thu, 01 Jan 2026 00:01:00 GMT");
        let map = |headers: &[(&'static str, &'static str)]| -> HeaderMap {
            let of = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            headers.iter().copied().map(of).collect()
        };
        let check =
            |had: &[(&'static str, &'static str)], length, range, has: &[(&'static str, &'static str)], expected| {
                let mut response = Response::new(http_body_util::Full::new(bytes::Bytes::from_static(b"12345")));
                *response.status_mut() = http::StatusCode::PARTIAL_CONTENT;
                *response.headers_mut() = map(has);
                response.headers_mut().insert(header::CONTENT_RANGE, HeaderValue::from_static(range));
                let resume = Resume::of(&map(had), 0, length);
                assert_eq!(resume.rest(&response, 5), expected, "{had:?} {length:?}, then {range} {has:?}");
            };
        let all = "bytes 5-9/10";
        check(&[TAG], Some(10), all, &[TAG], Some(10));
        check(&[TAG], None, all, &[TAG], Some(10));
        check(&[TAG], Some(10), "bytes 5-9/*", &[TAG], Some(10));
        // Is it the last part? Of which object?
        check(&[TAG], None, "bytes 5-9/*", &[TAG], None);
        check(&[TAG], Some(10), "bytes 5-9/20", &[TAG], None);
        check(&[TAG], None, "bytes 5-9/20", &[TAG], None);
        check(&[TAG], Some(11), all, &[TAG], None);
        check(&[TAG], None, "bytes 4-8/9", &[TAG], None);
        // Another version, or one that cannot be told.
        check(&[TAG], Some(10), all, &[("etag", "\"b\"")], None);
        check(&[TAG, OLD], Some(10), all, &[OLD], None);
        check(&[TAG, OLD], Some(10), all, &[TAG, NEW], Some(10));
        check(&[OLD, DATE], Some(10), all, &[OLD], Some(10));
        check(&[OLD, DATE], Some(10), all, &[NEW], None);
        check(&[OLD, DATE], Some(10), all, &[TAG], None);
        check(&[WEAK, OLD, DATE], Some(10), all, &[WEAK, OLD], Some(10));
        check(&[WEAK, OLD, DATE], Some(10), all, &[WEAK, NEW], None);
        check(&[WEAK, OLD, DATE], Some(10), all, &[("etag", "W/\"b\""), OLD], None);
        check(&[WEAK], Some(10), all, &[WEAK], None);
        check(&[], Some(10), all, &[], None);
        // Another coding of it.
        check(&[TAG], Some(10), all, &[TAG, ("content-encoding", "gzip")], None);
        check(&[TAG, ("content-encoding", "gzip")], Some(10), all, &[TAG], Some(10));
        check(&[TAG, ("content-encoding", "gzip")], Some(10), all, &[TAG, ("content-encoding", "gzip")], Some(10));
    }
}
