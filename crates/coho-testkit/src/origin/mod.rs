//! A scripted HTTP/1.1 origin on loopback. Each path has a [`Script`]; each request is recorded with its
//! head as it came over the wire, so that a test can say what reached the origin and how often.
//! It knows nothing of Coho, and it never guesses: a path without a script answers 404.

mod connection;
mod script;
mod socket;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use script::{Body, Fault, Script};

/// How long the waiting methods wait before they panic with what they saw.
pub const WAIT_LIMIT: Duration = Duration::from_secs(20);

/// The file, as PEM, with the certificate of origins with TLS.
pub const TLS_CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/origin/tls/localhost.pem");

/// The running origin. Dropping it stops it.
#[derive(Debug)]
pub struct Origin {
    shared: Arc<Shared>,
    address: SocketAddr,
    with_tls: bool,
    accept: Mutex<Option<JoinHandle<()>>>,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The request target, byte for byte, query included.
    pub target: String,
    /// Header names and values in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, if it has a length.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The target without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of the first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    routes: HashMap<String, Route>,
    requests: Vec<Recorded>,
    /// Bodies that were sent to their scripted end.
    finished: HashMap<String, usize>,
    connections: HashMap<u64, TcpStream>,
    next_connection: u64,
    stopped: bool,
}

#[derive(Debug, Clone)]
struct Route {
    script: Arc<Script>,
    released: bool,
}

impl Origin {
    /// Starts an origin on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start() -> io::Result<Self> {
        Self::start_with(false)
    }

    /// Starts an origin with TLS, which those trust that trust [`TLS_CERTIFICATE`]. It ends a connection with a `close_notify`
    /// unless the last answer broke.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start_tls() -> io::Result<Self> {
        Self::start_with(true)
    }

    fn start_with(with_tls: bool) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accept = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept_loop(&listener, &shared, with_tls)
        });
        Ok(Self { shared, address, with_tls, accept: Mutex::new(Some(accept)) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, with TLS `https://…`, followed by `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.with_tls { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// Answers requests of `path` (as on the wire, without query) with `script` from now on; a gate in it
    /// is closed again.
    pub fn route(&self, path: &str, script: Script) {
        let route = Route { script: Arc::new(script), released: false };
        self.shared.lock().routes.insert(path.to_owned(), route);
        self.shared.changed.notify_all();
    }

    /// Opens the gate of `path` for all requests that wait and all that come.
    pub fn release(&self, path: &str) {
        if let Some(route) = self.shared.lock().routes.get_mut(path) {
            route.released = true;
        }
        self.shared.changed.notify_all();
    }

    /// How many requests of `path` have arrived.
    #[must_use]
    pub fn hits(&self, path: &str) -> usize {
        self.shared.lock().hits(path)
    }

    /// All requests so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.clone()
    }

    /// Waits until `count` requests of `path` have arrived.
    ///
    /// # Panics
    /// After [`WAIT_LIMIT`].
    pub fn wait_for_hits(&self, path: &str, count: usize) {
        self.wait(&format!("{count} requests of {path}"), |state| state.hits(path) >= count);
    }

    /// Waits until `count` answers of `path` have been sent to the end of their script.
    ///
    /// # Panics
    /// After [`WAIT_LIMIT`].
    pub fn wait_for_finished(&self, path: &str, count: usize) {
        self.wait(&format!("{count} answers of {path}"), |state| {
            state.finished.get(path).copied().unwrap_or_default() >= count
        });
    }

    /// Switches the origin off: open connections break, new ones are refused. Idempotent.
    pub fn stop(&self) {
        {
            let mut state = self.shared.lock();
            state.stopped = true;
            for connection in state.connections.values() {
                // It may have gone already; then there is nothing left to break.
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        // The accept loop looks at the flag when a connection comes; this one is for it.
        let _ = TcpStream::connect(self.address);
        let handle = self.accept.lock().expect("no holder of this lock panics").take();
        if let Some(handle) = handle {
            let _ = handle.join();
        }
    }

    fn wait(&self, what: &str, reached: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + WAIT_LIMIT;
        let mut state = self.shared.lock();
        while !reached(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited {WAIT_LIMIT:?} for {what}; arrived so far: {:?}", state.requests);
            state = self.shared.changed.wait_timeout(state, left).expect("no holder of this lock panics").0;
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panicking waiter leaves the state consistent: it only reads.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn hits(&self, path: &str) -> usize {
        self.requests.iter().filter(|request| request.path() == path).count()
    }
}

fn accept_loop(listener: &TcpListener, shared: &Arc<Shared>, with_tls: bool) {
    for stream in listener.incoming() {
        let mut state = shared.lock();
        if state.stopped {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(kept) = stream.try_clone() else { continue };
        let id = state.next_connection;
        state.next_connection += 1;
        state.connections.insert(id, kept);
        drop(state);
        let shared = Arc::clone(shared);
        thread::spawn(move || connection::serve(stream, id, &shared, with_tls));
    }
}
