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
/// The limits of every connection on what is read and discarded after its last answer.
pub(crate) const LINGER: LingerLimits =
    LingerLimits { bytes: 256 << 20, total: Duration::from_secs(30), idle: Duration::from_secs(5) };
/// Bytes that are discarded at a time.
const DISCARD_BYTES: usize = 16 * 1024;

/// Limits on the reading after the last answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LingerLimits {
    /// Most bytes.
    bytes: usize,
    /// Longest time.
    total: Duration,
    /// Longest time between two reads.
    idle: Duration,
}

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
    limits: LingerLimits,
    linger: Option<Linger>,
}

impl<S> IntakeGuard<S> {
    pub(crate) fn new(stream: S, intake: Intake, limits: LingerLimits) -> Self {
        Self { stream, intake, limits, linger: None }
    }
}

/// The reading after the last answer.
struct Linger {
    /// Whether the peer has more to send. Otherwise an idle connection would be kept for a while.
    expects_bytes: bool,
    bytes_left: usize,
    idle: Duration,
    deadline: Pin<Box<Sleep>>,
    idle_deadline: Pin<Box<Sleep>>,
}

impl Linger {
    fn new(expects_bytes: bool, LingerLimits { bytes, total, idle }: LingerLimits) -> Self {
        let after = |time| Box::pin(sleep_until(Instant::now() + time));
        Self { expects_bytes, bytes_left: bytes, idle, deadline: after(total), idle_deadline: after(idle) }
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
        let Self { stream, intake, limits, linger } = &mut *self;
        let linger = match linger {
            Some(linger) => linger,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                linger.insert(Linger::new(intake.0.leaves_unread.load(Ordering::Relaxed), *limits))
            }
        };
        linger.poll(cx, stream).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(50);

    /// What the peer does after the last answer.
    enum Peer {
        IsSilent,
        SendsThenCloses(usize),
        SendsForEver,
        Trickles,
    }

    async fn act(mut stream: DuplexStream, peer: Peer) {
        let mut is_open = true;
        match peer {
            Peer::IsSilent => {}
            Peer::SendsThenCloses(count) => {
                stream.write_all(&vec![1; count]).await.unwrap();
                return;
            }
            Peer::SendsForEver => while stream.write_all(&[1; 4096]).await.is_ok() {},
            Peer::Trickles => {
                while is_open {
                    is_open = stream.write_all(&[1]).await.is_ok();
                    tokio::time::sleep(SHORT / 50).await;
                }
            }
        }
        // A peer that keeps its end sees that the other one goes.
        while stream.read(&mut [0; 16]).await.is_ok_and(|count| count > 0) {}
    }

    #[tokio::test]
    async fn the_reading_after_the_last_answer_ends_with_the_peer_or_at_a_limit() {
        let limits = |bytes, total, idle| LingerLimits { bytes, total, idle };
        for (name, expects_bytes, peer, limits) in [
            ("an idle peer is not waited for", false, Peer::IsSilent, limits(1 << 20, LONG, LONG)),
            ("the peer closes", true, Peer::SendsThenCloses(100_000), limits(1 << 20, LONG, LONG)),
            ("no byte", true, Peer::IsSilent, limits(1 << 20, LONG, SHORT)),
            ("too many bytes", true, Peer::SendsForEver, limits(1 << 20, LONG, LONG)),
            ("too slow", true, Peer::Trickles, limits(1 << 20, SHORT, LONG)),
        ] {
            let (own, other) = duplex(1024);
            let peer = tokio::spawn(act(other, peer));
            let intake = Intake::default();
            if expects_bytes {
                intake.leave_unread();
            }
            let mut guard = IntakeGuard::new(own, intake, limits);
            let ended = tokio::time::timeout(LONG / 10, guard.shutdown()).await;
            assert!(ended.is_ok_and(|result| result.is_ok()), "{name}");
            drop(guard);
            peer.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_row_of_bytes_without_data_ends_at_the_limit() {
        for (progresses, expected) in [(true, 3 * MAX_DATALESS_BYTES), (false, MAX_DATALESS_BYTES)] {
            let (own, mut other) = duplex(4096);
            let send = tokio::spawn(async move { other.write_all(&vec![0; 3 * MAX_DATALESS_BYTES]).await });
            let intake = Intake::default();
            let mut guard = IntakeGuard::new(own, intake.clone(), LINGER);
            let (mut count, mut piece) = (0, [0; 4096]);
            while let Ok(read @ 1..) = guard.read(&mut piece).await {
                count += read;
                if progresses {
                    intake.progress();
                }
            }
            assert_eq!(count, expected, "progress: {progresses}");
            drop(guard);
            assert_eq!(send.await.unwrap().is_ok(), progresses);
        }
    }
}
