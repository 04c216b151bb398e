//! The limits of concurrent flights. A flight has a place from its start until its whole body is here: what is left then
//! is the store's work, which no origin and no reader waits for.

use crate::{BusyLimit, MirrorFailure};
use coho_model::BucketId;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::watch;

/// Most concurrent flights; a request that would start another is refused.
pub const MAX_FLIGHTS: usize = 4096;
/// Most concurrent flights of one bucket, so that a bucket whose origin hangs leaves room for the others.
pub const MAX_FLIGHTS_PER_BUCKET: usize = 1024;

/// The places of all flights.
#[derive(Debug, Default)]
pub(crate) struct FlightPlaces(watch::Sender<Taken>);

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_bucket: HashMap<BucketId, usize>,
}

/// The place of one flight, returned when it is dropped.
#[derive(Debug)]
pub(crate) struct FlightPlace {
    places: Arc<FlightPlaces>,
    bucket: BucketId,
}

/// A wait for a place that is returned after the wait was made.
pub(crate) struct ReturnedPlace(watch::Receiver<Taken>);

impl FlightPlaces {
    /// A place for a flight of the bucket, unless a limit is reached.
    pub(crate) fn take(self: &Arc<Self>, bucket: BucketId) -> Result<FlightPlace, MirrorFailure> {
        let mut limit = None;
        self.0.send_if_modified(|taken| {
            limit = taken.limit(bucket);
            if limit.is_none() {
                taken.total += 1;
                *taken.by_bucket.entry(bucket).or_default() += 1;
            }
            // A request waits for a returned place, never for a taken one.
            false
        });
        match limit {
            Some(limit) => Err(MirrorFailure::Busy(limit)),
            None => Ok(FlightPlace { places: self.clone(), bucket }),
        }
    }

    /// The number of places that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.0.borrow().total
    }

    pub(crate) fn next_returned(&self) -> ReturnedPlace {
        ReturnedPlace(self.0.subscribe())
    }
}

impl Taken {
    fn limit(&self, bucket: BucketId) -> Option<BusyLimit> {
        let of_bucket = self.by_bucket.get(&bucket).copied().unwrap_or(0);
        if self.total >= MAX_FLIGHTS {
            Some(BusyLimit::Fetches)
        } else if of_bucket >= MAX_FLIGHTS_PER_BUCKET {
            Some(BusyLimit::BucketFetches)
        } else {
            None
        }
    }
}

impl ReturnedPlace {
    pub(crate) async fn wait(mut self) {
        // The sender lives as long as the coalescer.
        let _ = self.0.changed().await;
    }
}

impl Drop for FlightPlace {
    fn drop(&mut self) {
        self.places.0.send_modify(|taken| {
            taken.total -= 1;
            if let Some(count) = taken.by_bucket.get_mut(&self.bucket) {
                *count -= 1;
                if *count == 0 {
                    taken.by_bucket.remove(&self.bucket);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_bucket_leaves_room_for_others_and_each_limit_has_its_name() {
        let places = Arc::<FlightPlaces>::default();
        let refusal = |bucket| match places.take(BucketId(bucket)) {
            Ok(_) => None,
            Err(failure) => Some(failure.label()),
        };
        let take = |bucket| -> Vec<_> {
            (0..MAX_FLIGHTS_PER_BUCKET).map(|_| places.take(BucketId(bucket)).unwrap()).collect()
        };
        let mut first = take(1);
        assert_eq!((refusal(1), refusal(2)), (Some("max_bucket_fetches"), None));
        let buckets = (MAX_FLIGHTS / MAX_FLIGHTS_PER_BUCKET) as i64;
        let rest: Vec<_> = (2..=buckets).map(take).collect();
        assert_eq!((refusal(1), refusal(buckets + 1)), (Some("max_fetches"), Some("max_fetches")));
        let returned = places.next_returned();
        drop(first.pop());
        assert!(returned.wait().now_or_never().is_some());
        assert_eq!((refusal(1), refusal(buckets + 1)), (None, None));
        drop((first, rest));
        assert_eq!(places.taken(), 0);
    }
}
