//! What a connection reads: how much memory its heads may take, how much framing there may be in a body beside its data,
//! and the rest that a client still sends after the last answer.

use crate::{
    linger::{Linger, LingerLimits, SHORT_LINGER},
    memory::{HeldBytes, Part},
    own_answer::{OwnAnswer, OwnAnswers},
};
use http_body::Body;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of a connection's read buffer that are not counted. Nearly every head fits into them.
const FREE_BUFFER_BYTES: usize = 16 * 1024;
/// Bytes of a read for which the buffer may not grow.
const SMALL_READ_BYTES: usize = 8 * 1024;
/// Most bytes of framing without data that are read in a row, such as an endless size line of a chunk. Another read is
/// not begun beyond it.
const MAX_FRAMING_BYTES: usize = 16 * 1024;
/// Bytes of one read of a body in chunks. Together with the framing before it this is less than the 100,000 zeros before
/// a size that no client sends.
const CHUNKED_READ_BYTES: usize = 64 * 1024;
/// Bytes of framing that one byte of data excuses: more than a chunk of one byte has, also with an extension.
const FRAMING_BYTES_PER_DATA_BYTE: usize = 256;

/// What the requests of a connection tell its reader.
#[derive(Debug, Clone, Default)]
pub(crate) struct Intake(Arc<IntakeState>);

#[derive(Debug, Default)]
struct IntakeState {
    /// A [`IntakePhase`].
    phase: AtomicU8,
    /// Bytes of a head, or of framing.
    count: AtomicUsize,
    leaves_unread: AtomicBool,
    /// [`QUIET`], [`ANSWERING`] or [`ANSWERED`].
    answer: AtomicU8,
}

/// What is read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntakePhase {
    Head,
    /// A body of a known length: all its bytes are data.
    Data,
    Chunks,
}

impl IntakePhase {
    /// By the framing of this body.
    pub(crate) fn after_head(body: &impl Body) -> Self {
        match body.size_hint().exact() {
            Some(0) => Self::Head,
            Some(_) => Self::Data,
            None => Self::Chunks,
        }
    }
}

/// No answer of a request is being sent.
const QUIET: u8 = 0;
/// A request has begun.
const ANSWERING: u8 = 1;
/// The whole answer is handed out, and perhaps not written yet.
const ANSWERED: u8 = 2;

impl Intake {
    /// A head has arrived, and this follows it.
    pub(crate) fn begin_request(&self, next: IntakePhase) {
        self.0.answer.store(ANSWERING, Ordering::Relaxed);
        self.enter(next);
    }

    /// The request is read to its end.
    pub(crate) fn end_request(&self) {
        if self.phase() != IntakePhase::Head {
            self.enter(IntakePhase::Head);
        }
    }

    fn enter(&self, phase: IntakePhase) {
        self.0.phase.store(phase as u8, Ordering::Relaxed);
        self.0.count.store(0, Ordering::Relaxed);
    }

    fn phase(&self) -> IntakePhase {
        match self.0.phase.load(Ordering::Relaxed) {
            phase if phase == IntakePhase::Head as u8 => IntakePhase::Head,
            phase if phase == IntakePhase::Data as u8 => IntakePhase::Data,
            _ => IntakePhase::Chunks,
        }
    }

    /// Data of this length has arrived.
    pub(crate) fn data(&self, bytes: usize) {
        // One task reads and counts.
        let excused = bytes.saturating_mul(FRAMING_BYTES_PER_DATA_BYTE);
        let count = self.0.count.load(Ordering::Relaxed).saturating_sub(excused);
        self.0.count.store(count, Ordering::Relaxed);
    }

    fn count(&self, bytes: usize) {
        self.0.count.fetch_add(bytes, Ordering::Relaxed);
    }

    fn counted(&self) -> usize {
        self.0.count.load(Ordering::Relaxed)
    }

    /// The last answer comes before the end of its request.
    pub(crate) fn leave_unread(&self) {
        self.0.leaves_unread.store(true, Ordering::Relaxed);
    }

    /// The body of an answer, all of which is handed out when this is dropped.
    pub(crate) fn answer(&self) -> Answering {
        Answering(self.clone())
    }

    fn flushed(&self) {
        if self.0.answer.load(Ordering::Relaxed) == ANSWERED {
            self.0.answer.store(QUIET, Ordering::Relaxed);
        }
    }

    /// Whether what is written now belongs to no request.
    fn is_quiet(&self) -> bool {
        self.0.answer.load(Ordering::Relaxed) == QUIET
    }
}

/// An answer that is handed out.
pub(crate) struct Answering(Intake);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.answer.store(ANSWERED, Ordering::Relaxed);
    }
}

/// A stream with these limits. Its shutdown lasts until the peer has closed, too, if the peer still sends.
pub(crate) struct IntakeGuard<S, A> {
    stream: S,
    intake: Intake,
    buffer: HeldBytes,
    answers: A,
    /// The answer without a request.
    own: Option<OwnAnswer>,
    /// The head is refused: what is left is to say so.
    is_refused: bool,
    limits: LingerLimits,
    linger: Option<Linger>,
}

impl<S, A> IntakeGuard<S, A> {
    /// `buffer` holds what the buffer of the connection takes, for as long as the connection lasts: the buffer never
    /// shrinks.
    pub(crate) fn new(stream: S, intake: Intake, buffer: HeldBytes, answers: A, limits: LingerLimits) -> Self {
        Self { stream, intake, buffer, answers, own: None, is_refused: false, limits, linger: None }
    }

    /// Whether the buffer may have this size.
    fn admits(&mut self, bytes: usize, part: Part) -> bool {
        let counted = bytes.saturating_sub(FREE_BUFFER_BYTES);
        counted <= self.buffer.bytes() || self.buffer.grow_to(counted, part).is_ok()
    }

    /// Most bytes to read into a buffer with this room; `None` if the head must not grow.
    fn max_read(&mut self, phase: IntakePhase, counted: usize, room: usize) -> Option<usize> {
        match phase {
            IntakePhase::Head if self.is_refused => None,
            IntakePhase::Head => {
                // A small head is read also if earlier requests have left a large buffer.
                let is_small = counted < SMALL_READ_BYTES;
                let part = if is_small { Part::Half } else { Part::Whole };
                let admitted = self.admits(counted + room, part).then_some(usize::MAX);
                admitted.or(is_small.then_some(SMALL_READ_BYTES))
            }
            IntakePhase::Data | IntakePhase::Chunks if !self.admits(room, Part::Half) => Some(SMALL_READ_BYTES),
            IntakePhase::Data => Some(usize::MAX),
            IntakePhase::Chunks => Some(CHUNKED_READ_BYTES),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, A: OwnAnswers + Unpin> IntakeGuard<S, A> {
    /// Says that the head has no room, and fails.
    fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_refused && self.intake.is_quiet() {
            self.own = Some(OwnAnswer::new(self.answers.slow_down(), 0));
            self.limits = SHORT_LINGER;
            self.intake.leave_unread();
        }
        self.is_refused = true;
        if let Some(own) = &mut self.own {
            ready!(own.poll_write(cx, &mut self.stream))?;
            ready!(Pin::new(&mut *self).poll_shutdown(cx))?;
        }
        Poll::Ready(Err(io::Error::new(io::ErrorKind::OutOfMemory, "no room for the head of a request")))
    }

    /// The HTTP library's own answer, which has no date.
    fn poll_write_own(&mut self, cx: &mut Context<'_>, answer: &[u8]) -> Poll<io::Result<usize>> {
        let own = self.own.get_or_insert_with(|| OwnAnswer::new(self.answers.dated(answer), answer.len()));
        ready!(own.poll_write(cx, &mut self.stream))?;
        let length = own.replaces;
        // The library closes, whatever the client still sends.
        self.limits = SHORT_LINGER;
        self.intake.leave_unread();
        self.own = None;
        Poll::Ready(Ok(length))
    }
}

/// Reads at most this many bytes.
fn poll_read_at_most(
    stream: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    max: usize,
) -> Poll<io::Result<()>> {
    if buf.remaining() <= max {
        return Pin::new(stream).poll_read(cx, buf);
    }
    let mut start = ReadBuf::new(buf.initialize_unfilled_to(max));
    ready!(Pin::new(stream).poll_read(cx, &mut start))?;
    let count = start.filled().len();
    buf.advance(count);
    Poll::Ready(Ok(()))
}

impl<S: AsyncRead + AsyncWrite + Unpin, A: OwnAnswers + Unpin> AsyncRead for IntakeGuard<S, A> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (this, before) = (&mut *self, buf.filled().len());
        let (phase, counted) = (this.intake.phase(), this.intake.counted());
        let Some(max) = this.max_read(phase, counted, buf.remaining()) else { return this.poll_refuse(cx) };
        if phase == IntakePhase::Chunks && counted >= MAX_FRAMING_BYTES {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "too much framing without data")));
        }
        ready!(poll_read_at_most(&mut this.stream, cx, buf, max))?;
        if phase != IntakePhase::Data {
            this.intake.count(buf.filled().len() - before);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, A: OwnAnswers + Unpin> AsyncWrite for IntakeGuard<S, A> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.intake.is_quiet() {
            return self.poll_write_own(cx, buf);
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.intake.is_quiet()
            && let Some(first) = bufs.iter().find(|buf| !buf.is_empty())
        {
            return self.poll_write_own(cx, first);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Asked for when nothing is left in the buffers before.
        self.intake.flushed();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, intake, limits, linger, .. } = &mut *self;
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
mod tests;
