//! `VersioningConfiguration` (GetBucketVersioning) of a bucket that never had versions: empty.

use crate::XmlWriter;

/// Writes the answer.
pub fn to_xml() -> Vec<u8> {
    XmlWriter::document("VersioningConfiguration", 128, |_| {})
}
