//! The bytes of an origin's body, each with its place in the object, and with the limits that they keep to.

use crate::{MirrorFailure, origins::OriginBody};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use std::time::Duration;

/// A body on its way in.
pub(crate) struct Frames {
    body: OriginBody,
    /// Longest time between two frames.
    idle: Duration,
    /// Where the next frame belongs.
    at: u64,
    /// Where the body must end, if that is known.
    end: Option<u64>,
    /// What came and is to come again.
    back: Option<Bytes>,
    /// What is in front of this is not wanted.
    wanted: u64,
}

type Frame = Result<hyper::body::Frame<Bytes>, hyper::Error>;

impl Frames {
    /// The body begins at the offset `at` of the object.
    pub(crate) fn new(body: OriginBody, idle: Duration, at: u64, end: Option<u64>) -> Self {
        Self { body, idle, at, end, back: None, wanted: 0 }
    }

    /// Where the body must end, if that is known.
    pub(crate) fn end(&self) -> Option<u64> {
        self.end
    }

    /// The last bytes that came will come once more.
    pub(crate) fn give_back(&mut self, bytes: Bytes) {
        self.at -= bytes.len() as u64;
        self.back = Some(bytes);
    }

    /// What is in front of the offset will not come.
    pub(crate) fn skip_to(&mut self, offset: u64) {
        self.wanted = offset;
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, MirrorFailure> {
        loop {
            let next = match self.back.take() {
                Some(bytes) => self.place(bytes),
                None => match tokio::time::timeout(self.idle, self.body.frame()).await {
                    Ok(frame) => self.came(frame),
                    Err(_) => return Err(MirrorFailure::Body("origin stalled".into())),
                },
            };
            if let Some(next) = next {
                return next;
            }
        }
    }

    /// What is there without waiting.
    pub(crate) fn next_now(&mut self) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        loop {
            let next = match self.back.take() {
                Some(bytes) => self.place(bytes),
                None => {
                    let frame = self.body.frame().now_or_never()?;
                    self.came(frame)
                }
            };
            if next.is_some() {
                return next;
            }
        }
    }

    /// What a frame is; nothing if it has no bytes, as trailers have none.
    fn came(&mut self, frame: Option<Frame>) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        match frame {
            // What is announced wrongly may be wrong.
            None if self.body.has_surplus() => Some(Err(MirrorFailure::Surplus)),
            None => Some(Ok(None)),
            Some(Ok(frame)) => self.place(frame.into_data().unwrap_or_default()),
            Some(Err(error)) => Some(Err(self.failure(&error))),
        }
    }

    /// Bytes at their place; nothing if none of them are wanted.
    fn place(&mut self, mut bytes: Bytes) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        let start = self.at;
        self.at += bytes.len() as u64;
        if self.end.is_some_and(|end| self.at > end) {
            return Some(Err(MirrorFailure::Surplus));
        }
        let unwanted = self.wanted.saturating_sub(start).min(bytes.len() as u64);
        let bytes = bytes.split_off(unwanted as usize);
        (!bytes.is_empty()).then_some(Ok(Some(bytes)))
    }

    fn failure(&self, error: &hyper::Error) -> MirrorFailure {
        use std::error::Error;
        let eof = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        let eof = eof.is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof);
        if self.end.is_some() && (eof || error.is_incomplete_message()) {
            return MirrorFailure::Short;
        }
        let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        MirrorFailure::Body(why.into())
    }
}
