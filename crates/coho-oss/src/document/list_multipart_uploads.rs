//! `ListMultipartUploadsResult`.

use super::Naming;
use super::list_objects::write_common_prefixes;
use crate::XmlWriter;
use coho_model::{BucketName, Listed, UploadId, UploadRecord};

/// A page of a bucket's uploads. Texts are as sent by the client.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct ListMultipartUploads<'a> {
    pub bucket: &'a BucketName,
    pub prefix: &'a str,
    pub delimiter: &'a str,
    pub key_marker: &'a str,
    pub upload_id_marker: &'a str,
    pub max_uploads: usize,
    pub naming: Naming,
    /// Uploads and common prefixes in order.
    pub entries: &'a [Listed<UploadRecord>],
    /// The last key or common prefix of the page and the id of its upload, if the page is truncated.
    pub next: Option<(&'a str, Option<UploadId>)>,
}

/// Writes the response.
pub fn to_xml(list: &ListMultipartUploads<'_>) -> Vec<u8> {
    let naming = list.naming;
    let (next_key, next_upload) = list.next.or_else(|| last(list.entries)).unwrap_or_default();
    XmlWriter::document("ListMultipartUploadsResult", 512 + 256 * list.entries.len(), |w| {
        naming.declare(w);
        w.text("Bucket", list.bucket.as_str());
        naming.write(w, "KeyMarker", list.key_marker);
        w.text("UploadIdMarker", list.upload_id_marker);
        naming.write(w, "NextKeyMarker", next_key);
        match next_upload {
            Some(upload) => w.value("NextUploadIdMarker", upload),
            None => w.text("NextUploadIdMarker", ""),
        }
        naming.write(w, "Delimiter", list.delimiter);
        naming.write(w, "Prefix", list.prefix);
        w.value("MaxUploads", list.max_uploads);
        w.value("IsTruncated", list.next.is_some());
        for entry in list.entries {
            let Listed::Row(upload) = entry else { continue };
            w.element("Upload", |w| {
                naming.write(w, "Key", upload.key.as_str());
                w.value("UploadId", upload.id);
                w.text("StorageClass", upload.storage_class.as_str());
                w.text("Initiated", &upload.initiated.iso8601());
            });
        }
        write_common_prefixes(w, list.entries, naming);
    })
}

/// The markers of the last entry, which OSS shows also if the page is not truncated.
fn last(entries: &[Listed<UploadRecord>]) -> Option<(&str, Option<UploadId>)> {
    Some(match entries.last()? {
        Listed::Row(upload) => (upload.key.as_str(), Some(upload.id)),
        Listed::Prefix(prefix) => (prefix.as_str(), None),
    })
}
