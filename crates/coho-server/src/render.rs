//! How a representation is answered: conditions, range, headers, body. Which one it is was resolved before.

use crate::{
    answer::{Outcome, header_value, with_headers},
    body::ResponseBody,
    call::Call,
    compression::compressed,
    failure::{Failure, FailureKind},
    object_headers,
    representation::{ObjectInFlight, Representation, Resolution, StoredObject, Version},
};
use coho_model::{ByteRange, ObjectRecord, RangeBehavior, RangeOutcome, Verdict};
use coho_origin::Passed;
use coho_oss::header as oss;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use std::sync::Arc;

/// Answers a GET or HEAD with what it resolved to.
pub(crate) async fn render(call: &Call, resolution: Resolution) -> Outcome {
    let Resolution { representation, status, returned } = resolution;
    match representation {
        Representation::Stored(object) => stored(call, object, status, returned).await,
        Representation::InFlight(object) => in_flight(call, &object, status, returned),
        Representation::Passed(passed) => Ok(passed_on(call, &passed)),
        Representation::Elsewhere(status, location) => {
            let length = (header::CONTENT_LENGTH, HeaderValue::from_static("0"));
            with_headers(status, HeaderMap::from_iter([(header::LOCATION, location), length]))
        }
    }
}

async fn stored(call: &Call, object: StoredObject, status: StatusCode, returned: HeaderMap) -> Outcome {
    let StoredObject { record, reader } = object;
    // What is open was checked when it was opened.
    if reader.is_none() && call.method != Method::HEAD {
        call.must_be_readable(call.bucket.as_deref(), &record)?;
    }
    let version = Version::from(&*record);
    let mut headers = object_headers::of_record(&record);
    if let Some(bucket) = &call.bucket {
        object_headers::insert_version(&mut headers, bucket, record.version);
    }
    object_headers::add_restore(&mut headers, &record, call.now);
    if status == StatusCode::OK && !proceeds(call, version)? {
        return not_modified(&headers, returned);
    }
    headers.extend(returned);
    let size = record.size;
    let length = Some(size);
    let SentBytes { status, start, end } = select(call, version, (length, length), status, &mut headers)?;
    let body = match reader {
        _ if call.method == Method::HEAD => ResponseBody::Empty,
        Some(reader) => ResponseBody::stored(reader),
        None => {
            let range = ByteRange { start, end: end.unwrap_or(record.size) };
            ResponseBody::stored(call.context.store.read_object(record, range).await?)
        }
    };
    let body = compressed(call, status, &mut headers, size, body);
    Ok(response(status, headers, body))
}

fn in_flight(call: &Call, object: &ObjectInFlight, status: StatusCode, returned: HeaderMap) -> Outcome {
    let version = Version::from(&*object.head);
    let mut headers = object_headers::of_origin(&object.head);
    if status == StatusCode::OK && !proceeds(call, version)? {
        return not_modified(&headers, returned);
    }
    headers.extend(returned);
    // A length that was waited for is not the origin's: it sent chunks, and so does the answer.
    let lengths = (object.length, object.head.length);
    let SentBytes { status, start, end } = select(call, version, lengths, status, &mut headers)?;
    let body = match &object.body {
        Some((in_progress, flight)) if call.method != Method::HEAD => {
            let reader = call.context.mirror.reader(flight, in_progress, start, end);
            ResponseBody::growing(reader, end.map(|end| end - start))
        }
        _ => ResponseBody::Empty,
    };
    Ok(response(status, headers, body))
}

fn passed_on(call: &Call, passed: &Passed) -> Response<ResponseBody> {
    let is_head = call.method == Method::HEAD;
    let body = if is_head { ResponseBody::Empty } else { ResponseBody::bytes(passed.body.clone()) };
    let mut headers = passed.headers.clone();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(passed.body.len()));
    response(passed.status, headers, body)
}

fn response(status: StatusCode, headers: HeaderMap, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Opens the bytes of a stored object that its answer will send, so that an object that cannot be read, or is archived, is known while
/// the request is resolved. A condition or a range that the answer refuses is a matter of that answer.
pub(crate) async fn open(
    call: &Call,
    record: Arc<ObjectRecord>,
    status: StatusCode,
) -> Result<Representation, Failure> {
    if call.method != Method::HEAD {
        call.must_be_readable(call.bucket.as_deref(), &record)?;
    }
    let version = Version::from(&*record);
    let whole = ByteRange { start: 0, end: record.size };
    let range = if call.method == Method::HEAD {
        None
    } else if status != StatusCode::OK {
        Some(whole)
    } else if matches!(proceeds(call, version), Ok(true)) {
        match range(call, version, record.size) {
            Ok(RangeOutcome::Part(part)) => Some(part),
            Ok(RangeOutcome::Whole | RangeOutcome::Unsatisfiable) => Some(whole),
            Err(_) => None,
        }
    } else {
        None
    };
    let reader = match range {
        Some(range) => Some(call.context.store.read_object(record.clone(), range).await?),
        None => None,
    };
    Ok(Representation::Stored(StoredObject { record, reader }))
}

/// Whether the answer depends on the object's length: it sends a range.
pub(crate) fn needs_length(call: &Call, version: Version) -> bool {
    matches!(proceeds(call, version), Ok(true)) && asked_range(call, version).is_some()
}

/// What an answer sends.
struct SentBytes {
    status: StatusCode,
    /// Offset of the first byte.
    start: u64,
    /// Offset after the last byte; `None` if only the end of the fetch tells.
    end: Option<u64>,
}

/// Selects what is sent of an object whose length is `known` and, if all of it is sent, `announced`; adds the headers that
/// describe that.
fn select(
    call: &Call,
    version: Version,
    (known, announced): (Option<u64>, Option<u64>),
    status: StatusCode,
    headers: &mut HeaderMap,
) -> Result<SentBytes, Failure> {
    let mut sending = SentBytes { status, start: 0, end: announced };
    if status == StatusCode::OK {
        object_headers::apply_overrides(headers, &call.query)?;
        if let Some(length) = known
            && let RangeOutcome::Part(part) = range(call, version, length)?
        {
            let text = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            headers.insert(header::CONTENT_RANGE, header_value(&text));
            sending = SentBytes { status: StatusCode::PARTIAL_CONTENT, start: part.start, end: Some(part.end) };
        }
    }
    if let Some(end) = sending.end {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - sending.start));
    }
    Ok(sending)
}

/// Whether the object is sent, or a condition answers that it is not modified. One that fails is the error 412.
fn proceeds(call: &Call, version: Version) -> Result<bool, Failure> {
    let conditions = call.conditions();
    match conditions.judge(version.etag, version.modified) {
        Verdict::Proceed => Ok(true),
        Verdict::NotModified => Ok(false),
        Verdict::Failed => {
            let condition = if conditions.if_match.is_some() { "If-Match" } else { "If-Unmodified-Since" };
            Err(FailureKind::PreconditionFailed(condition).into())
        }
    }
}

fn not_modified(shown: &HeaderMap, returned: HeaderMap) -> Outcome {
    let mut headers = HeaderMap::new();
    for name in [header::ETAG, header::LAST_MODIFIED, header::CACHE_CONTROL, header::EXPIRES] {
        if let Some(value) = shown.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers.extend(returned);
    with_headers(StatusCode::NOT_MODIFIED, headers)
}

/// The range that the request asks for. With an `If-Range` it is one of the version named there, and of another one the
/// whole is sent: the client would put parts of two versions together (RFC 9110, 13.1.5; OSS's documents do not speak of
/// this header).
fn asked_range(call: &Call, version: Version) -> Option<&str> {
    let is_meant = call
        .header(&header::IF_RANGE)
        .is_none_or(|named| named == version.etag.quoted() || named == version.modified.http_date());
    call.header(&header::RANGE).filter(|_| is_meant)
}

/// What the request's range means for an object of this size and version.
fn range(call: &Call, version: Version, size: u64) -> Result<RangeOutcome, Failure> {
    let Some(text) = asked_range(call, version) else { return Ok(RangeOutcome::Whole) };
    let standard = |name: &HeaderName| call.header(name).is_some_and(|value| value.eq_ignore_ascii_case("standard"));
    let behavior = if standard(&oss::RANGE_BEHAVIOR) { RangeBehavior::Standard } else { RangeBehavior::Lenient };
    match RangeOutcome::of(Some(text), size, behavior) {
        RangeOutcome::Unsatisfiable => Err(FailureKind::RangeNotSatisfiable { range: text.into(), size }.into()),
        outcome => Ok(outcome),
    }
}
