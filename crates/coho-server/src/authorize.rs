//! What an identity may do: owners everything, everybody else what the ACLs say.

use crate::{call::Call, error::Failure};
use coho_auth::Identity;
use coho_model::{BucketAcl, BucketRecord, ObjectRecord};
use coho_oss::{ErrorCode, OssError};

/// Whether the identity owns the bucket.
pub(crate) fn owns(identity: &Identity, bucket: &BucketRecord) -> bool {
    match identity {
        Identity::Anonymous => false,
        Identity::Signed { owner, .. } => *owner == bucket.owner,
    }
}

/// The rule for an object, which may not exist: then the bucket's.
fn effective(bucket: &BucketRecord, object: Option<&ObjectRecord>) -> BucketAcl {
    object.map_or(bucket.acl, |object| object.acl.effective(bucket.acl))
}

impl Call {
    /// The account behind a signed request.
    pub(crate) fn owner(&self) -> Result<std::sync::Arc<str>, Failure> {
        match &self.identity {
            Identity::Anonymous => Err(OssError::new(ErrorCode::AccessDenied).into()),
            Identity::Signed { owner, .. } => Ok(owner.clone()),
        }
    }

    /// Only the owner of the bucket.
    pub(crate) fn must_own(&self, bucket: &BucketRecord) -> Result<(), Failure> {
        allow(owns(&self.identity, bucket), "You do not have permission for this bucket operation.")
    }

    /// Whoever may read the object; if it does not exist, whoever may read the bucket's objects.
    pub(crate) fn may_read(&self, bucket: &BucketRecord, object: Option<&ObjectRecord>) -> Result<(), Failure> {
        let allowed = owns(&self.identity, bucket) || effective(bucket, object).anyone_reads();
        allow(allowed, "You have no right to access this object because of bucket acl.")
    }

    /// Whoever may write the object.
    pub(crate) fn may_write(&self, bucket: &BucketRecord, object: Option<&ObjectRecord>) -> Result<(), Failure> {
        let allowed = owns(&self.identity, bucket) || effective(bucket, object).anyone_writes();
        allow(allowed, "You have no right to access this object because of bucket acl.")
    }

    /// The check before a write: somebody who is not the owner needs the right on what is overwritten, too.
    pub(crate) async fn must_be_able_to_write(&self, bucket: &BucketRecord) -> Result<(), Failure> {
        if owns(&self.identity, bucket) {
            return Ok(());
        }
        let object = self.object_record(bucket).await?;
        self.may_write(bucket, object.as_deref())
    }

    /// Whoever may list: the owner, and others in a bucket that everybody writes. Reading alone does not list: a
    /// modern OSS bucket refuses that as well.
    pub(crate) fn may_list(&self, bucket: &BucketRecord) -> Result<(), Failure> {
        let allowed = owns(&self.identity, bucket) || bucket.acl.anyone_writes();
        allow(allowed, "You are forbidden to list buckets.")
    }
}

fn allow(allowed: bool, message: &'static str) -> Result<(), Failure> {
    if allowed { Ok(()) } else { Err(OssError::access_denied(message).into()) }
}
