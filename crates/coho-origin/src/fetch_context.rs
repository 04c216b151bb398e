//! What one fetch works with in all of its stages.

use crate::{
    FetchRequest, environment::FetchEnvironment, flight::Flight, limit::FetchLimiters, metrics::RuleMetrics,
    origin_requester::OriginRequester, trace::FetchTrace,
};
use coho_model::TrafficCounter;
use std::{sync::Arc, time::Duration};

/// One fetch.
pub(crate) struct FetchContext {
    pub(crate) environment: Arc<FetchEnvironment>,
    pub(crate) flight: Arc<Flight>,
    pub(crate) request: Arc<FetchRequest>,
    /// The limits of the bucket and the rule.
    pub(crate) limiters: FetchLimiters,
    pub(crate) metrics: Arc<RuleMetrics>,
    pub(crate) trace: FetchTrace,
}

impl FetchContext {
    pub(crate) fn new(environment: Arc<FetchEnvironment>, flight: Arc<Flight>) -> Self {
        let request = flight.request().clone();
        let limiters = environment.limits.limiters(&request.bucket, Some(request.rule_number));
        let metrics = environment.metrics_of(&request);
        Self { environment, flight, request, limiters, metrics, trace: FetchTrace::new() }
    }

    pub(crate) fn requester(&self) -> OriginRequester<'_> {
        OriginRequester {
            environment: &self.environment,
            request: &self.request,
            trace: &self.trace,
            metrics: &self.metrics,
            now: self.environment.store.now(),
        }
    }

    /// Counts bytes of a body.
    pub(crate) fn received(&self, bytes: usize) {
        self.metrics.received(bytes);
        self.count_traffic(TrafficCounter::OriginBytes, bytes as u64);
    }

    /// Counts for the history of the bucket.
    pub(crate) fn count_traffic(&self, counter: TrafficCounter, count: u64) {
        self.environment.store.traffic().add(self.request.bucket.id, counter, count);
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        self.environment.options.timeouts(&self.request.bucket.mirror).idle
    }
}
