//! The rules of the coalescer, one by one, on one thread.

use super::{Coalescer, fakes::*};
use crate::{
    BusyLimit, FetchRequest, MirrorFailure,
    fetch_request::tests::{request, set_mirror},
    flight::Flight,
    flight_places::MAX_FLIGHTS_PER_BUCKET,
    flight_state::{FetchOutcome, tests::opened},
};
use coho_model::{ObjectKey, website::MirrorSettings};
use futures_util::FutureExt;
use std::sync::{Arc, Mutex, atomic::Ordering};
use tokio::sync::oneshot;

/// A coalescer whose fetches take their token and then wait for the test.
struct Rig {
    coalescer: Arc<Coalescer<FakeBackend>>,
    running: Arc<Mutex<Vec<oneshot::Sender<FetchOutcome>>>>,
}

impl Rig {
    fn start() -> Self {
        let running: Arc<Mutex<Vec<oneshot::Sender<FetchOutcome>>>> = Arc::default();
        let started = running.clone();
        let coalescer = FakeBackend::coalescer(Box::new(move |backend, flight| {
            backend.take_token(&flight);
            let (end, ended) = oneshot::channel();
            started.lock().unwrap().push(end);
            // A sender that is dropped is a fetch whose task panics.
            async move { ended.await.expect("the fetch panics") }.boxed()
        }));
        Self { coalescer, running }
    }

    fn backend(&self) -> &FakeBackend {
        &self.coalescer.backend
    }

    async fn join(&self, request: &FetchRequest) -> Arc<Flight> {
        let flight = self.coalescer.join_or_start(&Arc::new(request.clone()), false).await.unwrap();
        // The task of a new flight takes its token.
        tokio::task::yield_now().await;
        flight
    }

    /// Ends the fetch that started as this number.
    async fn end(&self, number: usize, outcome: FetchOutcome) {
        let end = std::mem::replace(&mut self.running.lock().unwrap()[number], oneshot::channel().0);
        end.send(outcome).unwrap();
        tokio::task::yield_now().await;
    }
}

fn k() -> FetchRequest {
    request("http://o.test/k")
}

/// The same request by a rule that has been changed since.
fn by_changed_rule() -> FetchRequest {
    let mut request = k();
    set_mirror(&mut request, MirrorSettings { check_md5: Some(true), ..MirrorSettings::default() });
    request
}

#[tokio::test]
async fn requests_for_one_object_join_one_flight() {
    let rig = Rig::start();
    let first = rig.join(&k()).await;
    for _ in 0..3 {
        assert!(Arc::ptr_eq(&first, &rig.join(&k()).await));
    }
    assert!(!Arc::ptr_eq(&first, &rig.join(&request("http://o.test/other")).await));
    assert_eq!((rig.backend().counted("run"), rig.backend().counted("joined")), (2, 3));
    assert_eq!(rig.coalescer.in_flight(), 2);
}

#[tokio::test]
async fn a_flight_outlives_the_request_that_started_it() {
    let rig = Rig::start();
    drop(rig.join(&k()).await);
    let joined = rig.join(&k()).await;
    joined.commit(opened());
    rig.end(0, FetchOutcome::ReadersOnly).await;
    assert!(matches!(joined.stored().now_or_never(), Some(Ok(None))));
    assert_eq!((rig.backend().counted("run"), rig.coalescer.in_flight()), (1, 0));
}

#[tokio::test]
async fn a_request_after_a_write_starts_a_flight_of_its_own() {
    let rig = Rig::start();
    let before = rig.join(&k()).await;
    before.open(opened());
    rig.backend().key().write();
    let after = rig.join(&k()).await;
    assert!(!Arc::ptr_eq(&before, &after) && before.is_detached() && after.stores());
    assert!(Arc::ptr_eq(&after, &rig.join(&k()).await));
    // The former one counts until it ends.
    assert_eq!(rig.coalescer.in_flight(), 2);
    before.commit(opened());
    rig.end(0, FetchOutcome::Overtaken).await;
    assert_eq!(rig.coalescer.in_flight(), 1);
}

#[tokio::test]
async fn an_object_that_is_being_stored_is_waited_for_and_not_fetched_again() {
    let rig = Rig::start();
    let flight = rig.join(&k()).await;
    flight.commit(opened());
    // The store returns the token just before the object is visible.
    rig.backend().key().token = None;
    let k = k();
    let (mut next, mut storing) = (rig.join(&k).boxed(), rig.coalescer.await_storing(k.bucket.id, &k.key).boxed());
    assert!((&mut next).now_or_never().is_none() && (&mut storing).now_or_never().is_none());
    assert_eq!(rig.backend().counted("run"), 1);
    rig.end(0, FetchOutcome::Overtaken).await;
    assert!(!Arc::ptr_eq(&flight, &next.await));
    storing.await;
    assert_eq!(rig.backend().counted("run"), 2);
}

#[tokio::test]
async fn the_rule_in_force_stores_instead_of_a_changed_rule() {
    for (in_force, expected) in [(k(), [false, true]), (by_changed_rule(), [true, false])] {
        let rig = Rig::start();
        *rig.backend().bucket.lock().unwrap() = Some(in_force.bucket.clone());
        let flights = [rig.join(&by_changed_rule()).await, rig.join(&k()).await];
        assert!(!Arc::ptr_eq(&flights[0], &flights[1]));
        assert_eq!(flights.each_ref().map(|flight| flight.stores()), expected);
    }
}

#[tokio::test]
async fn of_two_rules_in_force_the_first_one_stores() {
    let rig = Rig::start();
    let second = FetchRequest { rule_number: 2, ..k() };
    let (first, second) = (rig.join(&k()).await, rig.join(&second).await);
    assert!(first.stores() && !second.stores());
    // For its readers only, it is current while the key is not written.
    assert!(rig.coalescer.is_current(&second).await);
    rig.backend().key().write();
    assert!(!rig.coalescer.is_current(&second).await);
}

#[tokio::test]
async fn an_answer_for_one_client_is_shared_by_the_same_requests_only() {
    let rig = Rig::start();
    let mut proxy = k();
    set_mirror(&mut proxy, MirrorSettings { proxy_pass: Some(true), ..MirrorSettings::default() });
    let mut other = proxy.clone();
    other.headers.insert("cookie", "alice".parse().unwrap());
    let first = rig.join(&proxy).await;
    assert!(!first.stores() && Arc::ptr_eq(&first, &rig.join(&proxy).await));
    assert!(!Arc::ptr_eq(&first, &rig.join(&other).await));
}

#[tokio::test]
async fn requests_beyond_a_limit_are_refused_and_counted() {
    let rig = Rig::start();
    rig.backend().refuses.store(true, Ordering::Relaxed);
    let refused = rig.coalescer.join_or_start(&Arc::new(k()), false).await;
    assert!(matches!(refused, Err(MirrorFailure::RateLimited)));
    rig.backend().refuses.store(false, Ordering::Relaxed);
    for number in 0..MAX_FLIGHTS_PER_BUCKET {
        rig.join(&FetchRequest { key: ObjectKey::parse(&number.to_string()).unwrap(), ..k() }).await;
    }
    let refused = rig.coalescer.join_or_start(&Arc::new(k()), false).await;
    assert!(matches!(refused, Err(MirrorFailure::Busy(BusyLimit::BucketFetches))));
    assert_eq!((rig.backend().counted("qps"), rig.backend().counted("max_bucket_fetches")), (1, 1));
    rig.end(7, failed()).await;
    rig.join(&k()).await;
}

#[tokio::test]
async fn a_flight_whose_body_is_whole_does_not_count() {
    let rig = Rig::start();
    for number in 0..3 * MAX_FLIGHTS_PER_BUCKET {
        let flight = rig.join(&FetchRequest { key: ObjectKey::parse(&number.to_string()).unwrap(), ..k() }).await;
        flight.commit(opened());
    }
    assert_eq!((rig.coalescer.in_flight(), rig.coalescer.flights().len()), (0, 3 * MAX_FLIGHTS_PER_BUCKET));
    assert_eq!(rig.backend().counted("max_bucket_fetches"), 0);
    // A shutdown waits for them all the same.
    assert!(rig.coalescer.idle().now_or_never().is_none());
}

#[tokio::test]
async fn a_full_backlog_holds_requests_up_and_refuses_none() {
    const REQUESTS: usize = MAX_FLIGHTS_PER_BUCKET + 10;
    let rig = Rig::start();
    rig.backend().backlog_is_full.send_replace(true);
    let requests: Vec<_> = (0..REQUESTS)
        .map(|number| Arc::new(FetchRequest { key: ObjectKey::parse(&number.to_string()).unwrap(), ..k() }))
        .collect();
    let mut waiting: Vec<_> =
        requests.iter().map(|request| rig.coalescer.join_or_start(request, false).boxed()).collect();
    assert!(waiting.iter_mut().all(|request| request.now_or_never().is_none()));
    assert_eq!((rig.coalescer.flights().len(), rig.backend().counted("backlog")), (0, REQUESTS));
    // What is not stored adds nothing to the backlog.
    let mut proxy = k();
    set_mirror(&mut proxy, MirrorSettings { proxy_pass: Some(true), ..MirrorSettings::default() });
    let unstored = rig.join(&proxy).await;
    unstored.commit(opened());
    rig.backend().backlog_is_full.send_replace(false);
    // All of them start as soon as the limit of concurrent flights lets them.
    let mut started = Vec::new();
    while !waiting.is_empty() {
        waiting.retain_mut(|request| match request.now_or_never() {
            Some(flight) => {
                started.push(flight.unwrap());
                false
            }
            None => true,
        });
        assert!(rig.coalescer.in_flight() <= MAX_FLIGHTS_PER_BUCKET);
        tokio::task::yield_now().await;
        if let Some(flight) = started.iter().find(|flight| !flight.is_storing()) {
            flight.commit(opened());
        }
    }
    assert_eq!((started.len(), rig.backend().counted("max_bucket_fetches")), (REQUESTS, 0));
}

/// While requests for one object wait, one of them starts it for all.
#[tokio::test]
async fn requests_that_the_backlog_has_held_up_share_a_flight() {
    let rig = Rig::start();
    rig.backend().backlog_is_full.send_replace(true);
    let request = Arc::new(k());
    let mut waiting: Vec<_> = (0..5).map(|_| rig.coalescer.join_or_start(&request, false).boxed()).collect();
    assert!(waiting.iter_mut().all(|request| request.now_or_never().is_none()));
    rig.backend().backlog_is_full.send_replace(false);
    for request in waiting {
        request.await.unwrap();
    }
    assert_eq!((rig.backend().counted("run"), rig.backend().counted("joined")), (1, 4));
}

#[tokio::test]
async fn a_shutdown_waits_for_every_flight_also_for_one_that_panics() {
    let rig = Rig::start();
    let flights = [rig.join(&k()).await, rig.join(&request("http://o.test/other")).await];
    let mut idle = rig.coalescer.idle().boxed();
    assert!((&mut idle).now_or_never().is_none());
    rig.end(0, failed()).await;
    assert!((&mut idle).now_or_never().is_none());
    rig.running.lock().unwrap().clear();
    idle.await;
    assert!(matches!(flights[0].stored().await, Err(MirrorFailure::Timeout)));
    assert!(matches!(flights[1].stored().await, Err(MirrorFailure::Body(_))));
    assert_eq!((rig.coalescer.in_flight(), rig.coalescer.flights().len()), (0, 0));
}
