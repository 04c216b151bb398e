//! Writes what was counted into the history, once a minute.
//!
//! Requests never wait for it: what cannot be written is kept up to a limit and written later. A crash loses what was counted
//! since the last minute.

use crate::{Store, StoreError};
use coho_model::{Timestamp, TrafficRow, TrafficStep};
use std::{collections::VecDeque, error::Error, sync::Arc, sync::atomic::Ordering, time::Duration};
use tokio::sync::watch;

/// Most minutes of buckets that wait to be written; the oldest ones go first. About 4 MiB of memory.
pub const MAX_PENDING_ROWS: usize = 32_768;
/// Minutes of buckets that are written in one commit.
const ROWS_OF_A_COMMIT: usize = 1024;
/// Bytes that a row may need in the file, with its hour.
const ROW_BYTES: u64 = 256;

/// The background task that writes the history of traffic.
#[derive(Debug)]
pub struct TrafficRecorder {
    store: Arc<Store>,
    /// The time since which the table has counted. Its counts belong to the minute of this time.
    since: Timestamp,
    pending: VecDeque<TrafficRow>,
    fails: bool,
}

impl TrafficRecorder {
    /// For this store, from now on.
    pub fn new(store: Arc<Store>) -> Self {
        let since = store.now();
        Self { store, since, pending: VecDeque::new(), fails: false }
    }

    /// Writes at the begin of every minute until `stop` is set. The last minute is left to [`Self::flush`], once the last
    /// request has ended.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Self {
        loop {
            tokio::select! {
                () = tokio::time::sleep(until_next_minute(self.store.now())) => {}
                _ = stop.wait_for(|stop| *stop) => return self,
            }
            self.flush().await;
        }
    }

    /// Takes out what was counted, and writes it and what could not be written before.
    pub async fn flush(&mut self) {
        let (now, at) = (self.store.now(), self.since);
        self.since = now;
        let rows = self.store.traffic().take().into_iter();
        self.pending.extend(rows.map(|(bucket, counts)| TrafficRow { bucket, at, counts }));
        let result = self.write(now).await;
        let dropped = self.pending.len().saturating_sub(MAX_PENDING_ROWS);
        self.pending.drain(..dropped);
        let counters = &self.store.history_counters;
        counters.dropped_rows.fetch_add(dropped as u64, Ordering::Relaxed);
        let failed = result.as_ref().err().map(|error| error as &(dyn Error + 'static));
        counters.failures.fetch_add(u64::from(failed.is_some()), Ordering::Relaxed);
        self.log(failed);
    }

    /// One line when writing begins to fail, and one when it works again.
    fn log(&mut self, failed: Option<&(dyn Error + 'static)>) {
        let pending = self.pending.len();
        match failed {
            Some(error) if !self.fails => {
                tracing::warn!(error, pending, "the history of traffic cannot be written; it is kept for later")
            }
            None if self.fails => tracing::info!("the history of traffic is written again"),
            _ => {}
        }
        self.fails = failed.is_some();
    }

    async fn write(&mut self, now: Timestamp) -> Result<(), StoreError> {
        while !self.pending.is_empty() {
            let count = self.pending.len().min(ROWS_OF_A_COMMIT);
            // The reserve is for deletions.
            self.store.admit_inline(count as u64 * ROW_BYTES).await?;
            let rows = self.pending.iter().take(count).copied().collect();
            self.store.meta.add_traffic(rows, now).await?;
            self.pending.drain(..count);
        }
        Ok(())
    }
}

fn until_next_minute(now: Timestamp) -> Duration {
    let minute_ms = TrafficStep::Minute.seconds() * 1000;
    Duration::from_millis((minute_ms - now.unix_ms().rem_euclid(minute_ms)).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_minute_is_never_now() {
        for (ms, expected) in [(0, 60_000), (1, 59_999), (59_999, 1), (60_000, 60_000)] {
            let wait = until_next_minute(Timestamp::from_unix_ms(ms));
            assert_eq!(wait, Duration::from_millis(expected), "{ms}");
        }
    }
}
