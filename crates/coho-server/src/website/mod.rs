//! Resolves a request by the bucket's website configuration. `coho_rules` decides; the lookups and fetches that it asks
//! for are made here. How the result is answered is a matter of `render`.

mod mirror;
mod put;
mod request;

pub(crate) use put::{check_and_store, judge, put};
pub(crate) use request::is_root_request;

use crate::{
    call::Call,
    failure::{Failure, FailureKind},
    render,
    representation::{Needs, Representation, Resolution, StoredObject, find_to_read},
};
use coho_model::{BucketRecord, ObjectKey, ObjectRecord, website::WebsiteConfiguration};
use coho_rules::{Decision, Evaluation, Facts, MirrorFetch, NoTrace, Observation};
use coho_store::KeyLookup;
use http::{HeaderMap, StatusCode};
use std::sync::{Arc, atomic::Ordering};

/// What a lookup finds.
#[allow(clippy::large_enum_variant, reason = "it is matched where it is returned, and not kept")]
enum Found {
    Object(Representation),
    /// An object whose bytes are damaged, with the failure to read them.
    Damaged(Arc<ObjectRecord>, Failure),
}

/// The last lookup that found no object, or one whose bytes are damaged.
struct Missing {
    lookup: KeyLookup,
    damaged: Option<Arc<ObjectRecord>>,
}

/// The result of a request for an object, or for the root of a bucket with an index page.
#[allow(clippy::large_enum_variant, reason = "it is matched where it is returned, and not kept")]
pub(crate) enum Resolved {
    Read(Resolution),
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
        missing: None,
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
            note_hidden(call, &failures);
            let object = candidate.ok_or_else(|| plain(call, Vec::new(), StatusCode::NOT_FOUND.as_u16()))?;
            Ok(Some(Resolved::Read(with_status(object, status))))
        }
        Decision::Redirect(to) => {
            note_hidden(call, &failures);
            let status = StatusCode::from_u16(to.status).unwrap_or(StatusCode::FOUND);
            Ok(Some(Resolved::Read(Representation::elsewhere(status, &to.location).into())))
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
    candidate: Option<Representation>,
    failures: Vec<Failure>,
    missing: Option<Missing>,
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
        let lookup = match self.call.context.store.begin_lookup(self.bucket, key).await {
            Ok(lookup) => lookup,
            Err(error) => return Ok(Some(self.refused(error.into()))),
        };
        self.candidate = None;
        Ok(Some(match look_up(self.call, self.bucket, key).await {
            Ok(Some(Found::Damaged(object, failure))) => {
                if !self.repairs || !coho_store::may_be_replaced(&object) {
                    return Ok(Some(self.refused(failure)));
                }
                self.is_damaged = true;
                self.missing = Some(Missing { lookup, damaged: Some(object) });
                Observation::Missing
            }
            Ok(Some(Found::Object(candidate))) => {
                self.candidate = Some(candidate);
                Observation::Present
            }
            Ok(None) => {
                self.missing = Some(Missing { lookup, damaged: None });
                Observation::Missing
            }
            Err(failure) => self.refused(failure),
        }))
    }

    async fn fetch(&mut self, fetch: &MirrorFetch<'_>) -> Result<Option<Observation>, Resolved> {
        self.fetched = true;
        match mirror::open(self, fetch).await {
            Ok(Some(resolution)) => {
                self.call.mirrored.store(true, Ordering::Relaxed);
                Err(Resolved::Read(resolution))
            }
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

/// Logs and counts the failures that a page or a redirect hides from the client.
fn note_hidden(call: &Call, failures: &[Failure]) {
    if let Some(reason) = failures.iter().find_map(|failure| failure.kind.denial()) {
        call.context.metrics.count_denial(reason);
    }
    for failure in failures.iter().filter(|failure| failure.status().is_server_error()) {
        tracing::error!(code = %failure.answer().code, error = failure.error(), "a failure was answered with a page");
    }
}

/// Finds an object and opens it, so that what cannot be read is known to the rules.
async fn look_up(call: &Call, bucket: &BucketRecord, key: &ObjectKey) -> Result<Option<Found>, Failure> {
    // A GET of an object that is being fetched follows the fetch, by the rule that leads to it.
    let needs = Needs::of(&call.method);
    let record = match find_to_read(&call.context, &call.sender(bucket), bucket, key, needs).await? {
        Some(Representation::Stored(object)) => object.record,
        found => return Ok(found.map(Found::Object)),
    };
    match render::open(call, record.clone(), StatusCode::OK).await {
        Ok(opened) => Ok(Some(Found::Object(opened))),
        Err(failure) if failure.is_damage() => Ok(Some(Found::Damaged(record, failure))),
        Err(failure) => Err(failure),
    }
}

/// The object that was looked up, to be sent with this status.
fn with_status(object: Representation, status: u16) -> Resolution {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let representation = match object {
        // What was opened is what a request for this object would get, not what a page shows.
        Representation::Stored(StoredObject { record, .. }) if status != StatusCode::OK => {
            Representation::stored(record)
        }
        object => object,
    };
    Resolution { representation, status, returned: HeaderMap::new() }
}

/// The error that the request ends with: the last one of that status, or that the object does not exist.
fn plain(call: &Call, failures: Vec<Failure>, status: u16) -> Failure {
    let met = failures.into_iter().rev().find(|failure| failure.status().as_u16() == status);
    met.unwrap_or_else(|| match &call.key {
        Some(key) => Failure::no_such_key(key),
        None => FailureKind::NoSuchKey(None).into(),
    })
}
