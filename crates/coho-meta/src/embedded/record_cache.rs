//! Objects that were read lately, with their inline bytes.
//!
//! Invariant: the cache never gives a record that is older than a change which was answered, nor an older one after
//! a newer one was read. A reader fills the place that it took *before* it read. The writer takes the places
//! of what it changes before it commits, which voids those of the readers, and gives them up after the commit:
//! in between all reads go to the file, and a reader that takes a place afterwards reads the committed record.

use coho_model::{Body, BucketId, Extent, ObjectKey, ObjectRecord};
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, DefaultLifecycle, GuardResult, PlaceholderGuard},
};
use std::{sync::Arc, time::Duration};

type Key = (BucketId, ObjectKey);
type Value = Arc<ObjectRecord>;
type Guard<'c> = PlaceholderGuard<'c, Key, Value, RecordWeight, DefaultHashBuilder, DefaultLifecycle<Key, Value>>;

/// What a record weighs beside its texts and bytes: itself, its key's and its own counters, the cache's entry.
const RECORD_BYTES: usize = 344;
/// What a header weighs beside its texts.
const HEADER_BYTES: usize = 32;
/// The guess from which the cache chooses its number of shards.
const TYPICAL_RECORD_BYTES: u64 = 1024;

/// About what is kept of a fetch besides the URL.
const PROVENANCE_BYTES: usize = 192;

pub(super) struct RecordCache(Cache<Key, Value, RecordWeight>);

/// A key's place, held by the writer: no reader can fill it.
pub(super) struct Held<'c>(#[allow(dead_code, reason = "dropping it gives the place up")] Guard<'c>);

#[derive(Debug, Clone)]
pub(super) struct RecordWeight;

impl Weighter<Key, Value> for RecordWeight {
    fn weight(&self, (_, key): &Key, record: &Value) -> u64 {
        let headers: usize = record.headers.iter().map(|(name, value)| name.len() + value.len() + HEADER_BYTES).sum();
        let body = match &record.body {
            Body::Inline { bytes, .. } => bytes.len(),
            Body::Extents(extents) => size_of_val::<[Extent]>(extents),
        };
        let origin = record.mirrored_from.as_ref().map_or(0, |from| from.url.len() + PROVENANCE_BYTES);
        (RECORD_BYTES + key.as_str().len() + headers + body + origin) as u64
    }
}

impl RecordCache {
    pub(super) fn new(capacity_bytes: u64) -> Self {
        let items = usize::try_from(capacity_bytes / TYPICAL_RECORD_BYTES).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(items, capacity_bytes, RecordWeight))
    }

    /// The record from the cache, or from `read`. No reader waits for another one of the same key: a second read
    /// costs less than a sleeping thread.
    pub(super) fn get_or_read<E>(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        read: impl FnOnce() -> Result<Option<Value>, E>,
    ) -> Result<Option<Value>, E> {
        match self.0.get_value_or_guard(&(bucket, key.clone()), Some(Duration::ZERO)) {
            GuardResult::Value(record) => Ok(Some(record)),
            GuardResult::Timeout => read(),
            GuardResult::Guard(place) => {
                let record = read()?;
                if let Some(record) = &record {
                    // A place that the writer has taken meanwhile refuses the record, as it should.
                    let _refused = place.insert(record.clone());
                }
                Ok(record)
            }
        }
    }

    /// Empties the key's place and keeps it empty until the result is dropped.
    pub(super) fn hold(&self, bucket: BucketId, key: &ObjectKey) -> Held<'_> {
        let key = (bucket, key.clone());
        loop {
            self.0.remove(&key);
            // A reader may have come in between; its place is removed in the next turn.
            if let GuardResult::Guard(place) = self.0.get_value_or_guard(&key, Some(Duration::ZERO)) {
                return Held(place);
            }
        }
    }
}

impl std::fmt::Debug for RecordCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordCache").field("weight_bytes", &self.0.weight()).finish_non_exhaustive()
    }
}
