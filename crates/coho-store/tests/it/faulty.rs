//! Blobs that fail when a test wants it.

use crate::rig::{Engine, MetaEngine, Rig};
use async_trait::async_trait;
use bytes::Bytes;
use coho_blob::{
    BlobError, BlobReader, BlobScan, BlobSink, BlobStore, GrowingBlob, LocalFile, LocalFiles, Progress, Space,
    UnsyncedBlob, WriteAt,
};
use coho_model::BlobId;
use std::{
    io,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use tokio::sync::RwLock;

/// When to fail.
#[derive(Debug)]
pub(crate) struct Plan {
    is_full: AtomicBool,
    /// How many steps (beginnings, writes, seals, commits) go well still; below zero, all do.
    left: AtomicI64,
    /// A write that fails says so only with the next call, as the port allows. A step that kills is made.
    late: AtomicBool,
    /// The step that would fail kills the process.
    kills: AtomicBool,
    /// The process is dead: nothing that it does has an effect.
    is_dead: AtomicBool,
    /// A step has failed.
    has_failed: AtomicBool,
    /// A dead process leaves the files that it was writing.
    leaves_files: bool,
    /// A blob that cannot be removed.
    stuck: Mutex<Option<BlobId>>,
    /// Blobs are sealed while no write runs here.
    pub(crate) seals: RwLock<()>,
    /// Syncs wait while this is true.
    holds_syncs: (Mutex<bool>, Condvar),
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            is_full: AtomicBool::new(false),
            left: AtomicI64::new(-1),
            late: AtomicBool::new(false),
            kills: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            leaves_files: false,
            stuck: Mutex::default(),
            seals: RwLock::default(),
            holds_syncs: Default::default(),
        }
    }
}

/// What becomes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Made,
    /// It fails, and has done nothing.
    Failed,
    /// The process dies after it: it is made, and has no answer.
    Unanswered,
    /// The process is dead.
    Dead,
}

impl Plan {
    /// Of a process whose blobs are files.
    pub(crate) fn leaving_files(leaves_files: bool) -> Self {
        Self { leaves_files, ..Self::default() }
    }

    /// The step after a number of others fails, once.
    pub(crate) fn fail_after(&self, steps: i64, late: bool) {
        self.kills.store(false, Ordering::SeqCst);
        self.late.store(late, Ordering::SeqCst);
        self.left.store(steps, Ordering::SeqCst);
    }

    /// The step after a number of others kills the process: before it, or when it is made.
    pub(crate) fn die_after(&self, steps: i64, made: bool) {
        self.fail_after(steps, made);
        self.kills.store(true, Ordering::SeqCst);
    }

    /// Whether a step is still to come that kills.
    pub(crate) fn is_deadly(&self) -> bool {
        self.kills.load(Ordering::SeqCst) && self.left.load(Ordering::SeqCst) >= 0
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::SeqCst)
    }

    /// Whether a step has failed since this was asked last.
    pub(crate) fn take_failed(&self) -> bool {
        self.has_failed.swap(false, Ordering::SeqCst)
    }

    /// Enters a step that may fail.
    pub(crate) fn fate(&self) -> Fate {
        if self.is_dead() {
            return Fate::Dead;
        }
        if self.left.load(Ordering::SeqCst) < 0 || self.left.fetch_sub(1, Ordering::SeqCst) != 0 {
            return Fate::Made;
        }
        self.has_failed.store(true, Ordering::SeqCst);
        if !self.kills.load(Ordering::SeqCst) {
            return Fate::Failed;
        }
        self.is_dead.store(true, Ordering::SeqCst);
        if self.late.load(Ordering::SeqCst) { Fate::Unanswered } else { Fate::Dead }
    }

    /// Enters a step at which the process may die, and that does not fail otherwise.
    pub(crate) fn deadly_fate(&self) -> Fate {
        if self.is_dead() || self.kills.load(Ordering::SeqCst) { self.fate() } else { Fate::Made }
    }

    /// Makes a step of the blobs, or not.
    async fn step<T>(&self, fate: Fate, step: impl Future<Output = Result<T, BlobError>>) -> Result<T, BlobError> {
        match fate {
            Fate::Made => step.await,
            Fate::Failed | Fate::Dead => Err(fault()),
            Fate::Unanswered => {
                self.leave(step.await?);
                Err(fault())
            }
        }
    }

    /// Ends what a dead process has begun.
    fn leave<T>(&self, begun: T) {
        if self.leaves_files && self.is_dead() {
            std::mem::forget(begun);
        }
    }

    /// Whether the failure is still to come; it comes no more.
    pub(crate) fn take_pending(&self) -> bool {
        self.left.swap(-1, Ordering::SeqCst) >= 0
    }

    pub(crate) fn stick(&self, blob: BlobId) {
        *self.stuck.lock().unwrap() = Some(blob);
    }

    /// From now on the disk has no room beyond its reserve, until this is called with `false`.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    /// From now on syncs take until this is called with `false`, as on a disk that hangs.
    pub(crate) fn hold_syncs(&self, holds: bool) {
        *self.holds_syncs.0.lock().unwrap() = holds;
        self.holds_syncs.1.notify_all();
    }

    fn await_disk(&self) {
        let (held, changed) = &self.holds_syncs;
        drop(changed.wait_while(held.lock().unwrap(), |held| *held).unwrap());
    }
}

fn fault() -> BlobError {
    BlobError::Io { operation: "testing", source: io::Error::other("as the test wants it") }
}

/// A rig over such blobs.
pub(crate) async fn rig(engine: Engine) -> (Rig, Arc<Plan>) {
    rig_on(engine, MetaEngine::Memory).await
}

pub(crate) async fn rig_on(engine: Engine, meta: MetaEngine) -> (Rig, Arc<Plan>) {
    let mut rig = Rig::on(engine, meta).await;
    let plan = Arc::new(Plan::default());
    rig.with_blobs(Arc::new(FaultyBlobs { inner: rig.blobs.clone(), plan: plan.clone() }));
    (rig, plan)
}

#[derive(Debug)]
pub(crate) struct FaultyBlobs {
    pub(crate) inner: Arc<dyn BlobStore>,
    pub(crate) plan: Arc<Plan>,
}

struct FaultySink<T: ?Sized> {
    /// `None` once it has ended.
    inner: Option<Box<T>>,
    plan: Arc<Plan>,
    failed: bool,
}

impl<T: ?Sized> FaultySink<T> {
    fn new(inner: Box<T>, plan: &Arc<Plan>) -> Self {
        Self { inner: Some(inner), plan: plan.clone(), failed: false }
    }

    fn inner(&mut self) -> &mut T {
        self.inner.as_mut().unwrap()
    }
}

impl<T: ?Sized> Drop for FaultySink<T> {
    fn drop(&mut self) {
        self.plan.leave(self.inner.take());
    }
}

#[async_trait]
impl BlobStore for FaultyBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        let inner = self.plan.step(self.plan.fate(), self.inner.begin(id, length)).await?;
        Ok(Box::new(FaultySink::new(inner, &self.plan)))
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        if self.plan.is_dead() { Err(fault()) } else { self.inner.open(id).await }
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        let stuck = *self.plan.stuck.lock().unwrap();
        if stuck == Some(id) {
            return Err(fault());
        }
        self.plan.step(self.plan.deadly_fate(), self.inner.remove(id)).await
    }

    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError> {
        self.inner.scan(after).await
    }

    async fn admit(&self, bytes: u64) -> Result<(), BlobError> {
        if self.plan.is_full.load(Ordering::SeqCst) {
            return Err(BlobError::Full);
        }
        self.inner.admit(bytes).await
    }

    async fn space(&self) -> Result<Space, BlobError> {
        self.inner.space().await
    }

    fn local_files(&self) -> Option<&dyn LocalFiles> {
        self.inner.local_files().map(|_| self as &dyn LocalFiles)
    }
}

#[async_trait]
impl LocalFiles for FaultyBlobs {
    async fn begin_growing(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn GrowingBlob>, BlobError> {
        let begin = self.inner.local_files().unwrap().begin_growing(id, length);
        let inner = self.plan.step(self.plan.fate(), begin).await?;
        Ok(Box::new(FaultySink::new(inner, &self.plan)))
    }
}

#[derive(Debug)]
struct FaultyUnsynced {
    inner: Arc<dyn UnsyncedBlob>,
    plan: Arc<Plan>,
}

impl UnsyncedBlob for FaultyUnsynced {
    fn sync(&self) -> Result<(), BlobError> {
        self.plan.await_disk();
        match self.plan.fate() {
            Fate::Made => self.inner.sync(),
            Fate::Unanswered => self.inner.sync().and_then(|()| Err(fault())),
            Fate::Failed | Fate::Dead => Err(fault()),
        }
    }
}

#[async_trait]
impl<T: BlobSink + ?Sized> BlobSink for FaultySink<T> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        if self.failed {
            return Err(fault());
        }
        let plan = self.plan.clone();
        let fate = plan.fate();
        self.failed = fate != Fate::Made;
        match fate {
            Fate::Failed if plan.late.load(Ordering::SeqCst) => Ok(()),
            fate => plan.step(fate, self.inner().write(bytes)).await,
        }
    }

    async fn seal(mut self: Box<Self>) -> Result<(), BlobError> {
        let plan = self.plan.clone();
        let _open = plan.seals.read().await;
        match (self.failed, plan.fate()) {
            (true, _) | (_, Fate::Failed | Fate::Dead) => Err(fault()),
            (false, fate) => plan.step(fate, self.inner.take().unwrap().seal()).await,
        }
    }

    async fn discard(mut self: Box<Self>) {
        if !self.plan.is_dead() {
            self.inner.take().unwrap().discard().await;
        }
    }
}

#[async_trait]
impl<T: GrowingBlob + ?Sized> GrowingBlob for FaultySink<T> {
    fn file(&self) -> Arc<dyn LocalFile> {
        self.inner.as_ref().unwrap().file()
    }

    fn progress(&self) -> Progress {
        self.inner.as_ref().unwrap().progress()
    }

    fn ahead(&self) -> Arc<dyn WriteAt> {
        self.inner.as_ref().unwrap().ahead()
    }

    async fn absorb(&mut self, until: u64) -> Result<(), BlobError> {
        self.inner().absorb(until).await
    }

    async fn finish(mut self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError> {
        let plan = self.plan.clone();
        let _open = plan.seals.read().await;
        match (self.failed, plan.fate()) {
            (true, _) | (_, Fate::Failed | Fate::Dead) => Err(fault()),
            (false, fate) => {
                let unsynced = plan.step(fate, self.inner.take().unwrap().finish()).await?;
                Ok(Arc::new(FaultyUnsynced { inner: unsynced, plan: plan.clone() }))
            }
        }
    }
}
