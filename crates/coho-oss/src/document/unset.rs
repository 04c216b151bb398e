//! Configurations that a bucket or an object does not have: what OSS answers for each.

use super::bucket_info::DEFAULT_RESOURCE_GROUP;
use crate::{ErrorCode, Operation, OssError, XmlError, XmlWriter, read_document};
use coho_model::{BucketRecord, ObjectKey};

/// Maximum bytes of `PublicAccessBlockConfiguration`.
pub const MAX_BYTES: usize = 64 * 1024;

/// The answer to reading a configuration of a bucket that is not set: an error, or a document of defaults.
pub fn of_bucket(operation: Operation, bucket: &BucketRecord) -> Result<Vec<u8>, OssError> {
    use Operation as Op;
    let unset = |code| Err(OssError::new(code).extra("BucketName", bucket.name.as_str()));
    let document = |root, content: fn(&mut XmlWriter)| Ok(XmlWriter::document(root, 256, content));
    match operation {
        Op::GetBucketCors => unset(ErrorCode::NoSuchCORSConfiguration),
        Op::GetAccessPoint | Op::GetAccessPointPolicy => unset(ErrorCode::NoSuchAccessPoint),
        Op::GetAccessPointForObjectProcess
        | Op::GetAccessPointConfigForObjectProcess
        | Op::GetAccessPointPolicyForObjectProcess => unset(ErrorCode::NoSuchAccessPointForObjectProcess),
        Op::GetBucketCallbackPolicy => unset(ErrorCode::BucketCallbackPolicyNotExist),
        Op::GetBucketOverwriteConfig => unset(ErrorCode::NoSuchBucketOverwriteConfig),
        Op::GetBucketEncryption => unset(ErrorCode::NoSuchServerSideEncryptionRule),
        Op::GetBucketInventory | Op::ListBucketInventory => unset(ErrorCode::NoSuchInventory),
        Op::GetBucketLifecycle => unset(ErrorCode::NoSuchLifecycle),
        Op::GetBucketPolicy => unset(ErrorCode::NoSuchBucketPolicy),
        Op::GetBucketReplication | Op::GetBucketReplicationProgress => unset(ErrorCode::NoSuchReplicationConfiguration),
        Op::GetBucketTransferAcceleration => unset(ErrorCode::NoSuchTransferAccelerationConfiguration),
        Op::GetBucketWorm => unset(ErrorCode::NoSuchWORMConfiguration),
        Op::GetMetaQueryStatus => unset(ErrorCode::MetaQueryNotExist),
        Op::GetStyle => unset(ErrorCode::NoSuchStyle),
        Op::GetUserDefinedLogFieldsConfig => unset(ErrorCode::NoSuchUserDefinedLogFieldsConfig),
        Op::GetBucketAccessMonitor => document("AccessMonitorConfiguration", |w| w.text("Status", "Disabled")),
        Op::GetBucketArchiveDirectRead => document("ArchiveDirectReadConfiguration", |w| w.text("Enabled", "false")),
        Op::GetBucketHttpsConfig => document("HttpsConfiguration", |w| w.element("TLS", |w| w.text("Enable", "false"))),
        Op::GetBucketLogging => document("BucketLoggingStatus", |_| ()),
        Op::GetBucketPolicyStatus => document("PolicyStatus", |w| w.text("IsPublic", "false")),
        Op::GetBucketPublicAccessBlock => {
            document("PublicAccessBlockConfiguration", |w| w.text("BlockPublicAccess", "false"))
        }
        Op::GetBucketReferer => document("RefererConfiguration", |w| {
            w.text("AllowEmptyReferer", "true");
            w.text("AllowTruncateQueryString", "true");
            w.text("TruncatePath", "false");
            w.element("RefererList", |_| ());
        }),
        Op::GetBucketReplicationLocation => document("ReplicationLocation", |_| ()),
        Op::GetBucketRequestPayment => document("RequestPaymentConfiguration", |w| w.text("Payer", "BucketOwner")),
        Op::GetBucketResourceGroup => document("BucketResourceGroupConfiguration", |w| {
            w.text("ResourceGroupId", DEFAULT_RESOURCE_GROUP);
        }),
        Op::GetBucketStorageCapacity => document("BucketUserQos", |w| w.text("StorageCapacity", "-1")),
        Op::GetBucketTags => Ok(no_tags()),
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
        other => Err(OssError::not_implemented_parameter(other.name())),
    }
}

/// The answer to reading what an object without it does not have.
pub fn of_object(operation: Operation, key: &ObjectKey) -> Result<Vec<u8>, OssError> {
    match operation {
        Operation::GetLiveChannelInfo => Err(OssError::new(ErrorCode::NoSuchLiveChannel).extra("Key", key.as_str())),
        Operation::GetSymlink => Err(OssError::new(ErrorCode::NotSymlink).extra("Key", key.as_str())),
        _ => Ok(no_tags()),
    }
}

/// Parses `PublicAccessBlockConfiguration` (PutBucketPublicAccessBlock): whether public access is to be blocked.
pub fn blocks_public_access(body: &[u8]) -> Result<bool, OssError> {
    let root = read_document(body, "PublicAccessBlockConfiguration", MAX_BYTES)?;
    let value = root.child("BlockPublicAccess")?.ok_or(XmlError::Malformed("BlockPublicAccess is missing"))?.trimmed();
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(OssError::malformed_xml("BlockPublicAccess is neither true nor false")),
    }
}

fn no_tags() -> Vec<u8> {
    XmlWriter::document("Tagging", 128, |w| w.element("TagSet", |_| ()))
}
