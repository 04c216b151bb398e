//! `BucketInfo` (GetBucketInfo). Features that Coho lacks are shown as OSS shows them when disabled.

use super::{Owner, Placement};
use crate::XmlWriter;
use coho_model::BucketRecord;

/// The resource group of every bucket. Clients expect an id that begins with `rg-`.
pub(super) const DEFAULT_RESOURCE_GROUP: &str = "rg-default";

/// Writes the response.
pub fn to_xml(bucket: &BucketRecord, owner: Owner<'_>, placement: Placement<'_>) -> Vec<u8> {
    XmlWriter::document("BucketInfo", 1024, |w| {
        w.element("Bucket", |w| {
            w.text("AccessMonitor", "Disabled");
            let blocks = bucket.configurations.blocks_public_access;
            w.text("BlockPublicAccess", if blocks { "true" } else { "false" });
            w.text("Comment", "");
            w.text("CreationDate", &bucket.created.iso8601());
            w.text("CrossRegionReplication", "Disabled");
            w.text("DataRedundancyType", bucket.redundancy.as_str());
            placement.write_endpoints(w);
            placement.write_location(w);
            w.text("Name", bucket.name.as_str());
            w.text("ResourceGroupId", DEFAULT_RESOURCE_GROUP);
            w.text("StorageClass", bucket.storage_class.as_str());
            w.text("TransferAcceleration", "Disabled");
            w.optional("Versioning", bucket.versioning().as_str());
            owner.write(w);
            w.element("AccessControlList", |w| w.text("Grant", bucket.acl.as_str()));
            let algorithm = bucket.configurations.encryption.map_or("None", |rule| rule.algorithm.as_str());
            w.element("ServerSideEncryptionRule", |w| w.text("SSEAlgorithm", algorithm));
            w.element("BucketPolicy", |w| {
                w.text("LogBucket", "");
                w.text("LogPrefix", "");
            });
        });
    })
}
