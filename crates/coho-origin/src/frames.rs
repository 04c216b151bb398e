//! The bytes of an origin's body with their offsets in the object, checked against its idle timeout and its length.

use crate::{MirrorFailure, origins::OriginBody};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use std::{error::Error, time::Duration};

/// A body in progress.
pub(crate) struct Frames {
    /// `None` once it is closed, which releases the connection and the permit among the requests to the origin.
    body: Option<OriginBody>,
    /// Longest time between two frames.
    idle: Duration,
    /// Offset of the next frame.
    at: u64,
    /// Offset of the body's end, if known.
    end: Option<u64>,
    /// The body ends with its connection.
    ends_with_connection: bool,
    /// Bytes that were returned and are delivered again.
    returned: Option<Bytes>,
    /// Bytes before this offset are dropped.
    wanted_from: u64,
    /// Number of dropped bytes since the last call of `take_skipped`.
    skipped: usize,
}

type Frame = Result<hyper::body::Frame<Bytes>, hyper::Error>;

impl Frames {
    /// The body begins at the offset `at` of the object.
    pub(crate) fn new(body: OriginBody, idle: Duration, at: u64, end: Option<u64>) -> Self {
        let ends_with_connection = false;
        Self { body: Some(body), idle, at, end, ends_with_connection, returned: None, wanted_from: 0, skipped: 0 }
    }

    /// The body ends with its connection, in TLS also without a `close_notify`.
    pub(crate) fn end_with_connection(&mut self) {
        self.ends_with_connection = true;
    }

    /// After the end of a body without a length: whether it cannot be that of a broken transfer.
    pub(crate) fn is_end_proved(&mut self) -> bool {
        !self.ends_with_connection || self.body.as_mut().is_some_and(OriginBody::has_announced_end)
    }

    /// Offset of the body's end, if known.
    pub(crate) fn end(&self) -> Option<u64> {
        self.end
    }

    /// Returns the last bytes, which are delivered again.
    pub(crate) fn put_back(&mut self, bytes: Bytes) {
        self.at -= bytes.len() as u64;
        self.returned = Some(bytes);
    }

    /// Number of returned bytes that were not delivered again.
    pub(crate) fn returned_bytes(&self) -> usize {
        self.returned.as_ref().map_or(0, Bytes::len)
    }

    /// Drops the bytes before the offset, which are delivered as empty pieces.
    pub(crate) fn skip_to(&mut self, offset: u64) {
        self.wanted_from = offset;
    }

    /// Whether this number of bytes was dropped since the last call of `take_skipped`.
    pub(crate) fn has_skipped(&self, bytes: u64) -> bool {
        self.skipped as u64 >= bytes
    }

    /// Number of bytes dropped since the last call.
    pub(crate) fn take_skipped(&mut self) -> usize {
        std::mem::take(&mut self.skipped)
    }

    /// Closes the body.
    pub(crate) fn close(&mut self) {
        (self.body, self.returned) = (None, None);
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, MirrorFailure> {
        loop {
            if let Some(bytes) = self.returned.take() {
                return self.advance(bytes).map(Some);
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            let frame = match tokio::time::timeout(self.idle, body.frame()).await {
                Ok(frame) => frame,
                Err(_) => return Err(MirrorFailure::Body("origin stalled".into())),
            };
            if let Some(next) = self.on_frame(frame) {
                return next;
            }
        }
    }

    /// The next bytes, if they have arrived already.
    pub(crate) fn next_now(&mut self) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        loop {
            if let Some(bytes) = self.returned.take() {
                return Some(self.advance(bytes).map(Some));
            }
            let frame = self.body.as_mut()?.frame().now_or_never()?;
            let next = self.on_frame(frame);
            if next.is_some() {
                return next;
            }
        }
    }

    /// The result for a frame; `None` if it has no bytes, as trailers.
    fn on_frame(&mut self, frame: Option<Frame>) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        match frame {
            // A wrong length may mean a wrong body.
            None if self.body.as_mut().is_some_and(OriginBody::has_trailing_data) => {
                Some(Err(MirrorFailure::TrailingData))
            }
            None => Some(Ok(None)),
            Some(Ok(frame)) => {
                let bytes = frame.into_data().unwrap_or_default();
                (!bytes.is_empty()).then(|| self.advance(bytes).map(Some))
            }
            // TLS without a `close_notify`, as old servers end it.
            Some(Err(error)) if self.ends_with_connection && is_unexpected_end(&error) => Some(Ok(None)),
            Some(Err(error)) => Some(Err(self.failure(&error))),
        }
    }

    /// Advances the offset, and drops the bytes that are not wanted.
    fn advance(&mut self, mut bytes: Bytes) -> Result<Bytes, MirrorFailure> {
        let start = self.at;
        self.at += bytes.len() as u64;
        if self.end.is_some_and(|end| self.at > end) {
            return Err(MirrorFailure::TrailingData);
        }
        let unwanted = self.wanted_from.saturating_sub(start).min(bytes.len() as u64) as usize;
        self.skipped += unwanted;
        Ok(bytes.split_off(unwanted))
    }

    fn failure(&self, error: &hyper::Error) -> MirrorFailure {
        if self.end.is_some() && (is_unexpected_end(error) || error.is_incomplete_message()) {
            return MirrorFailure::Short;
        }
        let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        MirrorFailure::Body(why.into())
    }
}

fn is_unexpected_end(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof)
}
