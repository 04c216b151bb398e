//! The history of traffic: counted in memory, written once a minute, read for a span of time.

mod recorder;
mod table;

pub use recorder::{MAX_PENDING_ROWS, TrafficRecorder};
pub use table::{MAX_COUNTED_BUCKETS, TrafficSample, TrafficTable};

use crate::{Store, StoreError};
use coho_model::{BucketId, TrafficPoint, TrafficStep};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the recorder could not do.
#[derive(Debug, Default)]
pub(crate) struct HistoryCounters {
    failures: AtomicU64,
    dropped_rows: AtomicU64,
}

impl Store {
    /// The counters of the present minute.
    pub fn traffic(&self) -> &TrafficTable {
        &self.traffic
    }

    /// What was counted of a bucket, or of all of them ([`BucketId::ALL`]), in the spans that begin from `from` on and before
    /// `until`, in seconds since the epoch. Spans in which nothing was counted are left out; the present minute is not
    /// written yet.
    pub async fn traffic_history(
        &self,
        bucket: BucketId,
        step: TrafficStep,
        from: i64,
        until: i64,
    ) -> Result<Vec<TrafficPoint>, StoreError> {
        Ok(self.meta.traffic(bucket, step, from, until).await?)
    }

    /// How often the history could not be written.
    pub fn history_failures(&self) -> u64 {
        self.history_counters.failures.load(Ordering::Relaxed)
    }

    /// Minutes of buckets that were given up because they could not be written for too long.
    pub fn history_dropped_rows(&self) -> u64 {
        self.history_counters.dropped_rows.load(Ordering::Relaxed)
    }
}
