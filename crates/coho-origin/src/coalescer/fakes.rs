//! A backend without HTTP and without a store: keys have a version and a token, and tests decide how a fetch goes.

use super::{Coalescer, FlightBackend};
use crate::{
    FetchRequest, MirrorFailure,
    fetch_request::tests::request,
    flight::Flight,
    flight_state::{FetchOutcome, tests::opened},
};
use coho_model::{
    Body, BucketRecord, Crc64, ETag, FillToken, ObjectAcl, ObjectHeaders, ObjectRecord, ObjectType, StorageClass,
    Timestamp,
};
use coho_store::events::FillEvents;
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

/// The state of the one key.
#[derive(Debug, Default)]
pub(super) struct FakeKey {
    /// Number of completed writes.
    pub(super) version: u64,
    /// The token of the fill that may publish.
    pub(super) token: Option<FillToken>,
    /// The version at which the stored object was requested from the origin.
    pub(super) object: Option<u64>,
    last_token: u64,
}

impl FakeKey {
    /// A write of a client, here a deletion.
    pub(super) fn write(&mut self) {
        self.version += 1;
        (self.token, self.object) = (None, None);
    }

    fn take_token(&mut self) -> FillToken {
        self.last_token += 1;
        let token = FillToken(self.last_token);
        self.token = Some(token);
        token
    }
}

/// How a fetch of the fake goes on.
pub(super) type Script = Box<dyn Fn(Arc<FakeBackend>, Arc<Flight>) -> BoxFuture<'static, FetchOutcome> + Send + Sync>;

pub(super) struct FakeBackend {
    pub(super) key: Mutex<FakeKey>,
    pub(super) counts: Mutex<BTreeMap<&'static str, usize>>,
    /// The bucket as the store has it now.
    pub(super) bucket: Mutex<Option<Arc<BucketRecord>>>,
    pub(super) refuses: AtomicBool,
    pub(super) backlog_is_full: watch::Sender<bool>,
    script: Script,
    spawn: fn(BoxFuture<'static, ()>),
    /// Where another task may run between two steps.
    pub(super) pause: fn() -> BoxFuture<'static, ()>,
}

impl FakeBackend {
    /// On tokio.
    pub(super) fn coalescer(script: Script) -> Arc<Coalescer<Self>> {
        let spawn = |task| drop(tokio::spawn(task));
        Self::coalescer_on(spawn, || std::future::ready(()).boxed(), script)
    }

    pub(super) fn coalescer_on(
        spawn: fn(BoxFuture<'static, ()>),
        pause: fn() -> BoxFuture<'static, ()>,
        script: Script,
    ) -> Arc<Coalescer<Self>> {
        let bucket = Mutex::new(Some(request("http://o.test/k").bucket));
        let (key, counts, refuses, backlog_is_full) = Default::default();
        let backend = Self { key, counts, bucket, refuses, backlog_is_full, script, spawn, pause };
        Arc::new(Coalescer::new(Arc::new(backend)))
    }

    pub(super) fn key(&self) -> MutexGuard<'_, FakeKey> {
        self.key.lock().unwrap()
    }

    pub(super) fn counted(&self, event: &str) -> usize {
        self.counts.lock().unwrap().get(event).copied().unwrap_or(0)
    }

    /// First stage of a fetch.
    pub(super) fn take_token(&self, flight: &Flight) -> Option<FillToken> {
        let token = flight.stores().then(|| self.key().take_token());
        token.inspect(|token| flight.set_token(*token))
    }

    /// Second stage of a fetch: the outcome if the object is stored already.
    pub(super) fn look_again(&self, token: Option<FillToken>) -> Option<FetchOutcome> {
        let mut key = self.key();
        key.object?;
        if key.token == token {
            key.token = None;
        }
        Some(FetchOutcome::Present(Arc::new(record())))
    }

    /// Last stages of a fetch that asked the origin at version `asked`: commit, and publish if the token is still held. As in
    /// the store, the token is gone a moment before the object is visible.
    pub(super) async fn commit(&self, flight: &Flight, token: Option<FillToken>, asked: u64) -> FetchOutcome {
        flight.commit(opened());
        (self.pause)().await;
        let Some(token) = token.filter(|_| flight.stores()) else { return FetchOutcome::ReadersOnly };
        let version = {
            let mut key = self.key();
            if key.token != Some(token) {
                return FetchOutcome::Overtaken;
            }
            key.token = None;
            key.version
        };
        (self.pause)().await;
        let mut key = self.key();
        if key.version == version {
            key.object = Some(asked);
        }
        drop(key);
        self.count(flight.request(), "stored");
        FetchOutcome::Stored(Arc::new(record()))
    }
}

impl FlightBackend for FakeBackend {
    async fn holds_token(&self, _: &FetchRequest, token: FillToken) -> bool {
        (self.pause)().await;
        let holds = self.key().token == Some(token);
        (self.pause)().await;
        holds
    }

    async fn key_version(&self, _: &FetchRequest) -> Result<u64, MirrorFailure> {
        (self.pause)().await;
        Ok(self.key().version)
    }

    async fn current_bucket(&self, _: &FetchRequest) -> Option<Arc<BucketRecord>> {
        (self.pause)().await;
        self.bucket.lock().unwrap().clone()
    }

    fn admit(&self, _: &FetchRequest) -> bool {
        !self.refuses.load(Ordering::Relaxed)
    }

    fn is_backlog_full(&self) -> bool {
        *self.backlog_is_full.borrow()
    }

    async fn await_backlog_room(&self, request: &FetchRequest) {
        self.count(request, "backlog");
        let _ = self.backlog_is_full.subscribe().wait_for(|is_full| !is_full).await;
    }

    fn count(&self, _: &FetchRequest, event: &'static str) {
        *self.counts.lock().unwrap().entry(event).or_default() += 1;
    }

    fn refuse(&self, request: &FetchRequest, failure: &MirrorFailure) {
        self.count(request, failure.label());
    }

    fn start_events(&self, _: &FetchRequest) -> Option<FillEvents> {
        None
    }

    fn run(self: &Arc<Self>, flight: Arc<Flight>) -> impl Future<Output = FetchOutcome> + Send + 'static {
        self.count(flight.request(), "run");
        (self.script)(self.clone(), flight)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        (self.spawn)(task);
    }
}

fn record() -> ObjectRecord {
    ObjectRecord {
        size: 0,
        etag: ETag { bits: [0; 16], parts: 1 },
        crc64: Crc64(0),
        whole_md5: None,
        object_type: ObjectType::Normal,
        storage_class: StorageClass::Standard,
        acl: ObjectAcl::Default,
        modified: Timestamp::from_unix_ms(0),
        headers: ObjectHeaders::new(),
        mirrored_from: None,
        attributes: None,
        version: coho_model::ObjectVersion::default(),
        body: Body::empty(),
    }
}

/// The outcome of a fetch that fails.
pub(super) fn failed() -> FetchOutcome {
    FetchOutcome::Failed(MirrorFailure::Timeout)
}
