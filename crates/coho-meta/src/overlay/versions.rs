//! Counters of writes, by key.

use coho_model::{BucketId, ObjectKey};
use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Number of counters. Keys share them, so that two keys which are written at the same time rarely have the same one.
const COUNTERS: usize = 1024;

#[derive(Debug)]
pub(super) struct Versions {
    counters: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Default for Versions {
    fn default() -> Self {
        Self { counters: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(), hasher: RandomState::new() }
    }
}

impl Versions {
    pub(super) fn get(&self, bucket: BucketId, key: &ObjectKey) -> u64 {
        self.counter(bucket, key).load(Ordering::SeqCst)
    }

    pub(super) fn advance(&self, bucket: BucketId, key: &ObjectKey) {
        self.counter(bucket, key).fetch_add(1, Ordering::SeqCst);
    }

    fn counter(&self, bucket: BucketId, key: &ObjectKey) -> &AtomicU64 {
        &self.counters[self.hasher.hash_one((bucket, key)) as usize % COUNTERS]
    }
}
