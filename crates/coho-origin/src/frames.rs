//! The bytes of an origin's body, each with its place in the object, and with the limits that they keep to.

use crate::{MirrorFailure, origins::OriginBody};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use std::time::Duration;

/// A body on its way in.
pub(crate) struct Frames {
    /// None once it is given up, and with it the connection and the place among the requests to the origin.
    body: Option<OriginBody>,
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
    /// So much came of that since it was last asked for.
    skipped: usize,
}

type Frame = Result<hyper::body::Frame<Bytes>, hyper::Error>;

impl Frames {
    /// The body begins at the offset `at` of the object.
    pub(crate) fn new(body: OriginBody, idle: Duration, at: u64, end: Option<u64>) -> Self {
        Self { body: Some(body), idle, at, end, back: None, wanted: 0, skipped: 0 }
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

    /// How much was given back and has not come again.
    pub(crate) fn given_back(&self) -> usize {
        self.back.as_ref().map_or(0, Bytes::len)
    }

    /// What is in front of the offset is not wanted: it comes as pieces without bytes.
    pub(crate) fn skip_to(&mut self, offset: u64) {
        self.wanted = offset;
    }

    /// Whether as much as this was skipped since it was last asked for.
    pub(crate) fn has_skipped(&self, bytes: u64) -> bool {
        self.skipped as u64 >= bytes
    }

    /// How much was skipped since this was last asked.
    pub(crate) fn take_skipped(&mut self) -> usize {
        std::mem::take(&mut self.skipped)
    }

    /// Nothing more is wanted.
    pub(crate) fn give_up(&mut self) {
        (self.body, self.back) = (None, None);
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, MirrorFailure> {
        loop {
            if let Some(bytes) = self.back.take() {
                return self.place(bytes).map(Some);
            }
            let Some(body) = &mut self.body else { return Ok(None) };
            let frame = match tokio::time::timeout(self.idle, body.frame()).await {
                Ok(frame) => frame,
                Err(_) => return Err(MirrorFailure::Body("origin stalled".into())),
            };
            if let Some(next) = self.came(frame) {
                return next;
            }
        }
    }

    /// What is there without waiting.
    pub(crate) fn next_now(&mut self) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        loop {
            if let Some(bytes) = self.back.take() {
                return Some(self.place(bytes).map(Some));
            }
            let frame = self.body.as_mut()?.frame().now_or_never()?;
            let next = self.came(frame);
            if next.is_some() {
                return next;
            }
        }
    }

    /// What a frame is; nothing if it has no bytes, as trailers have none.
    fn came(&mut self, frame: Option<Frame>) -> Option<Result<Option<Bytes>, MirrorFailure>> {
        match frame {
            // What is announced wrongly may be wrong.
            None if self.body.as_mut().is_some_and(OriginBody::has_surplus) => Some(Err(MirrorFailure::Surplus)),
            None => Some(Ok(None)),
            Some(Ok(frame)) => {
                let bytes = frame.into_data().unwrap_or_default();
                (!bytes.is_empty()).then(|| self.place(bytes).map(Some))
            }
            Some(Err(error)) => Some(Err(self.failure(&error))),
        }
    }

    /// Bytes at their place, without those that are not wanted.
    fn place(&mut self, mut bytes: Bytes) -> Result<Bytes, MirrorFailure> {
        let start = self.at;
        self.at += bytes.len() as u64;
        if self.end.is_some_and(|end| self.at > end) {
            return Err(MirrorFailure::Surplus);
        }
        let unwanted = self.wanted.saturating_sub(start).min(bytes.len() as u64) as usize;
        self.skipped += unwanted;
        Ok(bytes.split_off(unwanted))
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
