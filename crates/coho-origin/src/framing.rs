//! Where the body of an origin's answer ends, and which bytes of the object it is: what its head says, if that can be
//! believed.

use crate::MirrorFailure;
use coho_model::decimal;
use http::{Response, StatusCode, header};
use hyper::body::Body;

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
        let (start, last): (u64, u64) = (decimal(first)?, decimal(last)?);
        let total = if total == "*" { None } else { Some(decimal(total)?) };
        let end = last.checked_add(1)?;
        (start < end && total.is_none_or(|total| end <= total)).then_some(Self { start, end, total })
    }

    /// Whether it is all of the object.
    pub(crate) fn is_whole(self) -> bool {
        self.start == 0 && self.total == Some(self.end)
    }
}

/// The body's length, or that it comes in chunks. A body that ends with its connection cannot be told from one that
/// was cut off, so it is not taken.
pub(crate) fn length<B: Body>(response: &Response<B>) -> Result<Option<u64>, MirrorFailure> {
    let headers = response.headers();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let (coding, others) = (codings.next(), codings.next());
    if coding.is_some() && headers.contains_key(header::CONTENT_LENGTH) {
        return Err(MirrorFailure::Body("origin sent both a length and chunks".into()));
    }
    // Of any other coding the end is that of the connection, or the bytes are not the object's.
    let is_chunked =
        coding.is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) && others.is_none();
    match response.body().size_hint().exact() {
        Some(length) if coding.is_none() => Ok(Some(length)),
        None if is_chunked => Ok(None),
        Some(_) | None => Err(MirrorFailure::NoLength),
    }
}

/// What the head of an answer to a request for the whole says: the length to tell others, if it is not sent in chunks, and
/// where the body must end, if that is known.
pub(crate) fn whole<B: Body>(response: &Response<B>) -> Result<(Option<u64>, Option<u64>), MirrorFailure> {
    let declared = length(response)?;
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Ok((declared, declared));
    }
    let total = ContentRange::of(response).and_then(|range| range.total);
    match (declared, total) {
        (Some(declared), Some(total)) if declared != total => {
            Err(MirrorFailure::Body("origin's length is not that of its range".into()))
        }
        _ => Ok((declared, total)),
    }
}

/// The part of the object that the answer is; `None` if it is no part, or says two things about its length. The end of one
/// in chunks shows when it is there.
pub(crate) fn part<B: Body>(response: &Response<B>) -> Option<ContentRange> {
    let range = ContentRange::of(response).filter(|_| response.status() == StatusCode::PARTIAL_CONTENT)?;
    let declared = length(response).ok()?;
    declared.is_none_or(|declared| declared == range.end - range.start).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::{Either, Empty, Full, StreamBody};

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

    /// An answer with these headers, and with a body of so many bytes, or of which nobody knows how many.
    fn answer(status: u16, headers: &[(&str, &str)], body: Option<usize>) -> Response<impl Body> {
        let unknown = || {
            let none = futures_util::stream::empty::<Result<hyper::body::Frame<Bytes>, std::convert::Infallible>>();
            Either::Right(StreamBody::new(none))
        };
        let known = |count| Either::Left(Full::new(Bytes::from(vec![0; count])));
        let mut response = Response::new(body.map_or_else(unknown, known));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response
                .headers_mut()
                .append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        response
    }

    const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");

    #[test]
    fn a_body_needs_one_end_that_can_be_told_from_a_break() {
        for (name, headers, body, expected) in [
            ("a length", &[("content-length", "3")][..], Some(3), Some(Some(3))),
            ("chunks", &[CHUNKED], None, Some(None)),
            ("both", &[("content-length", "3"), CHUNKED], None, None),
            ("the connection's", &[], None, None),
            ("another coding", &[("transfer-encoding", "gzip, chunked")], None, None),
            ("two codings", &[CHUNKED, CHUNKED], None, None),
        ] {
            assert_eq!(length(&answer(200, headers, body)).ok(), expected, "{name}");
        }
        assert!(length(&Response::new(Empty::<Bytes>::new())).is_ok_and(|length| length == Some(0)));
    }

    #[test]
    fn a_whole_that_comes_as_a_part_ends_where_its_range_does() {
        const ALL: (&str, &str) = ("content-range", "bytes 0-9/10");
        for (name, status, headers, body, expected) in [
            ("no part", 200, &[][..], Some(5), Some((Some(5), Some(5)))),
            ("equal", 206, &[ALL], Some(10), Some((Some(10), Some(10)))),
            ("shorter", 206, &[ALL], Some(5), None),
            ("longer", 206, &[ALL], Some(12), None),
            ("chunks", 206, &[ALL, CHUNKED], None, Some((None, Some(10)))),
            ("chunks, no part", 200, &[CHUNKED], None, Some((None, None))),
        ] {
            assert_eq!(whole(&answer(status, headers, body)).ok(), expected, "{name}");
        }
    }

    #[test]
    fn a_part_is_as_long_as_its_range() {
        const PART: (&str, &str) = ("content-range", "bytes 5-9/10");
        let range = Some(ContentRange { start: 5, end: 10, total: Some(10) });
        for (name, status, headers, body, expected) in [
            ("equal", 206, &[PART][..], Some(5), range),
            ("shorter", 206, &[PART], Some(4), None),
            ("longer", 206, &[PART], Some(6), None),
            ("chunks", 206, &[PART, CHUNKED], None, range),
            ("compressed chunks", 206, &[PART, ("transfer-encoding", "gzip, chunked")], None, None),
            ("the connection's end", 206, &[PART], None, None),
            ("no range", 206, &[], Some(5), None),
            ("another status", 200, &[PART], Some(5), None),
        ] {
            assert_eq!(part(&answer(status, headers, body)), expected, "{name}");
        }
    }
}
