//! Version ids as clients write them.

use coho_model::{RequestRefusal, VersionId};

/// Maximum bytes of a version id. OSS's are opaque and base64-like.
const MAX_VERSION_ID_BYTES: usize = 100;

/// Parses the version id of this argument. A text that could be one, and is none of this server's, is the id of a version that does
/// not exist.
pub fn version_id(argument: &'static str, text: &str) -> Result<VersionId, RequestRefusal> {
    let invalid = |message: &str| Err(RequestRefusal::invalid_argument(argument, text, message.to_owned()));
    let is_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'/' | b'=');
    if text.is_empty() {
        return invalid("Version id can not be the empty string.");
    }
    if text.len() > MAX_VERSION_ID_BYTES || !text.bytes().all(is_id) {
        return invalid("Invalid version id specified.");
    }
    VersionId::parse(text).ok_or_else(|| RequestRefusal::UnknownVersion(text.into()))
}
