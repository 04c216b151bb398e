//! Ranges ahead: a range far beyond the high-water mark of a fill is requested by itself, so that its reader need not wait for all
//! bytes before it. The fill takes its bytes over and does not fetch them again. It is fetched as long as its reader lives; the next one
//! begins when a place is free.

use crate::{
    FetchRequest, MirrorFailure,
    environment::FetchEnvironment,
    flight::Flight,
    frames::Frames,
    origin_requester::{OriginRequester, RangeRequest},
    resume::Resume,
    trace::FetchTrace,
};
use coho_model::TrafficCounter;
use coho_store::{AheadReader, AheadWriter, GrowingReader, InProgressBody};
use std::sync::Arc;

/// The outcome label of a reader that waits because [`MAX_RUNNING_RANGES`](coho_store::MAX_RUNNING_RANGES) of its object are fetched.
const AHEAD_LIMIT: &str = "max_ahead_ranges";

/// Fetches the reader's bytes in a task of its own as long as the reader lives, if they are far ahead of the fill and the origin
/// answers range requests.
pub(crate) fn fetch_ahead(
    environment: &Arc<FetchEnvironment>,
    flight: &Arc<Flight>,
    in_progress: &Arc<InProgressBody>,
    (start, end): (u64, u64),
    reader: &mut GrowingReader,
) {
    let Some(opened) = flight.opened().filter(|_| flight.has_ranges()) else { return };
    let Some(ahead) = in_progress.read_ahead(start..end) else { return };
    if opened.resume.range(start, Some(end)).is_none() {
        return;
    }
    let (environment, flight, in_progress, reading) =
        (environment.clone(), flight.clone(), in_progress.clone(), ahead.clone());
    let task = environment.body_runtime.clone().spawn(async move {
        tokio::select! {
            () = fetch_all(&environment, &flight, &opened.resume, &reading) => {}
            // The readers have ended with the fill.
            () = in_progress.aborted() => {}
        }
    });
    reader.set_ahead(ahead, task.abort_handle());
}

/// Fetches everything that the reader needs and no other range has: one range after the other, until one fails.
async fn fetch_all(environment: &FetchEnvironment, flight: &Flight, resume: &Resume, reader: &AheadReader) {
    while let Some(range) = reader.next(|| on_limit(environment, flight)).await.filter(|_| flight.has_ranges()) {
        let (start, end) = (range.start, range.end);
        // By the flight's request, not the reader's: the bytes become part of the fill.
        if let Err(failure) = fetch(environment, flight.request(), resume, range).await {
            return on_failure(environment, flight, (start, end), &failure);
        }
    }
}

fn on_limit(environment: &FetchEnvironment, flight: &Flight) {
    environment.metrics_of(flight.request()).count(AHEAD_LIMIT);
    environment.refusal_log.ahead_waits(flight.request(), AHEAD_LIMIT);
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
    let count_traffic = |counter, count| environment.store.traffic().add(request.bucket.id, counter, count);
    count_traffic(TrafficCounter::Fetches, 1);
    let headers = resume.range(range.start, Some(range.end)).unwrap_or_default();
    let asked = RangeRequest { start: range.start, headers, ignores_breaker: false };
    let response = requester.ask(resume.origin(), asked).await?;
    if !resume.fits_range(&response, range.start, range.end) {
        return Err(MirrorFailure::NoRange);
    }
    let idle = environment.options.timeouts(&request.bucket.mirror).idle;
    let mut frames = Frames::new(response.into_body(), idle, range.start, Some(range.end));
    let mut missing = range.end - range.start;
    while let Some(bytes) = frames.next().await? {
        let count = bytes.len();
        missing = missing.saturating_sub(count as u64);
        metrics.received(count);
        count_traffic(TrafficCounter::OriginBytes, count as u64);
        if !range.write(bytes).await? {
            return Ok(());
        }
        limiters.pace(count).await;
        tokio::task::yield_now().await;
    }
    // A body in chunks may end early; its rest would be requested again at once, without end.
    if missing > 0 { Err(MirrorFailure::Short) } else { Ok(()) }
}
