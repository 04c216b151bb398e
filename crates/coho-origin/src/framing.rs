//! The framing of an origin's answer: where its body ends, and which bytes of the object it contains. A head that contradicts
//! itself is refused.

use crate::MirrorFailure;
use coho_model::decimal;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::Body;

/// A `Content-Range` of bytes; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    /// The one range of an answer; `None` without one, or if it is ambiguous.
    pub(crate) fn of<B>(response: &Response<B>) -> Option<Self> {
        let headers = response.headers();
        if is_multipart(headers) {
            return None;
        }
        Self::parse(single(headers, &header::CONTENT_RANGE)?.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (start, last): (u64, u64) = (decimal(first)?, decimal(last)?);
        let total = if total == "*" { None } else { Some(decimal(total)?) };
        let end = last.checked_add(1)?;
        (start < end && total.is_none_or(|total| end <= total)).then_some(Self { start, end, total })
    }

    /// Whether it is the whole object.
    pub(crate) fn is_whole(self) -> bool {
        self.start == 0 && self.total == Some(self.end)
    }
}

/// The value of a header that an answer has exactly once.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Whether the body is a list of ranges with headers of their own.
fn is_multipart(headers: &HeaderMap) -> bool {
    const BYTERANGES: &[u8] = b"multipart/byteranges";
    let is_list = |value: &HeaderValue| {
        value.as_bytes().get(..BYTERANGES.len()).is_some_and(|start| start.eq_ignore_ascii_case(BYTERANGES))
    };
    headers.get_all(header::CONTENT_TYPE).iter().any(is_list)
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// By its length in bytes.
    Length(u64),
    /// By a last chunk.
    Chunks,
    /// By the end of its connection, which may as well be that of a broken transfer.
    Connection,
}

/// What an answer to a request for the whole says of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WholeLength {
    /// The length to announce to clients, if the body has one.
    pub(crate) announced: Option<u64>,
    /// The offset where the body must end, if known.
    pub(crate) end: Option<u64>,
    /// The body ends with its connection.
    pub(crate) ends_with_connection: bool,
}

/// How the end of the body is known.
pub(crate) fn body_end<B: Body>(response: &Response<B>) -> Result<BodyEnd, MirrorFailure> {
    let headers = response.headers();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let (coding, others) = (codings.next(), codings.next());
    if coding.is_some() && headers.contains_key(header::CONTENT_LENGTH) {
        return Err(MirrorFailure::Body("origin sent both a length and chunks".into()));
    }
    // With any other coding, the body ends with the connection, or its bytes are not the object's.
    let is_chunked =
        coding.is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) && others.is_none();
    match response.body().size_hint().exact() {
        Some(length) if coding.is_none() => Ok(BodyEnd::Length(length)),
        None if is_chunked => Ok(BodyEnd::Chunks),
        None if coding.is_none() => Ok(BodyEnd::Connection),
        Some(_) | None => Err(MirrorFailure::NoLength),
    }
}

/// For an answer to a request for the whole.
pub(crate) fn whole<B: Body>(response: &Response<B>) -> Result<WholeLength, MirrorFailure> {
    let body_end = body_end(response)?;
    let declared = if let BodyEnd::Length(length) = body_end { Some(length) } else { None };
    let whole = |end| WholeLength { announced: declared, end, ends_with_connection: body_end == BodyEnd::Connection };
    if response.status() != StatusCode::PARTIAL_CONTENT {
        if response.headers().contains_key(header::CONTENT_RANGE) {
            return Err(MirrorFailure::Body("origin sent a range without the status of one".into()));
        }
        return Ok(whole(declared));
    }
    let total = ContentRange::of(response).and_then(|range| range.total);
    match (declared, total) {
        (Some(declared), Some(total)) if declared != total => {
            Err(MirrorFailure::Body("origin's length is not that of its range".into()))
        }
        _ => Ok(whole(total)),
    }
}

/// The range of the object that the answer contains; `None` if it is not a range, if its lengths differ, or if its body ends with
/// its connection. The length of a range in chunks is checked when it arrives.
pub(crate) fn range<B: Body>(response: &Response<B>) -> Option<ContentRange> {
    let range = ContentRange::of(response).filter(|_| response.status() == StatusCode::PARTIAL_CONTENT)?;
    match body_end(response).ok()? {
        BodyEnd::Length(length) => (length == range.end - range.start).then_some(range),
        BodyEnd::Chunks => Some(range),
        BodyEnd::Connection => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::{Either, Empty, Full, StreamBody};

    #[test]
    fn a_content_range_must_be_consistent() {
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

    /// An answer with these headers, and with a body of a known or an unknown length.
    fn answer(status: u16, headers: &[(&str, &str)], body: Option<usize>) -> Response<impl Body> {
        let unknown = || {
            let none = futures_util::stream::empty::<Result<hyper::body::Frame<Bytes>, std::convert::Infallible>>();
            Either::Right(StreamBody::new(none))
        };
        let known = |count| Either::Left(Full::new(Bytes::from(vec![0; count])));
        let mut response = Response::new(body.map_or_else(unknown, known));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        response
    }

    const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");

    #[test]
    fn the_end_of_a_body_is_known_in_one_way() {
        for (name, headers, body, expected) in [
            ("a length", &[("content-length", "3")][..], Some(3), Some(BodyEnd::Length(3))),
            ("chunks", &[CHUNKED], None, Some(BodyEnd::Chunks)),
            ("both", &[("content-length", "3"), CHUNKED], None, None),
            ("the end of the connection", &[], None, Some(BodyEnd::Connection)),
            ("another coding", &[("transfer-encoding", "gzip, chunked")], None, None),
            ("two codings", &[CHUNKED, CHUNKED], None, None),
        ] {
            assert_eq!(body_end(&answer(200, headers, body)).ok(), expected, "{name}");
        }
        assert!(body_end(&Response::new(Empty::<Bytes>::new())).is_ok_and(|end| end == BodyEnd::Length(0)));
    }

    #[test]
    fn a_whole_object_as_a_range_ends_with_the_range() {
        const ALL: (&str, &str) = ("content-range", "bytes 0-9/10");
        for (name, status, headers, body, expected) in [
            ("not a range", 200, &[][..], Some(5), Some((Some(5), Some(5), false))),
            ("equal", 206, &[ALL], Some(10), Some((Some(10), Some(10), false))),
            ("shorter", 206, &[ALL], Some(5), None),
            ("longer", 206, &[ALL], Some(12), None),
            ("chunks", 206, &[ALL, CHUNKED], None, Some((None, Some(10), false))),
            ("chunks, not a range", 200, &[CHUNKED], None, Some((None, None, false))),
            ("the end of the connection", 206, &[ALL], None, Some((None, Some(10), true))),
            ("the end of the connection, not a range", 200, &[], None, Some((None, None, true))),
            ("a range with the status of a whole", 200, &[ALL], Some(10), None),
        ] {
            let expected = expected.map(|(announced, end, ends_with_connection)| WholeLength {
                announced,
                end,
                ends_with_connection,
            });
            assert_eq!(whole(&answer(status, headers, body)).ok(), expected, "{name}");
        }
    }

    #[test]
    fn a_range_has_the_length_of_its_body() {
        const RANGE: (&str, &str) = ("content-range", "bytes 5-9/10");
        let expected_range = Some(ContentRange { start: 5, end: 10, total: Some(10) });
        for (name, status, headers, body, expected) in [
            ("equal", 206, &[RANGE][..], Some(5), expected_range),
            ("shorter", 206, &[RANGE], Some(4), None),
            ("longer", 206, &[RANGE], Some(6), None),
            ("chunks", 206, &[RANGE, CHUNKED], None, expected_range),
            ("compressed chunks", 206, &[RANGE, ("transfer-encoding", "gzip, chunked")], None, None),
            ("the end of the connection", 206, &[RANGE], None, None),
            ("no range", 206, &[], Some(5), None),
            ("another status", 200, &[RANGE], Some(5), None),
            ("two ranges", 206, &[RANGE, ("content-range", "bytes 0-4/10")], Some(5), None),
            ("the same range twice", 206, &[RANGE, RANGE], Some(5), None),
            ("a list of ranges", 206, &[RANGE, ("content-type", "Multipart/ByteRanges; boundary=x")], Some(5), None),
            ("another type", 206, &[RANGE, ("content-type", "multipart/mixed")], Some(5), expected_range),
        ] {
            assert_eq!(range(&answer(status, headers, body)), expected, "{name}");
        }
    }
}
