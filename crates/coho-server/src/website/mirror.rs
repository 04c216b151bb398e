//! Executing a fetch that the rules decided on: what comes is sent while it is stored.

use crate::{answer::Outcome, body::ResponseBody, call::Call, failure::Failure, object_headers, render};
use coho_model::{BucketRecord, ObjectRecord, RangeOutcome};
use coho_origin::{FetchRequest, Flight, HeadState, MirrorFailure, Opened, OriginHead, Passed};
use coho_rules::MirrorFetch;
use coho_store::{Ended, InProgressBody};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use std::sync::Arc;

/// What the lookup found that led to a fetch.
#[derive(Default)]
pub(super) struct Missed {
    /// The key's version from before the lookup.
    pub(super) version: Option<u64>,
    /// The object whose bytes are damaged; otherwise there was none.
    pub(super) damaged: Option<Arc<ObjectRecord>>,
}

/// A fetch with the status that its object is sent with.
struct FetchAnswer<'a> {
    call: &'a Call,
    order: &'a Arc<FetchRequest>,
    fetch: &'a MirrorFetch<'a>,
    status: StatusCode,
}

/// Fetches and answers. Nothing if the origin has no such object.
pub(super) async fn answer(
    call: &Call,
    bucket: &Arc<BucketRecord>,
    fetch: &MirrorFetch<'_>,
    missed: Missed,
) -> Result<Option<Response<ResponseBody>>, Failure> {
    let mut request = FetchRequest::new(bucket, fetch, &call.headers);
    (request.absent_at, request.damaged) = (missed.version, missed.damaged);
    request.request_id = call.request_id.clone();
    let order = Arc::new(request);
    match later(call, &order, fetch).await {
        Ok(None) => {}
        Ok(Some(answer)) => return Ok(Some(answer)),
        Err(MirrorFailure::CachedNotFound) => return Ok(None),
        Err(failure) => return Err(failure.into()),
    }
    let status = StatusCode::from_u16(fetch.status).unwrap_or(StatusCode::OK);
    let answer = FetchAnswer { call, order: &order, fetch, status };
    match call.context.mirror.open(&order).await {
        Ok(Opened::Present(object)) => answer.stored(object).await.map(Some),
        Ok(Opened::Growing { head, in_progress, flight }) => answer.growing(head, in_progress, flight).await,
        Ok(Opened::Passed(passed)) => Ok(Some(passed_on(call, &passed))),
        Err(MirrorFailure::NotFound | MirrorFailure::CachedNotFound) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// `MirrorAsyncStatus`: the client is sent to the origin, and the object is stored meanwhile.
async fn later(
    call: &Call,
    order: &Arc<FetchRequest>,
    fetch: &MirrorFetch<'_>,
) -> Result<Option<Response<ResponseBody>>, MirrorFailure> {
    let status = fetch.rule.redirect.as_ref().and_then(|redirect| redirect.mirror.async_status);
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else { return Ok(None) };
    call.context.mirror.begin(order).await?;
    let mut response = Response::new(ResponseBody::Empty);
    *response.status_mut() = status;
    // An origin's URL is made of printable characters alone.
    if let Ok(location) = HeaderValue::from_str(fetch.urls.first.as_str()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    Ok(Some(response))
}

/// The origin's own answer.
fn passed_on(call: &Call, passed: &Passed) -> Response<ResponseBody> {
    let is_head = call.method == Method::HEAD;
    let body = if is_head { ResponseBody::Empty } else { ResponseBody::bytes(passed.body.clone()) };
    let mut response = Response::new(body);
    *response.status_mut() = passed.status;
    *response.headers_mut() = passed.headers.clone();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(passed.body.len()));
    response
}

impl FetchAnswer<'_> {
    async fn stored(&self, object: Arc<ObjectRecord>) -> Outcome {
        if self.status == StatusCode::OK {
            render::stored(self.call, object).await
        } else {
            render::page(self.call, object, self.status).await
        }
    }

    /// The object that the fetch which this request has waited for has brought.
    async fn brought(&self, object: Arc<ObjectRecord>) -> Result<Option<Response<ResponseBody>>, Failure> {
        let mut response = self.stored(object).await?;
        self.add_returned(response.headers_mut());
        Ok(Some(response))
    }

    async fn growing(
        &self,
        head: Arc<OriginHead>,
        in_progress: Arc<InProgressBody>,
        flight: Arc<Flight>,
    ) -> Result<Option<Response<ResponseBody>>, Failure> {
        // A HEAD has no body to follow, so it shows the object that is stored when it is answered.
        if self.call.method == Method::HEAD && flight.stores() {
            match self.call.context.mirror.head_state(&flight, &head).await {
                HeadState::Final => {}
                HeadState::Overtaken => return self.again().await,
                HeadState::Pending => {
                    return match flight.stored().await {
                        Ok(Some(object)) => self.brought(object).await,
                        Ok(None) => self.again().await,
                        // Readers have it without an end, so a HEAD has it without a length.
                        Err(MirrorFailure::EndNotProved) => self.follow(head, in_progress, flight).await,
                        Err(failure) => Err(failure.into()),
                    };
                }
            }
        }
        self.follow(head, in_progress, flight).await
    }

    /// Sends what comes, as it comes.
    async fn follow(
        &self,
        head: Arc<OriginHead>,
        in_progress: Arc<InProgressBody>,
        flight: Arc<Flight>,
    ) -> Result<Option<Response<ResponseBody>>, Failure> {
        let is_object = self.status == StatusCode::OK;
        let is_head = self.call.method == Method::HEAD;
        let mut length = head.length;
        let mut headers = object_headers::of_origin(&head);
        if is_object && let Some(mut answer) = render::not_modified(self.call, head.etag, head.modified, &headers)? {
            self.add_returned(answer.headers_mut());
            return Ok(Some(answer));
        }
        // A range has an end of its own, which would look as if the whole were known.
        let ranged = is_object && !head.may_lack_end && render::asked_range(self.call, &headers).is_some();
        if length.is_none() && ranged {
            // What a range means depends on a length that only the end will tell.
            length = match in_progress.ended().await {
                Ended::Whole { length } => Some(length),
                Ended::Broken { reason } => return Err(MirrorFailure::Body(reason).into()),
            };
        }
        let range = match length.filter(|_| ranged) {
            Some(length) => render::range(self.call, length, &headers)?,
            None => RangeOutcome::Whole,
        };
        self.add_returned(&mut headers);
        object_headers::apply_overrides(&mut headers, &self.call.query)?;
        let (status, start, end) = match (range, length) {
            (RangeOutcome::Part(range), Some(length)) => {
                headers.insert(header::CONTENT_RANGE, render::content_range(range, length));
                (StatusCode::PARTIAL_CONTENT, range.start, Some(range.end))
            }
            // A length that was waited for is not the origin's: it sent chunks, and so do we.
            _ => (self.status, 0, head.length),
        };
        let body = if is_head {
            ResponseBody::Empty
        } else {
            let reader = self.call.context.mirror.reader(&flight, &in_progress, start, end);
            ResponseBody::growing(reader, end.map(|end| end - start))
        };
        if let Some(end) = end {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
        }
        let mut response = Response::new(body);
        *response.headers_mut() = headers;
        *response.status_mut() = status;
        Ok(Some(response))
    }

    /// A client wrote the object while it was fetched: the answer is the stored object.
    async fn again(&self) -> Result<Option<Response<ResponseBody>>, Failure> {
        if let Some(object) = self.call.record_of(&self.order.bucket, &self.fetch.key).await? {
            return self.stored(object).await.map(Some);
        }
        // It was deleted meanwhile. One more fetch answers as if the request had arrived after that.
        match self.call.context.mirror.open(self.order).await? {
            Opened::Present(object) => self.stored(object).await.map(Some),
            Opened::Growing { head, in_progress, flight } => {
                let is_awaited = flight.stores() && head.length.is_none();
                let stored = if is_awaited { flight.stored().await } else { Ok(None) };
                match stored {
                    Ok(Some(object)) => self.brought(object).await,
                    // It is the origin's object, even if a client writes at the same time.
                    Ok(None) | Err(MirrorFailure::EndNotProved) => self.follow(head, in_progress, flight).await,
                    Err(failure) => Err(failure.into()),
                }
            }
            Opened::Passed(passed) => Ok(Some(passed_on(self.call, &passed))),
        }
    }

    /// `MirrorReturnHeaders`: what the rule adds to the answer of a fetch.
    fn add_returned(&self, headers: &mut HeaderMap) {
        let mirror = self.fetch.rule.redirect.as_ref().map(|redirect| &redirect.mirror);
        for added in mirror.and_then(|mirror| mirror.return_headers.as_ref()).iter().flat_map(|list| &list.items) {
            let (name, value) = (added.key.parse::<HeaderName>(), HeaderValue::from_bytes(added.value.as_bytes()));
            // What frames the answer is not the rule's to say.
            if let (Ok(name), Ok(value)) = (name, value)
                && !FRAMING.contains(&name)
            {
                headers.insert(name, value);
            }
        }
    }
}

/// Headers that say where an answer ends.
const FRAMING: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::CONTENT_RANGE];
