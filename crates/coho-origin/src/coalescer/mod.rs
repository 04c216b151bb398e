//! The coalescer: a request for a missing object joins its flight or starts one.
//!
//! Rules, for one key:
//! - A request joins only a flight whose fill token has not been revoked: a GET after a DELETE is never answered with an
//!   object that was fetched before it.
//! - At most one flight stores the object. A rule that is in force takes over from a rule that has changed.
//! - A flight belongs to no request: it runs to its end when all of its requests have left.
//! - While the durability backlog is full, no flight starts whose object is to be stored: its requests wait. A limit of
//!   concurrent flights refuses a request, unless the request has waited already.

use crate::{
    FetchRequest, MirrorFailure,
    flight::Flight,
    flight_places::FlightPlaces,
    flight_state::FetchOutcome,
    flight_table::{FlightId, FlightTable},
};
use coho_model::{BucketId, BucketRecord, FillToken, ObjectKey};
use coho_store::events::FillEvents;
use futures_util::future::BoxFuture;
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How long a request from another mirror waits to join a flight before it starts its own.
const HOP_PATIENCE: Duration = Duration::from_secs(1);

/// What the coalescer needs from the rest of the engine.
pub(crate) trait FlightBackend: Send + Sync + 'static {
    /// Whether no write has revoked the fill token.
    fn holds_token(&self, request: &FetchRequest, token: FillToken) -> impl Future<Output = bool> + Send;

    /// The version of the request's key.
    fn key_version(&self, request: &FetchRequest) -> impl Future<Output = Result<u64, MirrorFailure>> + Send;

    /// The bucket as it is now; `None` if it is deleted or cannot be read.
    fn current_bucket(&self, request: &FetchRequest) -> impl Future<Output = Option<Arc<BucketRecord>>> + Send;

    /// Whether the rate limits admit one more fetch.
    fn admit(&self, request: &FetchRequest) -> bool;

    /// Whether the store has more published objects to persist than it should.
    fn is_backlog_full(&self) -> bool;

    /// Waits until the durability backlog has room.
    fn await_backlog_room(&self, request: &FetchRequest) -> impl Future<Output = ()> + Send;

    /// Counts an event of the request's rule.
    fn count(&self, request: &FetchRequest, event: &'static str);

    /// Counts and logs a request that a limit refuses, and sends the event.
    fn refuse(&self, request: &FetchRequest, failure: &MirrorFailure);

    /// The events of a fill that starts now.
    fn start_events(&self, request: &FetchRequest) -> Option<FillEvents>;

    /// Runs the fetch of a flight to its end.
    fn run(self: &Arc<Self>, flight: Arc<Flight>) -> impl Future<Output = FetchOutcome> + Send + 'static;

    /// Starts a task.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// The flights in progress.
#[derive(Debug)]
pub(crate) struct Coalescer<B: FlightBackend> {
    backend: Arc<B>,
    table: Mutex<FlightTable>,
    places: Arc<FlightPlaces>,
    /// Number of flights whose tasks run, also of those whose body is whole.
    running: watch::Sender<usize>,
}

/// Whether a request may join a flight.
enum JoinVerdict {
    Join,
    /// The flight may wait for this very request on another server.
    MayDeadlock,
    /// A write was later than the flight, or the flight has ended.
    Outdated,
}

/// Whether a new flight stores its object, and which other flights of the key the decision has considered.
struct StoreDecision {
    stores: bool,
    rivals: Vec<Arc<Flight>>,
    /// The rivals that no longer store theirs.
    superseded: Vec<Arc<Flight>>,
    /// The version of the key after the decision.
    key_version: u64,
}

impl<B: FlightBackend> Coalescer<B> {
    pub(crate) fn new(backend: Arc<B>) -> Self {
        Self { backend, table: Mutex::default(), places: Arc::default(), running: watch::Sender::new(0) }
    }

    /// Joins the flight of an object or starts it; with `exactly`, only a flight that sends the same to the origin.
    pub(crate) async fn join_or_start(
        self: &Arc<Self>,
        request: &Arc<FetchRequest>,
        mut exactly: bool,
    ) -> Result<Arc<Flight>, MirrorFailure> {
        let id = (request.bucket.id, request.key.clone());
        let mut has_waited = false;
        loop {
            let existing = self.table().find(&id, request, exactly).cloned();
            if let Some(flight) = existing {
                match self.may_join(&flight, request).await {
                    JoinVerdict::Join => {
                        if !exactly {
                            self.backend.count(request, "joined");
                            flight.events().inspect(|events| events.joined());
                        }
                        return Ok(flight);
                    }
                    JoinVerdict::MayDeadlock => {
                        exactly = true;
                        continue;
                    }
                    JoinVerdict::Outdated => {
                        if flight.is_storing() {
                            // The token is returned just before the object is visible; in between it must not be fetched again.
                            flight.ended().await;
                        }
                        flight.detach();
                    }
                }
            }
            let decision = self.decide_storing(&id, request).await?;
            if decision.stores && self.backend.is_backlog_full() {
                self.backend.await_backlog_room(request).await;
                has_waited = true;
                continue;
            }
            let returned = self.places.next_returned();
            match self.insert_new(&id, request, exactly, decision) {
                Ok(Some(flight)) => {
                    self.start(id, flight.clone());
                    return Ok(flight);
                }
                Ok(None) => {}
                // Requests that the backlog has held up arrive all at once.
                Err(MirrorFailure::Busy(_)) if has_waited => returned.wait().await,
                Err(failure) => {
                    self.backend.refuse(request, &failure);
                    return Err(failure);
                }
            }
        }
    }

    async fn may_join(&self, flight: &Flight, request: &FetchRequest) -> JoinVerdict {
        let has_other_hops = request.hops.is_some() && request.hops != flight.request().hops;
        if has_other_hops && tokio::time::timeout(HOP_PATIENCE, flight.opened_or_ended()).await.is_err() {
            // Two servers may each hold the other's request at a flight of their own. A flight of its own ends the circle: its
            // hop header shows the loop.
            return JoinVerdict::MayDeadlock;
        }
        if self.is_current(flight).await { JoinVerdict::Join } else { JoinVerdict::Outdated }
    }

    /// Whether the flight runs and no write of its key has completed since it began.
    pub(crate) async fn is_current(&self, flight: &Flight) -> bool {
        if flight.has_ended() {
            return false;
        }
        match flight.token() {
            Some(token) => self.backend.holds_token(flight.request(), token).await,
            None if flight.stores() => true,
            // The version may also change for another key, which costs one more fetch.
            None => {
                let version = self.backend.key_version(flight.request()).await;
                version.is_ok_and(|version| version == flight.key_version())
            }
        }
    }

    async fn decide_storing(&self, id: &FlightId, request: &FetchRequest) -> Result<StoreDecision, MirrorFailure> {
        let rivals: Vec<_> = self.table().joinable(id).filter(|flight| flight.stores()).cloned().collect();
        let superseded = self.superseded_by(request, &rivals).await;
        let key_version = self.backend.key_version(request).await?;
        let stores = superseded.is_some();
        Ok(StoreDecision { stores, rivals, superseded: superseded.unwrap_or_default(), key_version })
    }

    /// The rivals that the request supersedes; `None` if it does not store its object. Of several rules that fetch a key at
    /// the same time, the first one stores it, unless its rule has changed and the request's is in force: then the first
    /// flight goes on for its readers only.
    async fn superseded_by(&self, request: &FetchRequest, rivals: &[Arc<Flight>]) -> Option<Vec<Arc<Flight>>> {
        if request.flag(|mirror| mirror.proxy_pass) {
            return None;
        }
        let mut superseded = Vec::new();
        for rival in rivals {
            if !self.is_current(rival).await {
                continue;
            }
            let bucket = self.backend.current_bucket(request).await;
            let is_in_force =
                |request: &FetchRequest| bucket.as_ref().is_some_and(|bucket| request.is_in_force(bucket));
            if !is_in_force(request) || is_in_force(rival.request()) {
                return None;
            }
            superseded.push(rival.clone());
        }
        Some(superseded)
    }

    /// A new flight in the table; `None` if another request has changed the table since the decision.
    fn insert_new(
        &self,
        id: &FlightId,
        request: &Arc<FetchRequest>,
        exactly: bool,
        StoreDecision { stores, rivals, superseded, key_version }: StoreDecision,
    ) -> Result<Option<Arc<Flight>>, MirrorFailure> {
        let mut table = self.table();
        let is_known = |flight: &Arc<Flight>| rivals.iter().any(|rival| Arc::ptr_eq(rival, flight));
        let has_new_rival = table.joinable(id).any(|flight| flight.stores() && !is_known(flight));
        if table.find(id, request, exactly).is_some() || (stores && has_new_rival) {
            return Ok(None);
        }
        let place = self.places.take(id.0)?;
        if !self.backend.admit(request) {
            return Err(MirrorFailure::RateLimited);
        }
        let events = self.backend.start_events(request);
        let flight = Arc::new(Flight::new(request.clone(), stores, key_version, events));
        // Before the new flight takes its token, so that the changed rule never stores after it.
        superseded.iter().for_each(|rival| rival.supersede());
        flight.set_place(place);
        table.insert(id.clone(), flight.clone());
        Ok(Some(flight))
    }

    fn start(self: &Arc<Self>, id: FlightId, flight: Arc<Flight>) {
        self.running.send_modify(|count| *count += 1);
        let guard = FlightGuard { coalescer: self.clone(), flight: flight.clone(), id };
        let run = self.backend.run(flight.clone());
        // Boxed: the future of a fetch is large, and would be copied on its way into the task.
        self.backend.spawn(Box::pin(async move {
            flight.end(run.await);
            drop(guard);
        }));
    }

    /// Waits for the flights of a key that are storing the object: to clients it exists already.
    pub(crate) async fn await_storing(&self, bucket: BucketId, key: &ObjectKey) {
        for flight in self.storing_flights(bucket, key) {
            if flight.is_storing() {
                flight.ended().await;
            }
        }
    }

    /// Waits for the flights of a bucket that are storing an object whose key begins with the prefix.
    pub(crate) async fn await_storing_prefix(&self, bucket: BucketId, prefix: &str) {
        let is_meant = |request: &FetchRequest| request.bucket.id == bucket && request.key.as_str().starts_with(prefix);
        let mut flights = self.flights();
        flights.retain(|flight| flight.is_storing() && is_meant(flight.request()));
        for flight in flights {
            flight.ended().await;
        }
    }

    /// The flights of a key that store its object.
    pub(crate) fn storing_flights(&self, bucket: BucketId, key: &ObjectKey) -> Vec<Arc<Flight>> {
        self.table().joinable(&(bucket, key.clone())).filter(|flight| flight.stores()).cloned().collect()
    }

    /// All flights.
    pub(crate) fn flights(&self) -> Vec<Arc<Flight>> {
        self.table().all().cloned().collect()
    }

    /// The number of flights whose body is not whole yet.
    pub(crate) fn in_flight(&self) -> usize {
        self.places.taken()
    }

    /// Waits until no flight is in progress.
    pub(crate) async fn idle(&self) {
        let mut running = self.running.subscribe();
        // The sender lives as long as the coalescer, so the wait ends only with the count.
        let _ = running.wait_for(|count| *count == 0).await;
    }

    fn table(&self) -> MutexGuard<'_, FlightTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a flight from the table when its task ends, also when the task panics or is cancelled.
struct FlightGuard<B: FlightBackend> {
    coalescer: Arc<Coalescer<B>>,
    flight: Arc<Flight>,
    id: FlightId,
}

impl<B: FlightBackend> Drop for FlightGuard<B> {
    fn drop(&mut self) {
        if !self.flight.has_ended() {
            self.flight.end(FetchOutcome::Failed(MirrorFailure::aborted()));
        }
        self.coalescer.table().remove(&self.id, &self.flight);
        self.coalescer.running.send_modify(|count| *count -= 1);
        self.flight.events().inspect(|events| events.finish());
    }
}

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
