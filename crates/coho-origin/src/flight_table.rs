//! The flights by bucket and key, and their limits.

use crate::{FetchRequest, flight::Flight};
use coho_model::{BucketId, ObjectKey};
use std::{collections::HashMap, sync::Arc};

/// Bucket and key.
pub(crate) type FlightId = (BucketId, ObjectKey);

/// The table. A key has more than one flight while its requests would fetch different things.
#[derive(Debug, Default)]
pub(crate) struct FlightTable {
    by_key: HashMap<FlightId, Vec<Arc<Flight>>>,
}

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

    pub(crate) fn insert(&mut self, id: FlightId, flight: Arc<Flight>) {
        self.by_key.entry(id).or_default().push(flight);
    }

    /// Removes a flight that has ended.
    pub(crate) fn remove(&mut self, id: &FlightId, flight: &Arc<Flight>) {
        let Some(flights) = self.by_key.get_mut(id) else { return };
        let Some(at) = flights.iter().position(|other| Arc::ptr_eq(other, flight)) else { return };
        flights.swap_remove(at);
        if flights.is_empty() {
            self.by_key.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch_request::tests::request;

    #[test]
    fn a_key_has_the_flights_that_were_not_removed() {
        let (mut flights, id) = (FlightTable::default(), (BucketId(1), ObjectKey::parse("k").unwrap()));
        let flight = || Arc::new(Flight::new(Arc::new(request("http://o.test/k")), true, 0, None));
        let (first, second) = (flight(), flight());
        flights.insert(id.clone(), first.clone());
        flights.insert(id.clone(), second.clone());
        first.detach();
        assert_eq!((flights.joinable(&id).count(), flights.all().count()), (1, 2));
        for _ in 0..2 {
            flights.remove(&id, &first);
        }
        assert_eq!((flights.joinable(&id).count(), flights.all().count()), (1, 1));
        flights.remove(&id, &second);
        assert_eq!(flights.all().count(), 0);
    }
}
