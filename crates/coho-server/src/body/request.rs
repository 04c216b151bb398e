//! The body of a request. It is first polled when an operation wants it, so that `100 Continue` is sent only to
//! requests that were authenticated and authorised.

use crate::{
    failure::{Failure, FailureKind},
    intake::Intake,
    memory::{ClientMemory, HeldBytes, Part, Purpose},
};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use coho_store::{BodyError, BodySource, StoreError, TokenBucket};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use sha2::{Digest, Sha256};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Most bytes of an unwanted body that are read before the answer, so that the connection can be kept.
const MAX_DRAIN_BYTES: u64 = 1 << 20;
/// Longest time for reading an unwanted body before the answer.
const MAX_DRAIN_TIME: Duration = Duration::from_secs(2);

/// Limits on a body's arrival.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// Longest time between two pieces.
    pub(crate) idle: Duration,
}

/// A body that has not been read yet, or not to its end.
pub(crate) struct IncomingBody {
    incoming: Incoming,
    limits: BodyLimits,
    /// What the client announced.
    pub(crate) length: Option<u64>,
    /// Whether the client says that it sends one, with a length or in chunks.
    pub(crate) announced: bool,
    expects_continue: bool,
    rest: Rest,
    received: u64,
    intake: Intake,
    sha256: Option<(Sha256, [u8; 32])>,
    memory: Option<Arc<ClientMemory>>,
    /// How fast an operation takes the body.
    pace: Option<Box<TokenBucket>>,
    /// How long it has waited for that.
    delayed: Duration,
    /// What a document takes, as long as its request is executed.
    document: Option<HeldBytes>,
}

/// Bytes for which a document is given room at first; it doubles from there.
const FIRST_DOCUMENT_BYTES: usize = 4 * 1024;

/// What is known of the bytes that were not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Unread,
    Nothing,
    /// The connection has failed, or the framing is invalid.
    Broken,
}

impl IncomingBody {
    pub(crate) fn new(incoming: Incoming, headers: &HeaderMap, limits: BodyLimits, intake: Intake) -> Self {
        let length =
            headers.get(header::CONTENT_LENGTH).and_then(|value| coho_model::decimal(value.to_str().ok()?.trim()));
        let announced = length.is_some() || headers.contains_key(header::TRANSFER_ENCODING);
        let expects_continue = headers.contains_key(header::EXPECT);
        Self {
            incoming,
            limits,
            length,
            announced,
            expects_continue,
            rest: Rest::Unread,
            received: 0,
            intake,
            sha256: None,
            memory: None,
            pace: None,
            delayed: Duration::ZERO,
            document: None,
        }
    }

    /// Counts the memory for a document there.
    pub(crate) fn count_document(mut self, memory: Arc<ClientMemory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// How long the reading of the body has waited to keep to its rate, if it has one.
    pub(crate) fn delayed(&self) -> Option<Duration> {
        self.pace.as_ref().map(|_| self.delayed)
    }

    /// Takes the body at this rate at most.
    pub(crate) fn limit(&mut self, bytes_per_second: u64) {
        self.pace = Some(Box::new(TokenBucket::without_burst(bytes_per_second, Instant::now())));
    }

    /// The body must have this digest (`x-oss-content-sha256`).
    pub(crate) fn expect_sha256(&mut self, digest: [u8; 32]) {
        self.sha256 = Some((Sha256::new(), digest));
    }

    /// Reads a small body whole; more than `limit` bytes are refused.
    pub(crate) async fn read_bounded(&mut self, limit: usize) -> Result<Bytes, Failure> {
        if self.length.is_some_and(|length| length > limit as u64) {
            return Err(FailureKind::BodyTooLarge { limit: limit as u64 }.into());
        }
        let mut whole = BytesMut::new();
        while let Some(bytes) = self.next().await.map_err(StoreError::Body)? {
            if whole.len() + bytes.len() > limit {
                return Err(FailureKind::BodyTooLarge { limit: limit as u64 }.into());
            }
            self.make_room(&mut whole, bytes.len())?;
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }

    /// Lets a document grow if the sum limits allow it.
    fn make_room(&mut self, whole: &mut BytesMut, more: usize) -> Result<(), Failure> {
        let needed = whole.len() + more;
        if needed <= whole.capacity() {
            return Ok(());
        }
        let capacity = needed.max(2 * whole.capacity()).max(FIRST_DOCUMENT_BYTES);
        self.hold(capacity)?;
        whole.reserve(capacity - whole.len());
        Ok(())
    }

    /// Counts this many bytes of the body as kept, in all, if the sum limits allow it.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        if self.document.is_none() {
            self.document = self.memory.as_ref().map(|memory| memory.hold(Purpose::Documents));
        }
        if self.document.as_mut().is_some_and(|document| document.grow_to(bytes, Part::Whole).is_err()) {
            // The rest is not read: it would keep a connection that memory is short for.
            self.rest = Rest::Broken;
            return Err(FailureKind::NoMemory.into());
        }
        Ok(())
    }

    /// Reads a small rest that no operation wanted, so that the connection can serve another request; false if something
    /// is left. A client that waits for `100 Continue` has sent nothing, and must not be asked to.
    pub(crate) async fn drain(&mut self) -> bool {
        if self.rest == Rest::Unread && !self.incoming.is_end_stream() {
            if self.expects_continue || self.incoming.size_hint().lower() > MAX_DRAIN_BYTES {
                return false;
            }
            // At the limit of time the rest stays unread.
            let _ = tokio::time::timeout(MAX_DRAIN_TIME, self.drain_bytes()).await;
        }
        self.rest == Rest::Nothing || self.rest == Rest::Unread && self.incoming.is_end_stream()
    }

    async fn drain_bytes(&mut self) {
        let mut count = 0;
        while count < MAX_DRAIN_BYTES {
            let Ok(Some(bytes)) = self.frame().await else { return };
            count += bytes.len() as u64;
        }
    }

    /// Bytes that have been read, wanted or not.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The next piece, which may be empty.
    async fn frame(&mut self) -> Result<Option<Bytes>, BodyError> {
        match self.incoming.frame().await {
            Some(Ok(frame)) => {
                let bytes = frame.into_data().unwrap_or_default();
                if !bytes.is_empty() {
                    self.intake.data(bytes.len());
                    self.received += bytes.len() as u64;
                }
                Ok(Some(bytes))
            }
            Some(Err(_)) => {
                self.rest = Rest::Broken;
                Err(BodyError::Incomplete)
            }
            None => {
                self.rest = Rest::Nothing;
                Ok(None)
            }
        }
    }
}

#[async_trait]
impl BodySource for IncomingBody {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let idle = self.limits.idle;
            let frame = tokio::time::timeout(idle, self.frame()).await.map_err(|_| BodyError::Stalled)?;
            let Some(bytes) = frame? else {
                let matches = self.sha256.take().is_none_or(|(hash, expected)| *hash.finalize() == expected);
                return if matches { Ok(None) } else { Err(BodyError::DigestMismatch) };
            };
            if let Some((hash, _)) = &mut self.sha256 {
                hash.update(&bytes);
            }
            if !bytes.is_empty() {
                if let Some(pace) = &mut self.pace {
                    let wait = pace.take(bytes.len() as u64, Instant::now());
                    self.delayed += wait;
                    tokio::time::sleep(wait).await;
                }
                return Ok(Some(bytes));
            }
        }
    }
}
