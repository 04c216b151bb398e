//! What was counted of a bucket, or of all of them, in a span of time.

use super::number;
use crate::{
    admin::{
        extract::{DecodedQuery, NamedBucket},
        refusal::AdminError,
    },
    context::Context,
    failure::Failure,
};
use axum::{Json, extract::State};
use coho_admin_api::{
    explain::InvalidParameter,
    history::{TrafficHistory, TrafficNumbers, TrafficQuery, TrafficSpan, TrafficStepName},
};
use coho_model::{BucketId, TrafficCounter, TrafficCounts, TrafficPoint, TrafficStep};
use std::sync::Arc;

/// Seconds of a question without a begin.
const DEFAULT_SECONDS: i64 = 3600;
/// Last second that a question may name: the end of the year 9999.
const MAX_SECOND: u64 = 253_402_300_799;

/// The spans that begin from `from` on, or in the `last` seconds, and before `to`, which is the end of the present second.
pub(in crate::admin) async fn history(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    query: DecodedQuery,
) -> Result<Json<TrafficHistory>, AdminError> {
    shown(&context, bucket.id, &query).await
}

/// The same for all buckets together, also those that were deleted since.
pub(in crate::admin) async fn total_history(
    State(context): State<Arc<Context>>,
    query: DecodedQuery,
) -> Result<Json<TrafficHistory>, AdminError> {
    shown(&context, BucketId::ALL, &query).await
}

async fn shown(context: &Context, bucket: BucketId, query: &DecodedQuery) -> Result<Json<TrafficHistory>, AdminError> {
    let asked = parse(query)?;
    // The present second counts, also if a span begins with it.
    let to = asked.to.unwrap_or_else(|| context.store.now().unix_s() + 1);
    let last = asked.last.map_or(DEFAULT_SECONDS, |last| last as i64);
    let from = asked.from.unwrap_or_else(|| (to - last).max(0));
    if from > to {
        return Err(InvalidParameter::new("from", &from.to_string(), format!("is after to, {to}")).into());
    }
    let step = step(asked.step, to - from);
    let points = context.store.traffic_history(bucket, step, from, to).await.map_err(Failure::from)?;
    let mut total = TrafficCounts::default();
    points.iter().for_each(|point| total.add(&point.counts));
    let spans =
        points.iter().map(|point: &TrafficPoint| TrafficSpan { start: point.start, counts: numbers(&point.counts) });
    let step = match step {
        TrafficStep::Minute => TrafficStepName::Minute,
        TrafficStep::Hour => TrafficStepName::Hour,
    };
    Ok(Json(TrafficHistory { from, to, step, total: numbers(&total), spans: spans.collect() }))
}

/// Each parameter at most once.
fn parse(query: &DecodedQuery) -> Result<TrafficQuery, InvalidParameter> {
    let mut asked = TrafficQuery::default();
    for (name, value) in query.pairs() {
        let second = || number(name, value, 0, MAX_SECOND).map(|second| Some(second as i64));
        match name {
            "from" if asked.from.is_none() => asked.from = second()?,
            "to" if asked.to.is_none() => asked.to = second()?,
            "last" if asked.last.is_none() => asked.last = Some(number(name, value, 1, MAX_SECOND)?),
            "step" if asked.step.is_none() => {
                asked.step = match value {
                    "minute" => Some(TrafficStepName::Minute),
                    "hour" => Some(TrafficStepName::Hour),
                    _ => return Err(InvalidParameter::new(name, value, "is neither minute nor hour")),
                }
            }
            _ => return Err(InvalidParameter::new(name, value, "is none of the one from, to, last and step")),
        }
    }
    Ok(asked)
}

/// Without a step: minutes as far back as they are kept.
fn step(asked: Option<TrafficStepName>, seconds: i64) -> TrafficStep {
    let minutes = TrafficStep::Minute.kept() as i64 * TrafficStep::Minute.seconds();
    match asked {
        Some(TrafficStepName::Minute) => TrafficStep::Minute,
        Some(TrafficStepName::Hour) => TrafficStep::Hour,
        None if seconds <= minutes => TrafficStep::Minute,
        None => TrafficStep::Hour,
    }
}

fn numbers(counts: &TrafficCounts) -> TrafficNumbers {
    TrafficNumbers {
        hits: counts.get(TrafficCounter::Hits),
        mirrored: counts.get(TrafficCounter::Mirrored),
        redirects: counts.get(TrafficCounter::Redirects),
        other_answers: counts.get(TrafficCounter::OtherAnswers),
        client_errors: counts.get(TrafficCounter::ClientErrors),
        server_errors: counts.get(TrafficCounter::ServerErrors),
        sent_bytes: counts.get(TrafficCounter::BytesOut),
        received_bytes: counts.get(TrafficCounter::BytesIn),
        fetches: counts.get(TrafficCounter::Fetches),
        origin_bytes: counts.get(TrafficCounter::OriginBytes),
        fetch_failures: counts.get(TrafficCounter::FetchFailures),
    }
}
