//! What is known of each origin, whoever asks it: how many requests are under way, and whether it answers at all.

use crate::{MirrorFailure, breaker::Breaker, pool::Exchange};
use hyper::body::{Body, Frame, SizeHint};
use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most requests at a time to one origin. Those that come then wait in their order, so that no bucket and no object
/// is passed over.
pub const MAX_REQUESTS_PER_ORIGIN: usize = 512;
/// Most origins that are remembered; then those are forgotten that nobody asks and that answer, or if there are none, those
/// that nobody asks.
const MAX_ORIGINS: usize = 4096;

/// All origins.
#[derive(Debug, Default)]
pub(crate) struct Origins(Mutex<HashMap<String, Arc<Origin>>>);

/// One origin: a scheme, a host and a port.
#[derive(Debug)]
pub(crate) struct Origin {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    breaker: Mutex<Breaker>,
}

/// What is known of an origin, to be shown.
#[derive(Debug, Clone)]
pub struct OriginStatus {
    /// Scheme, host and port.
    pub origin: String,
    /// Requests under way.
    pub requests: usize,
    /// Requests that wait for one of these to end.
    pub waiting: usize,
    /// Failures in a row.
    pub failures: u32,
    /// `closed` (it is asked), `open` (it is not, for a moment) or `half-open` (one request finds out).
    pub breaker: &'static str,
    /// Why it failed last, if it did.
    pub last_failure: Option<String>,
}

/// A body of an origin, with its place among the requests to it.
#[derive(Debug)]
pub(crate) struct OriginBody {
    body: Exchange,
    _place: OwnedSemaphorePermit,
}

/// A request that the breaker has let through. If it is given up, that says nothing about the origin.
pub(crate) struct Attempt<'a> {
    origin: &'a Origin,
    is_told: bool,
}

impl Origins {
    pub(crate) fn of(&self, uri: &http::Uri) -> Arc<Origin> {
        let scheme = uri.scheme_str().unwrap_or_default();
        // Without the user that an authority may name: it could be a secret.
        let host = uri.host().unwrap_or_default();
        let name = match uri.port_u16() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        let mut origins = self.lock();
        if origins.len() >= MAX_ORIGINS && !origins.contains_key(&name) {
            origins.retain(|_, origin| Arc::strong_count(origin) > 1 || !origin.breaker().is_well());
            if origins.len() >= MAX_ORIGINS {
                // All of the others have failed, as names have that somebody makes up.
                origins.retain(|_, origin| Arc::strong_count(origin) > 1);
            }
        }
        origins.entry(name).or_insert_with(|| Arc::new(Origin::new())).clone()
    }

    pub(crate) fn status(&self) -> Vec<OriginStatus> {
        let mut all: Vec<_> = self.lock().iter().map(|(name, origin)| origin.status(name)).collect();
        all.sort_by(|a, b| a.origin.cmp(&b.origin));
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Origin>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    fn new() -> Self {
        let slots = Arc::new(Semaphore::new(MAX_REQUESTS_PER_ORIGIN));
        Self { slots, waiting: AtomicUsize::new(0), breaker: Mutex::default() }
    }

    /// Waits for a place among the requests to it, in the order of coming.
    pub(crate) async fn place(&self, limit: Duration) -> Result<OwnedSemaphorePermit, MirrorFailure> {
        if let Ok(place) = self.slots.clone().try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = Waiting::begin(&self.waiting);
        match tokio::time::timeout(limit, self.slots.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(MirrorFailure::Busy),
        }
    }

    /// Whether it may be asked now; one that `insists` is always let through, and what it meets counts all the same.
    pub(crate) fn attempt(&self, insists: bool) -> Result<Attempt<'_>, MirrorFailure> {
        if !insists {
            self.breaker().admit(Instant::now())?;
        }
        Ok(Attempt { origin: self, is_told: false })
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self, name: &str) -> OriginStatus {
        let breaker = self.breaker();
        OriginStatus {
            origin: name.to_owned(),
            requests: MAX_REQUESTS_PER_ORIGIN - self.slots.available_permits(),
            waiting: self.waiting.load(Ordering::Relaxed),
            failures: breaker.failures(),
            breaker: breaker.state(Instant::now()),
            last_failure: breaker.last_failure().map(ToString::to_string),
        }
    }
}

impl Attempt<'_> {
    /// What the origin did: it answered with a status, or not at all. Of those that are `expected` none is a failure, and who
    /// is `hasty` does not decide for others that it is too slow.
    pub(crate) fn ended(
        mut self,
        outcome: Result<http::StatusCode, &MirrorFailure>,
        expected: impl Fn(http::StatusCode) -> bool,
        hasty: bool,
    ) {
        self.is_told = true;
        let mut breaker = self.origin.breaker();
        match outcome {
            Ok(status) if expected(status) => breaker.answered(),
            Err(MirrorFailure::Timeout) if hasty => breaker.given_up(),
            // What stands in front of an origin says so that it has none.
            Ok(status) if matches!(status.as_u16(), 502..=504) => {
                breaker.failed(MirrorFailure::Status(status.as_u16()), Instant::now());
            }
            Ok(_) => breaker.answered(),
            Err(failure) if failure.is_of_the_origin() => breaker.failed(failure.clone(), Instant::now()),
            Err(_) => breaker.given_up(),
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.origin.breaker().given_up();
        }
    }
}

/// Counts who waits, also if they give up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl OriginBody {
    pub(crate) fn new(body: Exchange, place: OwnedSemaphorePermit) -> Self {
        Self { body, _place: place }
    }

    /// The address that was connected to.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.body.peer()
    }
}

impl OriginBody {
    /// See [`Exchange::has_surplus`].
    pub(crate) fn has_surplus(&mut self) -> bool {
        self.body.has_surplus()
    }
}

impl Body for OriginBody {
    type Data = bytes::Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
