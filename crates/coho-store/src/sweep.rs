//! Removing the blobs that no record names any more.

use crate::{Store, StoreError};
use coho_blob::BlobError;
use coho_model::BlobId;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Milliseconds that a blob stays after its last reference is gone: a reader with an old record may still open it.
const GRACE_MS: i64 = 60_000;
/// Time between two sweeps.
const INTERVAL: Duration = Duration::from_secs(10);
/// Most blobs of one step.
const STEP: usize = 256;

/// The background task that sweeps.
#[derive(Debug)]
pub struct Sweeper {
    store: Arc<Store>,
}

impl Sweeper {
    /// For this store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Sweeps until `stop` is set.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            if let Err(error) = self.sweep(GRACE_MS).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "sweep failed; it is tried again");
            }
        }
    }

    /// Removes the blobs that have been garbage for `grace_ms`, and returns their number. After a failure the rest of the
    /// step is removed all the same.
    pub async fn sweep(&self, grace_ms: i64) -> Result<usize, StoreError> {
        let unused_since = self.store.now().plus_ms(-grace_ms);
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

    /// Gives what went, and the last failure if there was one.
    async fn remove(&self, due: &[BlobId]) -> (Vec<BlobId>, Result<(), BlobError>) {
        let (mut gone, mut result) = (Vec::with_capacity(due.len()), Ok(()));
        for blob in due.iter().filter(|blob| !self.store.pins.holds(**blob)) {
            match self.store.blobs.remove(*blob).await {
                Ok(()) => gone.push(*blob),
                Err(error) => result = Err(error),
            }
        }
        (gone, result)
    }
}
