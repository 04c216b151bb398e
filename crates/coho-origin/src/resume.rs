//! What is known of an object's version, to continue a body that broke off: the rest is requested on the condition that the
//! object is still the same version.

use crate::framing::{self, ContentRange};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use hyper::body::Body;

/// A `Last-Modified` is a strong validator if the answer's `Date` is later by at least this many seconds (RFC 9110, 8.8.2.2,
/// has a minute for clocks that differ; both dates come from the same server here).
const STRONG_DATE_SECONDS: i64 = 1;

/// What identifies the version of a body, and where its rest is requested.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    /// The strong validator; `None` if the origin sent none.
    validator: Option<(HeaderName, HeaderValue)>,
    /// The entity tag, strong or weak.
    etag: Option<HeaderValue>,
    encoding: Option<HeaderValue>,
    /// Length of the object, once an answer has said it.
    length: Option<u64>,
    /// Index of the origin that is asked, among the rule's.
    origin: usize,
    /// Resumptions so far.
    pub(crate) attempts: u32,
}

impl Resume {
    pub(crate) fn of(headers: &HeaderMap, origin: usize, length: Option<u64>) -> Self {
        // Of two tags, none is known to be the object's.
        let etag = framing::single(headers, &header::ETAG).cloned();
        let encoding = headers.get(header::CONTENT_ENCODING).cloned();
        let strong = etag.clone().filter(|etag| etag.as_bytes().starts_with(b"\""));
        let validator = strong.map(|etag| (header::ETAG, etag));
        let is_ambiguous = headers.get_all(header::ETAG).iter().count() > 1;
        let date = || strong_date(headers).filter(|_| !is_ambiguous).map(|date| (header::LAST_MODIFIED, date));
        let validator = validator.or_else(date);
        Self { validator, etag, encoding, length, origin, attempts: 0 }
    }

    /// The strong validator; `None` if the origin sent none.
    pub(crate) fn validator(&self) -> Option<&HeaderValue> {
        self.validator.as_ref().map(|(_, value)| value)
    }

    /// The headers that request the bytes from `start` to `end` of this version; `None` without a strong validator.
    pub(crate) fn range(&self, start: u64, end: Option<u64>) -> Option<HeaderMap> {
        let last = end.map_or_else(String::new, |end| end.saturating_sub(1).to_string());
        let mut own = HeaderMap::new();
        own.insert(header::RANGE, HeaderValue::from_str(&format!("bytes={start}-{last}")).ok()?);
        own.insert(header::IF_RANGE, self.validator.clone()?.1);
        Some(own)
    }

    /// Index of the origin that is asked, among the rule's.
    pub(crate) fn origin(&self) -> usize {
        self.origin
    }

    pub(crate) fn next_origin(&mut self, count: usize) {
        self.origin = (self.origin + 1) % count;
    }

    /// Length of the object, if known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) fn set_length(&mut self, length: u64) {
        self.length = Some(length);
    }

    /// The length of the object, if the answer is all the rest of the same version from `start` on. Without a total length, the
    /// last range is indistinguishable from another.
    pub(crate) fn rest<B: Body>(&self, response: &Response<B>, start: u64) -> Option<u64> {
        let range = self.range_of(response, start)?;
        let end = range.total.or(self.length)?;
        (range.end == end && self.length.is_none_or(|length| length == end)).then_some(end)
    }

    /// Whether the answer is the bytes from `start` to `end` of the same version.
    pub(crate) fn fits_range<B: Body>(&self, response: &Response<B>, start: u64, end: u64) -> bool {
        let fits = |range: ContentRange| {
            range.end == end && self.length.is_none_or(|length| range.total.is_none_or(|total| total == length))
        };
        self.range_of(response, start).is_some_and(fits)
    }

    /// The range of a partial answer of the same version that begins at `start`.
    fn range_of<B: Body>(&self, response: &Response<B>, start: u64) -> Option<ContentRange> {
        let headers = response.headers();
        // An origin may ignore `If-Range`, so the validators must be present again and unchanged.
        let is_same = |name: &HeaderName, had: &HeaderValue| framing::single(headers, name) == Some(had);
        let same_version = self.validator.as_ref().is_some_and(|(name, had)| is_same(name, had))
            && self.etag.as_ref().is_none_or(|had| is_same(&header::ETAG, had));
        // An answer to `If-Range` may leave this one out.
        let coding = headers.get(header::CONTENT_ENCODING);
        let same_coding = coding.is_none() || coding == self.encoding.as_ref();
        framing::range(response).filter(|range| same_version && same_coding && range.start == start)
    }
}

fn strong_date(headers: &HeaderMap) -> Option<HeaderValue> {
    use coho_model::Timestamp;
    let date = |name| framing::single(headers, name)?.to_str().ok().and_then(Timestamp::parse_http_date);
    let (modified, answered) = (date(&header::LAST_MODIFIED)?, date(&header::DATE)?);
    let is_strong = answered.unix_ms() - modified.unix_ms() >= STRONG_DATE_SECONDS * 1000;
    headers.get(header::LAST_MODIFIED).filter(|_| is_strong).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strong_validator_is_a_strong_tag_or_an_old_date() {
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
    fn the_rest_is_of_the_same_version_and_reaches_its_end() {
        const TAG: (&str, &str) = ("etag", "\"a\"");
        const WEAK: (&str, &str) = ("etag", "W/\"a\"");
        const OLD: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:01 GMT");
        const NEW: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:02 GMT");
        const DATE: (&str, &str) = ("date", "Thu, 01 Jan 2026 00:01:00 GMT");
        let map = |headers: &[(&'static str, &'static str)]| -> HeaderMap {
            let of = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            let mut map = HeaderMap::new();
            headers.iter().copied().map(of).for_each(|(name, value)| _ = map.append(name, value));
            map
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
        // Not known to be the last range, or of an object of another length.
        check(&[TAG], None, "bytes 5-9/*", &[TAG], None);
        check(&[TAG], Some(10), "bytes 5-9/20", &[TAG], None);
        check(&[TAG], None, "bytes 5-9/20", &[TAG], None);
        check(&[TAG], Some(11), all, &[TAG], None);
        check(&[TAG], None, "bytes 4-8/9", &[TAG], None);
        // Another version, or an unknown one.
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
        // Two tags, whichever comes first.
        check(&[TAG], Some(10), all, &[TAG, ("etag", "\"b\"")], None);
        check(&[TAG], Some(10), all, &[TAG, TAG], None);
        check(&[TAG, ("etag", "\"b\"")], Some(10), all, &[TAG, ("etag", "\"b\"")], None);
        check(&[OLD, DATE], Some(10), all, &[OLD, NEW], None);
        check(&[TAG], Some(10), all, &[TAG, ("content-type", "multipart/byteranges; boundary=x")], None);
        // Another encoding.
        check(&[TAG], Some(10), all, &[TAG, ("content-encoding", "gzip")], None);
        check(&[TAG, ("content-encoding", "gzip")], Some(10), all, &[TAG], Some(10));
        check(&[TAG, ("content-encoding", "gzip")], Some(10), all, &[TAG, ("content-encoding", "gzip")], Some(10));
    }
}
