//! Stores when keys were used, and removes the temporary ones that have expired some time ago.

use super::KeyRegistry;
use coho_model::{AccessChange, Timestamp};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::sync::watch;

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_secs(600);
/// How long a temporary key is still listed after its end, in milliseconds: a week.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

impl KeyRegistry {
    /// Works until told to stop, and once more then.
    pub async fn maintain(&self, mut stop: watch::Receiver<bool>) {
        loop {
            let stops = tokio::select! {
                () = tokio::time::sleep(PAUSE) => false,
                // The sender going away means the same.
                _ = stop.wait_for(|stop| *stop) => true,
            };
            self.store_uses().await;
            if stops {
                return;
            }
        }
    }

    async fn store_uses(&self) {
        let current = self.current();
        let expired_before = Timestamp::from_unix_ms(self.store.now().unix_ms().saturating_sub(KEPT_MS));
        let is_over = |expires: Option<Timestamp>| expires.is_some_and(|expires| expires < expired_before);
        let used = current.unstored_uses();
        if used.is_empty() && !current.table.keys.values().any(|key| is_over(key.expires)) {
            return;
        }
        if let Err(error) = self.change(AccessChange::Maintain { used, expired_before }).await {
            self.failed_use_writes.fetch_add(1, Ordering::Relaxed);
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the last use of access keys was not stored; it is tried again");
        }
    }
}
