//! Answers that no request asked for in full: to a head that is malformed or too large, which the HTTP library answers,
//! and to one without memory for it.

use crate::{
    context::Context as ServerContext,
    failure::{Failure, FailureKind},
    service::{CLOSE, SERVER},
};
use coho_oss::header as oss;
use http::{HeaderName, HeaderValue, header};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::AsyncWrite;

/// What these answers are.
pub(crate) trait OwnAnswers {
    /// Memory for the head of a request is used up. The connection ends with this answer.
    fn slow_down(&self) -> Vec<u8>;

    /// An answer of the HTTP library with a date. The library's own date stands still after the clock was set back.
    fn dated(&self, answer: &[u8]) -> Vec<u8>;
}

impl OwnAnswers for Arc<ServerContext> {
    fn slow_down(&self) -> Vec<u8> {
        let now = self.store.now();
        let id = self.request_ids.next(now.unix_s());
        let error = Failure::from(FailureKind::NoMemory).answer();
        let body = error.to_xml(&id, "");
        let text = |name: HeaderName, value: &str| HeaderValue::from_str(value).ok().map(|value| (name, value));
        let headers = [
            text(header::DATE, &now.http_date()),
            Some((header::SERVER, SERVER)),
            text(oss::REQUEST_ID, &id),
            Some((header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))),
            Some((header::CONTENT_LENGTH, body.len().into())),
            Some((header::CONNECTION, CLOSE)),
        ];
        let mut answer = format!("HTTP/1.1 {}\r\n", error.status()).into_bytes();
        for (name, value) in error.header_pairs().chain(headers.into_iter().flatten()) {
            answer.extend_from_slice(name.as_str().as_bytes());
            answer.extend_from_slice(b": ");
            answer.extend_from_slice(value.as_bytes());
            answer.extend_from_slice(b"\r\n");
        }
        answer.extend_from_slice(b"\r\n");
        answer.extend_from_slice(&body);
        answer
    }

    fn dated(&self, answer: &[u8]) -> Vec<u8> {
        insert_line(answer, &format!("date: {}", self.store.now().http_date()))
    }
}

/// The head with this line after its first.
fn insert_line(head: &[u8], line: &str) -> Vec<u8> {
    const END: &[u8] = b"\r\n";
    let first = head.windows(END.len()).position(|bytes| bytes == END).map_or(0, |at| at + END.len());
    let end = if first == 0 { &[] } else { END };
    [&head[..first], if first == 0 { &[] } else { line.as_bytes() }, end, &head[first..]].concat()
}

/// Such an answer on its way.
pub(crate) struct OwnAnswer {
    bytes: Vec<u8>,
    written: usize,
    /// Bytes of the answer in whose place it is written.
    pub(crate) replaces: usize,
}

impl OwnAnswer {
    pub(crate) fn new(bytes: Vec<u8>, replaces: usize) -> Self {
        Self { bytes, written: 0, replaces }
    }

    /// Writes the rest.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        while self.written < self.bytes.len() {
            let count = ready!(Pin::new(&mut *stream).poll_write(cx, &self.bytes[self.written..]))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_after_the_status() {
        for (head, expected) in [
            (
                "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n",
                "HTTP/1.1 400 Bad Request\r\nl: 1\r\nconnection: close\r\n\r\n",
            ),
            ("no head", "no head"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8(insert_line(head.as_bytes(), "l: 1")).unwrap(), expected);
        }
    }
}
