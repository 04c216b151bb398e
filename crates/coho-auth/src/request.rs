//! The facts of a request that a signature covers, as the server parsed them.
//!
//! Query values are already decoded and the path is already split into bucket and key, so that the canonical forms
//! never depend on how a client encoded or addressed the request.

use http::{HeaderMap, header::AsHeaderName};

/// A request as the signature covers it.
#[derive(Debug, Clone, Copy)]
pub struct AuthRequest<'a> {
    /// The method in upper case.
    pub method: &'a str,
    /// All request headers.
    pub headers: &'a HeaderMap,
    /// Decoded query parameters in wire order: `+` is decoded to a space, and a bare name has an empty value.
    pub query: &'a [(String, String)],
}

/// One reading of the address of a request. Without a bucket it is the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resource<'a> {
    /// The bucket, from the host name or from the path.
    pub bucket: Option<&'a str>,
    /// The key, percent-decoded once. Ignored without a bucket; an empty key means the bucket.
    pub key: Option<&'a str>,
}

impl<'a> AuthRequest<'a> {
    /// The first value of a query parameter; OSS uses the first occurrence of an authentication parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, trimmed. Bytes, because OSS metadata may be raw UTF-8.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&'a [u8]> {
        self.headers.get(name).map(|value| value.as_bytes().trim_ascii())
    }
}

/// Appends `name:value\n`. Several values of one header are joined with a comma, as the Go SDK signs them.
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
