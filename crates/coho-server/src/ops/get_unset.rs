//! Reads of configurations that a bucket or an object cannot have yet, and the one change that leaves it so.

use super::{Outcome, empty, xml};
use crate::{call::Call, failure::Failure};
use coho_model::RequestRefusal;
use coho_oss::document::unset;
use http::StatusCode;

/// The reads of bucket configurations, as a pattern: two matches without a wildcard name them.
macro_rules! bucket_configuration {
    () => {
        Operation::GetBucketStorageCapacity
            | Operation::GetBucketOverwriteConfig
            | Operation::GetBucketCallbackPolicy
            | Operation::ListAccessPoints
            | Operation::GetAccessPoint
            | Operation::GetAccessPointPolicy
            | Operation::GetAccessPointForObjectProcess
            | Operation::GetAccessPointConfigForObjectProcess
            | Operation::GetAccessPointPolicyForObjectProcess
            | Operation::GetBucketAccessMonitor
            | Operation::GetBucketArchiveDirectRead
            | Operation::GetBucketCors
            | Operation::GetBucketEncryption
            | Operation::GetBucketHttpsConfig
            | Operation::GetBucketInventory
            | Operation::GetBucketLifecycle
            | Operation::GetBucketLogging
            | Operation::GetBucketPolicy
            | Operation::GetBucketPolicyStatus
            | Operation::GetBucketPublicAccessBlock
            | Operation::GetBucketReferer
            | Operation::GetBucketReplication
            | Operation::GetBucketReplicationLocation
            | Operation::GetBucketReplicationProgress
            | Operation::GetBucketResourceGroup
            | Operation::GetBucketTags
            | Operation::GetBucketTransferAcceleration
            | Operation::GetBucketWorm
            | Operation::GetMetaQueryStatus
            | Operation::GetStyle
            | Operation::GetUserDefinedLogFieldsConfig
            | Operation::ListBucketDataRedundancyTransition
            | Operation::ListBucketInventory
            | Operation::ListCname
            | Operation::ListStyle
    };
}
pub(crate) use bucket_configuration;

/// A configuration of a bucket.
pub(crate) fn of_bucket(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    xml(unset::of_bucket(call.operation, &bucket)?)
}

/// The tags or the symbolic link of an object.
pub(crate) async fn of_object(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    let key = call.key()?;
    call.object_record(&bucket).await?.ok_or_else(|| Failure::no_such_key(key))?;
    xml(unset::of_object(call.operation, key)?)
}

/// A live channel, whose name is not that of an object.
pub(crate) fn live_channel(call: &Call) -> Outcome {
    xml(unset::of_object(call.operation, call.key()?)?)
}

/// PutBucketPublicAccessBlock: new SDKs turn the block off before every public ACL, and it is always off.
pub(crate) async fn put_public_access_block(call: &mut Call) -> Outcome {
    let body = call.document(unset::MAX_BYTES).await?;
    if unset::blocks_public_access(&body)? {
        return Err(RequestRefusal::parameter_not_implemented("publicAccessBlock").into());
    }
    empty(StatusCode::OK)
}

/// DeleteBucketPublicAccessBlock.
pub(crate) fn delete_public_access_block() -> Outcome {
    empty(StatusCode::NO_CONTENT)
}
