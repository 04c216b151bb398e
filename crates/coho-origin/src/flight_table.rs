//! The flights by bucket and key, and their limits.

use crate::{FetchRequest, flight::Flight};
use coho_model::{BucketId, ObjectKey};
use std::{collections::HashMap, sync::Arc};

/// Most concurrent flights; a request that would start another is refused.
pub const MAX_FLIGHTS: usize = 4096;
/// Most concurrent flights of one bucket, so that a bucket whose origin hangs leaves room for the others.
pub const MAX_FLIGHTS_PER_BUCKET: usize = 1024;

/// Bucket and key.
pub(crate) type FlightId = (BucketId, ObjectKey);

/// The table. A key has more than one flight while its requests would fetch different things.
#[derive(Debug, Default)]
pub(crate) struct FlightTable {
    by_key: HashMap<FlightId, Vec<Arc<Flight>>>,
    by_bucket: HashMap<BucketId, usize>,
    count: usize,
}

/// The limit of concurrent flights is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TableFull;

impl FlightTable {
    /// A flight that the request may join: it fetches the same, or has the whole object and is about to store it.
    pub(crate) fn find(&self, id: &FlightId, request: &FetchRequest, exactly: bool) -> Option<&Arc<Flight>> {
        self.joinable(id).find(|flight| flight.serves(request, exactly) || (!exactly && flight.is_storing()))
    }

    /// The flights of a key that are not detached.
    pub(crate) fn joinable(&self, id: &FlightId) -> impl Iterator<Item = &Arc<Flight>> {
        self.by_key.get(id).into_iter().flatten().filter(|flight| !flight.is_detached())
    }

    /// All flights.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Flight>> {
        self.by_key.values().flatten()
    }

    pub(crate) fn has_room(&self, bucket: BucketId) -> Result<(), TableFull> {
        let of_bucket = self.by_bucket.get(&bucket).copied().unwrap_or(0);
        if self.count < MAX_FLIGHTS && of_bucket < MAX_FLIGHTS_PER_BUCKET { Ok(()) } else { Err(TableFull) }
    }

    pub(crate) fn insert(&mut self, id: FlightId, flight: Arc<Flight>) {
        self.count += 1;
        *self.by_bucket.entry(id.0).or_default() += 1;
        self.by_key.entry(id).or_default().push(flight);
    }

    /// Removes a flight that has ended. Until then it counts, detached or not.
    pub(crate) fn remove(&mut self, id: &FlightId, flight: &Arc<Flight>) {
        let Some(flights) = self.by_key.get_mut(id) else { return };
        let Some(at) = flights.iter().position(|other| Arc::ptr_eq(other, flight)) else { return };
        flights.swap_remove(at);
        if flights.is_empty() {
            self.by_key.remove(id);
        }
        self.count -= 1;
        if let Some(count) = self.by_bucket.get_mut(&id.0) {
            *count -= 1;
            if *count == 0 {
                self.by_bucket.remove(&id.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch_request::tests::request;

    #[test]
    fn a_bucket_leaves_room_for_others_and_returns_its_places() {
        let mut flights = FlightTable::default();
        let id = |bucket, number: usize| (BucketId(bucket), ObjectKey::parse(&number.to_string()).unwrap());
        let flight = || Arc::new(Flight::new(Arc::new(request("http://o.test/k")), true, 0, None));
        let mut first = Vec::new();
        for number in 0..MAX_FLIGHTS_PER_BUCKET {
            assert_eq!(flights.has_room(BucketId(1)), Ok(()), "{number}");
            first.push(flight());
            // Some keys have two.
            flights.insert(id(1, number / 2), first[number].clone());
        }
        assert_eq!((flights.has_room(BucketId(1)), flights.has_room(BucketId(2))), (Err(TableFull), Ok(())));
        let buckets = (MAX_FLIGHTS / MAX_FLIGHTS_PER_BUCKET) as i64;
        for bucket in 2..=buckets {
            (0..MAX_FLIGHTS_PER_BUCKET).for_each(|number| flights.insert(id(bucket, number), flight()));
        }
        assert_eq!(flights.has_room(BucketId(buckets + 1)), Err(TableFull));
        for (number, flight) in first.iter().enumerate() {
            flights.remove(&id(1, number / 2), flight);
            flights.remove(&id(1, number / 2), flight);
        }
        assert_eq!((flights.has_room(BucketId(1)), flights.joinable(&id(1, 0)).count()), (Ok(()), 0));
        assert_eq!(flights.all().count(), MAX_FLIGHTS - MAX_FLIGHTS_PER_BUCKET);
    }
}
