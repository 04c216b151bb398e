//! The stream of a connection to an origin, which looks at the heads of answers before the HTTP library does: see
//! [`HeadScan`](crate::head_scan::HeadScan). Bodies pass unread.

use crate::head_scan::{HeadFaults, HeadScan};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

/// Most bytes that are read at a time while a head is awaited; they are copied once.
const HEAD_PIECE_BYTES: usize = 8 * 1024;

/// What the stream knows of heads, shared with the sender of requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heads(Arc<AwaitedHead>);

#[derive(Debug, Default)]
struct AwaitedHead {
    /// A request was sent whose answer has not had its head.
    is_awaited: AtomicBool,
    faults: Mutex<HeadFaults>,
}

impl Heads {
    /// The next bytes are the head of an answer.
    pub(crate) fn begin(&self) {
        self.0.is_awaited.store(true, Ordering::Relaxed);
    }

    /// The head is read: what was wrong with it. What follows is not looked at, whatever the scan takes it for.
    pub(crate) fn faults(&self) -> HeadFaults {
        self.0.is_awaited.store(false, Ordering::Relaxed);
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, faults: HeadFaults) {
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
        self.0.is_awaited.store(false, Ordering::Relaxed);
    }
}

/// A stream whose heads are looked at.
#[derive(Debug)]
pub(crate) struct CheckedStream<S> {
    stream: S,
    heads: Heads,
    scan: HeadScan,
}

impl<S> CheckedStream<S> {
    pub(crate) fn new(stream: S, heads: Heads) -> Self {
        Self { stream, heads, scan: HeadScan::default() }
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: Read + Unpin> Read for CheckedStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let Self { stream, heads, scan } = self.get_mut();
        if !heads.0.is_awaited.load(Ordering::Relaxed) {
            return Pin::new(stream).poll_read(cx, buf);
        }
        let mut piece = [0; HEAD_PIECE_BYTES];
        let most = buf.remaining().min(piece.len());
        let mut piece = ReadBuf::new(&mut piece[..most]);
        ready!(Pin::new(stream).poll_read(cx, piece.unfilled()))?;
        let read = scan.read(piece.filled()).map_err(|line| io::Error::new(io::ErrorKind::InvalidData, line))?;
        if let Some(faults) = read {
            heads.end(faults);
        }
        buf.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> Write for CheckedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }
}
