//! Executing a fetch that the rules decided on: what comes is sent while it is stored.

use crate::{
    body::ResponseBody,
    call::Call,
    error::Failure,
    object_headers,
    ops::{Outcome, send_object},
};
use coho_model::{BucketRecord, ObjectRecord, RangeOutcome};
use coho_origin::{Flight, HOP_HEADER, MirrorFailure, Opened, OriginHead};
use coho_rules::MirrorFetch;
use coho_store::{Ended, Growth};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use std::sync::Arc;

/// A fetch with the status that its object is sent with.
struct Sending<'a> {
    call: &'a Call,
    bucket: &'a Arc<BucketRecord>,
    fetch: &'a MirrorFetch<'a>,
    status: StatusCode,
}

/// Fetches and answers; nothing if the origin has no such object.
pub(super) async fn answer(
    call: &Call,
    bucket: &Arc<BucketRecord>,
    fetch: &MirrorFetch<'_>,
) -> Result<Option<Response<ResponseBody>>, Failure> {
    refuse_loop(call)?;
    let status = StatusCode::from_u16(fetch.status).unwrap_or(StatusCode::OK);
    let sending = Sending { call, bucket, fetch, status };
    match call.context.mirror.open(bucket, &fetch.key, &fetch.url).await {
        Ok(Opened::Present(object)) => sending.stored(object).await.map(Some),
        Ok(Opened::Growing { head, growth, flight }) => sending.growing(head, growth, flight).await,
        Err(MirrorFailure::NotFound) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// A fetch of ours that comes back to us would wait for itself.
fn refuse_loop(call: &Call) -> Result<(), Failure> {
    let own = |value: &HeaderValue| call.context.mirror.is_own_hop(value.as_bytes());
    if call.headers.get_all(HOP_HEADER).iter().any(own) { Err(MirrorFailure::Loop.into()) } else { Ok(()) }
}

impl Sending<'_> {
    async fn stored(&self, object: Arc<ObjectRecord>) -> Outcome {
        if self.status == StatusCode::OK {
            send_object::stored(self.call, object).await
        } else {
            send_object::page(self.call, object, self.status).await
        }
    }

    async fn growing(
        &self,
        head: Arc<OriginHead>,
        growth: Arc<Growth>,
        flight: Arc<Flight>,
    ) -> Result<Option<Response<ResponseBody>>, Failure> {
        let is_object = self.status == StatusCode::OK;
        // Conditions are about entity tag and date, which exist once the object is stored. A HEAD has no body to follow.
        if self.call.method == Method::HEAD || (is_object && !self.call.conditions().is_empty()) {
            return match flight.stored().await? {
                Some(object) => self.stored(object).await.map(Some),
                None => self.again().await,
            };
        }
        let mut length = head.length;
        let ranged = is_object && self.call.headers.contains_key(header::RANGE);
        if length.is_none() && ranged {
            // What a range means depends on a length that only the end will tell.
            length = match growth.ended().await {
                Ended::Whole { length } => Some(length),
                Ended::Broken { reason } => return Err(MirrorFailure::Body(reason).into()),
            };
        }
        let mut headers = object_headers::of_origin(&head.headers, &head.tag);
        object_headers::apply_overrides(&mut headers, &self.call.query)?;
        let range = match length.filter(|_| ranged) {
            Some(length) => send_object::range(self.call, length)?,
            None => RangeOutcome::Whole,
        };
        Ok(Some(match (range, length) {
            (RangeOutcome::Part(range), Some(length)) => {
                headers.insert(header::CONTENT_RANGE, send_object::content_range(range, length));
                following(StatusCode::PARTIAL_CONTENT, headers, &growth, range.start, Some(range.end))
            }
            // A length that was waited for is not the origin's: it sent chunks, and so do we.
            _ => following(self.status, headers, &growth, 0, head.length),
        }))
    }

    /// Somebody wrote the object while it was fetched: what is there now is the answer.
    async fn again(&self) -> Result<Option<Response<ResponseBody>>, Failure> {
        if let Some(object) = self.call.record_of(self.bucket, &self.fetch.key).await? {
            return self.stored(object).await.map(Some);
        }
        // It was deleted meanwhile. One more fetch answers as if the request had come behind that.
        match self.call.context.mirror.open(self.bucket, &self.fetch.key, &self.fetch.url).await? {
            Opened::Present(object) => self.stored(object).await.map(Some),
            Opened::Growing { flight, .. } => match flight.stored().await? {
                Some(object) => self.stored(object).await.map(Some),
                None => Ok(None),
            },
        }
    }
}

/// An answer that follows the growing object.
fn following(
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
