//! Filled objects are published at once and made durable a little later, many together.
//!
//! A client that puts an object is promised that it stays. A fetched object carries no such promise: until it is durable, a
//! crash costs another fetch and nothing else. So no fetch waits for its sync, and syncs are shared: a burst of fills is synced
//! while the next ones arrive, and written in the order of the keys. A single fill waits for a moment only.

use crate::{ScarceResource, Store, StoreError, events::Published};
use coho_blob::{BlobError, UnsyncedBlob};
use coho_meta::MetaError;
use coho_model::PersistFill;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, RwLock, RwLockReadGuard, oneshot, watch},
    time::Instant,
};

/// QueuedFill fills are persisted when no fill has ended for this long.
const QUIET: Duration = Duration::from_millis(100);
/// Most threads that sync the files of one batch.
const SYNC_THREADS: usize = 4;
/// Most objects of one change, so that a client's change never waits long for its turn.
const CHANGE_FILLS: usize = 512;

/// What waits to be persisted.
#[derive(Debug, Clone, Copy, Default)]
struct PersistBacklog {
    fills: usize,
    inline_bytes: usize,
    files: usize,
    file_bytes: u64,
}

/// From this backlog on fills are persisted without delay.
const DUE: PersistBacklog = PersistBacklog { fills: 2048, inline_bytes: 4 << 20, files: 256, file_bytes: 512 << 20 };
/// From this backlog on no fill is to begin. Running fills are published all the same.
const FULL: PersistBacklog = PersistBacklog { fills: 8192, inline_bytes: 16 << 20, files: 512, file_bytes: 2 << 30 };

/// Most bytes of one file that count towards the backlog, so that a large file does not hold up others while it is synced.
const COUNTED_BYTES: u64 = 128 << 20;

/// The published fills of one store that are not durable. Inline bodies do not wait for files to be synced.
#[derive(Default)]
pub(crate) struct Persisting {
    inline: PersistLane,
    files: PersistLane,
    /// Shared by fills that are published and not queued yet.
    publishing: RwLock<()>,
}

/// Fills that are persisted in the order in which they were published.
#[derive(Default)]
pub(super) struct PersistLane {
    state: Mutex<LaneState>,
    /// Wakes the task that persists.
    news: Notify,
    /// Number of fills that were persisted or given up so far.
    done: watch::Sender<u64>,
}

#[derive(Default)]
struct LaneState {
    waiting: Vec<QueuedFill>,
    /// Of what waits, and of what is being persisted.
    backlog: PersistBacklog,
    /// Number of fills that were published so far.
    published: u64,
    /// Fills up to this number are persisted without delay.
    wanted: u64,
    is_running: bool,
    last: Option<Instant>,
    /// When the oldest of those was published that are being persisted.
    persisting_since: Option<Instant>,
}

struct QueuedFill {
    fill: PersistFill,
    blob: Option<Arc<dyn UnsyncedBlob>>,
    since: Instant,
    events: Published,
    /// For a caller that waits until the object is durable.
    failed: Option<oneshot::Sender<StoreError>>,
}

impl PersistBacklog {
    fn of(waiting: &QueuedFill) -> Self {
        let size = waiting.fill.object.size;
        let (files, file_bytes) = if waiting.blob.is_some() { (1, size.min(COUNTED_BYTES)) } else { (0, 0) };
        Self { fills: 1, inline_bytes: waiting.fill.object.body.inline_bytes(), files, file_bytes }
    }

    fn add(&mut self, other: Self) {
        self.fills += other.fills;
        self.inline_bytes += other.inline_bytes;
        self.files += other.files;
        self.file_bytes += other.file_bytes;
    }

    fn take(&mut self, other: Self) {
        self.fills -= other.fills;
        self.inline_bytes -= other.inline_bytes;
        self.files -= other.files;
        self.file_bytes -= other.file_bytes;
    }

    fn reaches(&self, limit: &Self) -> bool {
        self.fills >= limit.fills
            || self.inline_bytes >= limit.inline_bytes
            || self.files >= limit.files
            || self.file_bytes >= limit.file_bytes
    }
}

impl Persisting {
    /// Keeps changes of records waiting from before a publication until its fill is queued.
    pub(super) async fn publishing(&self) -> RwLockReadGuard<'_, ()> {
        self.publishing.read().await
    }

    /// The lane of fills with a file of their own, or of the others.
    pub(super) fn lane(&self, has_file: bool) -> &PersistLane {
        if has_file { &self.files } else { &self.inline }
    }

    /// Number of objects that are published and not durable.
    pub(crate) fn unpersisted(&self) -> u64 {
        self.inline.unpersisted() + self.files.unpersisted()
    }
}

impl PersistLane {
    fn state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unpersisted(&self) -> u64 {
        let state = self.state();
        state.published - *self.done.borrow()
    }

    /// When the oldest object was published that is not durable.
    fn oldest(&self) -> Option<Instant> {
        let state = self.state();
        state.persisting_since.or_else(|| state.waiting.first().map(|first| first.since))
    }

    fn is_full(&self) -> bool {
        self.state().backlog.reaches(&FULL)
    }

    /// Waits until the lane is not full.
    async fn room(&self) {
        let mut done = self.done.subscribe();
        while self.is_full() {
            // The sender lives as long as this does.
            let _ = done.changed().await;
        }
    }

    /// Waits until everything is persisted that was published so far.
    async fn finish(&self) {
        let target = {
            let mut state = self.state();
            state.wanted = state.published;
            state.published
        };
        self.news.notify_one();
        let _ = self.done.subscribe().wait_for(|done| *done >= target).await;
    }

    /// What is to be persisted now, or how long it may wait; `None` if nothing is left and the task ends.
    fn due(&self, delay: Duration) -> Option<Result<Vec<QueuedFill>, Duration>> {
        let mut state = self.state();
        let Some(first) = state.waiting.first() else {
            state.is_running = false;
            return None;
        };
        let first_since = first.since;
        let at = (first.since + delay).min(state.last.unwrap_or(first.since) + QUIET.min(delay));
        let wait = at.saturating_duration_since(Instant::now());
        let is_wanted = state.wanted > *self.done.borrow();
        if wait.is_zero() || is_wanted || state.backlog.reaches(&DUE) {
            state.persisting_since = Some(first_since);
            return Some(Ok(std::mem::take(&mut state.waiting)));
        }
        Some(Err(wait))
    }

    fn persisted(&self, backlog: PersistBacklog) {
        let mut state = self.state();
        state.backlog.take(backlog);
        state.persisting_since = None;
        drop(state);
        self.done.send_modify(|done| *done += backlog.fills as u64);
    }
}

impl Store {
    /// Number of filled objects that are visible and that a crash would lose.
    pub fn unpersisted_fills(&self) -> u64 {
        self.persisting.unpersisted()
    }

    /// How long the oldest of them waits.
    pub fn oldest_unpersisted(&self) -> Option<Duration> {
        let oldest = [self.persisting.inline.oldest(), self.persisting.files.oldest()].into_iter().flatten().min();
        oldest.map(|oldest| oldest.elapsed())
    }

    /// Whether the durability backlog has reached its limit. Then no further fill is to begin; running ones add theirs when
    /// their bodies are whole, and wait for nothing.
    pub fn is_backlog_full(&self) -> bool {
        self.persisting.inline.is_full() || self.persisting.files.is_full()
    }

    /// Waits until the durability backlog is below its limit.
    pub async fn await_backlog_room(&self) {
        while self.is_backlog_full() {
            self.persisting.inline.room().await;
            self.persisting.files.room().await;
        }
    }

    /// Makes all objects durable that were filled so far.
    pub async fn persist_fills(&self) {
        tokio::join!(self.persisting.inline.finish(), self.persisting.files.finish());
    }

    /// Has a published object persisted. Without a delay it is durable when this returns, or withdrawn, which is an error.
    pub(super) async fn persist_later(
        self: &Arc<Self>,
        fill: PersistFill,
        events: Published,
        blob: Option<Arc<dyn UnsyncedBlob>>,
        publishing: RwLockReadGuard<'_, ()>,
    ) -> Result<(), StoreError> {
        let (failed, failure) = self.options.persist_delay.is_zero().then(oneshot::channel).unzip();
        let has_file = blob.is_some();
        let lane = self.persisting.lane(has_file);
        let begins = {
            let mut state = lane.state();
            let now = Instant::now();
            let waiting = QueuedFill { fill, blob, since: now, events, failed };
            state.backlog.add(PersistBacklog::of(&waiting));
            state.waiting.push(waiting);
            state.published += 1;
            state.last = Some(now);
            if state.backlog.reaches(&DUE) {
                lane.news.notify_one();
            }
            !std::mem::replace(&mut state.is_running, true)
        };
        drop(publishing);
        if begins {
            tokio::spawn(self.clone().persist_until_idle(has_file));
        }
        // The sender is dropped when the object is durable.
        match failure {
            Some(failure) => failure.await.map_or(Ok(()), Err),
            None => Ok(()),
        }
    }

    async fn persist_until_idle(self: Arc<Self>, has_file: bool) {
        let lane = self.persisting.lane(has_file);
        while let Some(due) = lane.due(self.options.persist_delay) {
            match due {
                Ok(batch) => {
                    let mut backlog = PersistBacklog::default();
                    batch.iter().for_each(|waiting| backlog.add(PersistBacklog::of(waiting)));
                    // In a task of its own, so that a panic does not end this one.
                    let (store, fills) = (self.clone(), batch.iter().map(|waiting| waiting.fill.clone()));
                    let fills: Vec<_> = fills.collect();
                    if let Err(error) = tokio::spawn(async move { store.persist(batch).await }).await {
                        tracing::error!(%error, count = backlog.fills, "mirrored objects could not be kept");
                        for fill in &fills {
                            self.withdraw(fill).await;
                        }
                    }
                    lane.persisted(backlog);
                }
                Err(wait) => {
                    let _ = tokio::time::timeout(wait, lane.news.notified()).await;
                }
            }
        }
    }

    async fn persist(&self, batch: Vec<QueuedFill>) {
        let mut synced = Vec::with_capacity(batch.len());
        for (waiting, result) in sync_all(batch).await {
            let shown: &[_] = if waiting.blob.is_some() { &[ScarceResource::Blob] } else { &[] };
            match self.shortages.of_blobs(result, shown) {
                Ok(()) => synced.push(waiting),
                Err(error) => self.give_up(vec![waiting], &error.into()).await,
            }
        }
        // In the order of the tree that they are written to.
        synced.sort_unstable_by(|a, b| (a.fill.bucket, &a.fill.key).cmp(&(b.fill.bucket, &b.fill.key)));
        while !synced.is_empty() {
            let some: Vec<_> = synced.drain(..synced.len().min(CHANGE_FILLS)).collect();
            match self.persist_together(&some).await {
                Ok(()) => some.into_iter().for_each(|waiting| waiting.events.durable()),
                // One of them was published over an object that its caller has not looked for: the others are kept.
                Err(StoreError::Refused(_)) if some.len() > 1 => self.persist_singly(some).await,
                Err(error) => self.give_up(some, &error).await,
            }
        }
    }

    async fn persist_together(&self, some: &[QueuedFill]) -> Result<(), StoreError> {
        let fills = some.iter().map(|waiting| waiting.fill.clone()).collect();
        Ok(self.noted(self.meta.persist(fills, self.now()).await)?)
    }

    async fn persist_singly(&self, some: Vec<QueuedFill>) {
        for waiting in some {
            let one = vec![waiting];
            match self.persist_together(&one).await {
                Ok(()) => one.into_iter().for_each(|waiting| waiting.events.durable()),
                Err(error) => self.give_up(one, &error).await,
            }
        }
    }

    /// Withdraws objects that could not be made durable: they are fetched again when they are requested.
    async fn give_up(&self, given_up: Vec<QueuedFill>, error: &StoreError) {
        let (count, first) = (given_up.len(), given_up.first().map(|waiting| waiting.fill.key.as_str()));
        tracing::error!(error = error as &dyn std::error::Error, count, first, "mirrored objects could not be kept");
        // After another failure the change may still be in the log: then their bytes are needed.
        let wrote_nothing = matches!(error, StoreError::Full | StoreError::Blob(_) | StoreError::Refused(_));
        for QueuedFill { fill, failed, .. } in given_up {
            if self.withdraw(&fill).await && wrote_nothing {
                self.discard_body(&fill.object.body).await;
            }
            if let Some(failed) = failed {
                // The caller may be gone.
                let _ = failed.send(error.again());
            }
        }
    }

    /// Takes a published object out of sight; gives whether it was still published.
    async fn withdraw(&self, fill: &PersistFill) -> bool {
        self.meta.withdraw(fill).await.unwrap_or_else(|error| {
            tracing::error!(%error, key = fill.key.as_str(), "a mirrored object that is not durable stays visible");
            false
        })
    }

    /// Makes a change that keeps an object's bytes, once these are durable.
    pub(crate) async fn change_durable<T, F>(&self, mut change: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, MetaError>>,
    {
        for _ in 0..PERSIST_TRIES {
            match change().await {
                Err(MetaError::Unpersisted) => {
                    // It may have been published a moment ago, and not be queued yet.
                    drop(self.persisting.publishing.write().await);
                    self.persist_fills().await;
                }
                other => return Ok(other?),
            }
        }
        Ok(change().await?)
    }
}

/// How often a change is tried. A client would have to delete the object and fetch it anew between every two tries.
const PERSIST_TRIES: usize = 4;

/// Syncs the blobs, on a few threads.
async fn sync_all(batch: Vec<QueuedFill>) -> Vec<(QueuedFill, Result<(), BlobError>)> {
    let (files, inline): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.blob.is_some());
    let mut synced: Vec<_> = inline.into_iter().map(|waiting| (waiting, Ok(()))).collect();
    let (mut files, mut tasks) = (files.into_iter(), Vec::new());
    let share = files.len().div_ceil(SYNC_THREADS).max(1);
    loop {
        let some: Vec<_> = files.by_ref().take(share).collect();
        if some.is_empty() {
            break;
        }
        let blobs: Vec<_> = some.iter().filter_map(|waiting| waiting.blob.clone()).collect();
        let task = tokio::task::spawn_blocking(move || blobs.iter().map(|blob| blob.sync()).collect::<Vec<_>>());
        tasks.push((some, task));
    }
    for (some, task) in tasks {
        let results = task.await.unwrap_or_else(|error| {
            let source = || std::io::Error::other(error.to_string());
            let lost = || BlobError::Io { operation: "syncing a blob", source: source() };
            some.iter().map(|_| Err(lost())).collect()
        });
        synced.extend(some.into_iter().zip(results));
    }
    synced
}

impl fmt::Debug for Persisting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persisting").field("unpersisted", &self.unpersisted()).finish_non_exhaustive()
    }
}
