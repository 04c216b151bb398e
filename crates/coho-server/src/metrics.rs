//! What is counted, in Prometheus's text form.

use crate::context::Context;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{fmt, time::Duration};

/// Seconds at which the duration histogram has its steps.
const DURATION_STEPS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Op {
    operation: &'static str,
}

type Durations = Family<Op, Histogram, fn() -> Histogram>;

/// Counters of the front.
pub(crate) struct Metrics {
    requests: Family<Answered, Counter>,
    durations: Durations,
    connections: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Counts a connection as long as it lives.
#[derive(Debug)]
pub(crate) struct ConnectionGauge(Gauge);

impl Drop for ConnectionGauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let durations = Durations::new_with_constructor(|| Histogram::new(DURATION_STEPS));
        Self { requests: Family::default(), durations, connections: Gauge::default() }
    }

    pub(crate) fn answered(&self, operation: &'static str, status: u16, elapsed: Duration) {
        self.requests.get_or_create(&Answered { operation, status }).inc();
        self.durations.get_or_create(&Op { operation }).observe(elapsed.as_secs_f64());
    }

    pub(crate) fn connection(&self) -> ConnectionGauge {
        self.connections.inc();
        ConnectionGauge(self.connections.clone())
    }
}

/// The whole page.
pub(crate) fn page(context: &Context) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("coho");
    let metrics = &context.metrics;
    registry.register("http_requests", "Answers by operation and status", metrics.requests.clone());
    registry.register("http_request_seconds", "Time until the head of the answer", metrics.durations.clone());
    registry.register("http_connections", "Open connections", metrics.connections.clone());
    mirror(&mut registry, context);
    let bodies: Gauge = Gauge::default();
    bodies.set(context.store.bodies_in_flight() as i64);
    registry.register("bodies_in_flight", "Stored bodies that are being sent", bodies);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn mirror(registry: &mut Registry, context: &Context) {
    context.mirror.metrics().register(registry);
    let in_flight: Gauge = Gauge::default();
    in_flight.set(context.mirror.in_flight() as i64);
    registry.register("mirror_in_flight", "Fetches at this moment", in_flight);
    let unsettled: Gauge = Gauge::default();
    unsettled.set(context.store.unsettled_fills() as i64);
    registry.register("mirror_unsettled", "Mirrored objects that are shown and not durable yet", unsettled);
}
