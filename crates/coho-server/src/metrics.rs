//! What is counted of requests and connections.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{fmt, time::Duration};

/// Upper bounds of the buckets of the duration histogram, in seconds.
const DURATION_BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

type Durations = Family<OperationLabel, Histogram, fn() -> Histogram>;

/// Counters of requests and connections.
pub(crate) struct Metrics {
    requests: Family<AnswerLabels, Counter>,
    durations: Durations,
    connections: Gauge,
    refused_admin_connections: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Counts a connection until it is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionGauge(Gauge);

impl Drop for ConnectionGauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let durations = Durations::new_with_constructor(|| Histogram::new(DURATION_BUCKETS));
        Self {
            requests: Family::default(),
            durations,
            connections: Gauge::default(),
            refused_admin_connections: Counter::default(),
        }
    }

    pub(crate) fn count_answer(&self, operation: &'static str, status: u16, elapsed: Duration) {
        self.requests.get_or_create(&AnswerLabels { operation, status }).inc();
        self.durations.get_or_create(&OperationLabel { operation }).observe(elapsed.as_secs_f64());
    }

    pub(crate) fn count_connection(&self) -> ConnectionGauge {
        self.connections.inc();
        ConnectionGauge(self.connections.clone())
    }

    pub(crate) fn count_refused_admin_connection(&self) {
        self.refused_admin_connections.inc();
    }

    /// Adds the counters to a page of metrics.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Answers by operation and status", self.requests.clone());
        registry.register("http_request_seconds", "Time until the head of the answer", self.durations.clone());
        registry.register("http_connections", "Open connections", self.connections.clone());
        let refused = self.refused_admin_connections.clone();
        registry.register(
            "admin_connections_refused",
            "Connections of the admin address that were one too many",
            refused,
        );
    }
}
