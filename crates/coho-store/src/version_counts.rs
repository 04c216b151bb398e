//! How many versions and delete markers requests have made and removed. What lifecycle rules do is counted by their runner.

use crate::Store;
use coho_model::{ChangedVersion, ObjectRecord};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VersionCounts {
    /// Versions with an id of their own that writes have made.
    pub made: u64,
    /// Delete markers that deletions have made.
    pub markers_made: u64,
    /// Versions that were deleted by their ids.
    pub removed: u64,
    /// Delete markers that were deleted by their ids.
    pub markers_removed: u64,
}

#[derive(Debug, Default)]
pub(crate) struct VersionCounters {
    made: AtomicU64,
    markers_made: AtomicU64,
    removed: AtomicU64,
    markers_removed: AtomicU64,
}

impl VersionCounters {
    /// Counts what a write has made.
    pub(crate) fn count_written(&self, object: &ObjectRecord) {
        if object.version.seed.is_some() {
            self.made.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts what a deletion was about; of one by its id, `by_id` is true.
    pub(crate) fn count_deleted(&self, version: ChangedVersion, by_id: bool) {
        let counter = match (by_id, version.is_marker) {
            (true, true) => &self.markers_removed,
            (true, false) => &self.removed,
            (false, _) => &self.markers_made,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Store {
    /// How many versions and delete markers requests have made and removed since the start.
    pub fn version_counts(&self) -> VersionCounts {
        let VersionCounters { made, markers_made, removed, markers_removed } = &self.version_counters;
        let [made, markers_made, removed, markers_removed] =
            [made, markers_made, removed, markers_removed].map(|counter| counter.load(Ordering::Relaxed));
        VersionCounts { made, markers_made, removed, markers_removed }
    }
}
