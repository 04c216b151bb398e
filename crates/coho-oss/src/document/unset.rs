//! Configurations that a bucket does not have: what OSS answers for each.

use super::bucket_info::DEFAULT_RESOURCE_GROUP;
use crate::{Operation, XmlWriter};
use coho_model::{BucketRecord, RequestRefusal, UnsetConfiguration};

/// The answer to reading a configuration of a bucket that is not set: an error, or a document of defaults.
pub fn of_bucket(operation: Operation, bucket: &BucketRecord) -> Result<Vec<u8>, RequestRefusal> {
    use {Operation as Op, UnsetConfiguration as Unset};
    let unset = |what| Err(RequestRefusal::NotConfigured(what, bucket.name.clone()));
    let document = |root, content: fn(&mut XmlWriter)| Ok(XmlWriter::document(root, 256, content));
    match operation {
        Op::GetAccessPoint | Op::GetAccessPointPolicy => unset(Unset::AccessPoint),
        Op::GetAccessPointForObjectProcess
        | Op::GetAccessPointConfigForObjectProcess
        | Op::GetAccessPointPolicyForObjectProcess => unset(Unset::AccessPointForObjectProcess),
        Op::GetBucketCallbackPolicy => unset(Unset::CallbackPolicy),
        Op::GetBucketOverwriteConfig => unset(Unset::OverwriteConfig),
        Op::GetBucketInventory | Op::ListBucketInventory => unset(Unset::Inventory),
        Op::GetBucketReplication | Op::GetBucketReplicationProgress => unset(Unset::Replication),
        Op::GetBucketTransferAcceleration => unset(Unset::TransferAcceleration),
        Op::GetBucketWorm => unset(Unset::Retention),
        Op::GetMetaQueryStatus => unset(Unset::MetadataIndex),
        Op::GetStyle => unset(Unset::Style),
        Op::GetUserDefinedLogFieldsConfig => unset(Unset::UserDefinedLogFields),
        Op::GetBucketAccessMonitor => document("AccessMonitorConfiguration", |w| w.text("Status", "Disabled")),
        Op::GetBucketHttpsConfig => document("HttpsConfiguration", |w| w.element("TLS", |w| w.text("Enable", "false"))),
        Op::GetBucketLogging => document("BucketLoggingStatus", |_| ()),
        Op::GetBucketReplicationLocation => document("ReplicationLocation", |_| ()),
        Op::GetBucketResourceGroup => document("BucketResourceGroupConfiguration", |w| {
            w.text("ResourceGroupId", DEFAULT_RESOURCE_GROUP);
        }),
        Op::GetBucketStorageCapacity => document("BucketUserQos", |w| w.text("StorageCapacity", "-1")),
        Op::ListAccessPoints => Ok(XmlWriter::document("ListAccessPointsResult", 256, |w| {
            w.text("MaxKeys", "100");
            w.text("IsTruncated", "false");
            w.text("AccountId", &bucket.owner);
            w.element("AccessPoints", |_| ());
        })),
        Op::ListBucketDataRedundancyTransition => {
            document("ListBucketDataRedundancyTransition", |w| w.text("IsTruncated", "false"))
        }
        Op::ListCname => Ok(XmlWriter::document("ListCnameResult", 256, |w| {
            w.text("Bucket", bucket.name.as_str());
            w.text("Owner", &bucket.owner);
        })),
        Op::ListStyle => document("StyleList", |_| ()),
        other => Err(RequestRefusal::parameter_not_implemented(other.name())),
    }
}
