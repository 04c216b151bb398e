//! What the mirror did so far, for the metrics page.

use crate::MirrorFailure;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Counts since the start.
#[derive(Debug, Default)]
pub struct MirrorCounters {
    /// Fetches begun.
    pub fetches: AtomicU64,
    /// Requests that joined a fetch.
    pub joined: AtomicU64,
    /// Objects stored.
    pub stored: AtomicU64,
    /// Whole bodies that were not stored, because a client's write came later.
    pub overtaken: AtomicU64,
    /// Bodies that broke off and were gone on with.
    pub resumed: AtomicU64,
    /// Ranges that were fetched by themselves, because they were far behind what was there.
    pub ahead: AtomicU64,
    /// Objects that came from another origin than the rule's first.
    pub failed_over: AtomicU64,
    /// Bodies that were sent and not to be stored.
    pub not_stored: AtomicU64,
    /// Answers of origins that clients got as they were.
    pub passed: AtomicU64,
    /// Bytes from origins.
    pub bytes: AtomicU64,
    failures: Mutex<BTreeMap<&'static str, u64>>,
}

impl MirrorCounters {
    pub(crate) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, failure: &MirrorFailure) {
        *self.failures.lock().unwrap_or_else(PoisonError::into_inner).entry(failure.label()).or_default() += 1;
    }

    /// Failures by their word.
    pub fn failures(&self) -> BTreeMap<&'static str, u64> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
