//! How buckets fetch from their origins, as JSON: settings, what is going on, and what is kept of misses.

use super::{AdminError, website};
use crate::{context::Context, failure::Failure};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use coho_model::{
    BucketName, BucketRecord, MAX_MISSING_SECONDS, MAX_TIMEOUT_MS, MirrorLimit, MirrorLimits, MirrorSetting,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Highest limit: what a column can hold.
const MAX_LIMIT: u64 = i64::MAX as u64;
/// Most rules of a bucket, and so most limits of single rules.
const MAX_RULES: usize = coho_model::website::MAX_ROUTING_RULES;

/// The settings of a bucket, and what is in force.
pub(super) async fn get(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AdminError> {
    let bucket = website::bucket(&context, &name).await?;
    Ok(Json(shown(&context, &bucket)))
}

/// Changes the settings that are named, all of them or none; the others stay.
pub(super) async fn put(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
    Json(asked): Json<Value>,
) -> Result<Json<Value>, AdminError> {
    let bucket = website::bucket(&context, &name).await?;
    let bad = |message: String| AdminError(StatusCode::BAD_REQUEST, message);
    let fields = asked.as_object().ok_or_else(|| bad("an object with settings is needed".into()))?;
    let settings = parse(fields).map_err(bad)?;
    let known = settings.iter().filter(|s| matches!(s, MirrorSetting::RuleQps(..) | MirrorSetting::RuleBandwidth(..)));
    if known.count() + bucket.mirror.rule_limits.len() > 2 * MAX_RULES {
        return Err(bad(format!("limits of more than {MAX_RULES} rules")));
    }
    let changed = context.store.set_bucket_mirror(&bucket.name, settings).await;
    let bucket = changed.map_err(Failure::from)?.unwrap_or(bucket);
    context.mirror.limits_changed(&bucket);
    Ok(Json(shown(&context, &bucket)))
}

/// What is going on.
pub(super) async fn status(State(context): State<Arc<Context>>) -> Json<Value> {
    let mirror = &context.mirror;
    let fills = mirror.fills().into_iter().map(|fill| {
        let seconds = fill.elapsed.as_secs_f64();
        json!({
            "bucket": fill.bucket,
            "key": fill.key,
            "rule": fill.rule_number,
            "url": fill.url,
            "bytes": fill.bytes,
            "length": fill.length,
            "readers": fill.readers,
            "seconds": seconds,
            "bytes_per_second": (fill.bytes as f64 / seconds.max(0.001)) as u64,
        })
    });
    let origins = mirror.origins().into_iter().map(|origin| {
        json!({
            "origin": origin.origin,
            "requests": origin.requests,
            "waiting": origin.waiting,
            "breaker": origin.breaker,
            "failures": origin.failures,
            "last_failure": origin.last_failure,
        })
    });
    let mut buckets = Map::new();
    for name in mirror.metrics().buckets() {
        // One that was deleted since, or the name under which the last ones are counted, is none.
        let Ok(name) = BucketName::parse(&name) else { continue };
        match context.store.bucket(&name).await {
            Ok(Some(bucket)) => drop(buckets.insert(name.as_str().to_owned(), shown(&context, &bucket))),
            Ok(None) => {}
            Err(error) => tracing::error!(bucket.name = name.as_str(), %error, "limits of a bucket could not be read"),
        }
    }
    Json(json!({
        "in_flight": mirror.in_flight(),
        "buckets": buckets,
        "unpersisted": context.store.unpersisted_fills(),
        "fills": fills.collect::<Vec<_>>(),
        "origins": origins.collect::<Vec<_>>(),
        "known_missing": mirror.negative_cache_size(),
        "outcomes": mirror.metrics().totals(),
        "limits": {
            "fetches": coho_origin::MAX_FLIGHTS,
            "requests_per_origin": coho_origin::MAX_REQUESTS_PER_ORIGIN,
        },
    }))
}

/// Forgets what origins did not have: `key`, or all that begin with `prefix`, or all.
pub(super) async fn forget(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Value>, AdminError> {
    let bad = |message: String| AdminError(StatusCode::BAD_REQUEST, message);
    let which = coho_model::Query::parse(raw.as_deref().unwrap_or_default()).map_err(|error| bad(error.to_string()))?;
    let bucket = website::bucket(&context, &name).await?;
    let prefix = which.get("prefix").unwrap_or_default();
    let forgotten = context.mirror.purge_negative_cache(&bucket, which.get("key"), prefix);
    Ok(Json(json!({ "forgotten": forgotten })))
}

fn parse(fields: &Map<String, Value>) -> Result<Vec<MirrorSetting>, String> {
    let mut settings = Vec::new();
    for (field, value) in fields {
        let wrong = |what: &str| format!("{field}: {value} is none of {what}");
        let limit = || parse_limit(value).ok_or_else(|| wrong("default, none, a number from 1"));
        let number = |least: u32, most: u32| match value {
            Value::Null => Ok(None),
            Value::String(text) if text == "default" => Ok(None),
            value => match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
                Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
                _ => Err(wrong(&format!("default, a number from {least} to {most}"))),
            },
        };
        settings.push(match field.as_str() {
            "qps" => MirrorSetting::Qps(limit()?),
            "bandwidth" => MirrorSetting::Bandwidth(limit()?),
            "connect_timeout_ms" => MirrorSetting::ConnectTimeout(number(1, MAX_TIMEOUT_MS)?),
            "first_byte_timeout_ms" => MirrorSetting::FirstByteTimeout(number(1, MAX_TIMEOUT_MS)?),
            "idle_timeout_ms" => MirrorSetting::IdleTimeout(number(1, MAX_TIMEOUT_MS)?),
            "missing_seconds" => MirrorSetting::MissingSeconds(number(0, MAX_MISSING_SECONDS)?),
            "hide_origin" => MirrorSetting::HidesOrigin(value.as_bool().ok_or_else(|| wrong("true, false"))?),
            "trust_close" => MirrorSetting::TrustsClose(value.as_bool().ok_or_else(|| wrong("true, false"))?),
            "rules" => {
                let rules = value.as_object().ok_or_else(|| wrong("an object of rules by their numbers"))?;
                for (rule, limits) in rules {
                    settings.extend(parse_rule(rule, limits)?);
                }
                continue;
            }
            other => return Err(format!("{other:?} is not a setting of a bucket's mirror")),
        });
    }
    Ok(settings)
}

fn parse_rule(rule: &str, limits: &Value) -> Result<Vec<MirrorSetting>, String> {
    let wrong = || format!("rules: {rule:?}: {limits} is not an object with qps and bandwidth by the number of a rule");
    let number: u32 = coho_model::decimal(rule).ok_or_else(wrong)?;
    let limits = limits.as_object().ok_or_else(wrong)?;
    let parsed = limits.iter().map(|(field, value)| match (field.as_str(), parse_limit(value)) {
        ("qps", Some(limit)) => Ok(MirrorSetting::RuleQps(number, limit)),
        ("bandwidth", Some(limit)) => Ok(MirrorSetting::RuleBandwidth(number, limit)),
        _ => Err(wrong()),
    });
    parsed.collect()
}

fn parse_limit(value: &Value) -> Option<MirrorLimit> {
    match (value.as_str(), value.as_u64()) {
        (Some("default"), _) => Some(MirrorLimit::Default),
        (Some("none"), _) => Some(MirrorLimit::None),
        (_, Some(limit)) if (1..=MAX_LIMIT).contains(&limit) => Some(MirrorLimit::PerSecond(limit)),
        _ => None,
    }
}

fn shown(context: &Context, bucket: &BucketRecord) -> Value {
    let policy = &bucket.mirror;
    let limit = |limit| match limit {
        MirrorLimit::Default => json!("default"),
        MirrorLimit::None => json!("none"),
        MirrorLimit::PerSecond(limit) => json!(limit),
    };
    let number = |number: Option<u32>| number.map_or_else(|| json!("default"), |number| json!(number));
    let rules = policy.rule_limits.iter().map(|(rule, MirrorLimits { qps, bandwidth })| {
        (rule.to_string(), json!({ "qps": limit(*qps), "bandwidth": limit(*bandwidth) }))
    });
    let (qps, bandwidth) = context.mirror.effective_limits(bucket);
    let options = context.mirror.options();
    let timeouts = options.timeouts(policy);
    json!({
        "qps": limit(policy.limits.qps),
        "bandwidth": limit(policy.limits.bandwidth),
        "rules": rules.collect::<Map<String, Value>>(),
        "connect_timeout_ms": number(policy.connect_timeout_ms),
        "first_byte_timeout_ms": number(policy.first_byte_timeout_ms),
        "idle_timeout_ms": number(policy.idle_timeout_ms),
        "missing_seconds": number(policy.missing_seconds),
        "hide_origin": policy.hides_origin,
        "trust_close": policy.trusts_close,
        "effective": {
            "qps": qps,
            "bandwidth_bytes_per_second": bandwidth,
            "connect_timeout_ms": timeouts.connect.as_millis() as u64,
            "first_byte_timeout_ms": timeouts.first_byte.as_millis() as u64,
            "idle_timeout_ms": timeouts.idle.as_millis() as u64,
            "missing_seconds": options.missing_time(policy).as_secs(),
        },
    })
}
