//! The state of each origin, shared by all buckets: its concurrent requests and its circuit breaker.

use crate::{
    BusyLimit, MirrorFailure,
    breaker::{Breaker, FailedStage, KeyHash},
    pooled_body::PooledBody,
};
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
#[derive(Debug, Default)]
pub(crate) struct Origins(Mutex<HashMap<String, Arc<Origin>>>);

/// One origin: a scheme, a host and a port.
#[derive(Debug)]
pub(crate) struct Origin {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    breaker: Mutex<Breaker>,
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

impl Origins {
    pub(crate) fn of(&self, uri: &http::Uri) -> Arc<Origin> {
        let name = name_of(uri);
        let mut origins = self.lock();
        if origins.len() >= MAX_ORIGINS && !origins.contains_key(&name) {
            origins.retain(|_, origin| Arc::strong_count(origin) > 1 || !origin.breaker().is_healthy());
            if origins.len() >= MAX_ORIGINS {
                // All others have failed, as invented names do.
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
            self.breaker().admit(key, Instant::now())?;
        }
        Ok(OriginAttempt { origin: self, key, is_reported: false })
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
        let mut breaker = self.origin.breaker();
        match outcome {
            Ok(status) if expected(status) => breaker.answered(key),
            Err((MirrorFailure::Timeout | MirrorFailure::DnsTimeout, _)) if is_impatient => breaker.abandoned(key),
            // A proxy answers with these when its origin does not answer.
            Ok(status) if matches!(status.as_u16(), 502..=504) => {
                breaker.failed(key, FailedStage::Connected, MirrorFailure::Status(status.as_u16()), now);
            }
            Ok(_) => breaker.answered(key),
            Err((failure, stage)) if failure.is_no_answer() => breaker.failed(key, *stage, failure.clone(), now),
            Err(_) => breaker.abandoned(key),
        }
    }
}

impl Drop for OriginAttempt<'_> {
    fn drop(&mut self) {
        if !self.is_reported {
            self.origin.breaker().abandoned(self.key);
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
        let origin = Origins::default().of(&http::Uri::from_static("http://o.test/k"));
        let mut permits = Vec::new();
        for _ in 0..MAX_REQUESTS_PER_ORIGIN {
            permits.push(origin.acquire(Duration::ZERO).await.unwrap());
        }
        let refused = origin.acquire(Duration::ZERO).await;
        assert!(matches!(refused, Err(MirrorFailure::Busy(BusyLimit::OriginRequests))), "{refused:?}");
        let mut waiting = Box::pin(origin.acquire(Duration::from_secs(600)));
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(origin.status("o").waiting, 1);
        drop(permits.pop());
        drop(waiting.await.unwrap());
        assert_eq!(origin.status("o").waiting, 0);
    }
}
