//! What all fetches share.

use crate::{
    FetchRequest, client::Client, failed_fetches::FailedFetches, failure_log::FailureLog, health::Health,
    limit::RateLimits, limit_hits::LimitHits, metrics::MirrorMetrics, metrics::RuleMetrics,
    negative_cache::NegativeCache, options::MirrorOptions, refusal_log::RefusalLog,
};
use coho_store::Store;
use std::sync::Arc;
use tokio::runtime;

/// The store, the client and the limits of all fetches.
#[derive(Debug)]
pub(crate) struct FetchEnvironment {
    pub(crate) store: Arc<Store>,
    pub(crate) client: Client,
    pub(crate) health: Health,
    pub(crate) limits: RateLimits,
    pub(crate) limit_hits: LimitHits,
    pub(crate) options: MirrorOptions,
    pub(crate) metrics: MirrorMetrics,
    pub(crate) negative_cache: NegativeCache,
    pub(crate) refusal_log: RefusalLog,
    pub(crate) failure_log: FailureLog,
    pub(crate) failed_fetches: FailedFetches,
    /// The runtime that receives large bodies, so that a slow disk does not block the thread of other connections.
    pub(crate) body_runtime: runtime::Handle,
}

impl FetchEnvironment {
    /// Notes and reports that a limit has held up a request.
    pub(crate) fn note_limit(&self, request: &FetchRequest, limit: &'static str) {
        self.limit_hits.note(&request.bucket.name, limit);
        self.store.events().limit_hit(&request.bucket.name, limit);
    }

    pub(crate) fn metrics_of(&self, request: &FetchRequest) -> Arc<RuleMetrics> {
        self.metrics.of(&request.bucket, Some(request.rule_number))
    }
}
