//! What was counted in the last second.

use crate::{
    answers::STATUS_CLASSES,
    context::Context,
    latency::{LatencyCounts, difference, percentile, total},
};
use coho_admin_api::live::{BucketRates, LatencyPercentiles, RatesEvent, TrafficRates};
use coho_model::{BucketId, TrafficCounter, TrafficCounts};
use coho_store::TrafficSample;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Most buckets of a sample.
const MAX_BUCKETS: usize = 20;
/// Samples whose answers the percentiles are about.
const LATENCY_SAMPLES: usize = 10;

/// The counters as they were at the last sample.
pub(super) struct RatesWatch {
    at: Instant,
    traffic: TrafficSample,
    classes: [u64; STATUS_CLASSES],
    latency: VecDeque<LatencyCounts>,
}

impl RatesWatch {
    pub(super) fn begin(context: &Context) -> Self {
        Self {
            at: Instant::now(),
            traffic: context.store.traffic().sample(&TrafficSample::default()).0,
            classes: context.metrics.answers().classes(),
            latency: [context.metrics.answers().since_start()].into(),
        }
    }

    /// What was counted since the last sample.
    pub(super) fn next(&mut self, context: &Context) -> RatesEvent {
        let now = Instant::now();
        let span = now.saturating_duration_since(std::mem::replace(&mut self.at, now)).max(Duration::from_millis(1));
        let (traffic, by_bucket) = context.store.traffic().sample(&self.traffic);
        self.traffic = traffic;
        let classes = context.metrics.answers().classes();
        let before = std::mem::replace(&mut self.classes, classes);
        let class = |class: usize| per_second(classes[class].saturating_sub(before[class]), span);
        let mut sum = TrafficCounts::default();
        by_bucket.values().for_each(|counts| sum.add(counts));
        RatesEvent {
            at: context.store.now().iso8601(),
            span_ms: span.as_millis() as u64,
            requests_per_second: (0..STATUS_CLASSES).map(class).sum(),
            success_per_second: class(2),
            redirection_per_second: class(3),
            client_error_per_second: class(4),
            server_error_per_second: class(5),
            total: rates(&sum, span),
            in_flight: context.mirror.in_flight() as u64,
            unpersisted: context.store.unpersisted_fills(),
            bodies_in_flight: context.store.bodies_in_flight() as u64,
            connections: context.metrics.connections(),
            latency: self.latency(context.metrics.answers().since_start()),
            buckets: busiest(context, by_bucket, span),
        }
    }

    fn latency(&mut self, counts: LatencyCounts) -> Option<LatencyPercentiles> {
        let oldest = self.latency.front().copied().unwrap_or(counts);
        if self.latency.len() >= LATENCY_SAMPLES {
            self.latency.pop_front();
        }
        self.latency.push_back(counts);
        percentiles(&difference(&counts, &oldest))
    }
}

/// The percentiles that are shown; `None` without an answer.
pub(crate) fn percentiles(counts: &LatencyCounts) -> Option<LatencyPercentiles> {
    Some(LatencyPercentiles {
        answers: total(counts),
        p50_ms: percentile(counts, 0.5)?,
        p95_ms: percentile(counts, 0.95)?,
        p99_ms: percentile(counts, 0.99)?,
    })
}

/// The busiest buckets: by answers and fetches, then by bytes.
fn busiest(context: &Context, by_bucket: HashMap<BucketId, TrafficCounts>, span: Duration) -> Vec<BucketRates> {
    let mut buckets: Vec<_> = by_bucket.into_iter().collect();
    buckets.sort_unstable_by_key(|(id, counts)| (std::cmp::Reverse(weight(counts)), id.0));
    let mut shown = Vec::new();
    for (id, counts) in buckets {
        // Without a request since the first stream, a bucket has no name here.
        let name = context.live.name(id).map(|name| name.to_string()).or_else(|| context.mirror.metrics().name(id));
        shown.extend(name.map(|bucket| BucketRates { bucket, rates: rates(&counts, span) }));
        if shown.len() == MAX_BUCKETS {
            break;
        }
    }
    shown
}

fn weight(counts: &TrafficCounts) -> (u64, u64) {
    use TrafficCounter::*;
    let sum = |counters: &[TrafficCounter]| counters.iter().map(|counter| counts.get(*counter)).sum();
    let requests = sum(&[Hits, Mirrored, Redirects, OtherAnswers, ClientErrors, ServerErrors, Fetches]);
    (requests, sum(&[BytesOut, BytesIn, OriginBytes]))
}

fn rates(counts: &TrafficCounts, span: Duration) -> TrafficRates {
    let rate = |counter| per_second(counts.get(counter), span);
    TrafficRates {
        hits_per_second: rate(TrafficCounter::Hits),
        mirrored_per_second: rate(TrafficCounter::Mirrored),
        redirects_per_second: rate(TrafficCounter::Redirects),
        other_answers_per_second: rate(TrafficCounter::OtherAnswers),
        client_errors_per_second: rate(TrafficCounter::ClientErrors),
        server_errors_per_second: rate(TrafficCounter::ServerErrors),
        fetches_per_second: rate(TrafficCounter::Fetches),
        fetch_failures_per_second: rate(TrafficCounter::FetchFailures),
        out_bytes_per_second: rate(TrafficCounter::BytesOut),
        in_bytes_per_second: rate(TrafficCounter::BytesIn),
        origin_bytes_per_second: rate(TrafficCounter::OriginBytes),
    }
}

fn per_second(count: u64, span: Duration) -> f64 {
    count as f64 / span.as_secs_f64()
}
