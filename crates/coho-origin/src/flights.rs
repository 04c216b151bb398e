//! The fetches in flight, by bucket and key.

use crate::{Order, flight::Flight};
use coho_model::{BucketId, ObjectKey};
use std::{collections::HashMap, sync::Arc};

/// Most fetches at a time; a request that would start another is refused.
pub const MAX_FLIGHTS: usize = 4096;
/// The same for one bucket, so that one with an origin that hangs leaves room for the others.
pub const MAX_FLIGHTS_PER_BUCKET: usize = 1024;

/// Bucket and key.
pub(crate) type Id = (BucketId, ObjectKey);

/// The table. A key has more than one flight while its requests do not ask the same.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    by_key: HashMap<Id, Vec<Arc<Flight>>>,
    by_bucket: HashMap<BucketId, usize>,
    count: usize,
}

/// There are too many already.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Flights {
    /// One that brings what is asked for, if there is one: it asks the same, or has the whole object already and is
    /// about to store it.
    pub(crate) fn find(&self, id: &Id, order: &Order, exactly: bool) -> Option<&Arc<Flight>> {
        self.of(id).find(|flight| flight.answers(order, exactly) || (!exactly && flight.is_storing()))
    }

    /// All of a key that may be joined.
    pub(crate) fn of(&self, id: &Id) -> impl Iterator<Item = &Arc<Flight>> {
        self.by_key.get(id).into_iter().flatten().filter(|flight| !flight.is_left())
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Flight>> {
        self.by_key.values().flatten()
    }

    pub(crate) fn has_room(&self, bucket: BucketId) -> Result<(), Full> {
        let of_bucket = self.by_bucket.get(&bucket).copied().unwrap_or(0);
        if self.count < MAX_FLIGHTS && of_bucket < MAX_FLIGHTS_PER_BUCKET { Ok(()) } else { Err(Full) }
    }

    pub(crate) fn insert(&mut self, id: Id, flight: Arc<Flight>) {
        self.count += 1;
        *self.by_bucket.entry(id.0).or_default() += 1;
        self.by_key.entry(id).or_default().push(flight);
    }

    /// Takes it out when it has ended: until then it counts, whoever may join it.
    pub(crate) fn remove(&mut self, id: &Id, flight: &Arc<Flight>) {
        let Some(flights) = self.by_key.get_mut(id) else { return };
        let Some(at) = flights.iter().position(|there| Arc::ptr_eq(there, flight)) else { return };
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
    use crate::order::tests::order;

    #[test]
    fn a_bucket_leaves_room_for_others_and_gives_back_what_it_had() {
        let mut flights = Flights::default();
        let id = |bucket, number: usize| (BucketId(bucket), ObjectKey::parse(&number.to_string()).unwrap());
        let flight = || Arc::new(Flight::new(Arc::new(order("http://o.test/k")), true, 0));
        let mut first = Vec::new();
        for number in 0..MAX_FLIGHTS_PER_BUCKET {
            assert_eq!(flights.has_room(BucketId(1)), Ok(()), "{number}");
            first.push(flight());
            // Some keys have two.
            flights.insert(id(1, number / 2), first[number].clone());
        }
        assert_eq!((flights.has_room(BucketId(1)), flights.has_room(BucketId(2))), (Err(Full), Ok(())));
        let buckets = (MAX_FLIGHTS / MAX_FLIGHTS_PER_BUCKET) as i64;
        for bucket in 2..=buckets {
            (0..MAX_FLIGHTS_PER_BUCKET).for_each(|number| flights.insert(id(bucket, number), flight()));
        }
        assert_eq!(flights.has_room(BucketId(buckets + 1)), Err(Full));
        for (number, flight) in first.iter().enumerate() {
            flights.remove(&id(1, number / 2), flight);
            flights.remove(&id(1, number / 2), flight);
        }
        assert_eq!((flights.has_room(BucketId(1)), flights.of(&id(1, 0)).count()), (Ok(()), 0));
        assert_eq!(flights.all().count(), MAX_FLIGHTS - MAX_FLIGHTS_PER_BUCKET);
    }
}
