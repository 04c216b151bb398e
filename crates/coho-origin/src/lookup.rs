//! Resolving the names of origins. The system's resolver blocks its thread without a limit of time, so the number of
//! concurrent lookups is bounded, and requests for the same name share one lookup.

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{runtime, sync::Semaphore};

/// Most concurrent lookups. They take threads of the blocking pool, which has 512 and serves the disk as well.
pub(crate) const MAX_LOOKUPS: usize = 64;
/// Most names that wait for a concurrent lookup to end.
const MAX_WAITING: usize = 1024;

type Addresses = Result<Arc<[IpAddr]>, Arc<io::Error>>;

/// Why a name has no addresses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("name does not resolve")]
    Failed(#[source] io::Error),
    #[error("name did not resolve in time")]
    Timeout,
    #[error("too many names are being looked up")]
    Busy,
}

/// The lookups in progress.
#[derive(Clone)]
pub(crate) struct Lookups(Arc<LookupTable>);

struct LookupTable {
    running: Mutex<HashMap<Box<str>, Lookup>>,
    places: Arc<Semaphore>,
    threads: runtime::Handle,
    resolve: fn(&str) -> io::Result<Vec<IpAddr>>,
}

/// The lookup of one name.
#[derive(Clone)]
struct Lookup {
    addresses: Shared<BoxFuture<'static, Addresses>>,
    /// Counts references: one for each waiting request, one for the table and one for the task.
    interest: Arc<()>,
    /// It is one of the concurrent lookups and no longer waits for another one to end.
    has_begun: Arc<AtomicBool>,
}

impl Lookups {
    /// Uses the system's resolver, on blocking threads of this runtime.
    pub(crate) fn of_system(threads: runtime::Handle) -> Self {
        Self::new(threads, |host| Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
    }

    pub(crate) fn new(threads: runtime::Handle, resolve: fn(&str) -> io::Result<Vec<IpAddr>>) -> Self {
        let places = Arc::new(Semaphore::new(MAX_LOOKUPS));
        Self(Arc::new(LookupTable { running: Mutex::default(), places, threads, resolve }))
    }

    /// The addresses of a host, which may be an address itself.
    pub(crate) async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, LookupError> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let Lookup { addresses, interest, .. } = self.lookup(host)?;
        let found = addresses.await.map_err(|error| LookupError::Failed(io::Error::new(error.kind(), error)))?;
        drop(interest);
        Ok(found.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    /// Why a request that ran out of time has no addresses; `None` if the name is not being looked up.
    pub(crate) fn unfinished(&self, host: &str) -> Option<LookupError> {
        let running = self.0.running();
        let has_begun = running.get(host)?.has_begun.load(Ordering::Relaxed);
        Some(if has_begun { LookupError::Timeout } else { LookupError::Busy })
    }

    /// The running lookup of a name, or a new one.
    fn lookup(&self, host: &str) -> Result<Lookup, LookupError> {
        let mut running = self.0.running();
        if let Some(lookup) = running.get(host) {
            return Ok(lookup.clone());
        }
        if running.len() >= MAX_LOOKUPS + MAX_WAITING {
            return Err(LookupError::Busy);
        }
        let (interest, has_begun) = (Arc::new(()), Arc::<AtomicBool>::default());
        // A task of its own, so that it ends and frees its place when requests time out.
        let task = self.0.threads.spawn(self.0.clone().run(host.into(), interest.clone(), has_begun.clone()));
        let addresses = async { task.await.unwrap_or_else(|error| Err(Arc::new(io::Error::other(error)))) };
        let lookup = Lookup { addresses: addresses.boxed().shared(), interest, has_begun };
        running.insert(host.into(), lookup.clone());
        Ok(lookup)
    }
}

impl LookupTable {
    async fn run(self: Arc<Self>, name: Box<str>, interest: Arc<()>, has_begun: Arc<AtomicBool>) -> Addresses {
        let place = match self.places.clone().acquire_owned().await {
            Ok(place) => place,
            Err(closed) => return Err(Arc::new(io::Error::other(closed))),
        };
        {
            let mut running = self.running();
            // No request waits: two references are the table's and this task's.
            if Arc::strong_count(&interest) <= 2 {
                running.remove(&name);
                return Err(Arc::new(io::ErrorKind::TimedOut.into()));
            }
        }
        has_begun.store(true, Ordering::Relaxed);
        let _end = LookupEnd { table: &self, name: &name };
        let (resolve, host) = (self.resolve, name.clone());
        let looked_up = tokio::task::spawn_blocking(move || {
            let _place = place;
            resolve(&host)
        });
        let found = looked_up.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        found.map(Arc::from).map_err(Arc::new)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Box<str>, Lookup>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a lookup out of the table when it ends, also by a panic: else every later request would get its failure.
struct LookupEnd<'a> {
    table: &'a LookupTable,
    name: &'a str,
}

impl Drop for LookupEnd<'_> {
    fn drop(&mut self) {
        self.table.running().remove(self.name);
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
    use std::sync::{Condvar, atomic::AtomicUsize};

    #[tokio::test]
    async fn an_address_needs_no_lookup_and_a_name_is_looked_up() {
        let lookups = Lookups::of_system(runtime::Handle::current());
        for (host, expected) in [("127.0.0.9", "127.0.0.9:80"), ("::1", "[::1]:80")] {
            assert_eq!(lookups.addresses(host, 80).await.unwrap(), [expected.parse().unwrap()]);
        }
        assert!(lookups.addresses("localhost", 80).await.unwrap().iter().all(|address| address.ip().is_loopback()));
        assert!(lookups.addresses("no such name", 80).await.is_err());
        assert_eq!(lookups.0.running().len(), 0);
    }

    #[tokio::test]
    async fn a_name_has_one_lookup_at_a_time_and_their_number_is_limited() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
        let lookups = Lookups::new(runtime::Handle::current(), |_| {
            CALLS.fetch_add(1, Ordering::Relaxed);
            let open = GATE.1.wait_while(GATE.0.lock().unwrap(), |is_open| !*is_open).unwrap();
            drop(open);
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        });
        let name = |number: usize| format!("host-{number}");
        let (first, rest) = (0..MAX_LOOKUPS, MAX_LOOKUPS..MAX_LOOKUPS + MAX_WAITING);
        let waiting: Vec<_> = first.clone().chain(first).map(|number| lookups.lookup(&name(number)).unwrap()).collect();
        while CALLS.load(Ordering::Relaxed) < MAX_LOOKUPS {
            tokio::task::yield_now().await;
        }
        assert_eq!(lookups.0.places.available_permits(), 0);
        // Of the waiting ones, all but one are given up.
        let mut waiting_names: Vec<_> = rest.map(|number| lookups.lookup(&name(number)).unwrap()).collect();
        assert!(matches!(lookups.lookup("one-too-many"), Err(LookupError::Busy)));
        // A slow resolver is distinguished from a lookup that never began.
        assert!(matches!(lookups.unfinished("host-0"), Some(LookupError::Timeout)));
        assert!(matches!(lookups.unfinished(&name(MAX_LOOKUPS)), Some(LookupError::Busy)));
        assert!(lookups.unfinished("one-too-many").is_none());
        let patient = waiting_names.swap_remove(7);
        drop(waiting_names);
        *GATE.0.lock().unwrap() = true;
        GATE.1.notify_all();
        for lookup in waiting {
            assert_eq!(lookup.addresses.await.unwrap().len(), 1);
        }
        assert_eq!(patient.addresses.await.unwrap().len(), 1);
        while !lookups.0.running().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(CALLS.load(Ordering::Relaxed), MAX_LOOKUPS + 1, "each name once, and none that was given up");
    }
}
