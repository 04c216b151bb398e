//! What an identity may do: an owner everything, others what the ACLs say. Pure, so that requests and `explain` get the
//! same answer.

use crate::failure::{Failure, FailureKind};
use coho_auth::Identity;
use coho_model::{BucketAcl, BucketRecord, ObjectRecord, Query};
use http::HeaderMap;
use std::sync::Arc;

/// Who sends a request, and what of the request a bucket's settings may ask about.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a Query,
}

/// What a request does with a bucket or an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Settings, and everything else that only the owner may do.
    Own,
    /// Reading an object. If it does not exist, the right to read the bucket's objects is needed.
    Read,
    /// Writing an object: the one that is overwritten counts.
    Write,
    /// Listing. Public reading does not include it: a modern OSS bucket refuses that as well.
    List,
}

/// Refuses what the identity may not do.
pub(crate) fn authorize(
    identity: &Identity,
    right: Right,
    bucket: &BucketRecord,
    object: Option<&ObjectRecord>,
) -> Result<(), Failure> {
    const OBJECT: &str = "You have no right to access this object because of bucket acl.";
    if owns(identity, bucket) {
        return Ok(());
    }
    let (is_allowed, message) = match right {
        Right::Own => (false, "You do not have permission for this bucket operation."),
        Right::Read => (effective(bucket, object).anyone_reads(), OBJECT),
        Right::Write => (effective(bucket, object).anyone_writes(), OBJECT),
        Right::List => (bucket.acl.anyone_writes(), "You are forbidden to list buckets."),
    };
    if is_allowed { Ok(()) } else { Err(FailureKind::AccessDenied(message).into()) }
}

/// The account that a request acts for.
pub(crate) fn account(identity: &Identity) -> Result<&Arc<str>, Failure> {
    match identity {
        Identity::Anonymous => Err(FailureKind::SignatureRequired.into()),
        Identity::Signed { owner, .. } => Ok(owner),
        Identity::Administrator { account } => Ok(account),
    }
}

/// Whether the identity owns the bucket.
pub(crate) fn owns(identity: &Identity, bucket: &BucketRecord) -> bool {
    match identity {
        Identity::Anonymous => false,
        Identity::Signed { owner, .. } => *owner == bucket.owner,
        Identity::Administrator { .. } => true,
    }
}

/// The ACL that holds for an object; for one that does not exist, the bucket's.
fn effective(bucket: &BucketRecord, object: Option<&ObjectRecord>) -> BucketAcl {
    object.map_or(bucket.acl, |object| object.acl.effective(bucket.acl))
}
