//! What the origin does with one request: status and headers, a body, how it is framed, where it waits
//! for the test, and how it breaks. The axes are independent, so "held open, then cut short" is a script.

use std::sync::Arc;
use std::{ops::Range, time::Duration};

use crate::body;

/// One answer of the origin. Built with [`Script::ok`] or [`Script::status`] and refined by the methods.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) framing: Framing,
    pub(crate) gate: Gate,
    pub(crate) fault: Fault,
    pub(crate) drip: Option<(usize, Duration)>,
    /// Whether ranges from an offset to the end are served, if `If-Range` agrees with the script's `ETag`.
    pub(crate) ranges: bool,
    /// Each answer ends, with its connection, after this number of bytes.
    pub(crate) cut_each: Option<u64>,
    /// What a request for a range is answered with, whatever it asks for.
    pub(crate) ranged: Option<Box<Script>>,
    /// The answer says `Connection: close`, and the connection closes after it.
    pub(crate) closes: bool,
    /// The head as it is sent, instead of the one made of the fields.
    pub(crate) raw_head: Option<Arc<[u8]>>,
}

/// Where the body's bytes come from.
#[derive(Debug, Clone)]
pub enum Body {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// The first `len` bytes of [`body::generated`] for `name`, never held in memory as a whole.
    Generated { name: String, len: u64 },
}

/// How the receiver learns where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `Content-Length`.
    Length,
    /// `Transfer-Encoding: chunked`, pieces of at most this many bytes.
    Chunked { chunk_bytes: usize },
    /// Neither: the body ends when the connection does.
    UntilClose,
}

/// Where the origin waits until the test calls `release`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    BeforeHead,
    AfterBodyBytes(u64),
}

/// How the answer breaks. Byte counts are body bytes that are still sent correctly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    None,
    /// The connection closes before a single byte of the head.
    CloseBeforeHead,
    /// The connection closes in the middle of the head.
    CutHead,
    /// The connection closes (FIN) after this number of body bytes, whatever the head declared.
    Short { after_bytes: u64 },
    /// The connection is reset (RST) after this number of body bytes.
    Reset { after_bytes: u64 },
    /// After the complete body this number of bytes more, then the connection closes.
    Long { surplus_bytes: usize },
    /// A chunk announces more than follows (chunked only).
    CutChunk { after_bytes: u64 },
    /// A chunk size that is not a number (chunked only).
    BadChunk { after_bytes: u64 },
    /// Every chunk is right, the closing one never comes (chunked only).
    NoLastChunk,
    /// The connection ends without the `close_notify` of TLS (an origin with TLS only).
    NoCloseNotify,
}

impl Fault {
    /// How many bytes of a body of `len` are sent before the break.
    pub(crate) fn sent_bytes(self, len: u64) -> u64 {
        match self {
            Self::Short { after_bytes }
            | Self::Reset { after_bytes }
            | Self::CutChunk { after_bytes }
            | Self::BadChunk { after_bytes } => after_bytes.min(len),
            Self::None
            | Self::CloseBeforeHead
            | Self::CutHead
            | Self::Long { .. }
            | Self::NoLastChunk
            | Self::NoCloseNotify => len,
        }
    }
}

impl Script {
    /// 200 with these bytes and a `Content-Length`.
    #[must_use]
    pub fn ok(bytes: impl AsRef<[u8]>) -> Self {
        Self::with_body(200, Body::Bytes(bytes.as_ref().into()))
    }

    /// 200 with `len` bytes of [`body::generated`] for `name`.
    #[must_use]
    pub fn generated(name: &str, len: u64) -> Self {
        Self::with_body(200, Body::Generated { name: name.to_owned(), len })
    }

    /// This status with a short text that names it.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::with_body(status, Body::Bytes(format!("origin says {status}\n").into_bytes().into()))
    }

    /// A redirect with this status to `location`.
    #[must_use]
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::with_body(status, Body::Bytes([].into())).header("Location", location)
    }

    /// This status with these bytes.
    #[must_use]
    pub fn answer(status: u16, bytes: impl AsRef<[u8]>) -> Self {
        Self::with_body(status, Body::Bytes(bytes.as_ref().into()))
    }

    /// 206 with a slice, in answer to a request that asked for no range.
    #[must_use]
    pub fn partial(bytes: &[u8], total_bytes: u64) -> Self {
        let last = bytes.len().saturating_sub(1);
        let range = format!("bytes 0-{last}/{total_bytes}");
        Self::with_body(206, Body::Bytes(bytes.into())).header("Content-Range", &range)
    }

    /// The status this script answers with.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        self.status
    }

    fn with_body(status: u16, body: Body) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            framing: Framing::Length,
            gate: Gate::Open,
            fault: Fault::None,
            drip: None,
            ranges: false,
            cut_each: None,
            ranged: None,
            closes: false,
            raw_head: None,
        }
    }

    /// Adds a header. `Content-Length`, `Transfer-Encoding` and `Connection` are the framing's business.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends exactly this head, its empty line included, before these bytes, and then closes the connection.
    #[must_use]
    pub fn raw(head: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Self {
        Self { raw_head: Some(head.as_ref().into()), ..Self::ok(body).closes() }
    }

    /// Sends the body chunked, in chunks of at most `chunk_bytes`.
    #[must_use]
    pub fn chunked(mut self, chunk_bytes: usize) -> Self {
        self.framing = Framing::Chunked { chunk_bytes: chunk_bytes.max(1) };
        self
    }

    /// Sends the body without a length and closes the connection at its end, as HTTP/1.0 servers do.
    #[must_use]
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::UntilClose;
        self
    }

    /// Sends nothing until the test calls [`super::Origin::release`].
    #[must_use]
    pub fn gated_head(mut self) -> Self {
        self.gate = Gate::BeforeHead;
        self
    }

    /// Sends the head and this number of body bytes, then waits for [`super::Origin::release`]. A stall is
    /// a gate that never opens.
    #[must_use]
    pub fn gated_body(mut self, after_bytes: u64) -> Self {
        self.gate = Gate::AfterBodyBytes(after_bytes);
        self
    }

    /// Breaks the answer in this way.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Serves ranges (206), if the request's `If-Range` is the script's `ETag` or `Last-Modified`.
    #[must_use]
    pub fn ranges(mut self) -> Self {
        self.ranges = true;
        self
    }

    /// Answers a request for a range in this way, whatever it asks for.
    #[must_use]
    pub fn ranged(mut self, answer: Self) -> Self {
        self.ranged = Some(Box::new(answer));
        self
    }

    /// Says that the connection ends with the answer, and ends it.
    #[must_use]
    pub fn closes(mut self) -> Self {
        self.closes = true;
        self
    }

    /// Closes the connection after this number of body bytes, in every answer that has more.
    #[must_use]
    pub fn cut_each(mut self, bytes: u64) -> Self {
        self.cut_each = Some(bytes);
        self
    }

    /// What the answer to a request with these headers is of the body, if it is a part.
    pub(crate) fn range(&self, range: Option<&str>, if_range: Option<&str>) -> Option<Range<u64>> {
        let is_validator = |name: &str| name.eq_ignore_ascii_case("etag") || name.eq_ignore_ascii_case("last-modified");
        let validates = |tag| self.headers.iter().any(|(name, value)| is_validator(name) && value == tag);
        let (start, last) = range?.strip_prefix("bytes=")?.split_once('-')?;
        let start = start.parse().ok()?;
        let end = last.parse().map_or(self.body.len(), |last: u64| self.body.len().min(last + 1));
        (self.ranges && if_range.is_none_or(validates) && start < end).then_some(start..end)
    }

    /// Sends the body in pieces of `piece_bytes` with `pause` between them.
    #[must_use]
    pub fn drip(mut self, piece_bytes: usize, pause: Duration) -> Self {
        self.drip = Some((piece_bytes.max(1), pause));
        self
    }
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Generated { len, .. } => *len,
        }
    }

    /// Copies the bytes from `offset` on into `out`; the caller stays within [`Self::len`].
    pub(crate) fn read_at(&self, offset: u64, out: &mut [u8]) {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(offset).expect("an offset into a slice fits usize");
                out.copy_from_slice(&bytes[start..start + out.len()]);
            }
            Self::Generated { name, .. } => body::fill(name, offset, out),
        }
    }
}
