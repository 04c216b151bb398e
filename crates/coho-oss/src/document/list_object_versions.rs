//! `ListVersionsResult` (ListObjectVersions) of a bucket without versioning: every object is its own latest version
//! `null`.

use super::list_objects::{ENTRY_BYTES, write_common_prefixes, write_facts};
use super::{Naming, Owner};
use crate::XmlWriter;
use coho_model::{BucketName, Collapsed, Listed, ObjectSummary};

/// A page of versions. Texts are as sent by the client.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct ListObjectVersions<'a> {
    pub bucket: &'a BucketName,
    pub prefix: &'a str,
    pub key_marker: &'a str,
    pub version_id_marker: &'a str,
    pub delimiter: &'a str,
    pub max_keys: usize,
    pub naming: Naming,
    pub owner: Owner<'a>,
    pub page: &'a Collapsed<ObjectSummary>,
}

/// Writes the response.
pub fn to_xml(list: &ListObjectVersions<'_>) -> Vec<u8> {
    let naming = list.naming;
    XmlWriter::document("ListVersionsResult", 512 + ENTRY_BYTES * list.page.entries.len(), |w| {
        w.text("Name", list.bucket.as_str());
        naming.write(w, "Prefix", list.prefix);
        naming.write(w, "KeyMarker", list.key_marker);
        w.text("VersionIdMarker", list.version_id_marker);
        w.value("MaxKeys", list.max_keys);
        naming.write(w, "Delimiter", list.delimiter);
        naming.declare(w);
        w.value("IsTruncated", list.page.next.is_some());
        if let Some(next) = &list.page.next {
            naming.write(w, "NextKeyMarker", next);
            // A common prefix has no version.
            let ends_in_object = matches!(list.page.entries.last(), Some(Listed::Row(_)));
            w.text("NextVersionIdMarker", if ends_in_object { "null" } else { "" });
        }
        for entry in &list.page.entries {
            let Listed::Row(object) = entry else { continue };
            w.element("Version", |w| {
                naming.write(w, "Key", object.key.as_str());
                w.text("VersionId", "null");
                w.text("IsLatest", "true");
                write_facts(w, object);
                list.owner.write(w);
            });
        }
        write_common_prefixes(w, &list.page.entries, naming);
    })
}
