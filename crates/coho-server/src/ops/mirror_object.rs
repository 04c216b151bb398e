//! A GET of a missing object: the rules are asked, and what is fetched is sent while it is stored.

use super::{Outcome, send_object};
use crate::{body::ResponseBody, call::Call, error::Failure, object_headers};
use coho_model::{BucketRecord, RangeOutcome};
use coho_origin::{Flight, HOP_HEADER, MirrorFailure, Opened, OriginHead};
use coho_oss::OssError;
use coho_rules::{Decision, OriginUrl, decide_missing};
use coho_store::{Ended, Growth};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

pub(super) async fn handle(call: &Call, bucket: &Arc<BucketRecord>) -> Outcome {
    let key = call.key()?;
    let missing = || Failure::from(OssError::no_such_key(key));
    let website = bucket.website.as_ref().ok_or_else(missing)?;
    let Decision::Mirror { url, .. } = decide_missing(website, key.as_str()) else { return Err(missing()) };
    refuse_loop(call)?;
    match call.context.mirror.open(bucket, key, &url).await {
        Ok(Opened::Present(object)) => send_object::stored(call, object).await,
        Ok(Opened::Growing { head, growth, flight }) => growing(call, bucket, &url, head, growth, flight).await,
        Err(MirrorFailure::NotFound) => Err(missing()),
        Err(failure) => Err(failure.into()),
    }
}

/// A fetch of ours that comes back to us would wait for itself.
fn refuse_loop(call: &Call) -> Result<(), Failure> {
    let own = |value: &HeaderValue| call.context.mirror.is_own_hop(value.as_bytes());
    if call.headers.get_all(HOP_HEADER).iter().any(own) { Err(MirrorFailure::Loop.into()) } else { Ok(()) }
}

async fn growing(
    call: &Call,
    bucket: &Arc<BucketRecord>,
    url: &OriginUrl,
    head: Arc<OriginHead>,
    growth: Arc<Growth>,
    flight: Arc<Flight>,
) -> Outcome {
    // Conditions are about entity tag and date, which exist once the object is stored.
    if !call.conditions().is_empty() {
        return match flight.stored().await? {
            Some(object) => send_object::stored(call, object).await,
            None => again(call, bucket, url).await,
        };
    }
    let mut length = head.length;
    if length.is_none() && call.headers.contains_key(header::RANGE) {
        // What a range means depends on a length that only the end will tell.
        length = match growth.ended().await {
            Ended::Whole { length } => Some(length),
            Ended::Broken { reason } => return Err(MirrorFailure::Body(reason).into()),
        };
    }
    let mut headers = object_headers::of_origin(&head.headers, &head.tag);
    object_headers::apply_overrides(&mut headers, &call.query)?;
    let Some(length) = length else { return Ok(answer(StatusCode::OK, headers, &growth, 0, None)) };
    Ok(match send_object::range(call, length)? {
        RangeOutcome::Part(range) => {
            headers.insert(header::CONTENT_RANGE, send_object::content_range(range, length));
            answer(StatusCode::PARTIAL_CONTENT, headers, &growth, range.start, Some(range.end))
        }
        // A length that was waited for is not the origin's: it sent chunks, and so do we.
        RangeOutcome::Whole | RangeOutcome::Unsatisfiable => answer(StatusCode::OK, headers, &growth, 0, head.length),
    })
}

/// Somebody wrote the object while it was fetched: what is there now is the answer.
async fn again(call: &Call, bucket: &Arc<BucketRecord>, url: &OriginUrl) -> Outcome {
    if let Some(object) = call.object_record(bucket).await? {
        return send_object::stored(call, object).await;
    }
    // It was deleted meanwhile. One more fetch answers as if the request had come behind that.
    match call.context.mirror.open(bucket, call.key()?, url).await? {
        Opened::Present(object) => send_object::stored(call, object).await,
        Opened::Growing { flight, .. } => match flight.stored().await? {
            Some(object) => send_object::stored(call, object).await,
            None => Err(OssError::no_such_key(call.key()?).into()),
        },
    }
}

fn answer(
    status: StatusCode,
    mut headers: HeaderMap,
    growth: &Growth,
    start: u64,
    end: Option<u64>,
) -> Response<ResponseBody> {
    let length = end.map(|end| end - start);
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let mut response = Response::new(ResponseBody::growing(growth.reader(start, end), length));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
