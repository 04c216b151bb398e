//! Requests, writes and fetches of one key in many random orders, by the `shuttle` model checker: at every pause of the fake
//! backend and at every wait, another task may run.

use super::{Coalescer, fakes::*};
use crate::{
    FetchRequest,
    fetch_request::tests::{request, set_mirror},
    flight::Flight,
};
use coho_model::website::MirrorSettings;
use futures_util::FutureExt;
use std::sync::{Arc, Mutex};

/// Random orders of each test.
const ORDERS: usize = 2_000;
/// Requests for the key in each order.
const READERS: usize = 4;
/// Writes of the key in each order.
const WRITES: usize = 2;

/// A coalescer whose fetches run by themselves.
#[derive(Clone)]
struct Rig {
    coalescer: Arc<Coalescer<FakeBackend>>,
    asked: AskedVersions,
}

/// The flights that have asked the origin, with the version of the key at that time.
type AskedVersions = Arc<Mutex<Vec<(Arc<Flight>, u64)>>>;

impl Rig {
    fn start() -> Self {
        let asked = AskedVersions::default();
        let asks = asked.clone();
        let script: Script = Box::new(move |backend, flight| {
            let asks = asks.clone();
            async move {
                let token = backend.take_token(&flight);
                (backend.pause)().await;
                if let Some(present) = backend.look_again(token) {
                    return present;
                }
                let version = backend.key().version;
                asks.lock().unwrap().push((flight.clone(), version));
                (backend.pause)().await;
                backend.commit(&flight, token, version).await
            }
            .boxed()
        });
        let spawn = |task| drop(shuttle::future::spawn(task));
        let coalescer = FakeBackend::coalescer_on(spawn, || shuttle::future::yield_now().boxed(), script);
        Self { coalescer, asked }
    }

    /// A GET of the key. Nothing that was fetched before an earlier write may be its answer.
    async fn read(self, request: FetchRequest) {
        let backend = &self.coalescer.backend;
        let (version, object) = {
            let key = backend.key();
            (key.version, key.object)
        };
        if object.is_some() {
            return;
        }
        (backend.pause)().await;
        let flight = self.coalescer.join_or_start(&Arc::new(request), false).await.unwrap();
        flight.ended().await;
        let asked = self.asked.lock().unwrap();
        for (_, asked) in asked.iter().filter(|(other, _)| Arc::ptr_eq(other, &flight)) {
            assert!(*asked >= version, "asked at version {asked}, and answers a request of version {version}");
        }
    }

    fn assert_nothing_is_left(&self) {
        assert_eq!((self.coalescer.in_flight(), self.coalescer.flights().len()), (0, 0));
    }
}

async fn join_all(tasks: Vec<shuttle::future::JoinHandle<()>>) {
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn without_writes_one_fetch_serves_all_requests_and_stores_the_object() {
    shuttle::check_random(
        || {
            shuttle::future::block_on(async {
                let rig = Rig::start();
                let read = |_| shuttle::future::spawn(rig.clone().read(request("http://o.test/k")));
                join_all((0..READERS).map(read).collect()).await;
                rig.coalescer.idle().await;
                assert_eq!(rig.coalescer.backend.key().object, Some(0));
                assert_eq!(rig.asked.lock().unwrap().len(), 1, "requests to the origin");
                rig.assert_nothing_is_left();
            });
        },
        ORDERS,
    );
}

#[test]
fn no_request_is_answered_with_what_was_fetched_before_an_earlier_write() {
    shuttle::check_random(
        || {
            shuttle::future::block_on(async {
                let rig = Rig::start();
                let read = |_| shuttle::future::spawn(rig.clone().read(request("http://o.test/k")));
                let mut tasks: Vec<_> = (0..READERS).map(read).collect();
                for _ in 0..WRITES {
                    let backend = rig.coalescer.backend.clone();
                    tasks.push(shuttle::future::spawn(async move {
                        (backend.pause)().await;
                        backend.key().write();
                    }));
                }
                join_all(tasks).await;
                rig.coalescer.idle().await;
                let (object, version) = (rig.coalescer.backend.key().object, WRITES as u64);
                assert!(object.is_none_or(|asked| asked == version), "{object:?} is stored at version {version}");
                rig.assert_nothing_is_left();
            });
        },
        ORDERS,
    );
}

#[test]
fn of_a_changed_rule_and_the_rule_in_force_one_stores() {
    shuttle::check_random(
        || {
            shuttle::future::block_on(async {
                let rig = Rig::start();
                let in_force = request("http://o.test/k");
                let mut changed = in_force.clone();
                set_mirror(&mut changed, MirrorSettings { check_md5: Some(true), ..MirrorSettings::default() });
                let requests = [&changed, &in_force, &changed, &in_force];
                let read = |request: &FetchRequest| shuttle::future::spawn(rig.clone().read(request.clone()));
                join_all(requests.map(read).into()).await;
                rig.coalescer.idle().await;
                assert_eq!(rig.coalescer.backend.counted("stored"), 1);
                rig.assert_nothing_is_left();
            });
        },
        ORDERS,
    );
}
