//! The state of each origin, shared by all buckets: its concurrent requests and its circuit breaker.

use crate::{
    BusyLimit, MirrorFailure,
    breaker::{Breaker, FailedStage, KeyHash},
    pooled_body::PooledBody,
};
use coho_store::events::Events;
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

/// Most concurrent requests to one origin. Further requests wait in the order of arrival, so that each bucket and object gets
/// its turn.
pub const MAX_REQUESTS_PER_ORIGIN: usize = 512;
/// Most origins with a state in memory; above it, unused origins that are healthy are dropped, and if all have failed, all unused
/// ones.
const MAX_ORIGINS: usize = 4096;

/// All origins.
#[derive(Debug)]
pub(crate) struct Origins {
    table: Mutex<HashMap<String, Arc<Origin>>>,
    events: Arc<Events>,
}

/// One origin: a scheme, a host and a port.
#[derive(Debug)]
pub(crate) struct Origin {
    name: String,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    outcomes: Mutex<OriginOutcomes>,
    events: Arc<Events>,
}

/// What the requests to an origin have come to.
#[derive(Debug, Default)]
struct OriginOutcomes {
    breaker: Breaker,
    last_answer: Option<Instant>,
    last_failure: Option<Instant>,
}

/// The state of an origin, for operators.
#[derive(Debug, Clone)]
pub struct OriginStatus {
    /// Scheme, host and port.
    pub origin: String,
    /// Requests in progress.
    pub requests: usize,
    /// Requests that wait for one in progress to end.
    pub waiting: usize,
    /// Failures since the last success: to connect, and of different keys after connecting.
    pub failures: usize,
    /// State of the circuit breaker: `closed` (requests are sent), `open` (they are refused) or `half-open` (one is sent as a
    /// probe).
    pub breaker: &'static str,
    /// The last failure since the last success.
    pub last_failure: Option<String>,
    /// Time since the breaker opened; none while it is closed.
    pub open_for: Option<Duration>,
    /// Time since the last request that counted as a success; none if there was none.
    pub since_success: Option<Duration>,
    /// Time since the last request that counted as a failure; none if there was none.
    pub since_failure: Option<Duration>,
}

/// The body of an origin's answer, with its permit among the concurrent requests.
#[derive(Debug)]
pub(crate) struct OriginBody {
    body: PooledBody,
    _permit: OwnedSemaphorePermit,
}

/// A request that the breaker has admitted. If it is dropped without an outcome, the breaker learns nothing from it.
pub(crate) struct OriginAttempt<'a> {
    origin: &'a Origin,
    key: KeyHash,
    is_reported: bool,
}

/// Scheme, host and port of a URL, without the authority's user information, which may be a secret.
pub(crate) fn name_of(uri: &http::Uri) -> String {
    let (scheme, host) = (uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
    match uri.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

/// The name of the origin of a rule's URL, which may contain what only a request replaces; `None` if it cannot be parsed.
pub fn origin_name(url: &str) -> Option<String> {
    let uri: http::Uri = coho_rules::encoded_address(url).to_string().parse().ok()?;
    uri.host().is_some().then(|| name_of(&uri))
}

impl Origins {
    pub(crate) fn new(events: Arc<Events>) -> Self {
        Self { table: Mutex::default(), events }
    }

    pub(crate) fn of(&self, uri: &http::Uri) -> Arc<Origin> {
        let name = name_of(uri);
        let mut origins = self.lock();
        if origins.len() >= MAX_ORIGINS && !origins.contains_key(&name) {
            origins.retain(|_, origin| Arc::strong_count(origin) > 1 || !origin.outcomes().breaker.is_healthy());
            if origins.len() >= MAX_ORIGINS {
                // All others have failed, as invented names do.
                origins.retain(|_, origin| Arc::strong_count(origin) > 1);
            }
        }
        let new = |name: &String| Arc::new(Origin::new(name.clone(), self.events.clone()));
        origins.entry(name).or_insert_with_key(new).clone()
    }

    /// Closes the breaker of the origin with this name and forgets its failures. Returns its state before; `None` if it is not
    /// among the recently used ones.
    pub(crate) fn reset(&self, name: &str) -> Option<OriginStatus> {
        let origin = self.lock().get(name).cloned()?;
        let before = origin.status();
        origin.change(|outcomes| outcomes.breaker.reset());
        Some(before)
    }

    pub(crate) fn status(&self) -> Vec<OriginStatus> {
        let mut all: Vec<_> = self.lock().values().map(|origin| origin.status()).collect();
        all.sort_by(|a, b| a.origin.cmp(&b.origin));
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Origin>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    fn new(name: String, events: Arc<Events>) -> Self {
        let slots = Arc::new(Semaphore::new(MAX_REQUESTS_PER_ORIGIN));
        Self { name, slots, waiting: AtomicUsize::new(0), outcomes: Mutex::default(), events }
    }

    /// Waits for a permit among the concurrent requests, in the order of arrival.
    pub(crate) async fn acquire(&self, limit: Duration) -> Result<OwnedSemaphorePermit, MirrorFailure> {
        if let Ok(permit) = self.slots.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = WaitingRequest::begin(&self.waiting);
        match tokio::time::timeout(limit, self.slots.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(MirrorFailure::Busy(BusyLimit::OriginRequests)),
        }
    }

    /// Asks the breaker for admission, unless the request ignores the breaker. The outcome counts in both cases.
    pub(crate) fn attempt(&self, key: KeyHash, ignores_breaker: bool) -> Result<OriginAttempt<'_>, MirrorFailure> {
        if !ignores_breaker {
            self.change(|outcomes| outcomes.breaker.admit(key, Instant::now()))?;
        }
        Ok(OriginAttempt { origin: self, key, is_reported: false })
    }

    fn outcomes(&self) -> MutexGuard<'_, OriginOutcomes> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a change, and reports a changed state of the breaker.
    fn change<T>(&self, change: impl FnOnce(&mut OriginOutcomes) -> T) -> T {
        let outcomes = &mut *self.outcomes();
        let before = outcomes.breaker.position();
        let result = change(outcomes);
        let breaker = &outcomes.breaker;
        if breaker.position() != before {
            self.report(breaker);
        }
        result
    }

    fn report(&self, breaker: &Breaker) {
        let (origin, state, failures) = (&*self.name, breaker.position(), breaker.failures());
        let last_failure = || breaker.last_failure().map(ToString::to_string);
        self.events.breaker_changed(|| (origin.to_owned(), state, failures, last_failure()));
        match state {
            // After each failed probe it opens again.
            "open" if breaker.is_first_pause() => {
                let error = last_failure().unwrap_or_default();
                tracing::warn!(origin.url = origin, failures, error, "circuit breaker opened");
            }
            "closed" => tracing::info!(origin.url = origin, "circuit breaker closed"),
            _ => {}
        }
    }

    fn status(&self) -> OriginStatus {
        let OriginOutcomes { breaker, last_answer, last_failure } = &*self.outcomes();
        OriginStatus {
            origin: self.name.clone(),
            requests: MAX_REQUESTS_PER_ORIGIN - self.slots.available_permits(),
            waiting: self.waiting.load(Ordering::Relaxed),
            failures: breaker.failures(),
            breaker: breaker.state(Instant::now()),
            last_failure: breaker.last_failure().map(ToString::to_string),
            open_for: breaker.open_since().map(|since| since.elapsed()),
            since_success: last_answer.map(|at| at.elapsed()),
            since_failure: last_failure.map(|at| at.elapsed()),
        }
    }
}

impl OriginOutcomes {
    fn answered(&mut self, key: KeyHash, now: Instant) {
        self.last_answer = Some(now);
        self.breaker.answered(key);
    }

    fn failed(&mut self, key: KeyHash, stage: FailedStage, failure: MirrorFailure, now: Instant) {
        self.last_failure = Some(now);
        self.breaker.failed(key, stage, failure, now);
    }
}

impl OriginAttempt<'_> {
    /// Reports the outcome: a status, or a failure with its stage. A status that is `expected` is not a failure, and a request
    /// with shorter timeouts than the default (`is_impatient`) does not count a timeout against the origin.
    pub(crate) fn ended(
        mut self,
        outcome: Result<http::StatusCode, &(MirrorFailure, FailedStage)>,
        expected: impl Fn(http::StatusCode) -> bool,
        is_impatient: bool,
    ) {
        self.is_reported = true;
        let (key, now) = (self.key, Instant::now());
        self.origin.change(|outcomes| match outcome {
            Ok(status) if expected(status) => outcomes.answered(key, now),
            Err((MirrorFailure::Timeout | MirrorFailure::DnsTimeout, _)) if is_impatient => {
                outcomes.breaker.abandoned(key);
            }
            // A proxy answers with these when its origin does not answer.
            Ok(status) if matches!(status.as_u16(), 502..=504) => {
                outcomes.failed(key, FailedStage::Connected, MirrorFailure::Status(status.as_u16()), now);
            }
            Ok(_) => outcomes.answered(key, now),
            Err((failure, stage)) if failure.is_no_answer() => outcomes.failed(key, *stage, failure.clone(), now),
            Err(_) => outcomes.breaker.abandoned(key),
        });
    }
}

impl Drop for OriginAttempt<'_> {
    fn drop(&mut self) {
        if !self.is_reported {
            self.origin.change(|outcomes| outcomes.breaker.abandoned(self.key));
        }
    }
}

/// Counts a waiting request until it is dropped.
struct WaitingRequest<'a>(&'a AtomicUsize);

impl<'a> WaitingRequest<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for WaitingRequest<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl OriginBody {
    pub(crate) fn new(body: PooledBody, permit: OwnedSemaphorePermit) -> Self {
        Self { body, _permit: permit }
    }

    /// The address of the connection.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.body.peer()
    }

    /// See [`PooledBody::has_trailing_data`].
    pub(crate) fn has_trailing_data(&mut self) -> bool {
        self.body.has_trailing_data()
    }

    /// See [`PooledBody::has_announced_end`].
    pub(crate) fn has_announced_end(&mut self) -> bool {
        self.body.has_announced_end()
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_request_beyond_the_limit_waits_for_another_to_end_and_is_refused_by_name() {
        let origin = Origins::new(Arc::default()).of(&http::Uri::from_static("http://o.test/k"));
        let mut permits = Vec::new();
        for _ in 0..MAX_REQUESTS_PER_ORIGIN {
            permits.push(origin.acquire(Duration::ZERO).await.unwrap());
        }
        let refused = origin.acquire(Duration::ZERO).await;
        assert!(matches!(refused, Err(MirrorFailure::Busy(BusyLimit::OriginRequests))), "{refused:?}");
        let mut waiting = Box::pin(origin.acquire(Duration::from_secs(600)));
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(origin.status().waiting, 1);
        drop(permits.pop());
        drop(waiting.await.unwrap());
        assert_eq!(origin.status().waiting, 0);
    }
}
