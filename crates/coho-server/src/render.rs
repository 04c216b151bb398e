//! How an object is answered: conditions, range, headers, body. Which object it is was resolved before.

use crate::{
    answer::{Outcome, header_value, with_headers},
    body::ResponseBody,
    call::Call,
    failure::{Failure, FailureKind},
    object_headers,
};
use coho_model::{ByteRange, ETag, ObjectRecord, RangeBehavior, RangeOutcome, Timestamp, Verdict};
use coho_origin::OriginHead;
use coho_oss::header as oss;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use std::sync::Arc;

/// Answers a GET or HEAD of a stored object.
pub(crate) async fn stored(call: &Call, object: Arc<ObjectRecord>) -> Outcome {
    let mut headers = object_headers::of_record(&object);
    if let Some(answer) = not_modified(call, object.etag, object.modified, &headers)? {
        return Ok(answer);
    }
    object_headers::apply_overrides(&mut headers, &call.query)?;
    let (status, range) = select_range(call, object.size, &mut headers)?;
    let body = if call.method == Method::HEAD {
        ResponseBody::Empty
    } else {
        ResponseBody::stored(call.context.store.read_object(object, range).await?)
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Answers a HEAD of an object that is being fetched and whose length is known.
pub(crate) fn in_flight(call: &Call, head: &OriginHead) -> Outcome {
    let mut headers = object_headers::of_origin(head);
    if let Some(answer) = not_modified(call, head.etag, head.modified, &headers)? {
        return Ok(answer);
    }
    object_headers::apply_overrides(&mut headers, &call.query)?;
    let (status, _) = select_range(call, head.length.unwrap_or_default(), &mut headers)?;
    with_headers(status, headers)
}

/// The same as the page of another status.
pub(crate) fn in_flight_page(head: &OriginHead, status: StatusCode) -> Outcome {
    let mut headers = object_headers::of_origin(head);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(head.length.unwrap_or_default()));
    with_headers(status, headers)
}

/// The range to be sent of an object of this size, and its status; adds the headers that describe it.
fn select_range(call: &Call, size: u64, headers: &mut HeaderMap) -> Result<(StatusCode, ByteRange), Failure> {
    let (status, selected) = match range(call, size, headers)? {
        RangeOutcome::Whole | RangeOutcome::Unsatisfiable => (StatusCode::OK, ByteRange { start: 0, end: size }),
        RangeOutcome::Part(part) => {
            headers.insert(header::CONTENT_RANGE, content_range(part, size));
            (StatusCode::PARTIAL_CONTENT, part)
        }
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(selected.length()));
    Ok((status, selected))
}

/// Answers with an object as the page of another status. It is sent whole: conditions and ranges of the request are about
/// the object that it named.
pub(crate) async fn page(call: &Call, object: Arc<ObjectRecord>, status: StatusCode) -> Outcome {
    let mut headers = object_headers::of_record(&object);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(object.size));
    let body = if call.method == Method::HEAD {
        ResponseBody::Empty
    } else {
        let whole = ByteRange { start: 0, end: object.size };
        ResponseBody::stored(call.context.store.read_object(object, whole).await?)
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The answer of a condition that does not hold: 304, or the error 412.
pub(crate) fn not_modified(
    call: &Call,
    etag: ETag,
    modified: Timestamp,
    shown: &HeaderMap,
) -> Result<Option<Response<ResponseBody>>, Failure> {
    let conditions = call.conditions();
    match conditions.judge(etag, modified) {
        Verdict::Proceed => Ok(None),
        Verdict::NotModified => {
            let mut headers = HeaderMap::new();
            for name in [header::ETAG, header::LAST_MODIFIED, header::CACHE_CONTROL, header::EXPIRES] {
                if let Some(value) = shown.get(&name) {
                    headers.insert(name, value.clone());
                }
            }
            with_headers(StatusCode::NOT_MODIFIED, headers).map(Some)
        }
        Verdict::Failed => {
            let condition = if conditions.if_match.is_some() { "If-Match" } else { "If-Unmodified-Since" };
            Err(FailureKind::PreconditionFailed(condition).into())
        }
    }
}

/// The range that the request asks for. With an `If-Range` it is one of the version named there, and of another one the
/// whole is sent: the client would put parts of two versions together (RFC 9110, 13.1.5; OSS's documents do not speak of
/// this header).
pub(crate) fn asked_range<'a>(call: &'a Call, version: &HeaderMap) -> Option<&'a str> {
    let is_meant = call.header(&header::IF_RANGE).is_none_or(|named| {
        let is = |name| version.get(name).is_some_and(|value: &HeaderValue| value == named);
        is(header::ETAG) || is(header::LAST_MODIFIED)
    });
    call.header(&header::RANGE).filter(|_| is_meant)
}

/// What the request's range means for an object of this size and version.
pub(crate) fn range(call: &Call, size: u64, version: &HeaderMap) -> Result<RangeOutcome, Failure> {
    let Some(text) = asked_range(call, version) else { return Ok(RangeOutcome::Whole) };
    let standard = |name: &HeaderName| call.header(name).is_some_and(|value| value.eq_ignore_ascii_case("standard"));
    let behavior = if standard(&oss::RANGE_BEHAVIOR) { RangeBehavior::Standard } else { RangeBehavior::Lenient };
    match RangeOutcome::of(Some(text), size, behavior) {
        RangeOutcome::Unsatisfiable => Err(FailureKind::RangeNotSatisfiable { range: text.into(), size }.into()),
        outcome => Ok(outcome),
    }
}

/// `Content-Range` of a part.
pub(crate) fn content_range(range: ByteRange, size: u64) -> HeaderValue {
    header_value(&format!("bytes {}-{}/{size}", range.start, range.end - 1))
}
