//! Reads of configurations that a bucket cannot have yet.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::RequestRefusal;
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

/// A live channel, whose name is not that of an object.
pub(crate) fn live_channel(call: &Call) -> Outcome {
    Err(RequestRefusal::NoSuchLiveChannel(call.key()?.clone()).into())
}
