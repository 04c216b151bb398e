//! What was counted of a bucket in a span of time.

use super::{
    bad,
    forms::{TrafficHistory, TrafficNumbers, TrafficSpan, TrafficStepName},
    number,
};
use crate::{
    admin::{AdminError, website::bucket},
    context::Context,
    failure::Failure,
};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use coho_model::{Query, TrafficCounter, TrafficCounts, TrafficPoint, TrafficStep};
use std::sync::Arc;

/// Seconds of a question without a begin.
const DEFAULT_SECONDS: i64 = 3600;
/// Last second that a question may name: the end of the year 9999.
const MAX_SECOND: u64 = 253_402_300_799;

/// The spans that begin from `from` on, or in the `last` seconds, and before `to`, which is the present.
pub(in crate::admin) async fn history(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<TrafficHistory>, AdminError> {
    let query = Query::parse(raw.as_deref().unwrap_or_default()).map_err(|error| bad(error.to_string()))?;
    let second = |name| number(&query, name, 0, MAX_SECOND).map(|second| second.map(|second| second as i64));
    let to = second("to")?.unwrap_or_else(|| context.store.now().unix_s());
    let last = number(&query, "last", 1, MAX_SECOND)?.map_or(DEFAULT_SECONDS, |last| last as i64);
    let from = second("from")?.unwrap_or_else(|| (to - last).max(0));
    if from > to {
        return Err(bad(format!("from: {from} is after to, {to}")));
    }
    let step = step(&query, to - from)?;
    let bucket = bucket(&context, &name).await?;
    let points = context.store.traffic_history(&bucket, step, from, to).await.map_err(Failure::from)?;
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

/// Without a step: minutes as far back as they are kept.
fn step(query: &Query, seconds: i64) -> Result<TrafficStep, AdminError> {
    let minutes = TrafficStep::Minute.kept() as i64 * TrafficStep::Minute.seconds();
    match query.get("step") {
        Some("minute") => Ok(TrafficStep::Minute),
        Some("hour") => Ok(TrafficStep::Hour),
        Some(other) => Err(bad(format!("step: {other:?} is neither minute nor hour"))),
        None if seconds <= minutes => Ok(TrafficStep::Minute),
        None => Ok(TrafficStep::Hour),
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
        bytes_out: counts.get(TrafficCounter::BytesOut),
        bytes_in: counts.get(TrafficCounter::BytesIn),
        fetches: counts.get(TrafficCounter::Fetches),
        origin_bytes: counts.get(TrafficCounter::OriginBytes),
        fetch_failures: counts.get(TrafficCounter::FetchFailures),
    }
}
