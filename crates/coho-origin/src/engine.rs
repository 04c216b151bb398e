//! The table of flights: who asks for a missing object joins its fetch or starts it.

use crate::{
    AddressClass, AddressPolicy, MirrorFailure, MirrorMetrics, Probe,
    client::Client,
    fetch::Fetch,
    flight::{Done, Flight, OriginHead, Passed, Stage},
    flights::{Flights, Id},
    limit::Limits,
    missing::Missing,
    order::{MAX_MIRROR_HOPS, Order},
    probe::{Health, probe},
    trace::Trace,
};
use coho_model::{BucketId, BucketName, BucketRecord, MirrorPolicy, ObjectKey, ObjectRecord, website::RoutingRule};
use coho_rules::OriginUrl;
use coho_store::{InProgressBody, Store, random_u64};
use http::HeaderValue;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{runtime, sync::watch};

/// So long another server's request waits for the head of a fetch that was begun for somebody else; then it has one of its own.
const HOP_PATIENCE: Duration = Duration::from_secs(1);

/// How fetches behave.
#[derive(Debug, Clone, Copy)]
pub struct MirrorOptions {
    /// Name resolution and connection together.
    pub connect_timeout: Duration,
    /// From the request to the head of the answer.
    pub first_byte_timeout: Duration,
    /// Between two pieces of a body.
    pub idle_timeout: Duration,
    /// Longest time for a body, from its head to its last byte, over all connections that it takes.
    pub total_timeout: Duration,
    /// Most bytes of one object.
    pub max_object_bytes: u64,
    /// So long an origin is not asked again for what it did not have, unless a bucket says otherwise.
    pub missing: Duration,
}

/// The timeouts of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// See [`MirrorOptions::connect_timeout`].
    pub connect: Duration,
    /// See [`MirrorOptions::first_byte_timeout`].
    pub first_byte: Duration,
    /// See [`MirrorOptions::idle_timeout`].
    pub idle: Duration,
}

impl MirrorOptions {
    /// The timeouts in force for a bucket.
    pub fn timeouts(&self, policy: &MirrorPolicy) -> Timeouts {
        let or = |own: Option<u32>, default| own.map_or(default, |ms| Duration::from_millis(u64::from(ms)));
        Timeouts {
            connect: or(policy.connect_timeout_ms, self.connect_timeout),
            first_byte: or(policy.first_byte_timeout_ms, self.first_byte_timeout),
            idle: or(policy.idle_timeout_ms, self.idle_timeout),
        }
    }

    /// How long a miss of a bucket is believed.
    pub fn missing_time(&self, policy: &MirrorPolicy) -> Duration {
        policy.missing_seconds.map_or(self.missing, |seconds| Duration::from_secs(u64::from(seconds)))
    }
}

/// Back-to-origin mirroring.
#[derive(Debug)]
pub struct Mirror {
    pub(crate) store: Arc<Store>,
    pub(crate) client: Client,
    pub(crate) health: Health,
    pub(crate) limits: Limits,
    pub(crate) options: MirrorOptions,
    pub(crate) metrics: MirrorMetrics,
    pub(crate) missing: Missing,
    /// Where bodies are taken in that go to files: a disk that is slow must not hold up the thread of some connections.
    pub(crate) heavy: runtime::Handle,
    hop: String,
    flights: Mutex<Flights>,
    in_flight: watch::Sender<usize>,
}

/// A missing object that can be answered.
#[derive(Debug, Clone)]
pub enum Opened {
    /// It was stored meanwhile.
    Present(Arc<ObjectRecord>),
    /// It is on its way.
    Growing {
        /// What the origin said about it.
        head: Arc<OriginHead>,
        /// Where to read.
        growth: Arc<InProgressBody>,
        /// The fetch.
        flight: Arc<Flight>,
    },
    /// The origin's answer is the client's.
    Passed(Arc<Passed>),
}

impl Mirror {
    /// With this store, these addresses allowed, and the limits of this region. It is to be made in the runtime that takes large
    /// bodies in; small ones stay with the connection that asks for them.
    pub fn new(store: Arc<Store>, policy: AddressPolicy, options: MirrorOptions, region: String) -> Arc<Self> {
        let hop = format!("{:016x}", random_u64());
        let client = Client::new(policy, options, hop.clone(), runtime::Handle::current());
        let (health, flights, in_flight) = Default::default();
        let (metrics, missing) = Default::default();
        Arc::new(Self {
            store,
            client,
            health,
            limits: Limits::new(region),
            options,
            metrics,
            missing,
            heavy: runtime::Handle::current(),
            hop,
            flights,
            in_flight,
        })
    }

    /// What was done so far.
    pub fn metrics(&self) -> &MirrorMetrics {
        &self.metrics
    }

    /// An object of a bucket with rules was there and needed no fetch.
    pub fn hit(&self, bucket: &BucketRecord) {
        self.metrics.of(bucket, None).count("hit");
    }

    /// Fetches at this moment.
    pub fn in_flight(&self) -> usize {
        *self.in_flight.borrow()
    }

    /// How fetches behave.
    pub fn options(&self) -> &MirrorOptions {
        &self.options
    }

    /// The limits of this bucket have changed: fetches that run keep to the new ones from now on.
    pub fn limits_changed(&self, bucket: &BucketRecord) {
        self.limits.changed(bucket);
        // From now on it is told of.
        self.metrics.of(bucket, None);
    }

    /// What a bucket may fetch: so many objects and so many bytes a second.
    pub fn effective_limits(&self, bucket: &BucketRecord) -> (Option<u64>, Option<u64>) {
        self.limits.effective(bucket.mirror.limits)
    }

    /// What is sent with every fetch.
    pub fn request_headers(&self) -> http::HeaderMap {
        self.client.headers(None)
    }

    /// Why an origin URL of the bucket is refused already as text; `None` if it is not, or if its host is a name.
    pub fn refused_literal(&self, bucket: &BucketName, url: &str) -> Option<AddressClass> {
        self.client.refused_literal(bucket, url)
    }

    /// Asks the origin of a rule about an object without fetching it: HEAD, or one byte where it has no HEAD.
    pub async fn probe(
        &self,
        bucket: &BucketRecord,
        rule: &RoutingRule,
        url: &OriginUrl,
    ) -> Result<Probe, MirrorFailure> {
        let auth = rule.redirect.as_ref().and_then(|redirect| redirect.mirror.auth.as_ref());
        probe(&self.client, bucket, (auth, self.store.now()), url).await
    }

    /// Has a missing object fetched, once however many ask, and waits until its head is there.
    pub async fn open(self: &Arc<Self>, order: &Arc<Order>) -> Result<Opened, MirrorFailure> {
        let mut flight = self.flight(order, false).await?;
        let mut stage = flight.stage().await;
        let is_for_others = matches!(stage, Stage::Passed(_) | Stage::Failed(MirrorFailure::Loop));
        if is_for_others && !flight.answers(order, true) {
            // That is no object, but what the origin had to say to somebody else.
            flight = self.flight(order, true).await?;
            stage = flight.stage().await;
        }
        match stage {
            Stage::Present(record) => Ok(Opened::Present(record)),
            Stage::Open(head, growth) => Ok(Opened::Growing { head, growth, flight }),
            Stage::Passed(passed) => Ok(Opened::Passed(passed)),
            Stage::Failed(failure) => Err(failure),
            Stage::Starting => Err(MirrorFailure::Body("fetch was given up".into())),
        }
    }

    /// Has a missing object fetched, and waits for nothing (`MirrorAsyncStatus`).
    pub async fn begin(self: &Arc<Self>, order: &Arc<Order>) -> Result<(), MirrorFailure> {
        self.flight(order, false).await.map(|_| ())
    }

    /// The fetch of an object, unless nothing is to be fetched; one that asks `exactly` this of the origin, if it must be.
    async fn flight(self: &Arc<Self>, order: &Arc<Order>, exactly: bool) -> Result<Arc<Flight>, MirrorFailure> {
        let Order { bucket, key, rule_number, .. } = &**order;
        self.refuse_loop(bucket, Some(*rule_number), order.hops.as_ref())?;
        if self.missing.knows(bucket.id, *rule_number, key, self.options.missing_time(&bucket.mirror)) {
            self.metrics.of(bucket, Some(*rule_number)).count(MirrorFailure::KnownMissing.label());
            return Err(MirrorFailure::KnownMissing);
        }
        self.join_or_start(order, exactly).await
    }

    /// A fetch of ours that comes back to us, on whatever way, would wait for itself; `hops` are the servers that the request
    /// has come through. It is refused also if what it asks for is here: a mirror to ourselves is a mistake.
    pub fn refuse_loop(
        &self,
        bucket: &BucketRecord,
        rule: Option<u32>,
        hops: Option<&HeaderValue>,
    ) -> Result<(), MirrorFailure> {
        let Some(hops) = hops.map(HeaderValue::as_bytes) else { return Ok(()) };
        let hops = hops.split(|byte| *byte == b' ');
        let is_loop = hops.clone().count() >= MAX_MIRROR_HOPS || hops.into_iter().any(|hop| hop == self.hop.as_bytes());
        if is_loop {
            self.metrics.of(bucket, rule).count(MirrorFailure::Loop.label());
            return Err(MirrorFailure::Loop);
        }
        Ok(())
    }

    async fn join_or_start(
        self: &Arc<Self>,
        order: &Arc<Order>,
        mut exactly: bool,
    ) -> Result<Arc<Flight>, MirrorFailure> {
        let Order { bucket, key, .. } = &**order;
        let id = (bucket.id, key.clone());
        let metrics = || self.metrics.of(bucket, Some(order.rule_number));
        loop {
            let existing = self.table().find(&id, order, exactly).cloned();
            if let Some(flight) = existing {
                if order.hops.is_some()
                    && order.hops != flight.order().hops
                    && tokio::time::timeout(HOP_PATIENCE, flight.stage()).await.is_err()
                {
                    // Two servers may wait for each other, each with the other's request at its own fetch. One that asks
                    // itself finds out.
                    exactly = true;
                    continue;
                }
                if self.is_current(&flight).await {
                    if !exactly {
                        metrics().count("joined");
                        flight.events().inspect(|events| events.joined());
                    }
                    return Ok(flight);
                }
                if flight.is_storing() {
                    // The token goes a moment before the object is visible; in between it must not be fetched again.
                    flight.ended().await;
                }
                flight.leave();
            }
            let rivals: Vec<_> = self.table().of(&id).filter(|flight| flight.stores()).cloned().collect();
            let (stores, superseded) = self.may_store(order, &rivals).await;
            let version = self.store.key_version(bucket, key).await?;
            let mut table = self.table();
            // Somebody may have been faster since the look above: then look again.
            let is_known = |flight: &Arc<Flight>| rivals.iter().any(|rival| Arc::ptr_eq(rival, flight));
            let is_late = table.of(&id).any(|flight| flight.stores() && !is_known(flight));
            if table.find(&id, order, exactly).is_some() || (stores && is_late) {
                continue;
            }
            if table.has_room(bucket.id).is_err() {
                metrics().count(MirrorFailure::Busy.label());
                self.store.events().limit_hit(&bucket.name, MirrorFailure::Busy.label());
                return Err(MirrorFailure::Busy);
            }
            if !self.limits.limiters(bucket, Some(order.rule_number)).admit() {
                metrics().count(MirrorFailure::RateLimited.label());
                self.store.events().limit_hit(&bucket.name, MirrorFailure::RateLimited.label());
                return Err(MirrorFailure::RateLimited);
            }
            let flight = Arc::new(Flight::new(order.clone(), stores, version));
            flight.set_events(self.store.events().fill_started(&bucket.name, key, order.rule_number));
            // Before its own token is taken, so that an older rule never stores behind this.
            superseded.iter().for_each(|rival| rival.supersede());
            table.insert(id, flight.clone());
            drop(table);
            self.start(flight.clone());
            return Ok(flight);
        }
    }

    /// Whether what the order brings is to be stored, and which of its rivals for the key's only token are not to be any more.
    /// Of several rules that fetch a key at the same time the first has it. Where the rules have changed it is one that is
    /// there now: what an older one still brings is for its readers alone.
    async fn may_store(&self, order: &Order, rivals: &[Arc<Flight>]) -> (bool, Vec<Arc<Flight>>) {
        if order.says(|mirror| mirror.proxy_pass) {
            return (false, Vec::new());
        }
        let mut superseded = Vec::new();
        for rival in rivals {
            if self.is_current(rival).await {
                let bucket = self.store.bucket(&order.bucket.name).await;
                let is_in_force = |order: &Order| matches!(&bucket, Ok(Some(bucket)) if order.is_in_force(bucket));
                if !is_in_force(order) || is_in_force(rival.order()) {
                    return (false, Vec::new());
                }
                superseded.push(rival.clone());
            }
        }
        (true, superseded)
    }

    /// If the object has been sent to somebody whole and is being stored at this moment, waits for that: who has seen
    /// it and asks again must not be told that it does not exist.
    pub async fn settle(&self, bucket: BucketId, key: &ObjectKey) {
        let storing: Vec<_> = {
            let table = self.table();
            table.of(&(bucket, key.clone())).filter(|flight| flight.is_storing()).cloned().collect()
        };
        for flight in storing {
            flight.ended().await;
        }
    }

    /// The same for all objects of a bucket whose names begin with the prefix.
    pub async fn settle_all(&self, bucket: BucketId, prefix: &str) {
        let is_meant = |order: &Order| order.bucket.id == bucket && order.key.as_str().starts_with(prefix);
        let storing: Vec<_> = {
            let table = self.table();
            table.all().filter(|flight| flight.is_storing() && is_meant(flight.order())).cloned().collect()
        };
        for flight in storing {
            flight.ended().await;
        }
    }

    /// Whether a flight may be joined: it runs, and nothing was written under its key since it began. A reader that
    /// comes behind a DELETE must not be given what was fetched before it.
    pub(crate) async fn is_current(&self, flight: &Flight) -> bool {
        let Order { bucket, key, .. } = &**flight.order();
        if flight.has_ended() {
            return false;
        }
        match flight.token() {
            Some(token) => self.store.holds_token(bucket, key, token).await.unwrap_or(false),
            None if flight.stores() => true,
            // It may be another key that was written: then it is fetched once more, and right all the same.
            None => self.store.key_version(bucket, key).await.is_ok_and(|version| version == flight.version()),
        }
    }

    fn start(self: &Arc<Self>, flight: Arc<Flight>) {
        self.in_flight.send_modify(|count| *count += 1);
        let order = flight.order().clone();
        let landing =
            Landing { mirror: self.clone(), flight: flight.clone(), id: (order.bucket.id, order.key.clone()) };
        let limiters = self.limits.limiters(&order.bucket, Some(order.rule_number));
        let metrics = self.metrics.of(&order.bucket, Some(order.rule_number));
        let (mirror, trace) = (self.clone(), Trace::new());
        let fetch = Arc::new(Fetch { mirror, flight: flight.clone(), order, limiters, metrics, trace });
        // In a box: the state of a fetch is large, and would be copied on its way into the task.
        tokio::spawn(Box::pin(async move {
            let done = fetch.run().await;
            fetch.report(&done);
            flight.end(done);
            drop(landing);
        }));
    }

    /// Waits until no fetch is in flight.
    pub async fn idle(&self) {
        let mut in_flight = self.in_flight.subscribe();
        // The sender lives as long as this engine, so the wait ends only with the count.
        let _ = in_flight.wait_for(|count| *count == 0).await;
    }

    fn forget(&self, id: &Id, flight: &Arc<Flight>) {
        self.table().remove(id, flight);
    }

    /// All fetches at this moment.
    pub(crate) fn flights(&self) -> Vec<Arc<Flight>> {
        self.table().all().cloned().collect()
    }

    pub(crate) fn table(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the flight out of the table, also when its task panics.
struct Landing {
    mirror: Arc<Mirror>,
    flight: Arc<Flight>,
    id: Id,
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.flight.has_ended() {
            self.flight.end(Done::Failed(MirrorFailure::Body("fetch was given up".into())));
        }
        self.mirror.forget(&self.id, &self.flight);
        self.mirror.in_flight.send_modify(|count| *count -= 1);
        self.flight.events().inspect(|events| events.finish());
    }
}

impl Fetch {
    /// One line for each fetch, and the counts.
    fn report(&self, done: &Done) {
        self.set_outcome(done);
        let Order { bucket: record, key, rule_number: rule, urls, .. } = &*self.order;
        let (bucket, key, url) = (record.name.as_str(), key.as_str(), urls.first.without_query());
        let (attempts, elapsed) = (&self.trace, self.trace.elapsed());
        // The same fields on every line, whatever became of the fetch.
        macro_rules! line {
            ($level:ident, $outcome:expr, $text:literal $(, $name:ident)*) => {
                tracing::$level!(
                    bucket.name = bucket,
                    object.key = key,
                    rule,
                    origin.url = url,
                    outcome = $outcome,
                    %attempts,
                    duration_ms = elapsed.as_millis() as u64,
                    $($name,)*
                    $text
                )
            };
        }
        match done {
            Done::Present(_) => {}
            Done::Stored(stored) => {
                self.metrics.count("stored");
                self.metrics.stored(elapsed);
                let bytes = stored.size;
                line!(info, "stored", "mirrored", bytes);
            }
            Done::NotStored => {
                self.metrics.count("not_stored");
                line!(info, "not_stored", "fetched for its readers alone");
            }
            Done::Passed => {
                self.metrics.count("passed");
                line!(info, "passed", "the origin's answer was passed on");
            }
            Done::Overtaken => {
                self.metrics.count("overtaken");
                line!(info, "overtaken", "fetched, but a later write won");
            }
            Done::Failed(failure) => {
                self.metrics.count(failure.label());
                let outcome = failure.label();
                if matches!(failure, MirrorFailure::NotFound) {
                    self.remember_missing();
                    line!(info, outcome, "origin has no such object");
                    return;
                }
                let error = failure as &dyn std::error::Error;
                line!(warn, outcome, "mirroring failed", error);
            }
        }
    }

    fn set_outcome(&self, done: &Done) {
        let Some(events) = self.flight.events() else { return };
        match done {
            Done::Present(_) => events.ended("present"),
            Done::Stored(_) => events.ended("stored"),
            Done::NotStored => events.ended("not_stored"),
            Done::Passed => events.ended("passed"),
            Done::Overtaken => events.overtaken(),
            Done::Failed(failure) => events.failed(failure.label()),
        }
    }

    /// The origin is not asked again for a while.
    fn remember_missing(&self) {
        let Order { bucket, key, rule_number, .. } = &*self.order;
        let time = self.mirror.options.missing_time(&bucket.mirror);
        if !time.is_zero() {
            let asked = self.flight.started;
            self.mirror.missing.remember((bucket.id, *rule_number), key, time, asked);
        }
    }
}
