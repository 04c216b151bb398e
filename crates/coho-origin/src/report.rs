//! The report of a fetch that has ended: its metrics, its event, one log line, and the negative cache.

use crate::{FailedFetch, FetchRequest, MirrorFailure, fetch_context::FetchContext, flight_state::FetchOutcome};
use coho_model::TrafficCounter;
use std::time::Instant;

/// Counts and logs the outcome of a fetch, and sets it for the last event of the fill.
pub(crate) fn report(context: &FetchContext, outcome: &FetchOutcome) {
    set_event(context, outcome);
    let FetchRequest { bucket: record, key, rule_number: rule, urls, request_id, .. } = &*context.request;
    let (bucket, key, url) = (record.name.as_str(), key.as_str(), urls.first.without_query());
    let (attempts, elapsed) = (&context.trace, context.trace.elapsed());
    // Every line has the same fields, whatever the outcome.
    macro_rules! line {
        ($level:ident, $outcome:expr, $text:literal $(, $name:ident)*) => {
            tracing::$level!(
                request.id = &**request_id,
                bucket.name = bucket,
                object.key = key,
                rule,
                origin.url = url,
                outcome = $outcome,
                %attempts,
                duration_ms = elapsed.as_millis() as u64,
                $($name,)*
                $text
            )
        };
    }
    if matches!(outcome, FetchOutcome::Present(_) | FetchOutcome::Stored(_)) {
        context.environment.failed_fetches.mended(record.id, *rule, &context.request.key);
    }
    match outcome {
        FetchOutcome::Present(_) => {}
        FetchOutcome::Stored(stored) => {
            context.metrics.count("stored");
            context.metrics.stored(elapsed);
            let bytes = stored.size;
            line!(info, "stored", "mirrored", bytes);
        }
        FetchOutcome::ReadersOnly => {
            context.metrics.count("not_stored");
            line!(info, "not_stored", "fetched for its readers only");
        }
        FetchOutcome::Passed(_) => {
            context.metrics.count("passed");
            line!(info, "passed", "origin answer passed through");
        }
        FetchOutcome::Overtaken => {
            context.metrics.count("overtaken");
            line!(info, "overtaken", "fetched, but a later write won");
        }
        FetchOutcome::Failed(failure) => {
            context.metrics.count(failure.label());
            let outcome = failure.label();
            if matches!(failure, MirrorFailure::NotFound) {
                cache_not_found(context);
                line!(info, outcome, "origin has no such object");
                return;
            }
            context.count_traffic(TrafficCounter::FetchFailures, 1);
            keep_failed(context, failure);
            let error = failure as &dyn std::error::Error;
            let log = &context.environment.failure_log;
            let is_delivered = matches!(failure, MirrorFailure::EndNotProved);
            match log.admit(urls.first.as_str(), outcome, Instant::now()) {
                Some(unlogged) if is_delivered => {
                    line!(warn, outcome, "delivered, not stored: end not proved", unlogged);
                }
                Some(unlogged) => line!(warn, outcome, "mirroring failed", error, unlogged),
                None => line!(debug, outcome, "mirroring failed", error),
            }
        }
    }
}

fn set_event(context: &FetchContext, outcome: &FetchOutcome) {
    let Some(events) = context.flight.events() else { return };
    match outcome {
        FetchOutcome::Present(_) => events.ended("present"),
        FetchOutcome::Stored(_) => events.ended("stored"),
        FetchOutcome::ReadersOnly => events.ended("not_stored"),
        FetchOutcome::Passed(_) => events.ended("passed"),
        FetchOutcome::Overtaken => events.overtaken(),
        FetchOutcome::Failed(failure) => events.failed(failure.label()),
    }
}

/// Lists the fetch for operators.
fn keep_failed(context: &FetchContext, failure: &MirrorFailure) {
    let FetchRequest { bucket, key, rule_number, request_id, .. } = &*context.request;
    let (attempts, more_attempts) = context.trace.attempts();
    context.environment.failed_fetches.add(FailedFetch {
        bucket_id: bucket.id,
        bucket: bucket.name.clone(),
        key: key.clone(),
        rule_number: *rule_number,
        at: context.environment.store.now(),
        reason: failure.label(),
        error: failure.to_string(),
        request_id: request_id.clone(),
        attempts,
        more_attempts,
        elapsed: context.trace.elapsed(),
        times: 0,
    });
}

fn cache_not_found(context: &FetchContext) {
    let FetchRequest { bucket, key, rule_number, .. } = &*context.request;
    let time = context.environment.options.missing_time(&bucket.mirror);
    if !time.is_zero() {
        let started = context.flight.started();
        context.environment.negative_cache.insert((bucket.id, *rule_number), key, time, started);
    }
}
