//! `BucketStat` (GetBucketStat). Storage classes are labels, so everything counts as Standard.

use crate::XmlWriter;
use coho_model::{BucketStat, Timestamp};

/// Writes the response; `at` is the time of the counters. OSS shows 0 for a bucket without content.
pub fn to_xml(stat: &BucketStat, at: Timestamp) -> Vec<u8> {
    let counted_at = if *stat == BucketStat::default() { 0 } else { at.unix_s() };
    XmlWriter::document("BucketStat", 1024, |w| {
        w.value("Storage", stat.bytes);
        w.value("ObjectCount", stat.objects);
        w.value("MultipartUploadCount", stat.uploads);
        w.value("MultipartPartCount", stat.parts);
        w.value("LiveChannelCount", 0);
        w.value("LastModifiedTime", counted_at);
        w.value("StandardStorage", stat.bytes);
        w.value("StandardObjectCount", stat.objects);
        for class in ["InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive"] {
            w.value(&format!("{class}Storage"), 0);
            w.value(&format!("{class}RealStorage"), 0);
            w.value(&format!("{class}ObjectCount"), 0);
        }
        w.value("DeleteMarkerCount", stat.delete_markers);
    })
}
