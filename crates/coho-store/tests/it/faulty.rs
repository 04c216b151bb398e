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
    /// How many steps (beginnings, writes, seals) go well still; below zero, all do.
    left: AtomicI64,
    /// A write that fails says so only with the next call, as the port allows.
    late: AtomicBool,
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
            stuck: Mutex::default(),
            seals: RwLock::default(),
            holds_syncs: Default::default(),
        }
    }
}

impl Plan {
    /// The step after a number of others fails, once.
    pub(crate) fn fail_after(&self, steps: i64, late: bool) {
        self.late.store(late, Ordering::SeqCst);
        self.left.store(steps, Ordering::SeqCst);
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

    fn fails(&self) -> bool {
        self.left.load(Ordering::SeqCst) >= 0 && self.left.fetch_sub(1, Ordering::SeqCst) == 0
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
    inner: Box<T>,
    plan: Arc<Plan>,
    failed: bool,
}

#[async_trait]
impl BlobStore for FaultyBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        if self.plan.fails() {
            return Err(fault());
        }
        let inner = self.inner.begin(id, length).await?;
        Ok(Box::new(FaultySink { inner, plan: self.plan.clone(), failed: false }))
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        self.inner.open(id).await
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        let stuck = *self.plan.stuck.lock().unwrap();
        if stuck == Some(id) { Err(fault()) } else { self.inner.remove(id).await }
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
        if self.plan.fails() {
            return Err(fault());
        }
        let inner = self.inner.local_files().unwrap().begin_growing(id, length).await?;
        Ok(Box::new(FaultySink { inner, plan: self.plan.clone(), failed: false }))
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
        if self.plan.fails() { Err(fault()) } else { self.inner.sync() }
    }
}

#[async_trait]
impl<T: BlobSink + ?Sized> BlobSink for FaultySink<T> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        if self.failed {
            return Err(fault());
        }
        self.failed = self.plan.fails();
        match self.failed {
            false => self.inner.write(bytes).await,
            true if self.plan.late.load(Ordering::SeqCst) => Ok(()),
            true => Err(fault()),
        }
    }

    async fn seal(self: Box<Self>) -> Result<(), BlobError> {
        let _open = self.plan.seals.read().await;
        if self.failed || self.plan.fails() { Err(fault()) } else { self.inner.seal().await }
    }

    async fn discard(self: Box<Self>) {
        self.inner.discard().await;
    }
}

#[async_trait]
impl<T: GrowingBlob + ?Sized> GrowingBlob for FaultySink<T> {
    fn file(&self) -> Arc<dyn LocalFile> {
        self.inner.file()
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }

    fn ahead(&self) -> Arc<dyn WriteAt> {
        self.inner.ahead()
    }

    async fn absorb(&mut self, until: u64) -> Result<(), BlobError> {
        self.inner.absorb(until).await
    }

    async fn finish(self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError> {
        let _open = self.plan.seals.read().await;
        if self.failed || self.plan.fails() {
            return Err(fault());
        }
        let unsynced = self.inner.finish().await?;
        Ok(Arc::new(FaultyUnsynced { inner: unsynced, plan: self.plan.clone() }))
    }
}
