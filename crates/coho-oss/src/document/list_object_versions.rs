//! `ListVersionsResult` (ListObjectVersions).

use super::list_objects::{ENTRY_BYTES, write_common_prefixes, write_facts};
use super::{Naming, Owner};
use crate::XmlWriter;
use coho_model::{BucketName, Listed, ListedVersion, Timestamp, VersionId, VersionSummary};

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
    /// When the listing was asked for: it tells whether an object is restored.
    pub now: Timestamp,
    pub owner: Owner<'a>,
    pub entries: &'a [Listed<VersionSummary>],
    /// Key or common prefix, and version, of the last entry, if the page is truncated.
    pub next: Option<(&'a str, Option<VersionId>)>,
}

/// Writes the response.
pub fn to_xml(list: &ListObjectVersions<'_>) -> Vec<u8> {
    let naming = list.naming;
    XmlWriter::document("ListVersionsResult", 512 + ENTRY_BYTES * list.entries.len(), |w| {
        w.text("Name", list.bucket.as_str());
        naming.write(w, "Prefix", list.prefix);
        naming.write(w, "KeyMarker", list.key_marker);
        w.text("VersionIdMarker", list.version_id_marker);
        w.value("MaxKeys", list.max_keys);
        naming.write(w, "Delimiter", list.delimiter);
        naming.declare(w);
        w.value("IsTruncated", list.next.is_some());
        if let Some((key, version)) = list.next {
            naming.write(w, "NextKeyMarker", key);
            // A common prefix has no version.
            w.text("NextVersionIdMarker", &version.map(|version| version.to_string()).unwrap_or_default());
        }
        for entry in list.entries {
            let Listed::Row(version) = entry else { continue };
            write_version(w, version, list);
        }
        write_common_prefixes(w, list.entries, naming);
    })
}

fn write_version(w: &mut XmlWriter, version: &VersionSummary, list: &ListObjectVersions<'_>) {
    let name = match &version.listed {
        ListedVersion::Object(_) => "Version",
        ListedVersion::Marker { .. } => "DeleteMarker",
    };
    w.element(name, |w| {
        list.naming.write(w, "Key", version.listed.key().as_str());
        w.text("VersionId", &version.version.id().to_string());
        w.value("IsLatest", version.is_latest);
        match &version.listed {
            ListedVersion::Object(object) => write_facts(w, object, list.now),
            ListedVersion::Marker { modified, .. } => w.text("LastModified", &modified.iso8601()),
        }
        list.owner.write(w);
    });
}
