//! How buckets fetch from their origins: settings, what is going on, and what is kept of misses.

use super::{
    extract::{DecodedQuery, JsonBody, NamedBucket},
    refusal::AdminError,
    status::outcomes,
    stored,
};
use crate::{context::Context, failure::Failure};
use axum::{Json, extract::State};
use coho_admin_api::{
    JsonObject,
    explain::InvalidParameter,
    mirror::{
        self, BucketMirror, BucketMirrorChange, BucketMirrorUse, EffectiveMirror, FillReport, Forgotten, LimitSetting,
        MirrorCapacity, MirrorStatus, NumberSetting, OriginReport, RuleLimitSettings,
    },
};
use coho_model::{
    BucketName, BucketRecord, MAX_MISSING_SECONDS, MAX_TIMEOUT_MS, MirrorLimit, MirrorLimits, MirrorSetting, Timestamp,
};
use coho_origin::{FillStatus, OriginStatus, OriginUse};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Most rules of a bucket, and so most limits of single rules.
const MAX_RULES: usize = coho_model::website::MAX_ROUTING_RULES;

/// The settings of a bucket, and what is in force.
pub(super) async fn get(State(context): State<Arc<Context>>, NamedBucket(bucket): NamedBucket) -> Json<BucketMirror> {
    Json(shown(&context, &bucket))
}

/// Changes the settings that are named, all of them or none; the others stay.
pub(super) async fn change(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    JsonBody(asked): JsonBody<BucketMirrorChange>,
) -> Result<Json<BucketMirror>, AdminError> {
    let settings = settings(&asked)?;
    let known = settings.iter().filter(|s| matches!(s, MirrorSetting::RuleQps(..) | MirrorSetting::RuleBandwidth(..)));
    if known.count() + bucket.mirror.rule_limits.len() > 2 * MAX_RULES {
        let count = asked.rules.len().to_string();
        let message = format!("rules would have limits of their own; at most {MAX_RULES} can");
        return Err(InvalidParameter::new("rules", &count, message).into());
    }
    let changed = context.store.set_bucket_mirror(&bucket.name, settings).await;
    let bucket = changed.map_err(Failure::from)?.unwrap_or(bucket);
    context.mirror.limits_changed(&bucket);
    Ok(Json(shown(&context, &bucket)))
}

/// What is going on.
pub(super) async fn status(State(context): State<Arc<Context>>) -> Result<Json<MirrorStatus>, AdminError> {
    let mirror = &context.mirror;
    let mut buckets = BTreeMap::new();
    for name in mirror.metrics().buckets() {
        // One that was deleted since, or the name under which the last ones are counted, is none.
        let Ok(name) = BucketName::parse(&name) else { continue };
        match context.store.bucket(&name).await {
            Ok(Some(bucket)) => drop(buckets.insert(name.to_string(), shown(&context, &bucket))),
            Ok(None) => {}
            Err(error) => tracing::error!(bucket.name = name.as_str(), %error, "limits of a bucket could not be read"),
        }
    }
    Ok(Json(MirrorStatus {
        in_flight: mirror.in_flight() as u64,
        unpersisted: context.store.unpersisted_fills(),
        fills: mirror.fills().into_iter().map(fill).collect(),
        origins: mirror.origins().into_iter().map(|it| origin(it, context.store.now())).collect(),
        buckets,
        stored: stored::of_mirrors(&context).await?,
        known_missing: mirror.negative_cache_size() as u64,
        outcomes: outcomes(mirror),
        limits: MirrorCapacity {
            fetches: coho_origin::MAX_FLIGHTS as u64,
            requests_per_origin: coho_origin::MAX_REQUESTS_PER_ORIGIN as u64,
        },
    }))
}

/// Forgets what origins did not have: `key`, or all that begin with `prefix`, or all.
pub(super) async fn forget(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    which: DecodedQuery,
) -> Result<Json<Forgotten>, AdminError> {
    let (mut key, mut prefix) = (None, None);
    for (name, value) in which.pairs() {
        match name {
            "key" if key.is_none() && prefix.is_none() => key = Some(value),
            "prefix" if key.is_none() && prefix.is_none() => prefix = Some(value),
            _ => return Err(InvalidParameter::new(name, value, "is neither the one key nor the one prefix").into()),
        }
    }
    let forgotten = context.mirror.purge_negative_cache(&bucket, key, prefix.unwrap_or_default());
    Ok(Json(Forgotten { forgotten: forgotten as u64 }))
}

fn fill(fill: FillStatus) -> FillReport {
    let seconds = fill.elapsed.as_secs_f64();
    FillReport {
        fill: fill.number.to_string(),
        bucket: fill.bucket,
        key: fill.key,
        rule: fill.rule_number,
        url: fill.url,
        received_bytes: fill.bytes,
        length_bytes: fill.length,
        readers: fill.readers as u64,
        elapsed_seconds: seconds,
        bytes_per_second: (fill.bytes as f64 / seconds.max(0.001)) as u64,
    }
}

pub(super) fn origin(origin: OriginStatus, now: Timestamp) -> OriginReport {
    let ago = |time: Option<Duration>| time.map(|time| before(now, time));
    OriginReport {
        open_since: ago(origin.open_for),
        last_success_at: ago(origin.since_success),
        last_failure_at: ago(origin.since_failure),
        origin: origin.origin,
        requests: origin.requests as u64,
        waiting: origin.waiting as u64,
        breaker: origin.breaker.to_owned(),
        failures: origin.failures as u64,
        last_failure: origin.last_failure,
    }
}

/// The instant of this long ago.
pub(super) fn before(now: Timestamp, time: Duration) -> String {
    now.plus_ms(i64::try_from(time.as_millis()).map_or(i64::MIN, |ms| -ms)).iso8601()
}

fn settings(asked: &BucketMirrorChange) -> Result<Vec<MirrorSetting>, InvalidParameter> {
    let mut settings = Vec::new();
    settings.extend(asked.qps.map(limit).map(MirrorSetting::Qps));
    settings.extend(asked.bandwidth_bytes_per_second.map(limit).map(MirrorSetting::Bandwidth));
    for (rule, JsonObject(limits)) in &asked.rules {
        settings.extend(limits.qps.map(|qps| MirrorSetting::RuleQps(*rule, limit(qps))));
        let bandwidth = limits.bandwidth_bytes_per_second;
        settings.extend(bandwidth.map(|bandwidth| MirrorSetting::RuleBandwidth(*rule, limit(bandwidth))));
    }
    let numbers: [(_, _, _, _, fn(_) -> _); 4] = [
        ("connect_timeout_ms", asked.connect_timeout_ms, 1, MAX_TIMEOUT_MS, MirrorSetting::ConnectTimeout),
        ("first_byte_timeout_ms", asked.first_byte_timeout_ms, 1, MAX_TIMEOUT_MS, MirrorSetting::FirstByteTimeout),
        ("idle_timeout_ms", asked.idle_timeout_ms, 1, MAX_TIMEOUT_MS, MirrorSetting::IdleTimeout),
        ("missing_seconds", asked.missing_seconds, 0, MAX_MISSING_SECONDS, MirrorSetting::MissingSeconds),
    ];
    for (name, asked, least, most, setting) in numbers {
        match asked {
            None => {}
            Some(NumberSetting::Default) => settings.push(setting(None)),
            Some(NumberSetting::Number(number)) if (least..=most).contains(&number) => {
                settings.push(setting(Some(number)))
            }
            Some(NumberSetting::Number(number)) => {
                let message = format!("is none of default, a number from {least} to {most}");
                return Err(InvalidParameter::new(name, &number.to_string(), message));
            }
        }
    }
    settings.extend(asked.hide_origin.map(MirrorSetting::HidesOrigin));
    settings.extend(asked.trust_close.map(MirrorSetting::TrustsClose));
    settings.extend(asked.encrypt.map(MirrorSetting::Encrypts));
    Ok(settings)
}

fn limit(setting: LimitSetting) -> MirrorLimit {
    match setting {
        LimitSetting::Default => MirrorLimit::Default,
        LimitSetting::None => MirrorLimit::None,
        LimitSetting::PerSecond(limit) => MirrorLimit::PerSecond(limit),
    }
}

fn shown_limit(limit: MirrorLimit) -> LimitSetting {
    match limit {
        MirrorLimit::Default => LimitSetting::Default,
        MirrorLimit::None => LimitSetting::None,
        MirrorLimit::PerSecond(limit) => LimitSetting::PerSecond(limit),
    }
}

fn shown(context: &Context, bucket: &BucketRecord) -> BucketMirror {
    let policy = &bucket.mirror;
    let number = |number: Option<u32>| number.map_or(NumberSetting::Default, NumberSetting::Number);
    let rules = policy.rule_limits.iter().map(|(rule, MirrorLimits { qps, bandwidth })| {
        let limits = RuleLimitSettings { qps: shown_limit(*qps), bandwidth_bytes_per_second: shown_limit(*bandwidth) };
        (*rule, limits)
    });
    BucketMirror {
        qps: shown_limit(policy.limits.qps),
        bandwidth_bytes_per_second: shown_limit(policy.limits.bandwidth),
        rules: rules.collect(),
        connect_timeout_ms: number(policy.connect_timeout_ms),
        first_byte_timeout_ms: number(policy.first_byte_timeout_ms),
        idle_timeout_ms: number(policy.idle_timeout_ms),
        missing_seconds: number(policy.missing_seconds),
        hide_origin: policy.hides_origin,
        trust_close: policy.trusts_close,
        encrypt: policy.encrypts,
        effective: effective(context, bucket),
        used: used(context, bucket),
    }
}

/// What is used, of rules that exist or have limits: an earlier document may have had others.
fn used(context: &Context, bucket: &BucketRecord) -> BucketMirrorUse {
    let shown =
        |OriginUse { fetches, bytes }| mirror::MirrorUse { fetches_per_second: fetches, bytes_per_second: bytes };
    let numbers = bucket.website.iter().flat_map(|website| website.routing_rules.iter().map(|rule| rule.rule_number));
    let known: BTreeSet<_> = numbers.chain(bucket.mirror.rule_limits.keys().copied()).collect();
    let (all, rules) = context.mirror.used(bucket);
    let rules = rules.into_iter().filter(|(rule, _)| known.contains(rule)).map(|(rule, used)| (rule, shown(used)));
    BucketMirrorUse { all: shown(all), rules: rules.collect() }
}

/// What is in force.
pub(super) fn effective(context: &Context, bucket: &BucketRecord) -> EffectiveMirror {
    let (qps, bandwidth_bytes_per_second) = context.mirror.effective_limits(bucket);
    let options = context.mirror.options();
    let timeouts = options.timeouts(&bucket.mirror);
    EffectiveMirror {
        qps,
        bandwidth_bytes_per_second,
        connect_timeout_ms: timeouts.connect.as_millis() as u64,
        first_byte_timeout_ms: timeouts.first_byte.as_millis() as u64,
        idle_timeout_ms: timeouts.idle.as_millis() as u64,
        missing_seconds: options.missing_time(&bucket.mirror).as_secs(),
    }
}
