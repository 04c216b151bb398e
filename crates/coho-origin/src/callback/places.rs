//! The limits of concurrent callbacks. One bucket, whose application may hang, leaves room for the others.

use coho_model::BucketId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most concurrent callbacks.
pub const MAX_CALLBACKS: usize = 256;
/// Most concurrent callbacks of one bucket.
pub const MAX_CALLBACKS_PER_BUCKET: usize = 64;

/// The places of all callbacks.
#[derive(Debug, Default)]
pub(super) struct CallbackPlaces(Mutex<TakenPlaces>);

#[derive(Debug, Default)]
struct TakenPlaces {
    total: usize,
    by_bucket: HashMap<BucketId, usize>,
}

/// The place of one callback, returned when it is dropped.
#[derive(Debug)]
pub(super) struct CallbackPlace {
    places: Arc<CallbackPlaces>,
    bucket: BucketId,
}

impl CallbackPlaces {
    /// A place, unless a limit is reached.
    pub(super) fn take(self: &Arc<Self>, bucket: BucketId) -> Option<CallbackPlace> {
        let mut taken = self.lock();
        let of_bucket = taken.by_bucket.get(&bucket).copied().unwrap_or(0);
        if taken.total >= MAX_CALLBACKS || of_bucket >= MAX_CALLBACKS_PER_BUCKET {
            return None;
        }
        taken.total += 1;
        taken.by_bucket.insert(bucket, of_bucket + 1);
        Some(CallbackPlace { places: self.clone(), bucket })
    }

    fn lock(&self) -> MutexGuard<'_, TakenPlaces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CallbackPlace {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.total -= 1;
        match taken.by_bucket.get_mut(&self.bucket) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.by_bucket.remove(&self.bucket)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_leaves_room_for_others_and_a_place_returns() {
        let places = Arc::<CallbackPlaces>::default();
        let take = |bucket| -> Vec<_> { std::iter::from_fn(|| places.take(BucketId(bucket))).collect() };
        let mut first = take(1);
        assert_eq!(first.len(), MAX_CALLBACKS_PER_BUCKET);
        let rest: Vec<_> = (2..100).flat_map(take).collect();
        assert_eq!(first.len() + rest.len(), MAX_CALLBACKS);
        drop(first.pop());
        assert!(places.take(BucketId(1)).is_some());
        drop((first, rest));
        let taken = places.lock();
        assert_eq!((taken.total, taken.by_bucket.len()), (0, 0));
    }
}
