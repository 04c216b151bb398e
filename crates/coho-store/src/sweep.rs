//! Removing the files that nothing refers to any more.

use crate::{Store, StoreError};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How long a blob stays after the last reference to it went: a reader that holds an old record opens it meanwhile.
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

    /// Sweeps until told to stop.
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

    /// Removes all that has been garbage for `grace_ms`; gives how many blobs went.
    pub async fn sweep(&self, grace_ms: i64) -> Result<usize, StoreError> {
        let unused_since = self.store.now().plus_ms(-grace_ms);
        let mut swept = 0;
        loop {
            let due = self.store.meta.garbage(unused_since, STEP).await?;
            let mut gone = Vec::with_capacity(due.len());
            for blob in &due {
                if self.store.pins.holds(*blob) {
                    continue;
                }
                self.store.blobs.remove(*blob).await?;
                gone.push(*blob);
            }
            self.store.meta.forget(&gone).await?;
            swept += gone.len();
            // A full step may hide more; one of which nothing went would come again at once.
            if due.len() < STEP || gone.is_empty() {
                return Ok(swept);
            }
        }
    }
}
