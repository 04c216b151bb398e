//! `VersioningConfiguration` (GetBucketVersioning) of a bucket that never had versioning: empty.

use crate::XmlWriter;

/// Writes the response.
pub fn to_xml() -> Vec<u8> {
    XmlWriter::document("VersioningConfiguration", 128, |_| {})
}
