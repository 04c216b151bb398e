//! The facts of a request that the configuration can test. They do not change during an evaluation.

use coho_model::{ObjectKey, website::Protocol};
use std::fmt;

/// An ordinary request for an object or for the root of a bucket. Requests for sub-resources (`?acl`, `?objectMeta`,
/// `?uploadId`…) never get here: no rule applies to them.
#[derive(Clone, Copy)]
pub struct RuleRequest<'r> {
    /// The bucket's name.
    pub bucket: &'r str,
    /// The object's key; `None` for the root of the bucket.
    pub key: Option<&'r ObjectKey>,
    /// The number of slashes before the key, which cannot begin with one.
    pub leading_slashes: usize,
    /// The method.
    pub method: Method,
    /// The query as sent, without the question mark.
    pub raw_query: &'r str,
    /// The headers.
    pub headers: &'r (dyn RequestHeaders + Sync),
    /// The scheme that the client used.
    pub scheme: Protocol,
    /// The `Host` as sent, with its port; empty if there was none.
    pub host: &'r str,
    /// Whether the bucket's name is in the path and not in the host.
    pub path_style: bool,
    /// Whether the path ends with the bucket's name, without a slash: relative links of the root's page would leave the
    /// bucket.
    pub lacks_slash: bool,
    /// Whether requests without a signature may read the bucket's objects.
    pub anyone_reads: bool,
    /// How the request is signed.
    pub access: Access,
}

/// The method of a request that reads an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
}

/// How a request is signed. Pages are for browsers: anonymous requests and presigned URLs get them, while SDKs keep
/// getting errors in XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Not at all.
    Anonymous,
    /// In the query.
    Presigned,
    /// In a header.
    Signed,
}

/// The headers of a request.
pub trait RequestHeaders {
    /// Whether the test holds for any value of this header. The name is case-insensitive.
    fn any(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool;
}

/// A request without headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoHeaders;

impl RequestHeaders for NoHeaders {
    fn any(&self, _name: &str, _test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> RequestHeaders for &[(N, V)] {
    fn any(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.iter().any(|(have, value)| have.as_ref().eq_ignore_ascii_case(name) && test(value.as_ref()))
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> RequestHeaders for Vec<(N, V)> {
    fn any(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.as_slice().any(name, test)
    }
}

impl Access {
    /// Whether the request gets error pages, and the page of a directory that its key only may be.
    pub fn gets_pages(self) -> bool {
        self != Self::Signed
    }
}

/// Headers and query can hold credentials and are not printed.
impl fmt::Debug for RuleRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .field("method", &self.method)
            .field("host", &self.host)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}
