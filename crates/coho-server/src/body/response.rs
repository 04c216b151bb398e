//! The body of an answer: nothing, bytes, a stored object, or one that still grows.

use crate::{
    abort::Abort,
    sendfile::{BLANK_BYTES, FilePieces},
};
use bytes::Bytes;
use coho_store::{GrowingReader, StoreError, StoredReader};
use http_body::{Body, Frame, SizeHint};
use std::{
    fs::File,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// What is sent behind the head.
pub(crate) enum ResponseBody {
    Empty,
    Bytes(Option<Bytes>),
    Object(Object),
}

/// An object on its way out. What can be read without waiting is read where the connection runs; only what must
/// wait for a disk or an origin costs a future.
pub(crate) struct Object {
    state: State,
    length: Option<u64>,
    sent: u64,
    /// Where the connection learns of pieces that it can send from a file.
    pieces: Option<FilePieces>,
    /// What is told that it has come to its end, if nothing else would show that it has not.
    abort: Option<Abort>,
}

enum State {
    Reading(Reader),
    Waiting(Pin<Box<dyn Future<Output = (Reader, Next)> + Send>>),
    /// It breaks off when what is in front of the break has been sent.
    Breaking(StoreError),
    Ended,
}

type Next = Result<Option<Bytes>, StoreError>;

enum Reader {
    Stored(StoredReader),
    Growing(GrowingReader),
}

impl ResponseBody {
    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(Some(bytes)) }
    }

    pub(crate) fn stored(reader: StoredReader) -> Self {
        let length = Some(reader.remaining());
        Self::Object(Object {
            state: State::Reading(Reader::Stored(reader)),
            length,
            sent: 0,
            pieces: None,
            abort: None,
        })
    }

    pub(crate) fn growing(reader: GrowingReader, length: Option<u64>) -> Self {
        Self::Object(Object {
            state: State::Reading(Reader::Growing(reader)),
            length,
            sent: 0,
            pieces: None,
            abort: None,
        })
    }

    /// What lies in files may be sent from there.
    pub(crate) fn sends_files(&mut self, pieces: FilePieces) {
        if let Self::Object(object) = self {
            object.pieces = Some(pieces);
        }
    }
}

impl ResponseBody {
    /// The client knows no chunks: without a length, the end of the connection is that of the body.
    pub(crate) fn ends_with_connection(&mut self, abort: Abort) {
        if let Self::Object(object) = self
            && object.length.is_none()
        {
            abort.begins();
            object.abort = Some(abort);
        }
    }
}

impl Reader {
    /// Where what was just read lies in a file whose pages are in memory.
    fn last_in_file(&self, bytes: &Bytes) -> Option<(Arc<File>, u64)> {
        match self {
            Self::Stored(reader) => reader.last_in_file(bytes.len()),
            Self::Growing(reader) => reader.last_in_file(bytes.len()),
        }
    }

    /// The next bytes, unread, if they lie in a file whose pages are in memory.
    fn next_in_file(&mut self) -> Option<(Arc<File>, u64, usize)> {
        match self {
            // Of an object that was stored long ago nobody knows how much is in memory until it is read.
            Self::Stored(_) => None,
            Self::Growing(reader) => reader.next_in_file(BLANK_BYTES),
        }
    }

    fn read_now(&mut self) -> Next {
        match self {
            Self::Stored(reader) => reader.read_now(),
            Self::Growing(reader) => reader.read_now(),
        }
    }

    async fn read(mut self) -> (Self, Next) {
        let next = match &mut self {
            Self::Stored(reader) => reader.read().await,
            Self::Growing(reader) => reader.read().await,
        };
        (self, next)
    }
}

impl Object {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(Ok(None)),
                State::Breaking(error) => return Poll::Ready(Err(error)),
                State::Reading(mut reader) => {
                    if let Some(blank) = self.blank(&mut reader) {
                        return Poll::Ready(Ok(Some(self.hands_out(reader, blank))));
                    }
                    match reader.read_now() {
                        Ok(Some(bytes)) => return Poll::Ready(Ok(Some(self.took(reader, bytes)))),
                        Ok(None) if self.length == Some(self.sent) => return Poll::Ready(Ok(None)),
                        Ok(None) => self.state = State::Waiting(Box::pin(reader.read())),
                        Err(error) => return self.breaks(error, cx),
                    }
                }
                State::Waiting(mut future) => {
                    let Poll::Ready((reader, next)) = future.as_mut().poll(cx) else {
                        self.state = State::Waiting(future);
                        return Poll::Pending;
                    };
                    return match next {
                        Ok(next) => Poll::Ready(Ok(next.map(|bytes| self.took(reader, bytes)))),
                        Err(error) => self.breaks(error, cx),
                    };
                }
            }
        }
    }

    /// The connection drops what it has not written when its body fails: in the turn before, it writes. So a client sees the
    /// head and what there is of the body, and not an empty answer.
    fn breaks(&mut self, error: StoreError, cx: &Context<'_>) -> Poll<Next> {
        self.state = State::Breaking(error);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What stands for the next bytes, if the connection can send them without their being read. The first piece is written
    /// together with the head.
    fn blank(&self, reader: &mut Reader) -> Option<Bytes> {
        let pieces = self.pieces.as_ref().filter(|pieces| self.sent > 0 && pieces.takes_blanks())?;
        Some(pieces.blank(reader.next_in_file()?))
    }

    fn took(&mut self, reader: Reader, bytes: Bytes) -> Bytes {
        if self.sent > 0
            && let Some((pieces, place)) = self.pieces.as_ref().zip(reader.last_in_file(&bytes))
        {
            pieces.push(&bytes, place);
        }
        self.hands_out(reader, bytes)
    }

    fn hands_out(&mut self, reader: Reader, bytes: Bytes) -> Bytes {
        self.sent += bytes.len() as u64;
        // With the last byte the reader goes, and with it what it holds open.
        if self.length != Some(self.sent) {
            self.state = State::Reading(reader);
        }
        bytes
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        let next = match self.get_mut() {
            Self::Empty => return Poll::Ready(None),
            Self::Bytes(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Object(object) => {
                let next = std::task::ready!(object.poll_next(cx));
                if let (Ok(None), Some(abort)) = (&next, &object.abort) {
                    abort.ends();
                }
                next
            }
        };
        if let Err(error) = &next {
            // The head is out: all that is left is to break the transfer visibly.
            tracing::warn!(error = error as &dyn std::error::Error, "an object could not be sent whole");
        }
        Poll::Ready(next.transpose().map(|next| next.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty | Self::Bytes(None) => true,
            Self::Bytes(Some(_)) => false,
            Self::Object(object) => object.length == Some(object.sent),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty | Self::Bytes(None) => SizeHint::with_exact(0),
            Self::Bytes(Some(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            Self::Object(Object { length: Some(length), sent, .. }) => SizeHint::with_exact(length - sent),
            Self::Object(_) => SizeHint::default(),
        }
    }
}
