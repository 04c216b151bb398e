//! What limits a sender beside its account: the rights of its access key, and the policy of its session. Pure, and part of every
//! authorisation, also of the second object of a request: a source of a copy, the target of a link, what a rule looks up.

use crate::{
    authorize::{JudgedObject, RequestedAccess, Sender, judge_actions},
    failure::{Failure, FailureKind},
    policy_facts::RequestFacts,
};
use coho_auth::{Identity, KeyLimits, PolicyRequest, PolicyVerdict, Principal, evaluate};
use coho_model::{BucketPolicy, BucketRecord, KeyTarget, ObjectKey};
use coho_oss::{Level, Operation};

/// What a request is about: a bucket that need not exist, or the account, which has no name here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limited<'a> {
    bucket: &'a str,
    owner: &'a str,
    record: Option<&'a BucketRecord>,
    object: JudgedObject<'a>,
}

impl<'a> Limited<'a> {
    /// The account, or a bucket of it that would be made.
    pub(crate) fn new(bucket: &'a str, owner: &'a str) -> Self {
        Self { bucket, owner, record: None, object: JudgedObject::default() }
    }

    /// A bucket, and one of its objects.
    pub(crate) fn bucket(bucket: &'a BucketRecord, object: JudgedObject<'a>) -> Self {
        Self { bucket: bucket.name.as_str(), owner: &bucket.owner, record: Some(bucket), object }
    }
}

/// The limits of an identity, if it has any.
pub(crate) fn of(identity: &Identity) -> Option<&KeyLimits> {
    match identity {
        Identity::Signed { limits, .. } => limits.as_deref(),
        Identity::Anonymous | Identity::Administrator { .. } => None,
    }
}

/// Refuses what the limits of the sender's key do not allow.
pub(crate) fn check(sender: &Sender<'_>, access: RequestedAccess<'_>, limited: Limited<'_>) -> Result<(), Failure> {
    let Some(KeyLimits { rights, policy }) = of(sender.identity) else { return Ok(()) };
    let need = access.operation.need();
    let by_rights = rights.as_ref().is_none_or(|rights| rights.allow(need, target(sender, access, limited)));
    let by_policy = policy.as_deref().is_none_or(|policy| allows(policy, sender, access, limited));
    if by_rights && by_policy { Ok(()) } else { Err(FailureKind::KeyDenied.into()) }
}

fn target<'t>(sender: &Sender<'t>, access: RequestedAccess<'t>, limited: Limited<'t>) -> KeyTarget<'t> {
    let Limited { bucket, .. } = limited;
    let lists = matches!(
        access.operation,
        Operation::ListObjects
            | Operation::ListObjectsV2
            | Operation::ListObjectVersions
            | Operation::ListMultipartUploads
    );
    match access.key {
        Some(key) => KeyTarget::Object { bucket, key: key.as_str() },
        None if access.operation.level() == Level::Service => KeyTarget::Account,
        None if lists => KeyTarget::Listing { bucket, prefix: sender.query.get("prefix").unwrap_or_default() },
        None => KeyTarget::Bucket(bucket),
    }
}

/// Whether the policy of a session allows the request: what no statement allows is denied.
fn allows(policy: &BucketPolicy, sender: &Sender<'_>, access: RequestedAccess<'_>, limited: Limited<'_>) -> bool {
    let Limited { bucket, owner, record, object } = limited;
    let facts = RequestFacts { sender, operation: access.operation, bucket: record, object };
    let verdict = judge_actions(sender, access, |action| {
        let request = PolicyRequest {
            principal: Principal::Holder,
            action,
            region: sender.region,
            owner,
            bucket,
            key: access.key.map(ObjectKey::as_str),
            is_public_blocked: false,
        };
        evaluate(policy, &request, &facts)
    });
    verdict == PolicyVerdict::Allowed
}

#[cfg(test)]
mod tests;
