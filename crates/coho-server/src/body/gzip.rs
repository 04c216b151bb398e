//! The body of an answer that is compressed as it is sent. Its memory is one piece and what the compressor holds.

use super::ResponseBody;
use crate::abort::Abort;
use bytes::Bytes;
use coho_store::StoreError;
use flate2::{Compression, write::GzEncoder};
use http_body::{Body, Frame};
use std::{
    io::Write,
    pin::Pin,
    task::{Context, Poll},
};

/// Bytes that are compressed at a time, so that a connection does not hold its thread for long.
const PIECE_BYTES: usize = 32 * 1024;

/// A body and its compressor.
pub(crate) struct GzipBody {
    pub(super) inner: ResponseBody,
    /// `None` once the last bytes are handed out.
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Read and not compressed yet.
    rest: Bytes,
    /// Notes the end of a body that ends with its connection.
    pub(super) abort: Option<Abort>,
}

impl GzipBody {
    pub(super) fn new(inner: ResponseBody) -> Self {
        let encoder = GzEncoder::new(Vec::new(), Compression::fast());
        Self { inner, encoder: Some(encoder), rest: Bytes::new(), abort: None }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        loop {
            let Some(mut encoder) = self.encoder.take() else { return Poll::Ready(None) };
            if self.rest.is_empty() {
                let Poll::Ready(next) = Pin::new(&mut self.inner).poll_frame(cx) else {
                    self.encoder = Some(encoder);
                    return Poll::Pending;
                };
                match next {
                    Some(Ok(frame)) => self.rest = frame.into_data().unwrap_or_default(),
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None => {
                        self.abort.iter().for_each(Abort::end);
                        return Poll::Ready(Some(written(encoder.finish()).map(|last| Frame::data(last.into()))));
                    }
                }
            }
            let piece = self.rest.split_to(self.rest.len().min(PIECE_BYTES));
            if let Err(error) = written(encoder.write_all(&piece)) {
                return Poll::Ready(Some(Err(error)));
            }
            let compressed = std::mem::take(encoder.get_mut());
            self.encoder = Some(encoder);
            if !compressed.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(compressed.into()))));
            }
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.encoder.is_none()
    }
}

/// Writing to memory does not fail.
fn written<T>(result: std::io::Result<T>) -> Result<T, StoreError> {
    result.map_err(|_| StoreError::Panicked)
}
