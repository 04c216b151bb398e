//! The continuation token of ListObjectsV2: the start of the next page in an opaque form.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use coho_model::{MAX_KEY_BYTES, RequestRefusal};

/// Encodes the last key or common prefix of a page.
pub fn encode(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

/// Decodes what [`encode`] returned; any other text is `InvalidArgument`.
pub fn decode(token: &str) -> Result<String, RequestRefusal> {
    let last = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match last {
        Some(last) if (1..=MAX_KEY_BYTES).contains(&last.len()) => Ok(last),
        _ => {
            let message = "The continuation token provided is incorrect.";
            Err(RequestRefusal::invalid_argument("continuation-token", token, message))
        }
    }
}
