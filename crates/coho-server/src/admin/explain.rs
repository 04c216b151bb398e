//! Explains how a request is answered: the decision of the bucket's rules with its trace, what would be sent to the
//! origin, and, on request, what the origin answers.

use super::{AdminError, website};
use crate::{
    authorize::{Right, authorize},
    context::Context,
    failure::Failure,
    object_headers,
    representation::{Representation, find},
};
use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
};
use coho_auth::{Form, Identity};
use coho_model::{
    BucketRecord, ByteRange, Fetched, ObjectKey, ObjectRecord, Query,
    website::{MASKED_SECRET, Protocol, is_secret_header},
};
use coho_origin::{FetchRequest, Probe};
use coho_rules::{
    Access, Decision, DecisionTrace, Evaluation, Facts, Method, MirrorFetch, Observation, RuleRequest, TraceEvent,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::sync::Arc;

/// The request to be explained, as the query describes it.
struct Asked {
    query: Query,
    key: Option<ObjectKey>,
    method: Method,
    access: Access,
    status: Option<u16>,
    headers: Vec<(String, String)>,
}

pub(super) async fn explain(
    State(context): State<Arc<Context>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Value>, AdminError> {
    let asked = Asked::parse(raw.as_deref().unwrap_or_default())?;
    let bucket = website::bucket(&context, asked.query.get("bucket").unwrap_or_default()).await?;
    let request = RuleRequest {
        bucket: bucket.name.as_str(),
        key: asked.key.as_ref(),
        method: asked.method,
        raw_query: asked.query.get("query").unwrap_or_default(),
        headers: &asked.headers,
        scheme: Protocol::Http,
        host: asked.query.get("host").unwrap_or("127.0.0.1"),
        leading_slashes: 0,
        path_style: asked.query.get("host").is_none(),
        lacks_slash: false,
        anyone_reads: bucket.acl.anyone_reads(),
        access: asked.access,
    };
    let mut trace = DecisionTrace::default();
    let configuration = bucket.website.as_deref();
    let mut lookups = ExplainFacts {
        context: &context,
        bucket: &bucket,
        identity: asked.identity(&bucket),
        is_head: asked.method == Method::Head,
        supposed: asked.supposed(),
    };
    let decision = Evaluation::new(configuration, request, &mut trace).run(&mut lookups).await?;
    let object = match &asked.key {
        Some(key) => context.store.object(&bucket, key).await.map_err(Failure::from)?,
        None => None,
    };
    let request = match &decision {
        Decision::Mirror(fetch) => Some(FetchRequest::new(&bucket, fetch, &asked.header_map())),
        _ => None,
    };
    let probe = match &request {
        Some(request) if asked.query.has("probe") => Some(probe(&context, request).await),
        _ => None,
    };
    Ok(Json(json!({
        "bucket": bucket.name.as_str(),
        "key": asked.key.as_ref().map(ObjectKey::as_str),
        "website": configuration.is_some(),
        "object": object_json(object.as_deref()),
        "events": trace.events.iter().map(event_json).collect::<Vec<_>>(),
        "decision": decision_json(&context, &decision, request.as_ref()),
        "limits": limits_json(&context, &bucket),
        "probe": probe,
    })))
}

impl Asked {
    fn parse(raw: &str) -> Result<Self, AdminError> {
        let bad = |message: String| AdminError(StatusCode::BAD_REQUEST, message);
        let query = Query::parse(raw).map_err(|error| bad(error.to_string()))?;
        let key = match query.get("key").filter(|key| !key.is_empty()) {
            Some(key) => Some(ObjectKey::parse(key).map_err(|error| bad(format!("key: {error}")))?),
            None => None,
        };
        let method = match query.get("method").unwrap_or("GET") {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            other => return Err(bad(format!("method: {other:?} is neither GET nor HEAD"))),
        };
        let access = match query.get("access").unwrap_or("anonymous") {
            "anonymous" => Access::Anonymous,
            "presigned" => Access::Presigned,
            "signed" => Access::Signed,
            other => return Err(bad(format!("access: {other:?} is none of anonymous, presigned, signed"))),
        };
        let status = match query.get("status") {
            Some(text) => {
                Some(coho_model::decimal(text).ok_or_else(|| bad(format!("status: {text:?} is not a number")))?)
            }
            None => None,
        };
        let header = |text: &str| text.split_once(':').map(|(name, value)| (name.trim().into(), value.trim().into()));
        let mut headers = Vec::new();
        for (_, text) in query.pairs().iter().filter(|(name, _)| name == "header") {
            headers.push(header(text).ok_or_else(|| bad(format!("header: {text:?} is not of the form Name: value")))?);
        }
        Ok(Self { query, key, method, access, status, headers })
    }

    /// The headers as a request has them.
    fn header_map(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value.as_bytes())) {
                headers.append(name, value);
            }
        }
        headers
    }

    /// Signed requests are taken to be the owner's.
    fn identity(&self, bucket: &BucketRecord) -> Identity {
        let signed = |form| {
            let owner = bucket.owner.clone();
            Identity::Signed { access_key_id: owner.clone(), owner, form }
        };
        match self.access {
            Access::Anonymous => Identity::Anonymous,
            Access::Presigned => signed(Form::Url),
            Access::Signed => signed(Form::Header),
        }
    }

    /// What the request finds first, if the caller supposes it.
    fn supposed(&self) -> Option<Observation> {
        self.status.map(|status| match status {
            200 => Observation::Present,
            404 => Observation::Missing,
            other => Observation::Refused(other),
        })
    }
}

/// Answers the questions of an evaluation from the store. A fetch ends the evaluation and is not made.
struct ExplainFacts<'a> {
    context: &'a Context,
    bucket: &'a BucketRecord,
    identity: Identity,
    /// A HEAD opens no object, and finds one that is being fetched.
    is_head: bool,
    /// The answer to the first question, if the caller supposes one.
    supposed: Option<Observation>,
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
        let denied = || authorize(&self.identity, Right::List, self.bucket, None).err();
        Ok(found.or_else(|| denied().map(|denied| Observation::Refused(denied.status().as_u16()))))
    }
}

impl ExplainFacts<'_> {
    /// As a request would find it.
    async fn find(&self, key: &ObjectKey) -> Result<Observation, Failure> {
        let found = match find(self.context, &self.identity, self.bucket, key, self.is_head).await {
            Ok(found) => found,
            Err(failure) if failure.status().is_server_error() => return Err(failure),
            Err(denied) => return Ok(Observation::Refused(denied.status().as_u16())),
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

async fn probe(context: &Context, request: &FetchRequest) -> Value {
    match context.mirror.probe(request).await {
        Ok(Probe { method, status, latency, length, etag, last_modified, address }) => json!({
            "method": method.as_str(),
            "status": status.as_u16(),
            "latency_ms": latency.as_secs_f64() * 1000.0,
            "length": length,
            "etag": etag,
            "last_modified": last_modified,
            "address": address.map(|address| address.to_string()),
        }),
        Err(failure) => json!({ "error": failure.to_string() }),
    }
}

fn object_json(object: Option<&ObjectRecord>) -> Value {
    match object {
        Some(object) => json!({
            "exists": true,
            "size": object.size,
            "etag": object.etag.quoted(),
            "modified": object.modified.iso8601(),
            "mirrored_from": object.mirrored_from.as_ref().map(|from| &*from.url),
            "fetched": object.mirrored_from.as_ref().and_then(|from| from.fetch.as_ref()).map(fetched_json),
        }),
        None => json!({ "exists": false }),
    }
}

fn fetched_json(fetched: &Fetched) -> Value {
    json!({
        "at": fetched.at.iso8601(),
        "rule": fetched.rule_number,
        "origin_etag": fetched.etag,
        "origin_last_modified": fetched.last_modified,
    })
}

fn event_json(event: &TraceEvent) -> Value {
    let text = event.to_string();
    match event {
        TraceEvent::Entry { key, is_index } => {
            json!({ "kind": "entry", "key": key, "is_index": is_index, "text": text })
        }
        TraceEvent::Observed { status } => json!({ "kind": "observed", "status": status, "text": text }),
        TraceEvent::RulePassedBy { rule, mismatch } => json!({
            "kind": "rule_passed_by",
            "rule": rule,
            "element": mismatch.element,
            "expected": mismatch.expected,
            "actual": mismatch.actual,
            "is_not_executed": mismatch.is_not_executed,
            "text": text,
        }),
        TraceEvent::RuleMatched { rule } => json!({ "kind": "rule_matched", "rule": rule, "text": text }),
        TraceEvent::NoRuleMatches => json!({ "kind": "no_rule_matches", "text": text }),
        TraceEvent::Step { element, outcome } => {
            json!({ "kind": "step", "element": element, "outcome": outcome, "text": text })
        }
        TraceEvent::Decided(_) => json!({ "kind": "decided", "text": text }),
    }
}

fn decision_json(context: &Context, decision: &Decision<'_>, request: Option<&FetchRequest>) -> Value {
    let text = decision.to_string();
    match decision {
        Decision::List => json!({ "kind": "list", "status": 200, "text": text }),
        Decision::LookUp(key) => json!({ "kind": "look_up", "key": key.as_str(), "text": text }),
        Decision::Serve { key, status } => {
            json!({ "kind": "serve", "key": key.as_str(), "status": status, "text": text })
        }
        Decision::Mirror(fetch) => json!({
            "kind": "mirror",
            "rule": fetch.rule.rule_number,
            "url": fetch.urls.first.as_str(),
            "other_urls": fetch.urls.others.iter().map(coho_rules::OriginUrl::as_str).collect::<Vec<_>>(),
            "key": fetch.key.as_str(),
            "status": fetch.status,
            "headers": request.map(|request| origin_headers(context, request)),
            "tag": object_headers::mirror_tag_text(&fetch.urls.first.tag_value()),
            "text": text,
        }),
        Decision::Redirect(to) => json!({
            "kind": "redirect",
            "rule": to.rule.map(|rule| rule.rule_number),
            "status": to.status,
            "location": to.location,
            "text": text,
        }),
        Decision::Plain { status } => json!({ "kind": "error", "status": status, "text": text }),
    }
}

/// What the rule's first origin is sent; nothing if the request cannot be signed, which the probe explains. The values of
/// credentials are not shown.
fn origin_headers(context: &Context, request: &FetchRequest) -> Vec<(String, String)> {
    let headers = context.mirror.origin_headers(request).unwrap_or_default();
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let is_secret = value.is_sensitive() || is_secret_header(name.as_str());
        let text =
            if is_secret { MASKED_SECRET.into() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() };
        (name.to_string(), text)
    };
    headers.iter().map(shown).collect()
}

fn limits_json(context: &Context, bucket: &BucketRecord) -> Value {
    let options = context.mirror.options();
    let timeouts = options.timeouts(&bucket.mirror);
    let (qps, bandwidth) = context.mirror.effective_limits(bucket);
    json!({
        "qps": qps,
        "bandwidth_bytes_per_second": bandwidth,
        "connect_timeout_ms": timeouts.connect.as_millis() as u64,
        "first_byte_timeout_ms": timeouts.first_byte.as_millis() as u64,
        "idle_timeout_ms": timeouts.idle.as_millis() as u64,
        "total_timeout_ms": options.total_timeout.as_millis() as u64,
        "max_object_bytes": options.max_object_bytes,
        "max_fetches": coho_origin::MAX_FLIGHTS,
        "trust_close": bucket.mirror.trusts_close,
    })
}
