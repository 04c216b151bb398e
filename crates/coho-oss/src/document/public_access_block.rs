//! `PublicAccessBlockConfiguration`, of a bucket and of an account.

use crate::{XmlError, XmlWriter, read_document};
use coho_model::RequestRefusal;

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses the request: whether public access is to be blocked.
pub fn parse(body: &[u8]) -> Result<bool, RequestRefusal> {
    let root = read_document(body, "PublicAccessBlockConfiguration", MAX_BYTES)?;
    let value = root.child("BlockPublicAccess")?.ok_or(XmlError::Malformed("BlockPublicAccess is missing"))?.trimmed();
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(RequestRefusal::malformed_document("BlockPublicAccess is neither true nor false")),
    }
}

/// Writes the response.
pub fn to_xml(blocks: bool) -> Vec<u8> {
    let value = if blocks { "true" } else { "false" };
    XmlWriter::document("PublicAccessBlockConfiguration", 128, |w| w.text("BlockPublicAccess", value))
}
