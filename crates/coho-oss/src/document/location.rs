//! `LocationConstraint` (GetBucketLocation).

use crate::XmlWriter;

/// Writes the response for a region such as `cn-hangzhou`.
pub fn to_xml(region: &str) -> Vec<u8> {
    XmlWriter::document("LocationConstraint", 128, |w| {
        w.content("oss-");
        w.content(region);
    })
}
