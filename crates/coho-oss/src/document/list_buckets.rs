//! `ListAllMyBucketsResult` (ListBuckets).

use super::{Owner, Placement};
use crate::XmlWriter;
use coho_model::BucketRecord;
use std::sync::Arc;

/// A page of an owner's buckets.
#[derive(Debug, Clone)]
pub struct ListBuckets<'a> {
    /// The owner of the buckets.
    pub owner: Owner<'a>,
    /// The paging parameters and the end of the page. OSS shows them only if the client asked for a page or the page is
    /// truncated.
    pub page: Option<BucketPaging<'a>>,
    /// Where the buckets are.
    pub placement: Placement<'a>,
    /// In order of their names.
    pub buckets: &'a [Arc<BucketRecord>],
}

/// `Prefix` to `NextMarker`.
#[derive(Debug, Clone, Copy)]
pub struct BucketPaging<'a> {
    /// As sent by the client.
    pub prefix: &'a str,
    /// As sent by the client.
    pub marker: &'a str,
    /// In effect.
    pub max_keys: usize,
    /// The last name of this page, if it is truncated.
    pub next_marker: Option<&'a str>,
}

/// Writes the response. `Buckets` is present even when empty: SDKs access it.
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
