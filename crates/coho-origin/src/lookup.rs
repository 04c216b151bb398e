//! Resolving the names of origins. The system's resolver holds a thread for as long as it likes, so only so many are lent
//! to it, and whoever wants a name that is being looked up waits for that.

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;

/// Most lookups at a time. The threads are those that wait for the disk as well, of which there are more.
const MAX_LOOKUPS: usize = 64;

type Found = Result<Arc<[IpAddr]>, Arc<io::Error>>;

/// The lookups under way.
#[derive(Clone)]
pub(crate) struct Lookups(Arc<State>);

struct State {
    running: Mutex<HashMap<Box<str>, Shared<BoxFuture<'static, Found>>>>,
    places: Arc<Semaphore>,
    resolve: fn(&str) -> io::Result<Vec<IpAddr>>,
}

impl Default for Lookups {
    fn default() -> Self {
        let resolve = |host: &str| Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect());
        Self::new(resolve)
    }
}

impl Lookups {
    fn new(resolve: fn(&str) -> io::Result<Vec<IpAddr>>) -> Self {
        let places = Arc::new(Semaphore::new(MAX_LOOKUPS));
        Self(Arc::new(State { running: Mutex::default(), places, resolve }))
    }

    /// The addresses of a host, which may be one itself.
    pub(crate) async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let found = self.shared(host).await.map_err(|error| io::Error::new(error.kind(), error))?;
        Ok(found.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    fn shared(&self, host: &str) -> Shared<BoxFuture<'static, Found>> {
        let mut running = self.0.running();
        if let Some(there) = running.get(host) {
            return there.clone();
        }
        let (state, name) = (self.0.clone(), Box::<str>::from(host));
        // A task of its own, so that it ends, and gives its place back, whoever loses patience.
        let task = tokio::spawn(async move {
            let found = match state.places.clone().acquire_owned().await {
                Ok(place) => {
                    let (resolve, host) = (state.resolve, name.clone());
                    let looked_up = tokio::task::spawn_blocking(move || {
                        let _place = place;
                        resolve(&host)
                    });
                    looked_up.await.unwrap_or_else(|error| Err(io::Error::other(error)))
                }
                Err(closed) => Err(io::Error::other(closed)),
            };
            state.running().remove(&name);
            found.map(Arc::from).map_err(Arc::new)
        });
        let result = async { task.await.unwrap_or_else(|error| Err(Arc::new(io::Error::other(error)))) };
        let shared = result.boxed().shared();
        running.insert(host.into(), shared.clone());
        shared
    }
}

impl State {
    fn running(&self) -> MutexGuard<'_, HashMap<Box<str>, Shared<BoxFuture<'static, Found>>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Lookups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookups").field("running", &self.0.running().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Condvar,
        atomic::{AtomicUsize, Ordering},
    };

    #[tokio::test]
    async fn an_address_is_its_own_and_a_name_is_looked_up() {
        let lookups = Lookups::default();
        for (host, expected) in [("127.0.0.9", "127.0.0.9:80"), ("::1", "[::1]:80")] {
            assert_eq!(lookups.addresses(host, 80).await.unwrap(), [expected.parse().unwrap()]);
        }
        assert!(lookups.addresses("localhost", 80).await.unwrap().iter().all(|address| address.ip().is_loopback()));
        assert!(lookups.addresses("no such name", 80).await.is_err());
        assert_eq!(lookups.0.running().len(), 0);
    }

    #[tokio::test]
    async fn one_name_is_looked_up_once_at_a_time_and_few_names_are() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
        let lookups = Lookups::new(|_| {
            CALLS.fetch_add(1, Ordering::Relaxed);
            let open = GATE.1.wait_while(GATE.0.lock().unwrap(), |is_open| !*is_open).unwrap();
            drop(open);
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        });
        let names = 0..MAX_LOOKUPS + 10;
        let waiting: Vec<_> =
            names.clone().chain(names).map(|number| lookups.shared(&format!("host-{number}"))).collect();
        // One that loses patience leaves the others theirs.
        assert!(lookups.addresses("host-0", 80).now_or_never().is_none());
        while CALLS.load(Ordering::Relaxed) < MAX_LOOKUPS {
            tokio::task::yield_now().await;
        }
        assert_eq!(lookups.0.places.available_permits(), 0);
        *GATE.0.lock().unwrap() = true;
        GATE.1.notify_all();
        for found in waiting {
            assert_eq!(found.await.unwrap().len(), 1);
        }
        assert_eq!(CALLS.load(Ordering::Relaxed), MAX_LOOKUPS + 10, "each name once");
        assert_eq!(lookups.0.running().len(), 0);
    }
}
