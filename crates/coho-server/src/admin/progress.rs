//! How far the migration of a bucket is, and fetching a missing object.

use super::{
    explain::ExplainFacts,
    extract::{JsonBody, NamedBucket},
    mirror::origin,
    refusal::AdminError,
    stored::shares,
};
use crate::{authorize::Sender, context::Context, failure::Failure};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::{
    AdminCode,
    explain::InvalidParameter,
    mirror::{
        FetchObjectOutcome, FetchObjectRequest, FetchObjectResult, MirrorProgress, OriginReport, ProgressOrigin,
        ProgressRule, ProgressUnknown, TrafficShare,
    },
};
use coho_auth::Identity;
use coho_model::{
    BucketRecord, ObjectKey, Query, TrafficCounter, TrafficCounts, TrafficStep,
    website::{MirrorSettings, Protocol, RedirectType},
};
use coho_origin::{FetchRequest, origin_name};
use coho_rules::{Access, Decision, Evaluation, Method, MirrorFetch, NoTrace, RuleRequest};
use http::HeaderMap;
use std::{collections::HashMap, sync::Arc};

/// Most remembered misses that are counted.
const MAX_COUNTED_MISSES: usize = 10_000;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How far the migration is.
pub(super) async fn progress(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
) -> Result<Json<MirrorProgress>, AdminError> {
    let stat = context.store.bucket_stat(&bucket).await.map_err(Failure::from)?;
    let rules = rules(&context, &bucket);
    let uptime_ms = i64::try_from(context.started.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Json(MirrorProgress {
        bucket: bucket.name.to_string(),
        stored_objects: stat.objects,
        stored_bytes: stat.bytes,
        shares: shares(&stat),
        stored_fetches: context.mirror.metrics().outcomes(bucket.id, None).get("stored").copied().unwrap_or_default(),
        since: context.store.now().plus_ms(-uptime_ms).iso8601(),
        last_hour: share(&context, &bucket, HOUR).await?,
        last_day: share(&context, &bucket, DAY).await?,
        rules,
        known_missing: context.mirror.count_missing_keys(&bucket, MAX_COUNTED_MISSES) as u64,
        failed_keys: context.mirror.failed_fetches(Some(bucket.id), 0).1 as u64,
        unknown: vec![ProgressUnknown::OriginTotal, ProgressUnknown::BeforeStart, ProgressUnknown::UnrequestedObjects],
    }))
}

async fn share(context: &Context, bucket: &BucketRecord, seconds: i64) -> Result<TrafficShare, AdminError> {
    let to = context.store.now().unix_s() + 1;
    let points = context.store.traffic_history(bucket.id, TrafficStep::Minute, (to - seconds).max(0), to).await;
    let mut sum = TrafficCounts::default();
    points.map_err(Failure::from)?.iter().for_each(|point| sum.add(&point.counts));
    // The minute that is not in the history yet. Read after it, so that a minute is never counted twice.
    sum.add(&context.store.traffic().present(bucket.id));
    let (hits, mirrored) = (sum.get(TrafficCounter::Hits), sum.get(TrafficCounter::Mirrored));
    let reads = hits.saturating_add(mirrored);
    Ok(TrafficShare {
        hits,
        mirrored,
        hit_ratio: (reads > 0).then(|| hits as f64 / reads as f64),
        fetches: sum.get(TrafficCounter::Fetches),
        fetch_failures: sum.get(TrafficCounter::FetchFailures),
        origin_bytes: sum.get(TrafficCounter::OriginBytes),
    })
}

fn rules(context: &Context, bucket: &BucketRecord) -> Vec<ProgressRule> {
    let now = context.store.now();
    let reports = context.mirror.origins().into_iter().map(|it| origin(it, now));
    let known: HashMap<_, _> = reports.map(|report| (report.origin.clone(), report)).collect();
    let website = bucket.website.as_deref();
    let mut rules: Vec<_> = website
        .into_iter()
        .flat_map(|website| &website.routing_rules)
        .filter_map(|rule| {
            let redirect = rule.redirect.as_ref().filter(|redirect| redirect.redirect_type == RedirectType::Mirror)?;
            let outcomes = context.mirror.metrics().outcomes(bucket.id, Some(rule.rule_number));
            Some(ProgressRule {
                rule: rule.rule_number,
                origins: origins(&redirect.mirror).into_iter().map(|name| shown(name, &known)).collect(),
                outcomes: outcomes.into_iter().map(|(outcome, count)| (outcome.to_owned(), count)).collect(),
            })
        })
        .collect();
    rules.sort_by_key(|rule| rule.rule);
    rules
}

/// The names of a rule's origins in the order of its elements.
fn origins(mirror: &MirrorSettings) -> Vec<String> {
    let alternates = mirror.multi_alternates.iter().flat_map(|list| &list.items).filter_map(|one| one.url.as_deref());
    let urls = mirror.url.as_deref().into_iter().chain(mirror.url_slave.as_deref()).chain(alternates);
    let mut names = Vec::new();
    for name in urls.filter_map(origin_name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn shown(origin: String, known: &HashMap<String, OriginReport>) -> ProgressOrigin {
    let report = known.get(&origin).cloned();
    ProgressOrigin {
        breaker: report.as_ref().map(|report| report.breaker.clone()),
        last_success_at: report.as_ref().and_then(|report| report.last_success_at.clone()),
        last_failure_at: report.as_ref().and_then(|report| report.last_failure_at.clone()),
        last_failure: report.and_then(|report| report.last_failure),
        origin,
    }
}

/// Fetches an object as a GET of its owner without headers would, and waits for none of it.
pub(super) async fn fetch(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    JsonBody(asked): JsonBody<FetchObjectRequest>,
) -> Result<(StatusCode, Json<FetchObjectResult>), AdminError> {
    let key = ObjectKey::parse(&asked.key);
    let key = key.map_err(|error| InvalidParameter::new("key", &asked.key, format!("is not a key: {error}")))?;
    let identity = Identity::Administrator { account: bucket.owner.clone() };
    let (headers, query) = (HeaderMap::new(), Query::default());
    let sender = Sender::without_connection(&context, &bucket, &identity, (&headers, &query));
    let request = RuleRequest {
        bucket: bucket.name.as_str(),
        key: Some(&key),
        method: Method::Get,
        raw_query: "",
        headers: &Vec::<(String, String)>::new(),
        scheme: Protocol::Http,
        host: "127.0.0.1",
        leading_slashes: 0,
        path_style: true,
        lacks_slash: false,
        anyone_reads: sender.anyone_reads(&bucket),
        access: Access::Signed,
    };
    let mut facts =
        ExplainFacts { context: &context, bucket: &bucket, sender, is_head: false, supposed: None, denial: None };
    let decision = Evaluation::new(bucket.website.as_deref(), request, NoTrace).run(&mut facts).await?;
    let fetch = AskedFetch { request_id: context.request_ids.next(context.store.now().unix_s()), key: key.to_string() };
    let answer = match &decision {
        Decision::Serve { key: served, status: 200 } if *served == key => {
            Ok(fetch.done(FetchObjectOutcome::Stored, "it is stored already", None, &key))
        }
        Decision::Mirror(found) => begin(&context, &bucket, found, &fetch).await,
        _ => Err(fetch.refused(AdminCode::NoRuleFetches, format!("no rule fetches it: {decision}"))),
    };
    tracing::info!(
        request.id = fetch.request_id,
        bucket.name = bucket.name.as_str(),
        object.key = key.as_str(),
        outcome = ?answer.as_ref().map_or_else(AdminError::code, |done| done.text.as_str()),
        "fetch asked for by the operator"
    );
    let done = answer?;
    let is_stored = done.outcome == FetchObjectOutcome::Stored;
    Ok((if is_stored { StatusCode::OK } else { StatusCode::ACCEPTED }, Json(done)))
}

/// A fetch that the operator asks for.
struct AskedFetch {
    /// The id of the fetch's request, in the log and among the failed fetches.
    request_id: String,
    key: String,
}

impl AskedFetch {
    fn done(&self, outcome: FetchObjectOutcome, text: &str, rule: Option<u32>, key: &ObjectKey) -> FetchObjectResult {
        let request_id = self.request_id.clone();
        FetchObjectResult { outcome, text: text.to_owned(), rule, key: key.to_string(), request_id }
    }

    fn refused(&self, code: AdminCode, detail: String) -> AdminError {
        AdminError::own(code, detail).element("key", &self.key).element("fetch_request_id", &self.request_id)
    }
}

async fn begin(
    context: &Context,
    bucket: &Arc<BucketRecord>,
    fetch: &MirrorFetch<'_>,
    asked: &AskedFetch,
) -> Result<FetchObjectResult, AdminError> {
    let mut request = FetchRequest::new(bucket, fetch, &HeaderMap::new());
    request.request_id = asked.request_id.as_str().into();
    let number = fetch.rule.rule_number;
    let is_running = context.mirror.is_fetching(bucket.id, &fetch.key);
    match context.mirror.begin(&Arc::new(request)).await {
        Ok(()) if is_running => {
            Ok(asked.done(FetchObjectOutcome::Joined, "a fetch of it is in progress", Some(number), &fetch.key))
        }
        Ok(()) => Ok(asked.done(FetchObjectOutcome::Started, "a fetch was started", Some(number), &fetch.key)),
        Err(failure) => {
            let refusal = asked.refused(AdminCode::FetchRefused, failure.to_string());
            Err(refusal.element("reason", failure.label()).element("rule", &number.to_string()))
        }
    }
}
