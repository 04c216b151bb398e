//! What a connection reads beside the data of bodies: a limit on framing without data, and the rest that a client still
//! sends after the last answer. A connection that is closed with unread bytes is reset, and its client may lose the answer.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// Most bytes that are read in a row without a head or a byte of data, such as an endless size line of a chunk. A read
/// that ends in data may fill a connection's buffer (128 KiB), so the limit is above that.
const MAX_DATALESS_BYTES: usize = 256 * 1024;
/// Most bytes that are read and discarded after the last answer.
const MAX_LINGER_BYTES: usize = 256 << 20;
/// Longest time of reading after the last answer.
const MAX_LINGER_TIME: Duration = Duration::from_secs(30);
/// Longest time between two reads after the last answer.
const MAX_LINGER_IDLE_TIME: Duration = Duration::from_secs(5);
/// Bytes that are discarded at a time.
const DISCARD_BYTES: usize = 16 * 1024;

/// What the requests of a connection tell its reader.
#[derive(Debug, Clone, Default)]
pub(crate) struct Intake(Arc<IntakeState>);

#[derive(Debug, Default)]
struct IntakeState {
    dataless_bytes: AtomicUsize,
    leaves_unread: AtomicBool,
}

impl Intake {
    /// A head or data has arrived.
    pub(crate) fn progress(&self) {
        self.0.dataless_bytes.store(0, Ordering::Relaxed);
    }

    /// The last answer comes before the end of its request.
    pub(crate) fn leave_unread(&self) {
        self.0.leaves_unread.store(true, Ordering::Relaxed);
    }
}

/// A stream with these limits. Its shutdown lasts until the peer has closed, too, if the peer still sends.
pub(crate) struct IntakeGuard<S> {
    stream: S,
    intake: Intake,
    linger: Option<Linger>,
}

impl<S> IntakeGuard<S> {
    pub(crate) fn new(stream: S, intake: Intake) -> Self {
        Self { stream, intake, linger: None }
    }
}

/// The reading after the last answer.
struct Linger {
    /// Whether the peer has more to send. Otherwise an idle connection would be kept for a while.
    expects_bytes: bool,
    bytes_left: usize,
    deadline: Pin<Box<Sleep>>,
    idle_deadline: Pin<Box<Sleep>>,
}

impl Linger {
    fn new(expects_bytes: bool) -> Self {
        let after = |time| Box::pin(sleep_until(Instant::now() + time));
        let (deadline, idle_deadline) = (after(MAX_LINGER_TIME), after(MAX_LINGER_IDLE_TIME));
        Self { expects_bytes, bytes_left: MAX_LINGER_BYTES, deadline, idle_deadline }
    }

    /// Ready when the peer has closed, or at a limit.
    fn poll(&mut self, cx: &mut Context<'_>, stream: &mut (impl AsyncRead + Unpin)) -> Poll<()> {
        let mut discarded = [0; DISCARD_BYTES];
        loop {
            let mut buf = ReadBuf::new(&mut discarded);
            match Pin::new(&mut *stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() && buf.filled().len() <= self.bytes_left => {
                    self.expects_bytes = true;
                    self.bytes_left -= buf.filled().len();
                    self.idle_deadline.as_mut().reset(Instant::now() + MAX_LINGER_IDLE_TIME);
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

impl<S: AsyncRead + Unpin> AsyncRead for IntakeGuard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, intake, .. } = &mut *self;
        let dataless_bytes = &intake.0.dataless_bytes;
        if dataless_bytes.load(Ordering::Relaxed) >= MAX_DATALESS_BYTES {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "too much framing without data")));
        }
        let before = buf.filled().len();
        ready!(Pin::new(stream).poll_read(cx, buf))?;
        dataless_bytes.fetch_add(buf.filled().len() - before, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for IntakeGuard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, intake, linger } = &mut *self;
        let linger = match linger {
            Some(linger) => linger,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                linger.insert(Linger::new(intake.0.leaves_unread.load(Ordering::Relaxed)))
            }
        };
        linger.poll(cx, stream).map(Ok)
    }
}
