//! The rest that a client still sends after the last answer. A connection that is closed with unread bytes is reset, and
//! its client may lose the answer, so the rest is read and discarded, within limits.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// The limits of every connection on what is read and discarded after its last answer.
pub(crate) const LINGER: LingerLimits =
    LingerLimits { bytes: 256 << 20, total: Duration::from_secs(30), idle: Duration::from_secs(5) };
/// The same after the refusal of a head, for which memory is short.
pub(crate) const SHORT_LINGER: LingerLimits =
    LingerLimits { bytes: 1 << 20, total: Duration::from_secs(2), idle: Duration::from_secs(1) };
/// Bytes that are discarded at a time.
const DISCARD_BYTES: usize = 16 * 1024;

/// Limits on the reading after the last answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LingerLimits {
    /// Most bytes.
    pub(crate) bytes: usize,
    /// Longest time.
    pub(crate) total: Duration,
    /// Longest time between two reads.
    pub(crate) idle: Duration,
}

/// The reading after the last answer.
pub(crate) struct Linger {
    /// Whether the peer has more to send. Otherwise an idle connection would be kept for a while.
    expects_bytes: bool,
    bytes_left: usize,
    idle: Duration,
    deadline: Pin<Box<Sleep>>,
    idle_deadline: Pin<Box<Sleep>>,
}

impl Linger {
    pub(crate) fn new(expects_bytes: bool, LingerLimits { bytes, total, idle }: LingerLimits) -> Self {
        let after = |time| Box::pin(sleep_until(Instant::now() + time));
        Self { expects_bytes, bytes_left: bytes, idle, deadline: after(total), idle_deadline: after(idle) }
    }

    /// Ready when the peer has closed, or at a limit.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, stream: &mut (impl AsyncRead + Unpin)) -> Poll<()> {
        let mut discarded = [0; DISCARD_BYTES];
        loop {
            let mut buf = ReadBuf::new(&mut discarded);
            match Pin::new(&mut *stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() && buf.filled().len() <= self.bytes_left => {
                    self.expects_bytes = true;
                    self.bytes_left -= buf.filled().len();
                    self.idle_deadline.as_mut().reset(Instant::now() + self.idle);
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        let is_over = |deadline: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>| deadline.as_mut().poll(cx).is_ready();
        if !self.expects_bytes || is_over(&mut self.deadline, cx) || is_over(&mut self.idle_deadline, cx) {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}
