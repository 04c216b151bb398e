//! `VersioningConfiguration` (PutBucketVersioning, GetBucketVersioning); empty for a bucket that never had versioning.

use crate::{XmlWriter, read_document};
use coho_model::{RequestRefusal, Versioning};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses the request.
pub fn parse(body: &[u8]) -> Result<Versioning, RequestRefusal> {
    let root = read_document(body, "VersioningConfiguration", MAX_BYTES)?;
    match root.child("Status")?.map(|status| status.trimmed()) {
        Some(text) => Versioning::parse(text)
            .ok_or_else(|| RequestRefusal::malformed_document("Status must be Enabled or Suspended")),
        None => Err(RequestRefusal::malformed_document("Status is missing")),
    }
}

/// Writes the response.
pub fn to_xml(versioning: Versioning) -> Vec<u8> {
    XmlWriter::document("VersioningConfiguration", 128, |w| w.optional("Status", versioning.as_str()))
}
