//! Reads of configurations that a bucket or an object cannot have yet.

use super::{Outcome, xml};
use crate::{call::Call, failure::Failure};
use coho_oss::document::unset;

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
            | Operation::GetBucketEncryption
            | Operation::GetBucketHttpsConfig
            | Operation::GetBucketInventory
            | Operation::GetBucketLogging
            | Operation::GetBucketReplication
            | Operation::GetBucketReplicationLocation
            | Operation::GetBucketReplicationProgress
            | Operation::GetBucketResourceGroup
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

/// The symbolic link of an object.
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
