//! What is counted of requests and connections.

use crate::latency::LatencyHistogram;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds of the buckets of the duration histogram, in seconds.
const DURATION_BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Statuses begin with 1 to 5; others count as 0.
pub(crate) const STATUS_CLASSES: usize = 6;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

/// What became of a sign-in to the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInResult {
    Accepted,
    Wrong,
    LockedOut,
}

impl SignInResult {
    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Wrong => "wrong",
            Self::LockedOut => "locked_out",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

type Durations = Family<OperationLabel, Histogram, fn() -> Histogram>;

/// Counters of requests and connections.
pub(crate) struct Metrics {
    requests: Family<AnswerLabels, Counter>,
    /// Answers by the first digit of their status.
    classes: [AtomicU64; STATUS_CLASSES],
    latency: LatencyHistogram,
    durations: Durations,
    connections: Gauge,
    refused_admin_connections: Counter,
    console_connections: Gauge,
    console_sessions: Gauge,
    sign_ins: Family<ResultLabel, Counter>,
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
            classes: Default::default(),
            latency: LatencyHistogram::new(),
            durations,
            connections: Gauge::default(),
            refused_admin_connections: Counter::default(),
            console_connections: Gauge::default(),
            console_sessions: Gauge::default(),
            sign_ins: Family::default(),
        }
    }

    pub(crate) fn count_answer(&self, operation: &'static str, status: u16, elapsed: Duration) {
        self.requests.get_or_create(&AnswerLabels { operation, status }).inc();
        self.durations.get_or_create(&OperationLabel { operation }).observe(elapsed.as_secs_f64());
        let class = Some(usize::from(status / 100)).filter(|class| *class < STATUS_CLASSES);
        self.classes[class.unwrap_or(0)].fetch_add(1, Ordering::Relaxed);
        self.latency.observe(elapsed);
    }

    /// Answers since the start by the first digit of their status.
    pub(crate) fn classes(&self) -> [u64; STATUS_CLASSES] {
        std::array::from_fn(|class| self.classes[class].load(Ordering::Relaxed))
    }

    pub(crate) fn latency(&self) -> &LatencyHistogram {
        &self.latency
    }

    /// Open connections of the API.
    pub(crate) fn connections(&self) -> u64 {
        u64::try_from(self.connections.get()).unwrap_or(0)
    }

    pub(crate) fn count_connection(&self) -> ConnectionGauge {
        self.connections.inc();
        ConnectionGauge(self.connections.clone())
    }

    pub(crate) fn count_console_connection(&self) -> ConnectionGauge {
        self.console_connections.inc();
        ConnectionGauge(self.console_connections.clone())
    }

    pub(crate) fn count_sign_in(&self, result: SignInResult) {
        self.sign_ins.get_or_create(&ResultLabel { result: result.label() }).inc();
    }

    pub(crate) fn set_console_sessions(&self, count: usize) {
        self.console_sessions.set(count as i64);
    }

    pub(crate) fn count_refused_admin_connection(&self) {
        self.refused_admin_connections.inc();
    }

    /// Adds the counters to a page of metrics.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Answers by operation and status", self.requests.clone());
        registry.register("http_request_seconds", "Time until the head of the answer", self.durations.clone());
        registry.register("http_connections", "Open connections", self.connections.clone());
        let console = self.console_connections.clone();
        registry.register("console_connections", "Open connections of the console", console);
        registry.register("console_sessions", "Sessions of the console", self.console_sessions.clone());
        registry.register("console_sign_ins", "Sign-ins to the console by result", self.sign_ins.clone());
        let refused = self.refused_admin_connections.clone();
        registry.register(
            "admin_connections_refused",
            "Connections of the admin address that were one too many",
            refused,
        );
    }
}
