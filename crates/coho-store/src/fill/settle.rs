//! Filled objects are shown at once and made durable a little later, many together.
//!
//! A client that puts an object is promised that it stays; nobody was promised that of an object which was fetched: until
//! it is settled, a crash costs another fetch and nothing else. So its sync is taken off everybody's way, and shared: a
//! burst of fills is synced while the next ones come, and written in the order of the keys. What is alone waits
//! for a moment only.

use crate::{Store, StoreError, events::Published};
use coho_blob::{BlobError, UnsyncedBlob};
use coho_meta::{MetaError, PlacedFill};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

/// When so long no fill has ended, those that wait are settled.
const QUIET: Duration = Duration::from_millis(100);
/// Most threads that sync the files of one batch, each its share.
const SYNC_THREADS: usize = 4;
/// Objects of one change, so that a client's change never waits long for its turn.
const CHANGE_FILLS: usize = 512;

/// What waits to be settled. Beyond the first limit it is settled without delay, beyond the second fills wait for it
/// (their readers never do).
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    fills: usize,
    inline_bytes: usize,
    files: usize,
    file_bytes: u64,
}

const DUE: Load = Load { fills: 2048, inline_bytes: 4 << 20, files: 256, file_bytes: 512 << 20 };
const FULL: Load = Load { fills: 8192, inline_bytes: 16 << 20, files: 512, file_bytes: 2 << 30 };

/// More bytes of one file do not count: while it is synced, others may go on.
const COUNTED_BYTES: u64 = 128 << 20;

/// The fills of one store that are not settled. Bodies that are kept with the metadata do not wait for files to be synced.
#[derive(Default)]
pub(crate) struct Settling {
    inline: Lane,
    files: Lane,
}

/// Fills that are settled one behind the other.
#[derive(Default)]
pub(super) struct Lane {
    state: Mutex<State>,
    /// For the task that settles.
    news: Notify,
    /// How many fills were settled, or given up, so far; they come in order.
    done: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    /// Of what waits, and of what is being settled.
    load: Load,
    /// How many have come so far.
    come: u64,
    /// So many are wanted at once.
    wanted: u64,
    is_running: bool,
    last: Option<Instant>,
}

struct Waiting {
    fill: PlacedFill,
    blob: Option<Arc<dyn UnsyncedBlob>>,
    since: Instant,
    published: Published,
    /// Somebody waits for it, and wants to know if it fails.
    failed: Option<oneshot::Sender<StoreError>>,
}

impl Load {
    fn of(waiting: &Waiting) -> Self {
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

impl Settling {
    /// The lane of fills with a file of their own, or of the others.
    pub(super) fn lane(&self, has_file: bool) -> &Lane {
        if has_file { &self.files } else { &self.inline }
    }

    /// Objects that are shown and not durable.
    pub(crate) fn unsettled(&self) -> u64 {
        self.inline.unsettled() + self.files.unsettled()
    }
}

impl Lane {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsettled(&self) -> u64 {
        let state = self.state();
        state.come - *self.done.borrow()
    }

    /// Waits until there is room for another fill.
    pub(super) async fn room(&self) {
        let mut done = self.done.subscribe();
        while self.state().load.reaches(&FULL) {
            // The sender lives as long as this does.
            let _ = done.changed().await;
        }
    }

    /// Has everything settled that has come so far.
    async fn finish(&self) {
        let target = {
            let mut state = self.state();
            state.wanted = state.come;
            state.come
        };
        self.news.notify_one();
        let _ = self.done.subscribe().wait_for(|done| *done >= target).await;
    }

    /// What is to be settled now, or how long that has time; `None` if nothing is left and the task ends.
    fn due(&self, delay: Duration) -> Option<Result<Vec<Waiting>, Duration>> {
        let mut state = self.state();
        let Some(first) = state.waiting.first() else {
            state.is_running = false;
            return None;
        };
        let at = (first.since + delay).min(state.last.unwrap_or(first.since) + QUIET.min(delay));
        let wait = at.saturating_duration_since(Instant::now());
        let is_wanted = state.wanted > *self.done.borrow();
        if wait.is_zero() || is_wanted || state.load.reaches(&DUE) {
            return Some(Ok(std::mem::take(&mut state.waiting)));
        }
        Some(Err(wait))
    }

    fn settled(&self, load: Load) {
        self.state().load.take(load);
        self.done.send_modify(|done| *done += load.fills as u64);
    }
}

impl Store {
    /// Filled objects that everybody sees and that a crash would lose.
    pub fn unsettled_fills(&self) -> u64 {
        self.settling.unsettled()
    }

    /// Makes everything durable that was filled so far.
    pub async fn settle_fills(&self) {
        tokio::join!(self.settling.inline.finish(), self.settling.files.finish());
    }

    /// Has a placed object settled. With no delay it is durable when this returns, or gone again, which is an error.
    pub(super) async fn settle_later(
        self: &Arc<Self>,
        fill: PlacedFill,
        published: Published,
        blob: Option<Arc<dyn UnsyncedBlob>>,
    ) -> Result<(), StoreError> {
        let (failed, failure) = self.options.settle_delay.is_zero().then(oneshot::channel).unzip();
        let has_file = blob.is_some();
        let lane = self.settling.lane(has_file);
        let begins = {
            let mut state = lane.state();
            let now = Instant::now();
            let waiting = Waiting { fill, blob, since: now, published, failed };
            state.load.add(Load::of(&waiting));
            state.waiting.push(waiting);
            state.come += 1;
            state.last = Some(now);
            if state.load.reaches(&DUE) {
                lane.news.notify_one();
            }
            !std::mem::replace(&mut state.is_running, true)
        };
        if begins {
            tokio::spawn(self.clone().settle_until_idle(has_file));
        }
        // It is dropped when the object is durable.
        match failure {
            Some(failure) => failure.await.map_or(Ok(()), Err),
            None => Ok(()),
        }
    }

    async fn settle_until_idle(self: Arc<Self>, has_file: bool) {
        let lane = self.settling.lane(has_file);
        while let Some(due) = lane.due(self.options.settle_delay) {
            match due {
                Ok(batch) => {
                    let mut load = Load::default();
                    batch.iter().for_each(|waiting| load.add(Load::of(waiting)));
                    // In a task of its own, so that a panic holds up nobody.
                    let (store, fills) = (self.clone(), batch.iter().map(|waiting| waiting.fill.clone()));
                    let fills: Vec<_> = fills.collect();
                    if let Err(error) = tokio::spawn(async move { store.settle(batch).await }).await {
                        tracing::error!(%error, count = load.fills, "mirrored objects could not be kept");
                        for fill in &fills {
                            self.meta.withdraw_fill(fill).await;
                        }
                    }
                    lane.settled(load);
                }
                Err(wait) => {
                    let _ = tokio::time::timeout(wait, lane.news.notified()).await;
                }
            }
        }
    }

    async fn settle(&self, batch: Vec<Waiting>) {
        let mut durable = Vec::with_capacity(batch.len());
        for (waiting, synced) in sync_all(batch).await {
            match synced {
                Ok(()) => durable.push(waiting),
                Err(error) => self.give_up(vec![waiting], &error.into()).await,
            }
        }
        // In the order of the tree that they are written to.
        durable.sort_unstable_by(|a, b| (a.fill.bucket, &a.fill.key).cmp(&(b.fill.bucket, &b.fill.key)));
        while !durable.is_empty() {
            let some: Vec<_> = durable.drain(..durable.len().min(CHANGE_FILLS)).collect();
            let fills = some.iter().map(|waiting| waiting.fill.clone()).collect();
            match self.meta.settle_fills(fills, self.now()).await {
                Ok(()) => some.into_iter().for_each(|waiting| waiting.published.durable()),
                Err(error) => self.give_up(some, &error.into()).await,
            }
        }
    }

    /// Takes objects away that could not be made durable: they are fetched again when they are asked for.
    async fn give_up(&self, given_up: Vec<Waiting>, error: &StoreError) {
        let (count, first) = (given_up.len(), given_up.first().map(|waiting| waiting.fill.key.as_str()));
        tracing::error!(error = error as &dyn std::error::Error, count, first, "mirrored objects could not be kept");
        // After another failure the change may yet be found in the log: then their bytes are needed.
        let wrote_nothing = matches!(error, StoreError::Full | StoreError::Blob(_) | StoreError::Refused(_));
        for Waiting { fill, failed, .. } in given_up {
            if self.meta.withdraw_fill(&fill).await && wrote_nothing {
                self.discard_body(&fill.object.body).await;
            }
            if let Some(failed) = failed {
                // Whoever waited may be gone.
                let _ = failed.send(error.again());
            }
        }
    }

    /// Makes a change that keeps an object's bytes, behind its settling.
    pub(crate) async fn change_settled<T, F>(&self, mut change: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, MetaError>>,
    {
        for _ in 0..SETTLE_TRIES {
            match change().await {
                Err(MetaError::Unsettled) => {
                    // It may have been placed a moment ago, and not be listed yet.
                    tokio::task::yield_now().await;
                    self.settle_fills().await;
                }
                other => return Ok(other?),
            }
        }
        Ok(change().await?)
    }
}

/// A client would have to delete the object and fetch it anew between every two tries.
const SETTLE_TRIES: usize = 4;

/// Syncs the blobs, on a few threads.
async fn sync_all(batch: Vec<Waiting>) -> Vec<(Waiting, Result<(), BlobError>)> {
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

impl fmt::Debug for Settling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settling").field("unsettled", &self.unsettled()).finish_non_exhaustive()
    }
}
