//! `ListAllMyBucketsResult` (ListBuckets).

use super::{Owner, Placement};
use crate::XmlWriter;
use coho_model::BucketRecord;
use std::sync::Arc;

/// A page of somebody's buckets.
#[derive(Debug, Clone)]
pub struct ListBuckets<'a> {
    /// Whose they are.
    pub owner: Owner<'a>,
    /// What was asked for and where the page ends; OSS shows it only if the client asked for a page or there
    /// are more.
    pub page: Option<BucketPaging<'a>>,
    /// Where the buckets are.
    pub placement: Placement<'a>,
    /// In order of their names.
    pub buckets: &'a [Arc<BucketRecord>],
}

/// `Prefix` to `NextMarker`.
#[derive(Debug, Clone, Copy)]
pub struct BucketPaging<'a> {
    /// As the client sent it.
    pub prefix: &'a str,
    /// As the client sent it.
    pub marker: &'a str,
    /// In effect.
    pub max_keys: usize,
    /// The last name of this page, if there are more.
    pub next_marker: Option<&'a str>,
}

/// Writes the answer. `Buckets` is there even without buckets: SDKs look into it.
pub fn to_xml(list: &ListBuckets<'_>) -> Vec<u8> {
    XmlWriter::document("ListAllMyBucketsResult", 512 + 512 * list.buckets.len(), |w| {
        if let Some(page) = &list.page {
            w.text("Prefix", page.prefix);
            w.text("Marker", page.marker);
            w.value("MaxKeys", page.max_keys);
            w.value("IsTruncated", page.next_marker.is_some());
            w.optional("NextMarker", page.next_marker);
        }
        list.owner.write(w);
        w.element("Buckets", |w| list.buckets.iter().for_each(|bucket| write_bucket(w, bucket, list.placement)));
    })
}

fn write_bucket(w: &mut XmlWriter, bucket: &BucketRecord, placement: Placement<'_>) {
    w.element("Bucket", |w| {
        w.text("CreationDate", &bucket.created.iso8601());
        placement.write_endpoints(w);
        placement.write_location(w);
        w.text("Name", bucket.name.as_str());
        w.text("Region", placement.region);
        w.text("StorageClass", bucket.storage_class.as_str());
    });
}
