//! `ListPartsResult`.

use super::Naming;
use crate::XmlWriter;
use coho_model::{BucketName, PartRecord, StorageClass, UploadRecord};

/// A page of an upload's parts.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct ListParts<'a> {
    pub bucket: &'a BucketName,
    pub upload: &'a UploadRecord,
    pub part_number_marker: u16,
    pub max_parts: usize,
    pub naming: Naming,
    /// By ascending number.
    pub parts: &'a [PartRecord],
    /// Whether there are parts after the last one.
    pub truncated: bool,
}

/// The elements that repeat what the initiation said about encryption by the client, and its headers.
const CLIENT_ENCRYPTION: [(&str, &str); 6] = [
    ("ClientEncryptionKey", "x-oss-meta-client-side-encryption-key"),
    ("ClientEncryptionStart", "x-oss-meta-client-side-encryption-start"),
    ("ClientEncryptionCekAlg", "x-oss-meta-client-side-encryption-cek-alg"),
    ("ClientEncryptionWrapAlg", "x-oss-meta-client-side-encryption-wrap-alg"),
    ("ClientEncryptionDataSize", "x-oss-meta-client-side-encryption-data-size"),
    ("ClientEncryptionPartSize", "x-oss-meta-client-side-encryption-part-size"),
];

/// Writes the response.
pub fn to_xml(list: &ListParts<'_>) -> Vec<u8> {
    XmlWriter::document("ListPartsResult", 512 + 256 * list.parts.len(), |w| {
        list.naming.declare(w);
        w.text("Bucket", list.bucket.as_str());
        list.naming.write(w, "Key", list.upload.key.as_str());
        w.value("UploadId", list.upload.id);
        w.text("StorageClass", StorageClass::as_str(list.upload.storage_class));
        w.value("PartNumberMarker", list.part_number_marker);
        match list.parts.last() {
            Some(part) => w.value("NextPartNumberMarker", part.number),
            None => w.text("NextPartNumberMarker", ""),
        }
        w.value("MaxParts", list.max_parts);
        w.value("IsTruncated", list.truncated);
        for (element, header) in CLIENT_ENCRYPTION {
            if let Some(value) = list.upload.headers.get(header) {
                w.text(element, &String::from_utf8_lossy(value));
            }
        }
        for part in list.parts {
            w.element("Part", |w| {
                w.value("PartNumber", part.number);
                w.text("LastModified", &part.modified.iso8601());
                w.plain("ETag", format_args!("\"{}\"", part.etag));
                w.value("HashCrc64ecma", part.crc64.0);
                w.value("Size", part.size);
            });
        }
    })
}
