//! A range far behind what is there: it is asked for by itself, so that its reader does not wait for everything in front
//! of it. The bytes are kept; the fill will not fetch them again.

use crate::{
    Flight, Mirror, MirrorFailure, Order,
    ask::{Asker, Part},
    frames::Frames,
    resume::Resume,
    trace::Trace,
};
use coho_store::{AheadWriter, InProgressBody};
use std::sync::{Arc, atomic::Ordering};

impl Mirror {
    /// Has the bytes from `start` to `end` fetched at once if they are far behind what is there and the origin can be
    /// asked for them. Whether or not it can, a reader finds them where it reads, sooner or later.
    pub fn reach_ahead(self: &Arc<Self>, flight: &Flight, growth: &Arc<InProgressBody>, start: u64, end: u64) {
        let Some(resume) = flight.resume() else { return };
        if !growth.lacks(start, end) || resume.range(start, Some(end)).is_none() {
            return;
        }
        // Not what the reader would have asked itself: these bytes are those of the fill.
        let (mirror, order, resume) = (self.clone(), flight.order().clone(), resume.clone());
        let (growth, without_ranges) = (growth.clone(), flight.ranges());
        self.heavy.spawn(async move {
            let Some(part) = growth.claim(start, end).await else { return };
            let (start, end) = (part.start, part.end);
            let fetched = tokio::select! {
                fetched = fetch(&mirror, &order, &resume, part) => fetched,
                // Its reader has gone with everybody else's.
                () = growth.aborted() => return,
            };
            if let Err(failure) = fetched {
                // Nobody was refused anything.
                if !matches!(failure, MirrorFailure::RateLimited) {
                    mirror.metrics.of(&order.bucket, Some(order.rule_number)).count(failure.label());
                }
                if matches!(failure, MirrorFailure::NoRange) {
                    without_ranges.store(true, Ordering::Relaxed);
                }
                tracing::debug!(
                    bucket.name = order.bucket.name.as_str(),
                    object.key = order.key.as_str(),
                    start,
                    end,
                    error = &failure as &dyn std::error::Error,
                    "a range could not be fetched by itself; its reader waits for the fill"
                );
            }
        });
    }
}

async fn fetch(mirror: &Mirror, order: &Order, resume: &Resume, part: AheadWriter) -> Result<(), MirrorFailure> {
    let trace = Trace::new();
    let Mirror { client, health, store, .. } = mirror;
    let asker = Asker { client, health, order, trace: &trace, now: store.now() };
    let limiters = mirror.limits.limiters(&order.bucket, Some(order.rule_number));
    let metrics = mirror.metrics.of(&order.bucket, Some(order.rule_number));
    // It is a request more to the origin, so it counts.
    if !limiters.admit() {
        return Err(MirrorFailure::RateLimited);
    }
    metrics.count("ahead");
    let headers = resume.range(part.start, Some(part.end)).unwrap_or_default();
    let asked = Part { start: part.start, headers, insists: false };
    let response = asker.ask(resume.origin(), asked).await?;
    if !resume.fits_part(&response, part.start, part.end) {
        return Err(MirrorFailure::NoRange);
    }
    let idle = mirror.options.timeouts(&order.bucket.mirror).idle;
    let mut frames = Frames::new(response.into_body(), idle, part.start, Some(part.end));
    while let Some(bytes) = frames.next().await? {
        let count = bytes.len();
        metrics.received(count);
        if !part.write(bytes).await? {
            break;
        }
        limiters.pace(count).await;
        tokio::task::yield_now().await;
    }
    Ok(())
}
