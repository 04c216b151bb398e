//! `AccessControlPolicy` (GetBucketAcl, GetObjectAcl).

use super::Owner;
use crate::XmlWriter;

/// Writes the response; `grant` is the text of a bucket's or an object's ACL.
pub fn to_xml(owner: Owner<'_>, grant: &str) -> Vec<u8> {
    XmlWriter::document("AccessControlPolicy", 256, |w| {
        owner.write(w);
        w.element("AccessControlList", |w| w.text("Grant", grant));
    })
}
