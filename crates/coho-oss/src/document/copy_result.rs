//! `CopyObjectResult` and `CopyPartResult`.

use crate::XmlWriter;
use coho_model::{ETag, Timestamp};

/// Writes the response to CopyObject.
pub fn object_to_xml(etag: ETag, modified: Timestamp) -> Vec<u8> {
    to_xml("CopyObjectResult", etag, modified)
}

/// Writes the response to UploadPartCopy.
pub fn part_to_xml(etag: ETag, modified: Timestamp) -> Vec<u8> {
    to_xml("CopyPartResult", etag, modified)
}

fn to_xml(root: &str, etag: ETag, modified: Timestamp) -> Vec<u8> {
    XmlWriter::document(root, 256, |w| {
        w.text("LastModified", &modified.iso8601());
        w.plain("ETag", format_args!("\"{}\"", etag));
    })
}
