//! The requests of the API as they are answered, for open streams, and the last ones that were refused or have failed.
//!
//! Without a stream an answer below 400 costs one atomic load. What signs a request, and what may be secret, is never kept.

mod draft;

pub(crate) use draft::{PendingRequest, RequestDraft, RequestEnd};

use coho_admin_api::request_log::LoggedRequest;
use http::StatusCode;
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::broadcast;

/// Most refused and failed requests that are kept; the oldest go first.
const MAX_KEPT_REQUESTS: usize = 500;
/// Most requests that wait for the slowest stream; the oldest go first.
const MAX_WAITING_REQUESTS: usize = 4096;

/// The log.
pub(crate) struct RequestLog {
    sender: broadcast::Sender<Arc<LoggedRequest>>,
    streams: Arc<AtomicUsize>,
    /// Locked while a request is sent or a stream begins, so that a stream gets each request once.
    kept: Mutex<VecDeque<Arc<LoggedRequest>>>,
}

/// A stream of requests.
pub(crate) struct RequestReader {
    pub(crate) receiver: broadcast::Receiver<Arc<LoggedRequest>>,
    streams: Arc<AtomicUsize>,
}

impl RequestLog {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(MAX_WAITING_REQUESTS), streams: Arc::default(), kept: Mutex::default() }
    }

    /// Whether a request with this answer is to be recorded.
    pub(crate) fn wants(&self, status: StatusCode) -> bool {
        status.as_u16() >= 400 || self.streams.load(Ordering::Relaxed) > 0
    }

    /// Follows the requests from now on. Also returns those that are kept, oldest first.
    pub(crate) fn subscribe(&self) -> (RequestReader, Vec<Arc<LoggedRequest>>) {
        let kept = self.kept();
        self.streams.fetch_add(1, Ordering::Relaxed);
        let reader = RequestReader { receiver: self.sender.subscribe(), streams: self.streams.clone() };
        (reader, kept.iter().cloned().collect())
    }

    fn record(&self, request: LoggedRequest) {
        let request = Arc::new(request);
        let mut kept = self.kept();
        if request.status >= 400 {
            if kept.len() >= MAX_KEPT_REQUESTS {
                kept.pop_front();
            }
            kept.push_back(request.clone());
        }
        // The last stream may have ended.
        let _ = self.sender.send(request);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<LoggedRequest>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RequestReader {
    fn drop(&mut self) {
        self.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for RequestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestLog").field("streams", &self.streams).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::request_log::RequestAnswer;

    fn request(number: usize, status: u16) -> LoggedRequest {
        LoggedRequest {
            at: String::new(),
            request_id: number.to_string(),
            client: None,
            method: "GET".into(),
            operation: "GetObject".into(),
            bucket: None,
            key: None,
            path: None,
            query: String::new(),
            status,
            code: None,
            answered: RequestAnswer::Refused,
            in_bytes: 0,
            out_bytes: 0,
            duration_ms: 0.0,
            user_agent: None,
        }
    }

    #[test]
    fn only_refused_requests_are_kept_without_a_stream_and_their_number_is_limited() {
        let log = RequestLog::new();
        assert!(!log.wants(StatusCode::OK) && log.wants(StatusCode::NOT_FOUND));
        (0..MAX_KEPT_REQUESTS + 3).for_each(|number| log.record(request(number, 404)));
        let (mut reader, kept) = log.subscribe();
        assert_eq!((kept.len(), kept[0].request_id.as_str()), (MAX_KEPT_REQUESTS, "3"));
        assert!(log.wants(StatusCode::OK));
        log.record(request(7, 200));
        assert_eq!(reader.receiver.try_recv().unwrap().status, 200);
        drop(reader);
        assert!(!log.wants(StatusCode::OK));
        assert_eq!(log.subscribe().1.len(), MAX_KEPT_REQUESTS);
    }
}
