//! How far the migration of a bucket is, and fetching a missing object.

use super::{
    explain::ExplainFacts,
    extract::{JsonBody, NamedBucket},
    mirror::origin,
    refusal::AdminError,
};
use crate::{authorize::Sender, context::Context, failure::Failure};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::{
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
        stored_fetches: context.mirror.metrics().outcomes(bucket.id, None).get("stored").copied().unwrap_or_default(),
        since: context.store.now().plus_ms(-uptime_ms).iso8601(),
        last_hour: share(&context, &bucket, HOUR).await?,
        last_day: share(&context, &bucket, DAY).await?,
        rules,
        known_missing: context.mirror.missing_keys(&bucket, "", "", MAX_COUNTED_MISSES).len() as u64,
        failed_keys: context.mirror.failed_fetches(Some(bucket.id), 0).1 as u64,
        unknown: vec![
            ProgressUnknown::OriginTotal,
            ProgressUnknown::MirroredShare,
            ProgressUnknown::BeforeStart,
            ProgressUnknown::UnrequestedObjects,
        ],
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
    let mut facts = ExplainFacts { context: &context, bucket: &bucket, sender, is_head: false, supposed: None };
    let decision = Evaluation::new(bucket.website.as_deref(), request, NoTrace).run(&mut facts).await?;
    let mut result = FetchObjectResult {
        outcome: FetchObjectOutcome::NoRule,
        text: format!("no rule fetches it: {decision}"),
        rule: None,
        key: None,
        reason: None,
        request_id: context.request_ids.next(context.store.now().unix_s()),
    };
    match &decision {
        Decision::Serve { key: served, status: 200 } if *served == key => {
            result.outcome = FetchObjectOutcome::Stored;
            result.text = "it is stored already".to_owned();
            result.key = Some(key.to_string());
        }
        Decision::Mirror(fetch) => begin(&context, &bucket, fetch, &mut result).await,
        _ => {}
    }
    tracing::info!(
        request.id = result.request_id,
        bucket.name = bucket.name.as_str(),
        object.key = key.as_str(),
        outcome = ?result.outcome,
        reason = result.reason,
        "fetch asked for by the operator"
    );
    Ok((StatusCode::ACCEPTED, Json(result)))
}

async fn begin(context: &Context, bucket: &Arc<BucketRecord>, fetch: &MirrorFetch<'_>, result: &mut FetchObjectResult) {
    let mut request = FetchRequest::new(bucket, fetch, &HeaderMap::new());
    request.request_id = result.request_id.as_str().into();
    (result.rule, result.key) = (Some(fetch.rule.rule_number), Some(fetch.key.to_string()));
    let is_running = context.mirror.is_fetching(bucket.id, &fetch.key);
    (result.outcome, result.text) = match context.mirror.begin(&Arc::new(request)).await {
        Ok(()) if is_running => (FetchObjectOutcome::Joined, "a fetch of it is in progress".to_owned()),
        Ok(()) => (FetchObjectOutcome::Started, "a fetch was started".to_owned()),
        Err(failure) => {
            result.reason = Some(failure.label().to_owned());
            (FetchObjectOutcome::Refused, failure.to_string())
        }
    };
}
