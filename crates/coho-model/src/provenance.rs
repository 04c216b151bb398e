//! The provenance of mirrored objects.

use crate::Timestamp;
use std::sync::Arc;

/// The origin of a mirrored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The origin URL without credentials and query, percent-encoded as `x-oss-tag` shows it.
    pub url: Arc<str>,
    /// The circumstances of the fetch; unknown for objects that early releases stored.
    pub fetch: Option<Fetched>,
    /// When a client last gave the object other headers (CopyObject onto itself); its bytes are still the origin's.
    pub rewritten: Option<Timestamp>,
}

impl Provenance {
    /// The provenance of the same bytes after a client has given them other headers.
    #[must_use]
    pub fn rewritten(&self, at: Timestamp) -> Self {
        Self { rewritten: Some(at), ..self.clone() }
    }
}

/// The circumstances of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The time of the fetch.
    pub at: Timestamp,
    /// The number of the rule that caused it.
    pub rule_number: u32,
    /// The origin's `ETag`, unchanged.
    pub etag: Option<Box<str>>,
    /// The origin's `Last-Modified`, unchanged.
    pub last_modified: Option<Box<str>>,
}
