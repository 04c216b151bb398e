//! Resolves a request by the bucket's website configuration. `coho_rules` decides; the lookups and fetches that it asks
//! for, and the answer that it decides on, are made here.

mod mirror;
mod put;
mod request;

pub(crate) use put::put;
pub(crate) use request::is_root_request;

use crate::{
    answer::Outcome,
    body::ResponseBody,
    call::Call,
    failure::{Failure, FailureKind},
    render,
    representation::Representation,
};
use coho_model::{BucketRecord, ObjectKey, ObjectRecord, website::WebsiteConfiguration};
use coho_rules::{Decision, Evaluation, Facts, MirrorFetch, NoTrace, Observation, Redirection};
use http::{HeaderValue, Method, Response, StatusCode, header};
use mirror::Missed;
use std::sync::Arc;

/// An object that was looked up, with the answer that it would get.
struct Candidate {
    object: Representation,
    answer: Outcome,
}

/// What a lookup finds.
#[allow(clippy::large_enum_variant, reason = "it is matched where it is returned, and not kept")]
enum Found {
    Candidate(Candidate),
    /// An object whose bytes are damaged, with the failure to read them.
    Damaged(Arc<ObjectRecord>, Failure),
}

/// The result of a request for an object, or for the root of a bucket with an index page.
#[allow(clippy::large_enum_variant, reason = "it is matched where it is returned, and not kept")]
pub(crate) enum Resolved {
    Answer(Response<ResponseBody>),
    /// The listing of the bucket, which the client may see.
    Listing,
}

/// Resolves a GET or HEAD of an object, or of the root of a bucket that has an index page.
pub(crate) async fn resolve(
    call: &Call,
    bucket: &Arc<BucketRecord>,
    website: &WebsiteConfiguration,
) -> Result<Resolved, Failure> {
    match resolve_by_rules(call, bucket, website, true).await? {
        Some(resolved) => Ok(resolved),
        // No rule has brought the damaged object: it fails as what it is.
        None => {
            let resolved = resolve_by_rules(call, bucket, website, false).await?;
            resolved.ok_or_else(|| plain(call, Vec::new(), StatusCode::NOT_FOUND.as_u16()))
        }
    }
}

/// Resolves by the rules. If it `repairs`, an object whose bytes are damaged counts as missing, so that a rule can fetch it;
/// `None` if none does.
async fn resolve_by_rules(
    call: &Call,
    bucket: &Arc<BucketRecord>,
    website: &WebsiteConfiguration,
    repairs: bool,
) -> Result<Option<Resolved>, Failure> {
    let headers = request::Headers(&call.headers);
    let evaluation = Evaluation::new(Some(website), request::facts(call, bucket, &headers), NoTrace);
    let mut lookups = WebsiteFacts {
        call,
        bucket,
        candidate: None,
        failures: Vec::new(),
        missed: None,
        fetched: false,
        repairs,
        is_damaged: false,
    };
    let decision = match evaluation.run(&mut lookups).await {
        Ok(decision) => decision,
        Err(resolved) => return Ok(Some(resolved)),
    };
    let WebsiteFacts { candidate, failures, fetched, is_damaged, .. } = lookups;
    if is_damaged {
        return Ok(None);
    }
    match decision {
        Decision::Serve { status, .. } => {
            if website.mirrors() && !fetched && status == StatusCode::OK.as_u16() {
                call.context.mirror.hit(bucket);
            }
            log_hidden(&failures);
            serve(call, candidate, status).await.map(|answer| Some(Resolved::Answer(answer)))
        }
        Decision::Redirect(to) => {
            log_hidden(&failures);
            redirect(&to).map(|answer| Some(Resolved::Answer(answer)))
        }
        Decision::Plain { status } => Err(plain(call, failures, status)),
        // The evaluation asks these as questions, which end it or are answered.
        Decision::LookUp(_) | Decision::Mirror(_) | Decision::List => {
            Err(plain(call, failures, StatusCode::NOT_FOUND.as_u16()))
        }
    }
}

/// Answers the questions of an evaluation from the store and from origins.
struct WebsiteFacts<'a> {
    call: &'a Call,
    bucket: &'a Arc<BucketRecord>,
    /// The object that was looked up last, if it exists.
    candidate: Option<Candidate>,
    failures: Vec<Failure>,
    /// The object that was looked up last, if it does not exist, with its key version from before the lookup.
    missed: Option<(ObjectKey, Missed)>,
    fetched: bool,
    repairs: bool,
    /// A damaged object has counted as missing.
    is_damaged: bool,
}

impl WebsiteFacts<'_> {
    fn refused(&mut self, failure: Failure) -> Observation {
        let status = failure.status().as_u16();
        self.failures.push(failure);
        Observation::Refused(status)
    }
}

impl Facts for WebsiteFacts<'_> {
    type End = Resolved;

    async fn look_up(&mut self, key: &ObjectKey) -> Result<Option<Observation>, Resolved> {
        let version = match self.call.context.store.key_version(self.bucket, key).await {
            Ok(version) => version,
            Err(error) => return Ok(Some(self.refused(error.into()))),
        };
        self.candidate = None;
        Ok(Some(match look_up(self.call, self.bucket, key).await {
            Ok(Some(Found::Damaged(object, failure))) => {
                if !self.repairs || !coho_store::may_be_replaced(&object) {
                    return Ok(Some(self.refused(failure)));
                }
                self.is_damaged = true;
                self.missed = Some((key.clone(), Missed { version: Some(version), damaged: Some(object) }));
                Observation::Missing
            }
            Ok(Some(Found::Candidate(candidate))) => {
                self.candidate = Some(candidate);
                Observation::Present
            }
            Ok(None) => {
                self.missed = Some((key.clone(), Missed { version: Some(version), damaged: None }));
                Observation::Missing
            }
            Err(failure) => self.refused(failure),
        }))
    }

    async fn fetch(&mut self, fetch: &MirrorFetch<'_>) -> Result<Option<Observation>, Resolved> {
        self.fetched = true;
        let missed = self.missed.take().filter(|(key, _)| *key == fetch.key).map(|(_, missed)| missed);
        match mirror::answer(self.call, self.bucket, fetch, missed.unwrap_or_default()).await {
            Ok(Some(response)) => Err(Resolved::Answer(response)),
            Ok(None) => Ok(Some(Observation::Missing)),
            Err(failure) => Ok(Some(self.refused(failure))),
        }
    }

    async fn list(&mut self) -> Result<Option<Observation>, Resolved> {
        match self.call.may_list(self.bucket) {
            Ok(()) => Err(Resolved::Listing),
            Err(failure) => Ok(Some(self.refused(failure))),
        }
    }
}

/// Logs the failures that a page or a redirect hides from the client.
fn log_hidden(failures: &[Failure]) {
    for failure in failures.iter().filter(|failure| failure.status().is_server_error()) {
        tracing::error!(code = %failure.answer().code, error = failure.error(), "a failure was answered with a page");
    }
}

/// Finds an object and prepares its answer, so that what cannot be read is known before an answer begins. A condition
/// or a range that the answer refuses is a matter of that answer.
async fn look_up(call: &Call, bucket: &BucketRecord, key: &ObjectKey) -> Result<Option<Found>, Failure> {
    let object = match call.method {
        // An object that is being fetched exists, too; a GET follows the fetch, by the rule that leads to it.
        Method::HEAD => call.representation(bucket, key).await?,
        _ => call.record_of(bucket, key).await?.map(Representation::Stored),
    };
    call.may_read(bucket, object.as_ref().and_then(Representation::record))?;
    let Some(object) = object else { return Ok(None) };
    let answer = match &object {
        Representation::Stored(object) => render::stored(call, object.clone()).await,
        Representation::InFlight(head) => render::in_flight(call, head),
    };
    match (object, answer) {
        (Representation::Stored(object), Err(failure)) if failure.is_damage() => {
            Ok(Some(Found::Damaged(object, failure)))
        }
        (_, Err(failure)) if failure.status().is_server_error() => Err(failure),
        (object, answer) => Ok(Some(Found::Candidate(Candidate { object, answer }))),
    }
}

async fn serve(call: &Call, candidate: Option<Candidate>, status: u16) -> Outcome {
    let Some(Candidate { object, answer }) = candidate else {
        return Err(plain(call, Vec::new(), StatusCode::NOT_FOUND.as_u16()));
    };
    match StatusCode::from_u16(status) {
        Ok(StatusCode::OK) | Err(_) => answer,
        Ok(status) => match object {
            Representation::Stored(object) => render::page(call, object, status).await,
            Representation::InFlight(head) => render::in_flight_page(&head, status),
        },
    }
}

fn redirect(to: &Redirection<'_>) -> Outcome {
    let mut response = Response::new(ResponseBody::Empty);
    *response.status_mut() = StatusCode::from_u16(to.status).unwrap_or(StatusCode::FOUND);
    // A location is made of printable characters alone.
    let location = HeaderValue::from_str(&to.location).unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    Ok(response)
}

/// The error that the request ends with: the last one of that status, or that the object does not exist.
fn plain(call: &Call, failures: Vec<Failure>, status: u16) -> Failure {
    let met = failures.into_iter().rev().find(|failure| failure.status().as_u16() == status);
    met.unwrap_or_else(|| match &call.key {
        Some(key) => Failure::no_such_key(key),
        None => FailureKind::NoSuchKey(None).into(),
    })
}
