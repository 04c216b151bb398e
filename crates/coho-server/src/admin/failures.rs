//! What origins did not deliver: failed fetches, missing objects, and origins that are left alone for it.

use super::{
    extract::{DecodedQuery, JsonBody, NamedBucket, bucket},
    history::number,
    mirror::before,
    refusal::AdminError,
};
use crate::context::Context;
use axum::{Json, extract::State};
use coho_admin_api::{
    AdminCode,
    explain::InvalidParameter,
    mirror::{
        ClearedFailures, FetchAttempt, FetchFailure, FetchFailures, MissingKeys, MissingObject, OriginReset,
        OriginResetRequest,
    },
};
use coho_model::BucketId;
use coho_origin::{FailedAttempt, FailedFetch, MAX_FAILED_FETCHES};
use std::{sync::Arc, time::Duration};

/// Rows of an answer whose question names no number.
const DEFAULT_ROWS: usize = 100;
/// Most rows of an answer.
const MAX_ROWS: usize = MAX_FAILED_FETCHES;

/// The fetches that failed last.
pub(super) async fn list(
    State(context): State<Arc<Context>>,
    query: DecodedQuery,
) -> Result<Json<FetchFailures>, AdminError> {
    let (mut name, mut max) = (None, None);
    for (parameter, value) in query.pairs() {
        match parameter {
            "bucket" if name.is_none() => name = Some(value),
            "max" if max.is_none() => max = Some(rows(value)?),
            _ => {
                return Err(InvalidParameter::new(parameter, value, "is neither the one bucket nor the one max").into());
            }
        }
    }
    let of = named(&context, name).await?;
    let (failed, kept) = context.mirror.failed_fetches(of, max.unwrap_or(DEFAULT_ROWS));
    Ok(Json(FetchFailures { failures: failed.into_iter().map(failure).collect(), kept: kept as u64 }))
}

/// Forgets them.
pub(super) async fn clear(
    State(context): State<Arc<Context>>,
    query: DecodedQuery,
) -> Result<Json<ClearedFailures>, AdminError> {
    let mut name = None;
    for (parameter, value) in query.pairs() {
        match parameter {
            "bucket" if name.is_none() => name = Some(value),
            _ => return Err(InvalidParameter::new(parameter, value, "is not the one bucket").into()),
        }
    }
    let of = named(&context, name).await?;
    Ok(Json(ClearedFailures { cleared: context.mirror.clear_failed_fetches(of) as u64 }))
}

/// Closes the circuit breaker of an origin.
pub(super) async fn reset(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<OriginResetRequest>,
) -> Result<Json<OriginReset>, AdminError> {
    let Some(before) = context.mirror.reset_origin(&asked.origin) else {
        let detail = format!("no origin {:?} was used recently; the state of fetches lists them", asked.origin);
        return Err(AdminError::own(AdminCode::NoSuchOrigin, detail));
    };
    tracing::info!(
        origin.url = before.origin,
        breaker = before.breaker,
        failures = before.failures,
        "circuit breaker reset by the operator"
    );
    Ok(Json(OriginReset {
        origin: before.origin,
        breaker_before: before.breaker.to_owned(),
        failures_before: before.failures as u64,
    }))
}

/// A page of the negative cache of a bucket.
pub(super) async fn missing(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    query: DecodedQuery,
) -> Result<Json<MissingKeys>, AdminError> {
    let (mut prefix, mut after, mut max) = (None, None, None);
    for (name, value) in query.pairs() {
        match name {
            "prefix" if prefix.is_none() => prefix = Some(value),
            "after" if after.is_none() => after = Some(value),
            "max" if max.is_none() => max = Some(rows(value)?),
            _ => return Err(InvalidParameter::new(name, value, "is none of the one prefix, after and max").into()),
        }
    }
    let max = max.unwrap_or(DEFAULT_ROWS);
    let (prefix, after) = (prefix.unwrap_or_default(), after.unwrap_or_default());
    let mut page = context.mirror.missing_keys(&bucket, prefix, after, max + 1);
    let has_more = page.len() > max;
    page.truncate(max);
    let now = context.store.now();
    let missing: Vec<_> = page
        .into_iter()
        .map(|missing| MissingObject {
            key: missing.key.to_string(),
            rules: missing.rules,
            at: before(now, missing.age),
            expires_in_ms: missing.expires_in.as_millis() as u64,
        })
        .collect();
    let next_after = missing.last().filter(|_| has_more).map(|last| last.key.clone());
    Ok(Json(MissingKeys { missing, next_after }))
}

fn rows(value: &str) -> Result<usize, InvalidParameter> {
    Ok(number("max", value, 1, MAX_ROWS as u64)? as usize)
}

/// The bucket that a question names, if it names one.
async fn named(context: &Context, name: Option<&str>) -> Result<Option<BucketId>, AdminError> {
    Ok(match name {
        Some(name) => Some(bucket(context, name).await?.id),
        None => None,
    })
}

fn failure(failed: FailedFetch) -> FetchFailure {
    FetchFailure {
        at: failed.at.iso8601(),
        bucket: failed.bucket.to_string(),
        key: failed.key.to_string(),
        rule: failed.rule_number,
        reason: failed.reason.to_owned(),
        error: failed.error,
        request_id: failed.request_id.to_string(),
        elapsed_ms: ms(failed.elapsed),
        times: failed.times,
        attempts: failed.attempts.into_iter().map(attempt).collect(),
        more_attempts: failed.more_attempts as u64,
    }
}

fn attempt(attempt: FailedAttempt) -> FetchAttempt {
    let (status, failed) = match attempt.outcome {
        Ok(status) => (Some(status), None),
        Err(failed) => (None, Some(failed)),
    };
    let (reason, error) = failed.map(|(reason, error)| (reason.to_owned(), error)).unzip();
    FetchAttempt {
        origin: attempt.origin as u64,
        url: attempt.url,
        redirects: attempt.redirects as u64,
        from_bytes: attempt.from,
        address: attempt.address.map(|address| address.to_string()),
        status,
        reason,
        error,
        elapsed_ms: ms(attempt.took),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
