//! Removing the blobs that no record names any more.

use crate::{Store, StoreError};
use coho_blob::BlobError;
use coho_model::{BlobId, Timestamp};
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Milliseconds that a blob stays after its last reference is gone: a reader with an old record may still open it.
const GRACE_MS: i64 = 60_000;
/// Time between two sweeps.
const INTERVAL: Duration = Duration::from_secs(10);
/// Most blobs of one step.
const STEP: usize = 256;
/// Most blobs whose age is measured here, because their time is in the future; the others follow when these are gone.
const MAX_FUTURE: usize = 4096;

/// The background task that sweeps.
#[derive(Debug)]
pub struct Sweeper {
    store: Arc<Store>,
    future: Mutex<FutureGarbage>,
    /// The last blob that could not be removed.
    stuck: Mutex<Option<BlobId>>,
}

/// Garbage whose time is in the future, since the clock was set back: its age is counted from its first sight.
#[derive(Debug, Default)]
struct FutureGarbage(HashMap<BlobId, Instant>);

impl FutureGarbage {
    /// Those of `listed` that were listed for the whole grace.
    fn due(&mut self, listed: &[BlobId], at: Instant, grace: Duration) -> Vec<BlobId> {
        let first_sight = |blob: &BlobId| (*blob, self.0.get(blob).copied().unwrap_or(at));
        self.0 = listed.iter().map(first_sight).collect();
        listed.iter().filter(|blob| at.saturating_duration_since(self.0[blob]) >= grace).copied().collect()
    }
}

impl Sweeper {
    /// For this store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, future: Mutex::default(), stuck: Mutex::default() }
    }

    /// Sweeps until `stop` is set.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut ticks, mut failures) = (tokio::time::interval(INTERVAL), SweepFailures::default());
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let failure = self.sweep(GRACE_MS).await.err();
            failures.log(failure, *lock(&self.stuck));
        }
    }

    /// Removes the blobs that have been garbage for `grace_ms`, and returns their number. After a failure the rest of the
    /// step is removed all the same.
    pub async fn sweep(&self, grace_ms: i64) -> Result<usize, StoreError> {
        let now = self.store.now();
        Ok(self.sweep_old(now.plus_ms(-grace_ms)).await? + self.sweep_future(now, grace_ms).await?)
    }

    async fn sweep_old(&self, unused_since: Timestamp) -> Result<usize, StoreError> {
        let mut swept = 0;
        loop {
            // Those that are pinned stay at the head of the list, and must not hide the others.
            let most = STEP + self.store.pins.count();
            let due = self.store.meta.garbage(unused_since, most).await?;
            let (gone, removed) = self.remove(&due).await;
            self.store.meta.forget(&gone).await?;
            removed?;
            swept += gone.len();
            // A full step may hide more; one of which nothing went would come again at once.
            if due.len() < most || gone.is_empty() {
                return Ok(swept);
            }
        }
    }

    /// Without this, garbage from before the clock was set back would stay for as long as the step.
    async fn sweep_future(&self, now: Timestamp, grace_ms: i64) -> Result<usize, StoreError> {
        let listed = self.store.meta.future_garbage(now, MAX_FUTURE + self.store.pins.count()).await?;
        let grace = Duration::from_millis(grace_ms.unsigned_abs());
        let due = {
            let mut future = lock(&self.future);
            future.due(&listed, Instant::now(), grace)
        };
        let (gone, removed) = self.remove(&due).await;
        self.store.meta.forget(&gone).await?;
        removed?;
        Ok(gone.len())
    }

    /// Gives what went, and the last failure if there was one.
    async fn remove(&self, due: &[BlobId]) -> (Vec<BlobId>, Result<(), BlobError>) {
        let (mut gone, mut result) = (Vec::with_capacity(due.len()), Ok(()));
        for blob in due.iter().filter(|blob| !self.store.pins.holds(**blob)) {
            match self.store.blobs.remove(*blob).await {
                Ok(()) => gone.push(*blob),
                Err(error) => {
                    *lock(&self.stuck) = Some(*blob);
                    result = Err(error);
                }
            }
        }
        (gone, result)
    }
}

/// The failures of consecutive sweeps. A file that cannot be removed fails every sweep, and is one line of the log.
#[derive(Debug, Default)]
struct SweepFailures {
    last: Option<String>,
}

impl SweepFailures {
    /// Whether the outcome of a sweep is a failure that the one before it did not have.
    fn is_new(&mut self, failure: Option<String>) -> bool {
        let is_new = failure.is_some() && failure != self.last;
        self.last = failure;
        is_new
    }

    fn log(&mut self, error: Option<StoreError>, stuck: Option<BlobId>) {
        let stuck = stuck.filter(|_| matches!(error, Some(StoreError::Blob(_))));
        let text = error.as_ref().map(|error| format!("{error:?} {stuck:?}"));
        if self.is_new(text)
            && let Some(error) = &error
        {
            let blob = stuck.map(|blob| blob.to_string());
            tracing::warn!(error = error as &dyn Error, blob, "sweep failed; each sweep tries it again");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_stays_is_logged_once_and_again_after_it_was_gone() {
        let mut failures = SweepFailures::default();
        for (failure, expected) in
            [(Some("a"), true), (Some("a"), false), (Some("b"), true), (None, false), (Some("b"), true)]
        {
            assert_eq!(failures.is_new(failure.map(str::to_owned)), expected, "{failure:?}");
        }
    }

    #[test]
    fn garbage_of_the_future_is_due_when_it_was_seen_for_the_whole_grace() {
        let (mut future, start) = (FutureGarbage::default(), Instant::now());
        for (seconds, listed, expected) in [
            (0, &[1, 2][..], &[][..]),
            (59, &[1, 2, 3], &[]),
            (60, &[1, 2, 3], &[1, 2]),
            // One that was not listed in between is new.
            (61, &[3], &[]),
            (119, &[1, 3], &[3]),
            (121, &[1], &[]),
            (179, &[1], &[1]),
        ] {
            let ids = |numbers: &[u128]| numbers.iter().map(|number| BlobId(*number)).collect::<Vec<_>>();
            let due = future.due(&ids(listed), start + Duration::from_secs(seconds), Duration::from_secs(60));
            assert_eq!(due, ids(expected), "after {seconds} s");
        }
    }
}
