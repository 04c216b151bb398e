//! The facts of a request that a signature covers, as the server has read them from the wire.
//!
//! Query values are decoded here and the path is split into bucket and key by the caller, so that the canonical
//! forms never depend on how a client chose to encode or address the request.

use http::{HeaderMap, header::AsHeaderName};

/// Most query parameters that a signed request may carry; more is refused before anything is sorted or hashed.
pub const MAX_QUERY_PAIRS: usize = 256;

/// A request as the signature sees it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method in upper case.
    pub method: &'a str,
    /// All request headers.
    pub headers: &'a HeaderMap,
    /// Decoded query parameters in wire order; `+` is already a blank, a bare name has an empty value.
    pub query: &'a [(String, String)],
}

/// One way to read the address of a request. No bucket means the service itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resource<'a> {
    /// The bucket, whether it came from the host name or from the path.
    pub bucket: Option<&'a str>,
    /// The key, percent-decoded once. Ignored without a bucket; an empty key means the bucket.
    pub key: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// The first value of a query parameter; OSS counts the first when an authentication parameter repeats.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, blanks trimmed. Bytes, because OSS metadata may be raw UTF-8.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&'a [u8]> {
        self.headers.get(name).map(|value| value.as_bytes().trim_ascii())
    }
}

/// Appends `name:value\n`, several values of one header joined with a comma as the Go SDK signs them.
pub(crate) fn append_header_line(out: &mut Vec<u8>, headers: &HeaderMap, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    for (index, value) in headers.get_all(name).iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(value.as_bytes().trim_ascii());
    }
    out.push(b'\n');
}
