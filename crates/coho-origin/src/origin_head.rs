//! What the head of an origin's answer says, in the forms that clients get it.

use coho_model::{ETag, ObjectAttributes, ObjectHeaders, Timestamp};
use std::sync::Arc;

/// The head of an object in progress.
#[derive(Debug, Clone)]
pub struct OriginHead {
    /// Length in bytes; `None` if the origin sends chunks, or a body that ends with its connection.
    pub length: Option<u64>,
    /// The end of the body may turn out not to be proved, so that readers get all bytes and then a broken transfer.
    pub may_lack_end: bool,
    /// The stored headers of the origin.
    pub headers: ObjectHeaders,
    /// The attributes of the object, which its record will have.
    pub attributes: Option<Arc<ObjectAttributes>>,
    /// The origin URL as `x-oss-tag` shows it.
    pub tag: Arc<str>,
    /// Entity tag of the object, which its record will have.
    pub etag: ETag,
    /// `Last-Modified` of the object, which its record will have.
    pub modified: Timestamp,
}

/// An answer of the origin that is passed through to the client and not stored: a redirect that is not followed, or a status
/// of `TransparentMirrorResponseCodes`.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The status.
    pub status: http::StatusCode,
    /// `Location`, `Content-Type` and `Content-Encoding`.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: bytes::Bytes,
}
