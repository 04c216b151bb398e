//! The coalescer's view of the engine: tokens and versions are the store's, limits and counts the environment's, and a flight
//! runs as a fetch.

use crate::{
    FetchRequest, MirrorFailure, coalescer::FlightBackend, environment::FetchEnvironment, fetch,
    fetch_context::FetchContext, flight::Flight, flight_state::FetchOutcome, report::report,
};
use coho_model::{BucketRecord, FillToken};
use coho_store::events::FillEvents;
use futures_util::future::BoxFuture;
use std::{future::Future, sync::Arc};

impl FlightBackend for FetchEnvironment {
    async fn holds_token(&self, request: &FetchRequest, token: FillToken) -> bool {
        self.store.holds_token(&request.bucket, &request.key, token).await.unwrap_or(false)
    }

    async fn key_version(&self, request: &FetchRequest) -> Result<u64, MirrorFailure> {
        Ok(self.store.key_version(&request.bucket, &request.key).await?)
    }

    async fn current_bucket(&self, request: &FetchRequest) -> Option<Arc<BucketRecord>> {
        self.store.bucket(&request.bucket.name).await.ok().flatten()
    }

    fn admit(&self, request: &FetchRequest) -> bool {
        self.limits.limiters(&request.bucket, Some(request.rule_number)).admit()
    }

    fn is_backlog_full(&self) -> bool {
        self.store.is_backlog_full()
    }

    async fn await_backlog_room(&self, request: &FetchRequest) {
        self.metrics_of(request).count("backlog");
        self.note_limit(request, "backlog");
        self.refusal_log.delayed(request);
        self.store.await_backlog_room().await;
    }

    fn count(&self, request: &FetchRequest, event: &'static str) {
        self.metrics_of(request).count(event);
    }

    fn refuse(&self, request: &FetchRequest, failure: &MirrorFailure) {
        self.count(request, failure.label());
        self.note_limit(request, failure.label());
        self.refusal_log.refused(request, failure);
    }

    fn start_events(&self, request: &FetchRequest) -> Option<FillEvents> {
        Some(self.store.events().fill_started(&request.bucket.name, &request.key, request.rule_number))
    }

    fn run(self: &Arc<Self>, flight: Arc<Flight>) -> impl Future<Output = FetchOutcome> + Send + 'static {
        let context = Arc::new(FetchContext::new(self.clone(), flight));
        async move {
            let outcome = fetch::run(&context).await;
            report(&context, &outcome);
            outcome
        }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
}
