//! `ListBucketResult` (ListObjects and ListObjectsV2).

use super::{Naming, Owner, continuation_token};
use crate::XmlWriter;
use coho_model::{BucketName, Collapsed, Listed, ObjectSummary, RestoreState, Timestamp};

/// A page of ListObjects. Texts are as sent by the client.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct ListObjects<'a> {
    pub bucket: &'a BucketName,
    pub prefix: &'a str,
    pub marker: &'a str,
    pub delimiter: &'a str,
    pub max_keys: usize,
    pub naming: Naming,
    /// When the listing was asked for: it tells whether an object is restored.
    pub now: Timestamp,
    pub owner: Owner<'a>,
    pub page: &'a Collapsed<ObjectSummary>,
}

/// A page of ListObjectsV2. Texts are as sent by the client.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct ListObjectsV2<'a> {
    pub bucket: &'a BucketName,
    pub prefix: &'a str,
    pub start_after: &'a str,
    pub continuation_token: Option<&'a str>,
    pub delimiter: &'a str,
    pub max_keys: usize,
    pub naming: Naming,
    /// When the listing was asked for: it tells whether an object is restored.
    pub now: Timestamp,
    /// Shown with every object if the client asked for it (`fetch-owner=true`).
    pub owner: Option<Owner<'a>>,
    pub page: &'a Collapsed<ObjectSummary>,
}

/// Estimated bytes of an entry.
pub(super) const ENTRY_BYTES: usize = 384;

/// Writes the response to ListObjects.
pub fn to_xml(list: &ListObjects<'_>) -> Vec<u8> {
    let naming = list.naming;
    XmlWriter::document("ListBucketResult", 512 + ENTRY_BYTES * list.page.entries.len(), |w| {
        w.text("Name", list.bucket.as_str());
        naming.write(w, "Prefix", list.prefix);
        naming.write(w, "Marker", list.marker);
        w.value("MaxKeys", list.max_keys);
        naming.write(w, "Delimiter", list.delimiter);
        naming.declare(w);
        w.value("IsTruncated", list.page.next.is_some());
        if let Some(next) = &list.page.next {
            naming.write(w, "NextMarker", next);
        }
        write_entries(w, list.page, naming, list.now, Some(list.owner));
    })
}

/// Writes the response to ListObjectsV2.
pub fn v2_to_xml(list: &ListObjectsV2<'_>) -> Vec<u8> {
    let naming = list.naming;
    XmlWriter::document("ListBucketResult", 512 + ENTRY_BYTES * list.page.entries.len(), |w| {
        w.text("Name", list.bucket.as_str());
        naming.write(w, "Prefix", list.prefix);
        if !list.start_after.is_empty() {
            naming.write(w, "StartAfter", list.start_after);
        }
        w.optional("ContinuationToken", list.continuation_token);
        w.value("MaxKeys", list.max_keys);
        naming.write(w, "Delimiter", list.delimiter);
        naming.declare(w);
        w.value("IsTruncated", list.page.next.is_some());
        w.optional("NextContinuationToken", list.page.next.as_deref().map(continuation_token::encode));
        write_entries(w, list.page, naming, list.now, list.owner);
        w.value("KeyCount", list.page.entries.len());
    })
}

fn write_entries(
    w: &mut XmlWriter,
    page: &Collapsed<ObjectSummary>,
    naming: Naming,
    now: Timestamp,
    owner: Option<Owner<'_>>,
) {
    for entry in &page.entries {
        let Listed::Row(object) = entry else { continue };
        w.element("Contents", |w| {
            naming.write(w, "Key", object.key.as_str());
            write_facts(w, object, now);
            if let Some(owner) = owner {
                owner.write(w);
            }
        });
    }
    write_common_prefixes(w, &page.entries, naming);
}

/// The elements of an object after its key, the same in every listing.
pub(super) fn write_facts(w: &mut XmlWriter, object: &ObjectSummary, now: Timestamp) {
    w.text("LastModified", &object.modified.iso8601());
    w.plain("ETag", format_args!("\"{}\"", object.etag));
    w.text("Type", object.object_type.as_str());
    w.plain("Size", object.size);
    w.text("StorageClass", object.storage_class.as_str());
    w.optional("RestoreInfo", RestoreState::of(object.storage_class, object.restore, now).text());
}

pub(super) fn write_common_prefixes<T>(w: &mut XmlWriter, entries: &[Listed<T>], naming: Naming) {
    for entry in entries {
        let Listed::Prefix(prefix) = entry else { continue };
        w.element("CommonPrefixes", |w| naming.write(w, "Prefix", prefix));
    }
}
