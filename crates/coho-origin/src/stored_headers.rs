//! Which headers of an origin's answer are stored with the object.

use crate::MirrorFailure;
use coho_model::{MAX_USER_META_BYTES, ObjectHeaders};
use http::{HeaderMap, HeaderValue};

/// The headers that OSS stores.
const STORED_HEADERS: [&str; 7] = [
    "content-type",
    "content-encoding",
    "content-disposition",
    "cache-control",
    "expires",
    "content-language",
    "access-control-allow-origin",
];

/// Those of them that are lists.
const LISTS: [&str; 3] = ["content-encoding", "cache-control", "content-language"];

/// The stored headers of an answer; with `saves_meta`, its user metadata as well.
pub(crate) fn stored_headers(headers: &HeaderMap, saves_meta: bool) -> Result<ObjectHeaders, MirrorFailure> {
    let mut stored = ObjectHeaders::new();
    for name in STORED_HEADERS {
        if LISTS.contains(&name) {
            // Several lines of a list mean the same as one (RFC 9110, 5.3).
            let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
            if !lines.is_empty() {
                stored.set(name, &lines.join(&b", "[..]));
            }
        } else if let Some(value) = headers.get(name) {
            stored.set(name, value.as_bytes());
        }
    }
    if saves_meta {
        for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with(ObjectHeaders::META_PREFIX)) {
            stored.set(name.as_str(), value.as_bytes());
        }
    }
    let bytes: usize = stored.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_USER_META_BYTES { Err(MirrorFailure::MetaTooLarge) } else { Ok(stored) }
}
