//! What a bucket's website configuration makes of a request: the decision is `coho_rules`', what it asks for and what
//! it comes to happens here.

mod mirror;
mod put;
mod request;

pub(crate) use put::put;
pub(crate) use request::{QueryText, is_root_request};

use crate::{
    body::ResponseBody,
    call::Call,
    error::Failure,
    ops::{self, Outcome},
};
use coho_model::{BucketRecord, ObjectKey, ObjectRecord, website::WebsiteConfiguration};
use coho_oss::OssError;
use coho_rules::{Decision, Evaluation, NoTrace, Observation as Found, Redirection};
use http::{HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

/// Most answers of one evaluation: it asks for the object, the page of a rule, a directory's page and the error page.
const MAX_STEPS: usize = 16;

/// An object that was looked up, with the answer that it would get.
struct Candidate {
    object: Arc<ObjectRecord>,
    answer: Outcome,
}

/// Answers a GET or HEAD of an object, or of the root of a bucket that has an index page.
pub(crate) async fn answer(call: &Call, bucket: &Arc<BucketRecord>, website: &WebsiteConfiguration) -> Outcome {
    let headers = request::Headers(&call.headers);
    let mut evaluation = Evaluation::new(Some(website), request::facts(call, bucket, &headers), NoTrace);
    let mut decision = evaluation.begin();
    let mut candidate: Option<Candidate> = None;
    let mut failures: Vec<Failure> = Vec::new();
    let mut missed: Option<(ObjectKey, u64)> = None;
    let mut fetched = false;
    for _ in 0..MAX_STEPS {
        let found = match decision {
            Decision::LookUp(key) => {
                let version = call.context.store.key_version(bucket, &key);
                let looked_up = look_up(call, bucket, &key).await;
                candidate = None;
                match looked_up {
                    Ok(Some(there)) => {
                        candidate = Some(there);
                        Found::Present
                    }
                    Ok(None) => {
                        missed = Some((key, version));
                        Found::Missing
                    }
                    Err(failure) => refused(&mut failures, failure),
                }
            }
            Decision::Serve { status, .. } => {
                if website.mirrors() && !fetched && status == StatusCode::OK.as_u16() {
                    call.context.mirror.hit(bucket);
                }
                tell_hidden(&failures);
                return serve(call, candidate, status).await;
            }
            Decision::Mirror(fetch) => {
                fetched = true;
                let missed = missed.take().filter(|(key, _)| *key == fetch.key).map(|(_, version)| version);
                match mirror::answer(call, bucket, &fetch, missed).await {
                    Ok(Some(response)) => return Ok(response),
                    Ok(None) => Found::Missing,
                    Err(failure) => refused(&mut failures, failure),
                }
            }
            Decision::List => match ops::list_bucket(call).await {
                Ok(response) => return Ok(response),
                Err(failure) => refused(&mut failures, failure),
            },
            Decision::Redirect(to) => {
                tell_hidden(&failures);
                return redirect(&to);
            }
            Decision::Plain { status } => return Err(plain(call, failures, status)),
        };
        decision = evaluation.observe(found);
    }
    Err(plain(call, failures, StatusCode::NOT_FOUND.as_u16()))
}

/// What a page hides from the client is told to the operator.
fn tell_hidden(failures: &[Failure]) {
    for failure in failures.iter().filter(|failure| failure.answer.status().is_server_error()) {
        let error = failure.cause.as_deref().map(|cause| cause as &dyn std::error::Error);
        tracing::error!(code = %failure.answer.code, error, "a failure was answered with a page");
    }
}

fn refused(failures: &mut Vec<Failure>, failure: Failure) -> Found {
    let status = failure.answer.status().as_u16();
    failures.push(failure);
    Found::Refused(status)
}

/// Finds an object and prepares its answer, so that what cannot be read is known before an answer begins. A condition
/// or a range that the answer refuses is a matter of that answer.
async fn look_up(call: &Call, bucket: &BucketRecord, key: &ObjectKey) -> Result<Option<Candidate>, Failure> {
    let object = call.record_of(bucket, key).await?;
    call.may_read(bucket, object.as_deref())?;
    let Some(object) = object else { return Ok(None) };
    let answer = ops::send_object::stored(call, object.clone()).await;
    match answer {
        Err(failure) if failure.answer.status().is_server_error() => Err(failure),
        answer => Ok(Some(Candidate { object, answer })),
    }
}

async fn serve(call: &Call, candidate: Option<Candidate>, status: u16) -> Outcome {
    let Some(Candidate { object, answer }) = candidate else {
        return Err(plain(call, Vec::new(), StatusCode::NOT_FOUND.as_u16()));
    };
    match StatusCode::from_u16(status) {
        Ok(StatusCode::OK) | Err(_) => answer,
        Ok(status) => ops::send_object::page(call, object, status).await,
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

/// The error that the request ends with: the last one of that status that was met, or that nothing is there.
fn plain(call: &Call, failures: Vec<Failure>, status: u16) -> Failure {
    let met = failures.into_iter().rev().find(|failure| failure.answer.status().as_u16() == status);
    met.unwrap_or_else(|| match &call.key {
        Some(key) => OssError::no_such_key(key).into(),
        None => OssError::new(coho_oss::ErrorCode::NoSuchKey).into(),
    })
}
