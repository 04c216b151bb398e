//! What is counted of callbacks.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use std::time::Duration;

/// Bounds of the histogram's buckets, in seconds; the default timeout is among them.
const BOUNDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallbackLabel {
    result: &'static str,
}

/// The requests of callbacks by their results, and how long they took.
#[derive(Debug)]
pub(crate) struct CallbackMetrics {
    results: Family<CallbackLabel, Counter>,
    seconds: Histogram,
}

impl Default for CallbackMetrics {
    fn default() -> Self {
        Self { results: Family::default(), seconds: Histogram::new(BOUNDS) }
    }
}

impl CallbackMetrics {
    /// Counts one request.
    pub(super) fn count(&self, result: &'static str, time: Duration) {
        self.results.get_or_create(&CallbackLabel { result }).inc();
        self.seconds.observe(time.as_secs_f64());
    }

    /// Adds the counts to a page of metrics.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("callbacks", "Requests of upload callbacks by result", self.results.clone());
        let help = "Time of a request of an upload callback, until the end of its answer or its failure";
        registry.register("callback_seconds", help, self.seconds.clone());
    }
}
