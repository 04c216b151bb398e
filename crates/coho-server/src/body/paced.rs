//! The body of an answer that is limited by `x-oss-traffic-limit`.
//!
//! It is read like any other, and never slows those that read the same bytes: what is read waits here, at most one piece. Parts of
//! files are not sent by the kernel, which knows no rate.

use super::ResponseBody;
use bytes::Bytes;
use coho_store::{StoreError, TokenBucket};
use http_body::{Body, Frame, SizeHint};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};
use tokio::time::{Sleep, sleep};

/// Pieces handed out per second at least, so that a slow body flows evenly.
const PIECES_PER_SECOND: u64 = 10;

/// A body and its rate.
pub(crate) struct PacedBody {
    pub(super) inner: ResponseBody,
    bucket: TokenBucket,
    piece_bytes: usize,
    /// Read and not handed out.
    rest: Bytes,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl PacedBody {
    pub(super) fn new(inner: ResponseBody, bytes_per_second: u64) -> Self {
        let piece_bytes = usize::try_from(bytes_per_second / PIECES_PER_SECOND).unwrap_or(usize::MAX).max(1);
        let bucket = TokenBucket::without_burst(bytes_per_second, Instant::now());
        Self { inner, bucket, piece_bytes, rest: Bytes::new(), waiting: None }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            if !self.rest.is_empty() {
                let piece = self.rest.split_to(self.rest.len().min(self.piece_bytes));
                let wait = self.bucket.take(piece.len() as u64, Instant::now());
                self.waiting = (!wait.is_zero()).then(|| Box::pin(sleep(wait)));
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => self.rest = frame.into_data().unwrap_or_default(),
                end => return Poll::Ready(end),
            }
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    pub(super) fn size(&self) -> SizeHint {
        let (rest, of_inner) = (self.rest.len() as u64, self.inner.size_hint());
        of_inner.exact().map_or_else(SizeHint::default, |exact| SizeHint::with_exact(exact + rest))
    }
}
