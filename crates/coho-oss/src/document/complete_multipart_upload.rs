//! `CompleteMultipartUpload` and `CompleteMultipartUploadResult`.

use super::Naming;
use crate::{XmlError, XmlWriter, read_document};
use coho_model::{BucketName, ETag, ListedPart, MAX_PART_NUMBER, ObjectKey, RequestRefusal, decimal};

/// Maximum bytes of the request: 10 000 parts with room for whitespace.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Parses the parts in the client's order. Whether they are ascending and exist is checked elsewhere.
pub fn parse(body: &[u8]) -> Result<Vec<ListedPart>, RequestRefusal> {
    let root = read_document(body, "CompleteMultipartUpload", MAX_BYTES)?;
    let mut parts = Vec::new();
    for part in root.children().iter().filter(|child| child.name() == "Part") {
        let number = part.child("PartNumber")?.ok_or(XmlError::Malformed("a Part without PartNumber"))?.trimmed();
        let etag = part.child("ETag")?.ok_or(XmlError::Malformed("a Part without ETag"))?.trimmed();
        parts.push(ListedPart { number: part_number(number)?, etag: ETag::parse(etag) });
    }
    if parts.len() > usize::from(MAX_PART_NUMBER) {
        return Err(RequestRefusal::malformed_document("more than 10000 parts"));
    }
    Ok(parts)
}

/// Parses a part number of a document or of the query.
pub fn part_number(text: &str) -> Result<u16, RequestRefusal> {
    decimal(text).filter(|number| (1..=MAX_PART_NUMBER).contains(number)).ok_or_else(|| {
        let message = "Part number must be an integer between 1 and 10000, inclusive.";
        RequestRefusal::invalid_argument("partNumber", text, message)
    })
}

/// The object created by a completion.
#[derive(Debug, Clone, Copy)]
pub struct CompletedUpload<'a> {
    /// URL of the object.
    pub location: &'a str,
    /// Its bucket.
    pub bucket: &'a BucketName,
    /// Its key.
    pub key: &'a ObjectKey,
    /// Its entity tag.
    pub etag: ETag,
    /// How names are written.
    pub naming: Naming,
}

/// Writes the response.
pub fn to_xml(done: &CompletedUpload<'_>) -> Vec<u8> {
    XmlWriter::document("CompleteMultipartUploadResult", 512, |w| {
        done.naming.declare(w);
        w.text("Location", done.location);
        w.text("Bucket", done.bucket.as_str());
        done.naming.write(w, "Key", done.key.as_str());
        w.text("ETag", &done.etag.quoted());
    })
}
