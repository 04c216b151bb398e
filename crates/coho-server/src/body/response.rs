//! The body of an answer: nothing, bytes, a stored object, or a growing one.

use super::{gzip::GzipBody, paced::PacedBody};
use crate::{
    abort::Abort,
    sendfile::{FilePieces, MAX_PLACEHOLDER_BYTES},
    traffic::CountedOutput,
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

/// What follows the head.
#[expect(clippy::large_enum_variant, reason = "a box would cost an allocation for each answer with an object")]
pub(crate) enum ResponseBody {
    Empty,
    Bytes(Option<Bytes>),
    Object(ObjectBody),
    /// One that is sent no faster than its request wants.
    Paced(Box<PacedBody>),
    /// One that is compressed on its way.
    Gzip(Box<GzipBody>),
    /// An answer of the admin API, which is in memory or a stream of events: neither fails.
    Stream(axum::body::Body),
}

/// An object on its way out. What can be read without waiting is read where the connection runs; only what must
/// wait for a disk or an origin costs a future.
pub(crate) struct ObjectBody {
    state: BodyState,
    length: Option<u64>,
    sent: u64,
    /// The parts of files that the connection sends for placeholders.
    pieces: Option<FilePieces>,
    /// Notes the end of a body that ends with its connection.
    abort: Option<Abort>,
    /// Counts what is handed to the connection.
    counted: Option<CountedOutput>,
}

enum BodyState {
    Reading(ObjectReader),
    Waiting(Pin<Box<dyn Future<Output = (ObjectReader, Next)> + Send>>),
    /// It fails when the bytes before the failure are sent.
    Failing(StoreError),
    Ended,
}

type Next = Result<Option<Bytes>, StoreError>;

enum ObjectReader {
    Stored(StoredReader),
    Growing(GrowingReader),
}

impl ResponseBody {
    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(Some(bytes)) }
    }

    pub(crate) fn stream(body: axum::body::Body) -> Self {
        Self::Stream(body)
    }

    pub(crate) fn stored(reader: StoredReader) -> Self {
        let length = Some(reader.remaining());
        Self::Object(ObjectBody {
            state: BodyState::Reading(ObjectReader::Stored(reader)),
            length,
            sent: 0,
            pieces: None,
            abort: None,
            counted: None,
        })
    }

    pub(crate) fn growing(reader: GrowingReader, length: Option<u64>) -> Self {
        Self::Object(ObjectBody {
            state: BodyState::Reading(ObjectReader::Growing(reader)),
            length,
            sent: 0,
            pieces: None,
            abort: None,
            counted: None,
        })
    }

    /// Counts the bytes of this body as they are handed to the connection.
    pub(crate) fn count_sent(&mut self, counted: CountedOutput) {
        match self {
            Self::Bytes(Some(bytes)) => counted.add(bytes.len()),
            Self::Object(object) => object.counted = Some(counted),
            Self::Paced(paced) => paced.inner.count_sent(counted),
            Self::Gzip(gzip) => gzip.inner.count_sent(counted),
            // Answers of the admin API belong to no bucket.
            Self::Empty | Self::Bytes(None) | Self::Stream(_) => {}
        }
    }

    /// Compresses it.
    pub(crate) fn gzipped(self) -> Self {
        Self::Gzip(Box::new(GzipBody::new(self)))
    }

    /// Sends it at this rate at most.
    pub(crate) fn paced(self, bytes_per_second: u64) -> Self {
        Self::Paced(Box::new(PacedBody::new(self, bytes_per_second)))
    }

    /// Lets the connection send what is stored in files from there.
    pub(crate) fn send_files_by(&mut self, pieces: FilePieces) {
        if let Self::Object(object) = self {
            object.pieces = Some(pieces);
        }
    }
}

impl ResponseBody {
    /// For a client without chunks: if the length is unknown, the end of the connection is that of the body.
    pub(crate) fn end_with_connection(&mut self, abort: Abort) {
        match self {
            Self::Object(object) if object.length.is_none() => {
                abort.begin();
                object.abort = Some(abort);
            }
            Self::Paced(paced) => paced.inner.end_with_connection(abort),
            Self::Gzip(gzip) => {
                abort.begin();
                gzip.abort = Some(abort);
            }
            _ => {}
        }
    }
}

impl ObjectReader {
    /// The file, offset and length of the next bytes, unread, if their pages are in memory.
    fn next_in_file(&mut self) -> Option<(Arc<File>, u64, usize)> {
        match self {
            Self::Stored(reader) => reader.next_in_file(MAX_PLACEHOLDER_BYTES),
            Self::Growing(reader) => reader.next_in_file(MAX_PLACEHOLDER_BYTES),
        }
    }

    /// The next bytes, if that needs no waiting.
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

impl ObjectBody {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        loop {
            match std::mem::replace(&mut self.state, BodyState::Ended) {
                BodyState::Ended => return Poll::Ready(Ok(None)),
                BodyState::Failing(error) => return Poll::Ready(Err(error)),
                BodyState::Reading(mut reader) => {
                    if let Some(placeholder) = self.placeholder(&mut reader) {
                        return Poll::Ready(Ok(Some(self.hand_out(reader, placeholder))));
                    }
                    match reader.read_now() {
                        Ok(Some(bytes)) => return Poll::Ready(Ok(Some(self.hand_out(reader, bytes)))),
                        Ok(None) if self.length == Some(self.sent) => return Poll::Ready(Ok(None)),
                        Ok(None) => self.state = BodyState::Waiting(Box::pin(reader.read())),
                        Err(error) => return self.fail(error, cx),
                    }
                }
                BodyState::Waiting(mut future) => {
                    let Poll::Ready((reader, next)) = future.as_mut().poll(cx) else {
                        self.state = BodyState::Waiting(future);
                        return Poll::Pending;
                    };
                    return match next {
                        Ok(next) => Poll::Ready(Ok(next.map(|bytes| self.hand_out(reader, bytes)))),
                        Err(error) => self.fail(error, cx),
                    };
                }
            }
        }
    }

    /// Fails in the next poll. When a body fails, the connection drops what it has not written; in between it writes, so
    /// that a client sees the head and the bytes before the failure, and not an empty answer.
    fn fail(&mut self, error: StoreError, cx: &Context<'_>) -> Poll<Next> {
        self.state = BodyState::Failing(error);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Stands for the next bytes if the connection can send them unread.
    fn placeholder(&self, reader: &mut ObjectReader) -> Option<Bytes> {
        let pieces = self.pieces.as_ref().filter(|pieces| pieces.takes_placeholders())?;
        Some(pieces.placeholder(reader.next_in_file()?))
    }

    fn hand_out(&mut self, reader: ObjectReader, bytes: Bytes) -> Bytes {
        self.sent += bytes.len() as u64;
        if let Some(counted) = &self.counted {
            counted.add(bytes.len());
        }
        // With the last byte the reader is dropped, and closes what it holds open.
        if self.length != Some(self.sent) {
            self.state = BodyState::Reading(reader);
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
                    abort.end();
                }
                next
            }
            Self::Paced(paced) => return paced.poll_next(cx),
            Self::Gzip(gzip) => return gzip.poll_next(cx),
            Self::Stream(body) => {
                let frame = std::task::ready!(Pin::new(body).poll_frame(cx));
                return Poll::Ready(frame.map(|frame| frame.map_err(|_| StoreError::Stopping)));
            }
        };
        if let Err(error) = &next {
            // The head is sent: the transfer can only be broken visibly.
            tracing::warn!(error = error as &dyn std::error::Error, "the body of an answer failed");
        }
        Poll::Ready(next.transpose().map(|next| next.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty | Self::Bytes(None) => true,
            Self::Bytes(Some(_)) => false,
            Self::Object(object) => object.length == Some(object.sent),
            Self::Paced(paced) => paced.has_ended(),
            Self::Gzip(gzip) => gzip.has_ended(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty | Self::Bytes(None) => SizeHint::with_exact(0),
            Self::Bytes(Some(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            Self::Object(ObjectBody { length: Some(length), sent, .. }) => SizeHint::with_exact(length - sent),
            Self::Object(_) | Self::Gzip(_) => SizeHint::default(),
            Self::Paced(paced) => paced.size(),
            Self::Stream(body) => body.size_hint(),
        }
    }
}
