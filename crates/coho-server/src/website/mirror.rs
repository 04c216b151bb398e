//! Executing a fetch that the rules decided on: what a client is shown of it while it is stored.

use super::WebsiteFacts;
use crate::{
    authorize::{JudgedObject, RequestedAccess, Right, authorize_judged},
    call::Call,
    failure::Failure,
    render,
    representation::{ObjectInFlight, Representation, Resolution, Version},
};
use coho_model::ObjectRecord;
use coho_origin::{FetchRequest, Flight, HeadState, MirrorFailure, Opened, OriginHead};
use coho_oss::Operation;
use coho_rules::MirrorFetch;
use coho_store::{Ended, InProgressBody};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// A fetch with the status that its object is sent with.
struct MirroredRead<'a> {
    call: &'a Call,
    request: &'a Arc<FetchRequest>,
    fetch: &'a MirrorFetch<'a>,
    status: StatusCode,
}

/// Fetches. Nothing if the origin has no such object.
pub(super) async fn open(facts: &mut WebsiteFacts<'_>, fetch: &MirrorFetch<'_>) -> Result<Option<Resolution>, Failure> {
    let call = facts.call;
    let mut request = FetchRequest::new(facts.bucket, fetch, &call.headers);
    if let Some(missing) = facts.missing.take().filter(|missing| missing.lookup.is_of(&fetch.key)) {
        (request.missing, request.damaged) = (Some(missing.lookup), missing.damaged);
    }
    request.request_id = call.request_id.clone();
    let request = Arc::new(request);
    match later(call, &request, fetch).await {
        Ok(None) => {}
        Ok(Some(elsewhere)) => return Ok(Some(elsewhere.into())),
        Err(MirrorFailure::CachedNotFound) => return Ok(None),
        Err(failure) => return Err(failure.into()),
    }
    let status = StatusCode::from_u16(fetch.status).unwrap_or(StatusCode::OK);
    let read = MirroredRead { call, request: &request, fetch, status };
    match call.context.mirror.open(&request).await {
        Ok(Opened::Present(record)) => read.stored(record).await.map(Some),
        Ok(Opened::Growing { head, in_progress, flight }) => read.growing(head, in_progress, flight).await.map(Some),
        Ok(Opened::Passed(passed)) => Ok(Some(Representation::Passed(passed).into())),
        Err(MirrorFailure::NotFound | MirrorFailure::CachedNotFound) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// `MirrorAsyncStatus`: the client is sent to the origin, and the object is stored meanwhile.
async fn later(
    call: &Call,
    request: &Arc<FetchRequest>,
    fetch: &MirrorFetch<'_>,
) -> Result<Option<Representation>, MirrorFailure> {
    let status = fetch.rule.redirect.as_ref().and_then(|redirect| redirect.mirror.async_status);
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else { return Ok(None) };
    call.context.mirror.begin(request).await?;
    Ok(Some(Representation::elsewhere(status, fetch.urls.first.as_str())))
}

impl MirroredRead<'_> {
    /// Whether the sender may read what the fetch brings, or what a client has written meanwhile: the right was checked before
    /// anything of the object was known.
    fn authorize(&self, object: JudgedObject<'_>) -> Result<(), Failure> {
        let (bucket, key) = (&self.request.bucket, Some(&self.fetch.key));
        let access = RequestedAccess { operation: Operation::GetObject, right: Right::Read, key };
        authorize_judged(&self.call.sender(bucket), access, bucket, object)
    }

    /// A stored object; of a symbolic link that a client has written meanwhile, its target. The right to the link is checked before
    /// anything of the target is revealed.
    async fn stored(&self, record: Arc<ObjectRecord>) -> Result<Resolution, Failure> {
        self.authorize((&*record).into())?;
        let record = self.call.follow(&self.request.bucket, &self.fetch.key, record).await?;
        let representation = render::open(self.call, record, self.status).await?;
        Ok(Resolution { representation, status: self.status, returned: HeaderMap::new() })
    }

    /// The object that the fetch which this request has waited for has brought.
    async fn brought(&self, record: Arc<ObjectRecord>) -> Result<Resolution, Failure> {
        Ok(Resolution { returned: self.returned(), ..self.stored(record).await? })
    }

    async fn growing(
        &self,
        head: Arc<OriginHead>,
        in_progress: Arc<InProgressBody>,
        flight: Arc<Flight>,
    ) -> Result<Resolution, Failure> {
        // A HEAD has no body to follow, so it shows the object that is stored when it is answered.
        if self.call.method == Method::HEAD && flight.stores() {
            match self.call.context.mirror.head_state(&flight, &head).await {
                HeadState::Final => {}
                HeadState::Overtaken => return self.again().await,
                HeadState::Pending => {
                    return match flight.stored().await {
                        Ok(Some(record)) => self.brought(record).await,
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

    /// What comes is sent as it comes.
    async fn follow(
        &self,
        head: Arc<OriginHead>,
        in_progress: Arc<InProgressBody>,
        flight: Arc<Flight>,
    ) -> Result<Resolution, Failure> {
        self.authorize((&*head).into())?;
        let mut length = head.length;
        // A range has an end of its own, which would look as if the whole were known.
        let has_ranges = self.status == StatusCode::OK && !head.may_lack_end;
        if length.is_none() && has_ranges && render::needs_length(self.call, Version::from(&*head)) {
            // Only the end of the fetch tells the length.
            length = match in_progress.ended().await {
                Ended::Whole { length } => Some(length),
                Ended::Broken { reason } => return Err(MirrorFailure::Body(reason).into()),
            };
        }
        let representation =
            Representation::InFlight(ObjectInFlight { head, length, body: Some((in_progress, flight)) });
        Ok(Resolution { representation, status: self.status, returned: self.returned() })
    }

    /// A client wrote the object while it was fetched: the answer is the stored object.
    async fn again(&self) -> Result<Resolution, Failure> {
        if let Some(record) = self.call.record_of(&self.request.bucket, &self.fetch.key).await? {
            return self.stored(record).await;
        }
        // It was deleted meanwhile. One more fetch answers as if the request had arrived after that.
        match self.call.context.mirror.open(self.request).await? {
            Opened::Present(record) => self.stored(record).await,
            Opened::Growing { head, in_progress, flight } => {
                let is_awaited = flight.stores() && head.length.is_none();
                let stored = if is_awaited { flight.stored().await } else { Ok(None) };
                match stored {
                    Ok(Some(record)) => self.brought(record).await,
                    // It is the origin's object, even if a client writes at the same time.
                    Ok(None) | Err(MirrorFailure::EndNotProved) => self.follow(head, in_progress, flight).await,
                    Err(failure) => Err(failure.into()),
                }
            }
            Opened::Passed(passed) => Ok(Representation::Passed(passed).into()),
        }
    }

    /// `MirrorReturnHeaders`: what the rule adds to the answer of a fetch.
    fn returned(&self) -> HeaderMap {
        let mirror = self.fetch.rule.redirect.as_ref().map(|redirect| &redirect.mirror);
        let mut headers = HeaderMap::new();
        for added in mirror.and_then(|mirror| mirror.return_headers.as_ref()).iter().flat_map(|list| &list.items) {
            let (name, value) = (added.key.parse::<HeaderName>(), HeaderValue::from_bytes(added.value.as_bytes()));
            // What frames the answer is not the rule's to say.
            if let (Ok(name), Ok(value)) = (name, value)
                && !FRAMING.contains(&name)
            {
                headers.insert(name, value);
            }
        }
        headers
    }
}

/// Headers that say where an answer ends.
const FRAMING: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::CONTENT_RANGE];
