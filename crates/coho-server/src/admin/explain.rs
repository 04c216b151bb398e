//! Explains how a request is answered: the decision of the bucket's rules with its trace, what would be sent to the
//! origin, and, on request, what the origin answers.

use super::{
    access_keys::state,
    draft::Draft,
    extract::{DecodedQuery, NamedBucket, bucket},
    mirror::effective,
    refusal::AdminError,
};
use crate::{
    authorize::{RequestedAccess, Right, Sender, authorize},
    context::Context,
    failure::Failure,
    object_headers,
    representation::{Needs, Representation, find_to_read},
    terms,
    website::judge,
};
use axum::{Json, extract::State};
use coho_admin_api::explain::{
    ExplainAccess, ExplainLimits, ExplainMethod, ExplainQuery, ExplainedDecision, ExplainedDenial, ExplainedFetch,
    ExplainedHeader, ExplainedHeaderTest, ExplainedObject, ExplainedOutcome, ExplainedStep, ExplainedStepKind,
    Explanation, InvalidParameter, ObjectProvenance, ProbeAnswer, ProbeFailure, ProbeReport,
};
use coho_admin_api::{AdminCode, access::AccessKeyState};
use coho_auth::{Form, Identity};
use coho_model::{
    BucketRecord, ByteRange, Fetched, ObjectKey, ObjectRecord, Query, Timestamp,
    website::{IncludeHeader, MASKED_SECRET, Protocol, is_secret_header},
};
use coho_origin::{FetchRequest, Probe};
use coho_oss::Operation;
use coho_rules::{
    Access, Decision, DecisionTrace, Evaluation, Facts, Method, MirrorFetch, Observation, RuleRequest, TraceEvent,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{iter, sync::Arc};

/// The request to be explained, in the terms of rules.
struct Asked {
    query: ExplainQuery,
    key: Option<ObjectKey>,
    method: Method,
    access: Access,
}

pub(super) async fn explain(
    State(context): State<Arc<Context>>,
    parameters: DecodedQuery,
) -> Result<Json<Explanation>, AdminError> {
    let asked = Asked::parse(ExplainQuery::parse(parameters.pairs())?)?;
    let bucket = bucket(&context, &asked.query.bucket).await?;
    explanation(&context, &bucket, asked).await
}

/// The same with a draft in place of the stored website configuration. A draft that could not be stored is refused as a put
/// would refuse it.
pub(super) async fn explain_draft(
    State(context): State<Arc<Context>>,
    NamedBucket(stored): NamedBucket,
    parameters: DecodedQuery,
    draft: Draft,
) -> Result<Json<Explanation>, AdminError> {
    let named = iter::once(("bucket", stored.name.as_str()));
    let asked = Asked::parse(ExplainQuery::parse(named.chain(parameters.pairs()))?)?;
    let xml = draft.require_xml()?;
    let website = judge(&context, &stored, stored.website.as_deref(), &xml).map_err(Failure::from)?;
    let bucket = BucketRecord { website: Some(Arc::new(website)), ..(*stored).clone() };
    explanation(&context, &Arc::new(bucket), asked).await
}

async fn explanation(
    context: &Context,
    bucket: &Arc<BucketRecord>,
    asked: Asked,
) -> Result<Json<Explanation>, AdminError> {
    let (headers, query) = (asked.header_map(), asked.decoded_query());
    let identity = asked.identity(context, bucket)?;
    let sender = Sender::without_connection(context, bucket, &identity, (&headers, &query));
    let refused = terms::check(&sender, asked.operation(), bucket).err();
    let request = RuleRequest {
        bucket: bucket.name.as_str(),
        key: asked.key.as_ref(),
        method: asked.method,
        raw_query: asked.query.query.as_deref().unwrap_or_default(),
        headers: &asked.query.headers,
        scheme: Protocol::Http,
        host: asked.query.host.as_deref().unwrap_or("127.0.0.1"),
        leading_slashes: 0,
        path_style: asked.query.host.is_none(),
        lacks_slash: false,
        anyone_reads: sender.anyone_reads(bucket),
        access: asked.access,
    };
    let mut trace = DecisionTrace::default();
    let configuration = bucket.website.as_deref();
    let is_head = asked.method == Method::Head;
    let mut lookups = ExplainFacts { context, bucket, sender, is_head, supposed: asked.supposed(), denial: None };
    let decision = match &refused {
        // Such a request is refused before a rule is evaluated.
        Some(failure) => Decision::Plain { status: failure.status().as_u16() },
        None => Evaluation::new(configuration, request, &mut trace).run(&mut lookups).await?,
    };
    let object = match &asked.key {
        Some(key) => context.store.object(bucket, key).await.map_err(Failure::from)?,
        None => None,
    };
    let request = match &decision {
        Decision::Mirror(fetch) => Some(FetchRequest::new(bucket, fetch, &headers)),
        _ => None,
    };
    let probe = match &request {
        Some(request) if asked.query.probe => Some(probe(context, request).await),
        _ => None,
    };
    let denial = refused.as_ref().and_then(denial).or(lookups.denial);
    Ok(Json(Explanation {
        bucket: bucket.name.to_string(),
        key: asked.key.as_ref().map(ToString::to_string),
        website: configuration.is_some(),
        object: object.as_deref().map(shown_object),
        events: trace.events.iter().map(shown_step).collect(),
        decision: ExplainedDecision {
            outcome: outcome(context, &decision, request.as_ref()),
            text: refused.map_or_else(|| decision.to_string(), |failure| failure.answer().message.into_owned()),
        },
        denial,
        limits: limits(context, bucket),
        probe,
    }))
}

fn denial(failure: &Failure) -> Option<ExplainedDenial> {
    let message = || failure.answer().message.into_owned();
    failure.kind.denial().map(|reason| ExplainedDenial { reason, message: message() })
}

impl Asked {
    fn parse(query: ExplainQuery) -> Result<Self, InvalidParameter> {
        let key = |key: &str| {
            ObjectKey::parse(key).map_err(|error| InvalidParameter::new("key", key, format!("is not a key: {error}")))
        };
        Ok(Self {
            key: query.key.as_deref().map(key).transpose()?,
            method: match query.method {
                ExplainMethod::Get => Method::Get,
                ExplainMethod::Head => Method::Head,
            },
            access: match query.access {
                ExplainAccess::Presigned => Access::Presigned,
                ExplainAccess::Anonymous if query.access_key_id.is_none() => Access::Anonymous,
                ExplainAccess::Anonymous | ExplainAccess::Signed => Access::Signed,
            },
            query,
        })
    }

    /// The headers as a request has them.
    fn header_map(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.query.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value.as_bytes())) {
                headers.append(name, value);
            }
        }
        headers
    }

    /// The query, decoded; one that cannot be has no parameters.
    fn decoded_query(&self) -> Query {
        Query::parse(self.query.query.as_deref().unwrap_or_default()).unwrap_or_default()
    }

    fn operation(&self) -> Operation {
        match (&self.key, self.method) {
            (None, _) => Operation::ListObjects,
            (Some(_), Method::Head) => Operation::HeadObject,
            (Some(_), Method::Get) => Operation::GetObject,
        }
    }

    /// Signed requests are taken to be the owner's, unless they name a key.
    fn identity(&self, context: &Context, bucket: &BucketRecord) -> Result<Identity, AdminError> {
        let form = match self.access {
            Access::Anonymous => return Ok(Identity::Anonymous),
            Access::Presigned => Form::Url,
            Access::Signed => Form::Header,
        };
        let Some(id) = &self.query.access_key_id else {
            let owner = bucket.owner.clone();
            return Ok(Identity::Signed { access_key_id: owner.clone(), owner, form, limits: None });
        };
        let keys = context.accepted_keys();
        let key = keys.authenticator.credentials().get(id).ok_or_else(|| {
            let text = format!("access key {id} does not exist");
            AdminError::own(AdminCode::NoSuchAccessKey, text)
        })?;
        let (access_key_id, owner, limits) = (key.access_key_id.clone(), key.owner.clone(), key.limits.clone());
        match state(key, context.store.now()) {
            AccessKeyState::Active => Ok(Identity::Signed { access_key_id, owner, form, limits }),
            state => {
                let message = format!("is {}: requests with it are refused", state.as_str());
                Err(InvalidParameter::new("access_key_id", id, message).into())
            }
        }
    }

    /// What the request finds first, if the caller supposes it.
    fn supposed(&self) -> Option<Observation> {
        self.query.status.map(|status| match status {
            200 => Observation::Present,
            404 => Observation::Missing,
            other => Observation::Refused(other),
        })
    }
}

/// Answers the questions of an evaluation from the store. A fetch ends the evaluation and is not made.
pub(super) struct ExplainFacts<'a> {
    pub(super) context: &'a Context,
    pub(super) bucket: &'a BucketRecord,
    pub(super) sender: Sender<'a>,
    /// A HEAD opens no object, and finds one that is being fetched.
    pub(super) is_head: bool,
    /// The answer to the first question, if the caller supposes one.
    pub(super) supposed: Option<Observation>,
    /// What has denied the sender an answer first.
    pub(super) denial: Option<ExplainedDenial>,
}

impl Facts for ExplainFacts<'_> {
    type End = Failure;

    async fn look_up(&mut self, key: &ObjectKey) -> Result<Option<Observation>, Failure> {
        match self.supposed.take() {
            Some(found) => Ok(Some(found)),
            None => self.find(key).await.map(Some),
        }
    }

    async fn fetch(&mut self, _fetch: &MirrorFetch<'_>) -> Result<Option<Observation>, Failure> {
        Ok(None)
    }

    async fn list(&mut self) -> Result<Option<Observation>, Failure> {
        let found = self.supposed.take();
        let access = RequestedAccess { operation: Operation::ListObjects, right: Right::List, key: None };
        if found.is_some() {
            return Ok(found);
        }
        let denied = authorize(&self.sender, access, self.bucket, None).err();
        Ok(denied.map(|denied| self.refused(&denied)))
    }
}

impl ExplainFacts<'_> {
    fn refused(&mut self, failure: &Failure) -> Observation {
        self.denial = self.denial.take().or_else(|| denial(failure));
        Observation::Refused(failure.status().as_u16())
    }

    /// As a request would find it.
    async fn find(&mut self, key: &ObjectKey) -> Result<Observation, Failure> {
        let needs = if self.is_head { Needs::Headers } else { Needs::Bytes };
        let found = match find_to_read(self.context, &self.sender, self.bucket, key, needs).await {
            Ok(found) => found,
            Err(failure) if failure.status().is_server_error() => return Err(failure),
            Err(denied) => return Ok(self.refused(&denied)),
        };
        let record = match found {
            Some(Representation::Stored(object)) if !self.is_head => object.record,
            Some(_) => return Ok(Observation::Present),
            None => return Ok(Observation::Missing),
        };
        let range = ByteRange { start: 0, end: record.size };
        match self.context.store.read_object(record, range).await {
            Ok(_) => Ok(Observation::Present),
            Err(error) => Ok(Observation::Refused(Failure::from(error).status().as_u16())),
        }
    }
}

async fn probe(context: &Context, request: &FetchRequest) -> ProbeReport {
    match context.mirror.probe(request).await {
        Ok(Probe { method, status, latency, length, etag, last_modified, address }) => {
            ProbeReport::Answered(ProbeAnswer {
                method: method.to_string(),
                status: status.as_u16(),
                latency_ms: latency.as_secs_f64() * 1000.0,
                length_bytes: length,
                etag,
                last_modified,
                address: address.map(|address| address.to_string()),
            })
        }
        Err(failure) => {
            let reason = failure.label().to_owned();
            ProbeReport::Failed(ProbeFailure { error: failure.to_string(), reason })
        }
    }
}

fn shown_object(object: &ObjectRecord) -> ExplainedObject {
    let from = object.mirrored_from.as_ref();
    ExplainedObject {
        size_bytes: object.size,
        etag: object.etag.quoted(),
        modified: object.modified.iso8601(),
        mirrored_from: from.map(|from| from.url.to_string()),
        fetched: from.and_then(|from| from.fetch.as_ref()).map(provenance),
        rewritten: from.and_then(|from| from.rewritten).map(Timestamp::iso8601),
    }
}

pub(super) fn provenance(fetched: &Fetched) -> ObjectProvenance {
    ObjectProvenance {
        at: fetched.at.iso8601(),
        rule: fetched.rule_number,
        origin_etag: fetched.etag.as_deref().map(str::to_owned),
        origin_last_modified: fetched.last_modified.as_deref().map(str::to_owned),
    }
}

fn shown_step(event: &TraceEvent) -> ExplainedStep {
    let step = match event {
        TraceEvent::Entry { key, is_index } => ExplainedStepKind::Entry { key: key.clone(), is_index: *is_index },
        TraceEvent::Observed { status } => ExplainedStepKind::Observed { status: *status },
        TraceEvent::RulePassedBy { rule, mismatch } => ExplainedStepKind::RulePassedBy {
            rule: *rule,
            element: mismatch.element.clone(),
            expected: mismatch.expected.clone(),
            actual: mismatch.actual.clone(),
            is_not_executed: mismatch.is_not_executed,
            reason: mismatch.reason.word().to_owned(),
            header: mismatch.reason.header().map(shown_test),
        },
        TraceEvent::RuleMatched { rule } => ExplainedStepKind::RuleMatched { rule: *rule },
        TraceEvent::NoRuleMatches => ExplainedStepKind::NoRuleMatches,
        TraceEvent::Step { element, outcome } => {
            let (element, reason) = ((*element).to_owned(), outcome.word().to_owned());
            ExplainedStepKind::Step { element, outcome: outcome.to_string(), reason }
        }
        TraceEvent::Decided(_) => ExplainedStepKind::Decided,
    };
    ExplainedStep { step, text: event.to_string() }
}

fn shown_test(header: &IncludeHeader) -> ExplainedHeaderTest {
    let IncludeHeader { key, equals, starts_with, ends_with, unknown: _ } = header.clone();
    ExplainedHeaderTest { name: key, equals, starts_with, ends_with }
}

fn outcome(context: &Context, decision: &Decision<'_>, request: Option<&FetchRequest>) -> ExplainedOutcome {
    match decision {
        Decision::List => ExplainedOutcome::List { status: 200 },
        Decision::LookUp(key) => ExplainedOutcome::LookUp { key: key.to_string() },
        Decision::Serve { key, status } => ExplainedOutcome::Serve { key: key.to_string(), status: *status },
        Decision::Mirror(fetch) => ExplainedOutcome::Mirror(ExplainedFetch {
            rule: fetch.rule.rule_number,
            url: fetch.urls.first.to_string(),
            other_urls: fetch.urls.others.iter().map(ToString::to_string).collect(),
            key: fetch.key.to_string(),
            status: fetch.status,
            headers: request.map(|request| origin_headers(context, request)).unwrap_or_default(),
            tag: object_headers::mirror_tag_text(&fetch.urls.first.tag_value()),
        }),
        Decision::Redirect(to) => ExplainedOutcome::Redirect {
            rule: to.rule.map(|rule| rule.rule_number),
            status: to.status,
            location: to.location.clone(),
        },
        Decision::Plain { status } => ExplainedOutcome::Error { status: *status },
    }
}

/// What the rule's first origin is sent; nothing if the request cannot be signed, which the probe explains. The values of
/// credentials are not shown.
fn origin_headers(context: &Context, request: &FetchRequest) -> Vec<ExplainedHeader> {
    let headers = context.mirror.origin_headers(request).unwrap_or_default();
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let is_secret = value.is_sensitive() || is_secret_header(name.as_str());
        let value =
            if is_secret { MASKED_SECRET.into() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() };
        ExplainedHeader { name: name.to_string(), value }
    };
    headers.iter().map(shown).collect()
}

fn limits(context: &Context, bucket: &BucketRecord) -> ExplainLimits {
    let (options, effective) = (context.mirror.options(), effective(context, bucket));
    ExplainLimits {
        qps: effective.qps,
        bandwidth_bytes_per_second: effective.bandwidth_bytes_per_second,
        connect_timeout_ms: effective.connect_timeout_ms,
        first_byte_timeout_ms: effective.first_byte_timeout_ms,
        idle_timeout_ms: effective.idle_timeout_ms,
        total_timeout_ms: options.total_timeout.as_millis() as u64,
        max_object_bytes: options.max_object_bytes,
        max_fetches: coho_origin::MAX_FLIGHTS as u64,
        trust_close: bucket.mirror.trusts_close,
        encrypt: bucket.mirror.encrypts,
    }
}
