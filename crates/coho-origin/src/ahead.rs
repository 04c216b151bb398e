//! Ranges ahead: a range far beyond the high-water mark of a fill is requested by itself, so that its reader need not wait for all
//! bytes before it. The fill takes its bytes over and does not fetch them again.

use crate::{
    FetchRequest, MirrorFailure,
    environment::FetchEnvironment,
    flight::Flight,
    frames::Frames,
    origin_requester::{OriginRequester, RangeRequest},
    resume::Resume,
    trace::FetchTrace,
};
use coho_store::{AheadWriter, InProgressBody};
use std::sync::Arc;

/// Fetches the bytes from `start` to `end` in a task of its own, if they are far ahead of the fill and the origin answers range
/// requests.
pub(crate) fn fetch_ahead(
    environment: &Arc<FetchEnvironment>,
    flight: &Arc<Flight>,
    in_progress: &Arc<InProgressBody>,
    start: u64,
    end: u64,
) {
    let Some(opened) = flight.opened().filter(|_| flight.has_ranges()) else { return };
    if !in_progress.lacks(start, end) || opened.resume.range(start, Some(end)).is_none() {
        return;
    }
    let (environment, flight, in_progress) = (environment.clone(), flight.clone(), in_progress.clone());
    environment.body_runtime.clone().spawn(async move {
        let Some(range) = in_progress.claim(start, end).await else { return };
        let (start, end) = (range.start, range.end);
        // By the flight's request, not the reader's: the bytes become part of the fill.
        let fetched = tokio::select! {
            fetched = fetch(&environment, flight.request(), &opened.resume, range) => fetched,
            // The readers have ended with the fill.
            () = in_progress.aborted() => return,
        };
        if let Err(failure) = fetched {
            on_failure(&environment, &flight, (start, end), &failure);
        }
    });
}

fn on_failure(environment: &FetchEnvironment, flight: &Flight, (start, end): (u64, u64), failure: &MirrorFailure) {
    let request = flight.request();
    // A rate limit has refused no client.
    if !matches!(failure, MirrorFailure::RateLimited) {
        environment.metrics_of(request).count(failure.label());
    }
    if matches!(failure, MirrorFailure::NoRange) {
        flight.disable_ranges();
    }
    tracing::debug!(
        bucket.name = request.bucket.name.as_str(),
        object.key = request.key.as_str(),
        start,
        end,
        error = failure as &dyn std::error::Error,
        "range ahead failed; its reader waits for the fill"
    );
}

async fn fetch(
    environment: &FetchEnvironment,
    request: &FetchRequest,
    resume: &Resume,
    range: AheadWriter,
) -> Result<(), MirrorFailure> {
    let trace = FetchTrace::new();
    let metrics = environment.metrics_of(request);
    let now = environment.store.now();
    let requester = OriginRequester { environment, request, trace: &trace, metrics: &metrics, now };
    let limiters = environment.limits.limiters(&request.bucket, Some(request.rule_number));
    // It is one more request to the origin, so it counts as a fetch.
    if !limiters.admit() {
        return Err(MirrorFailure::RateLimited);
    }
    metrics.count("ahead");
    let headers = resume.range(range.start, Some(range.end)).unwrap_or_default();
    let asked = RangeRequest { start: range.start, headers, ignores_breaker: false };
    let response = requester.ask(resume.origin(), asked).await?;
    if !resume.fits_range(&response, range.start, range.end) {
        return Err(MirrorFailure::NoRange);
    }
    let idle = environment.options.timeouts(&request.bucket.mirror).idle;
    let mut frames = Frames::new(response.into_body(), idle, range.start, Some(range.end));
    while let Some(bytes) = frames.next().await? {
        let count = bytes.len();
        metrics.received(count);
        if !range.write(bytes).await? {
            break;
        }
        limiters.pace(count).await;
        tokio::task::yield_now().await;
    }
    Ok(())
}
