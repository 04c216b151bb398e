//! Back-to-origin mirroring as the server sees it: open a missing object, ask what is in progress, change limits.

use crate::{
    FetchRequest, MirrorFailure,
    ahead::fetch_ahead,
    callback::CallbackClient,
    client::Client,
    coalescer::Coalescer,
    environment::FetchEnvironment,
    flight::Flight,
    flight_state::{FetchOutcome, FlightState},
    guard::{AddressClass, AddressPolicy},
    hops,
    limit::RateLimits,
    limit_hits::LimitHits,
    metrics::MirrorMetrics,
    options::MirrorOptions,
    origin_head::{OriginHead, Passed},
    origin_headers::{OriginTarget, origin_headers},
    origin_requester::uri,
    probe::{Probe, probe},
    refusal_log::RefusalLog,
    used::OriginUse,
};
use coho_model::{BucketId, BucketName, BucketRecord, ObjectKey, ObjectRecord};
use coho_store::{GrowingReader, InProgressBody, Store, random_u64};
use http::{HeaderMap, HeaderValue, Method};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::runtime;

/// Back-to-origin mirroring.
#[derive(Debug)]
pub struct Mirror {
    pub(crate) environment: Arc<FetchEnvironment>,
    pub(crate) coalescer: Arc<Coalescer<FetchEnvironment>>,
    /// The id of this server in hop headers.
    hop: String,
}

/// A missing object that can be answered.
#[derive(Debug, Clone)]
pub enum Opened {
    /// It was stored in the meantime.
    Present(Arc<ObjectRecord>),
    /// Its body is arriving.
    Growing {
        /// The head of the origin's answer.
        head: Arc<OriginHead>,
        /// The body, for readers.
        in_progress: Arc<InProgressBody>,
        /// The fetch.
        flight: Arc<Flight>,
    },
    /// The origin's answer is passed through to the client.
    Passed(Arc<Passed>),
}

impl Mirror {
    /// Mirrors into this store, from the addresses that the policy admits, within the default limits of the region. The
    /// runtime of the caller receives large bodies; small ones stay with the connection that asks for them.
    pub fn new(store: Arc<Store>, policy: AddressPolicy, options: MirrorOptions, region: String) -> Arc<Self> {
        let hop = format!("{:016x}", random_u64());
        let (health, metrics, negative_cache, failure_log, failed_fetches) = Default::default();
        let events = store.events().clone();
        let environment = Arc::new(FetchEnvironment {
            store,
            client: Client::new(policy, options, hop.clone(), runtime::Handle::current(), events),
            health,
            limits: RateLimits::new(region),
            limit_hits: LimitHits::default(),
            options,
            metrics,
            negative_cache,
            refusal_log: RefusalLog::default(),
            failure_log,
            failed_fetches,
            body_runtime: runtime::Handle::current(),
        });
        let coalescer = Arc::new(Coalescer::new(environment.clone()));
        Arc::new(Self { environment, coalescer, hop })
    }

    /// A client for callbacks, which connects to the addresses that this policy admits.
    pub fn callback_client(&self, policy: AddressPolicy, timeout: Duration) -> CallbackClient {
        self.environment.client.callbacks(policy, timeout)
    }

    /// Has a missing object fetched, once for all requests, and waits until its head is known.
    pub async fn open(&self, request: &Arc<FetchRequest>) -> Result<Opened, MirrorFailure> {
        let mut flight = self.flight(request, false).await?;
        let mut state = flight.opened_or_ended().await;
        if is_for_the_same_request(&state) && !flight.serves(request, true) {
            flight = self.flight(request, true).await?;
            state = flight.opened_or_ended().await;
        }
        if let Some(opened) = state.opened() {
            return Ok(Opened::Growing { head: opened.head.clone(), in_progress: opened.body.clone(), flight });
        }
        match state.outcome() {
            Some(FetchOutcome::Present(record)) => Ok(Opened::Present(record.clone())),
            Some(FetchOutcome::Passed(passed)) => Ok(Opened::Passed(passed.clone())),
            Some(FetchOutcome::Failed(failure)) => Err(failure.clone()),
            Some(_) | None => Err(MirrorFailure::aborted()),
        }
    }

    /// Has a missing object fetched without waiting (`MirrorAsyncStatus`).
    pub async fn begin(&self, request: &Arc<FetchRequest>) -> Result<(), MirrorFailure> {
        self.flight(request, false).await.map(|_| ())
    }

    /// Whether a fetch of the object is in progress that stores it.
    pub fn is_fetching(&self, bucket: BucketId, key: &ObjectKey) -> bool {
        !self.coalescer.storing_flights(bucket, key).is_empty()
    }

    async fn flight(&self, request: &Arc<FetchRequest>, exactly: bool) -> Result<Arc<Flight>, MirrorFailure> {
        let FetchRequest { bucket, key, rule_number, .. } = &**request;
        self.refuse_loop(bucket, Some(*rule_number), request.hops.as_ref())?;
        let environment = &*self.environment;
        let time = environment.options.missing_time(&bucket.mirror);
        if environment.negative_cache.contains(bucket.id, *rule_number, key, time) {
            environment.metrics_of(request).count(MirrorFailure::CachedNotFound.label());
            return Err(MirrorFailure::CachedNotFound);
        }
        self.coalescer.join_or_start(request, exactly).await
    }

    /// Refuses a request that has come through this server before, since its fetch would wait for itself. It is refused also if
    /// the object is stored: a mirror of this server itself is a mistake.
    pub fn refuse_loop(
        &self,
        bucket: &BucketRecord,
        rule: Option<u32>,
        hops: Option<&HeaderValue>,
    ) -> Result<(), MirrorFailure> {
        if hops.is_some_and(|hops| hops::is_loop(hops, &self.hop)) {
            self.environment.metrics.of(bucket, rule).count(MirrorFailure::Loop.label());
            return Err(MirrorFailure::Loop);
        }
        Ok(())
    }

    /// A reader of a growing object. Its bytes are fetched at once if they are far ahead of the fill and the origin answers range
    /// requests; otherwise the fill brings them.
    pub fn reader(
        &self,
        flight: &Arc<Flight>,
        in_progress: &Arc<InProgressBody>,
        start: u64,
        end: Option<u64>,
    ) -> GrowingReader {
        let mut reader = in_progress.reader(start, end);
        if let Some(end) = end {
            fetch_ahead(&self.environment, flight, in_progress, (start, end), &mut reader);
        }
        reader
    }

    /// If the object is being stored at this moment, waits for that: a client that has read the whole object and asks again
    /// must not be answered that it does not exist.
    pub async fn await_inflight(&self, bucket: BucketId, key: &ObjectKey) {
        self.coalescer.await_storing(bucket, key).await;
    }

    /// The same for all objects of a bucket whose keys begin with the prefix.
    pub async fn await_inflight_prefix(&self, bucket: BucketId, prefix: &str) {
        self.coalescer.await_storing_prefix(bucket, prefix).await;
    }

    /// Waits until no fetch is in progress.
    pub async fn idle(&self) {
        self.coalescer.idle().await;
    }

    /// The number of fetches in progress.
    pub fn in_flight(&self) -> usize {
        self.coalescer.in_flight()
    }

    /// Counts a request for a stored object of a bucket with mirror rules.
    pub fn hit(&self, bucket: &BucketRecord) {
        self.environment.metrics.of(bucket, None).count("hit");
    }

    /// The metrics of all fetches.
    pub fn metrics(&self) -> &MirrorMetrics {
        &self.environment.metrics
    }

    /// The server's settings for fetches.
    pub fn options(&self) -> &MirrorOptions {
        &self.environment.options
    }

    /// Applies changed limits of this bucket, also to running fetches.
    pub fn limits_changed(&self, bucket: &BucketRecord) {
        self.environment.limits.changed(bucket);
        // From now on the bucket is listed.
        self.environment.metrics.of(bucket, None);
    }

    /// The limits of a bucket: fetches and bytes per second.
    pub fn effective_limits(&self, bucket: &BucketRecord) -> (Option<u64>, Option<u64>) {
        self.environment.limits.effective(bucket.mirror.limits)
    }

    /// What the fetches of a bucket have used in the last seconds: all together, and those of each rule that has fetched.
    pub fn used(&self, bucket: &BucketRecord) -> (OriginUse, BTreeMap<u32, OriginUse>) {
        self.environment.limits.used(bucket.id)
    }

    /// The headers that the rule's first origin would get for a fetch.
    pub fn origin_headers(&self, request: &FetchRequest) -> Result<HeaderMap, MirrorFailure> {
        let (uri, range) = (uri(&request.urls.first)?, HeaderMap::new());
        let target = OriginTarget { method: &Method::GET, uri: &uri, is_rules_server: true, range: &range };
        origin_headers(&self.environment.client, request, &target, self.environment.store.now())
    }

    /// The class of a literal address in an origin URL that the guard refuses for the bucket; `None` if it admits it, or if the
    /// host is a name.
    pub fn refused_literal(&self, bucket: &BucketName, url: &str) -> Option<AddressClass> {
        self.environment.client.refused_literal(bucket, url)
    }

    /// Asks the rule's first origin about an object without fetching it: HEAD, or one byte where it has no HEAD.
    pub async fn probe(&self, request: &FetchRequest) -> Result<Probe, MirrorFailure> {
        probe(&self.environment.client, request, self.environment.store.now()).await
    }
}

/// Whether the result is not the object, but an answer to the request that started the flight and to others that send the same.
fn is_for_the_same_request(state: &FlightState) -> bool {
    state.opened().is_none()
        && matches!(state.outcome(), Some(FetchOutcome::Passed(_) | FetchOutcome::Failed(MirrorFailure::Loop)))
}
