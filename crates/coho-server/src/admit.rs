//! Authorisation as a stage: before an operation is handled, its bucket is looked up and the identity checked.
//!
//! Reads are the exception. Which object one reads is decided by the bucket's rules, so it is authorised there, object
//! by object, and always before anything is revealed or fetched (`representation`).

use crate::{
    authorize::{RequestedAccess, Right, account, acl_in_force, owns},
    call::Call,
    failure::Failure,
    key_limits::{self, Limited},
    ops::get_unset,
    terms,
};
use coho_model::{BucketName, BucketRecord, KeyVersion};
use coho_oss::{Operation, action_on_version};

/// What an operation needs before it is handled.
enum Need {
    /// A signed request; the bucket may not exist.
    Account,
    /// The right to this bucket.
    Of(Right),
    /// The right to the bucket's settings; an account alone if the bucket is missing, as the operation makes it.
    OwnOrMake,
    /// The right to write at least some objects; each object is checked by the operation.
    WriteSome,
    /// The bucket alone: the operation resolves what is read, and authorises that.
    Bucket,
    /// The bucket alone, on no terms: a preflight asks whether a request may be sent.
    Preflight,
    /// The bucket alone, on no terms yet: the sender of a form is named in it, and so is what it writes. The operation calls
    /// [`admit_write`].
    Form,
}

fn need(operation: Operation) -> Need {
    match operation {
        Operation::ListBuckets
        | Operation::PutBucket
        | Operation::GetPublicAccessBlock
        | Operation::PutPublicAccessBlock
        | Operation::DeletePublicAccessBlock => Need::Account,
        Operation::OptionObject => Need::Preflight,
        Operation::PutBucketAcl => Need::OwnOrMake,
        Operation::DeleteBucket
        | Operation::GetBucketAcl
        | Operation::GetBucketInfo
        | Operation::GetBucketLocation
        | Operation::GetBucketStat
        | Operation::GetBucketVersioning
        | Operation::GetBucketWebsite
        | Operation::PutBucketVersioning
        | Operation::GetBucketRequestPayment
        | Operation::PutBucketRequestPayment
        | Operation::GetBucketLifecycle
        | Operation::PutBucketLifecycle
        | Operation::DeleteBucketLifecycle
        | Operation::GetBucketArchiveDirectRead
        | Operation::PutBucketArchiveDirectRead
        | Operation::PutBucketWebsite
        | Operation::DeleteBucketWebsite
        | Operation::ListMultipartUploads
        | Operation::ListLiveChannel
        | Operation::GetObjectAcl
        | Operation::PutObjectAcl
        | Operation::GetBucketPublicAccessBlock
        | Operation::GetBucketPolicy
        | Operation::PutBucketPolicy
        | Operation::DeleteBucketPolicy
        | Operation::GetBucketPolicyStatus
        | Operation::GetBucketCors
        | Operation::PutBucketCors
        | Operation::DeleteBucketCors
        | Operation::GetBucketEncryption
        | Operation::PutBucketEncryption
        | Operation::DeleteBucketEncryption
        | Operation::GetBucketReferer
        | Operation::PutBucketReferer
        | Operation::PutBucketPublicAccessBlock
        | Operation::DeleteBucketPublicAccessBlock
        | Operation::GetBucketTags
        | Operation::PutBucketTags
        | Operation::DeleteBucketTags
        | Operation::GetObjectTagging
        | Operation::PutObjectTagging
        | Operation::DeleteObjectTagging
        | Operation::GetLiveChannelInfo
        | get_unset::bucket_configuration!() => Need::Of(Right::Own),
        Operation::ListObjectsV2 | Operation::ListObjectVersions => Need::Of(Right::List),
        Operation::PutObject
        | Operation::AppendObject
        | Operation::SealAppendObject
        | Operation::PutSymlink
        | Operation::RestoreObject
        | Operation::CleanRestoredObject
        | Operation::CopyObject
        | Operation::DeleteObject
        | Operation::InitiateMultipartUpload
        | Operation::UploadPart
        | Operation::UploadPartCopy
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload
        | Operation::ListParts => Need::Of(Right::Write),
        Operation::DeleteMultipleObjects => Need::WriteSome,
        Operation::PostObject => Need::Form,
        Operation::GetObject
        | Operation::HeadObject
        | Operation::GetObjectMeta
        | Operation::GetSymlink
        | Operation::ListObjects => Need::Bucket,
    }
}

/// Whether the object under the key counts: its tags, and to others than the owner the ACL of what they overwrite.
fn needs_object(call: &Call, right: Right, bucket: &BucketRecord) -> bool {
    let policy = &bucket.configurations.policy;
    call.key.is_some()
        && (right == Right::Write && !owns(&call.identity, bucket)
            || policy.as_ref().is_some_and(|policy| policy.tests_object_tags()))
}

/// Refuses what the identity may not do with the bucket, or with the object as it is now.
async fn may_now(call: &Call, right: Right, bucket: &BucketRecord) -> Result<(), Failure> {
    let access = RequestedAccess { operation: call.operation, right, key: call.key.as_ref() };
    if !needs_object(call, right, bucket) {
        return call.may(access, bucket, None);
    }
    // Only what acts on a version is judged by it: a write replaces the object.
    let names_version = action_on_version(call.operation.action()).is_some();
    let version = if names_version { call.version_id()? } else { None };
    let found = call.present(bucket, call.key()?, version).await?;
    call.may(access, bucket, found.as_ref().and_then(KeyVersion::object).map(|object| &**object))
}

/// Refuses a write of the call's key that the bucket's terms refuse, or that the identity may not make.
pub(crate) async fn admit_write(call: &Call, bucket: &BucketRecord) -> Result<(), Failure> {
    terms::check(&call.sender(bucket), call.operation, bucket)?;
    may_now(call, Right::Write, bucket).await
}

/// Refuses a request about the account, or one that would make a bucket, without a signature or beyond the limits of its key.
fn may_of_account(call: &Call) -> Result<(), Failure> {
    let owner = account(&call.identity)?;
    let name = call.bucket_name.as_ref().map_or("", BucketName::as_str);
    let access = RequestedAccess { operation: call.operation, right: Right::Own, key: None };
    key_limits::check(&call.sender_of(owner), access, Limited::new(name, owner))
}

/// Looks the bucket up and refuses what the identity may not do.
pub(crate) async fn admit(call: &mut Call) -> Result<(), Failure> {
    let need = need(call.operation);
    if let Need::Account = need {
        return may_of_account(call);
    }
    let Some(bucket) = call.find_bucket().await? else {
        return match need {
            Need::OwnOrMake => may_of_account(call),
            _ => Err(Failure::no_such_bucket(call.bucket_name()?.as_str())),
        };
    };
    if let Need::Preflight | Need::Form = need {
        return Ok(());
    }
    terms::check(&call.sender(&bucket), call.operation, &bucket)?;
    let of = |right| RequestedAccess { operation: call.operation, right, key: call.key.as_ref() };
    match need {
        Need::Account | Need::Bucket | Need::Preflight | Need::Form => Ok(()),
        Need::Of(right) => may_now(call, right, &bucket).await,
        Need::OwnOrMake => call.may(of(Right::Own), &bucket, None),
        Need::WriteSome if bucket.configurations.policy.is_some() => Ok(()),
        // Each object is checked by what limits the key.
        Need::WriteSome if owns(&call.identity, &bucket) && key_limits::of(&call.identity).is_some() => Ok(()),
        Need::WriteSome if acl_in_force(&call.sender(&bucket), &bucket, None).anyone_writes() => Ok(()),
        Need::WriteSome => call.may(of(Right::Own), &bucket, None),
    }
}
