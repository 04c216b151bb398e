//! The body of an answer, whose connection learns when all of it is handed out.

use super::ResponseBody;
use crate::intake::Answering;
use bytes::Bytes;
use coho_store::StoreError;
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A body with its notice to the connection.
pub(crate) struct AnswerBody {
    body: ResponseBody,
    _answering: Answering,
}

impl AnswerBody {
    pub(crate) fn new(body: ResponseBody, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
