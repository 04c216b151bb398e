//! What an identity may do: an owner everything, others what the bucket's policy and the ACLs say. Pure, so that requests and
//! `explain` get the same answer.
//!
//! A policy precedes the ACLs: what it denies is refused, what it allows is done. While public access is blocked, neither
//! gives anything to everyone.

use crate::{
    context::Context,
    failure::{Failure, FailureKind},
    key_limits::{self, Limited},
    policy_facts::RequestFacts,
    transport::Peer,
};
use coho_admin_api::explain::DenialReason;
use coho_auth::{Identity, PolicyRequest, PolicyVerdict, Principal, evaluate};
use coho_model::{
    BucketAcl, BucketPolicy, BucketRecord, KeyNeed, ObjectAcl, ObjectAttributes, ObjectKey, ObjectRecord, Query,
    Timestamp, website::Protocol,
};
use coho_origin::OriginHead;
use coho_oss::{Level, Operation, action_on_version, header as oss};
use http::HeaderMap;
use std::sync::Arc;

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

/// Who sends a request, and what of the request a bucket's settings may ask about.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a Query,
    pub(crate) peer: Peer,
    pub(crate) now: Timestamp,
    pub(crate) region: &'a str,
    /// Whether it is about a version that it names.
    pub(crate) names_version: bool,
    /// Whether the account that owns the bucket has blocked public access to all its buckets.
    pub(crate) is_account_blocked: bool,
}

/// What is asked for: an operation, by this right, of the bucket or of one of its objects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestedAccess<'a> {
    pub(crate) operation: Operation,
    pub(crate) right: Right,
    pub(crate) key: Option<&'a ObjectKey>,
}

/// What of an object counts for the right to it. One that is being fetched has no ACL of its own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JudgedObject<'a> {
    acl: Option<ObjectAcl>,
    pub(crate) attributes: Option<&'a ObjectAttributes>,
}

impl<'a> From<&'a ObjectRecord> for JudgedObject<'a> {
    fn from(object: &'a ObjectRecord) -> Self {
        Self { acl: Some(object.acl), attributes: object.attributes.as_deref() }
    }
}

impl<'a> From<&'a OriginHead> for JudgedObject<'a> {
    fn from(head: &'a OriginHead) -> Self {
        Self { acl: None, attributes: head.attributes.as_deref() }
    }
}

/// Refuses what the sender may not do.
pub(crate) fn authorize(
    sender: &Sender<'_>,
    access: RequestedAccess<'_>,
    bucket: &BucketRecord,
    object: Option<&ObjectRecord>,
) -> Result<(), Failure> {
    authorize_judged(sender, access, bucket, object.map(JudgedObject::from).unwrap_or_default())
}

/// Refuses what the sender may not do with this object, which need not be stored.
pub(crate) fn authorize_judged(
    sender: &Sender<'_>,
    access: RequestedAccess<'_>,
    bucket: &BucketRecord,
    object: JudgedObject<'_>,
) -> Result<(), Failure> {
    key_limits::check(sender, access, Limited::bucket(bucket, object))?;
    let verdict = match &bucket.configurations.policy {
        Some(policy) => judge(policy, sender, access, (bucket, object)),
        None => PolicyVerdict::Silent,
    };
    match verdict {
        PolicyVerdict::Denied => Err(FailureKind::PolicyDenied(bucket.name.clone()).into()),
        _ if owns(sender.identity, bucket) => Ok(()),
        PolicyVerdict::Allowed if *sender.identity == Identity::Anonymous && is_change_of_bucket(access.operation) => {
            let message = "Anonymous access is forbidden for this operation.";
            Err(FailureKind::AccessDenied(message, DenialReason::Policy).into())
        }
        PolicyVerdict::Allowed => Ok(()),
        // An ACL lets everyone overwrite what is current; what versioning keeps, it does not let everyone destroy.
        PolicyVerdict::Silent if access.right == Right::Write && sender.names_version => {
            by_acl(Right::Own, BucketAcl::Private, false)
        }
        PolicyVerdict::Silent => {
            let acl = object.acl.map_or(bucket.acl, |acl| acl.effective(bucket.acl));
            by_acl(access.right, acl, sender.is_public_blocked(bucket))
        }
    }
}

/// What the ACL says to senders other than the owner; while public access is blocked, it says nothing.
pub(crate) fn by_acl(right: Right, acl: BucketAcl, is_public_blocked: bool) -> Result<(), Failure> {
    const OBJECT: &str = "You have no right to access this object because of bucket acl.";
    let (is_allowed, message) = match right {
        Right::Own => (false, "You do not have permission for this bucket operation."),
        Right::Read => (acl.anyone_reads(), OBJECT),
        Right::Write => (acl.anyone_writes(), OBJECT),
        Right::List => (acl.anyone_writes(), "You are forbidden to list buckets."),
    };
    match is_allowed {
        true if is_public_blocked => Err(FailureKind::AccessDenied(message, DenialReason::PublicAccessBlock).into()),
        true => Ok(()),
        false => Err(FailureKind::AccessDenied(message, DenialReason::Acl).into()),
    }
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

impl<'a> Sender<'a> {
    /// The sender of a request that is supposed: it comes by no connection, and so from no address.
    pub(crate) fn without_connection(
        context: &'a Context,
        bucket: &BucketRecord,
        identity: &'a Identity,
        (headers, query): (&'a HeaderMap, &'a Query),
    ) -> Self {
        Self {
            identity,
            headers,
            query,
            peer: Peer { scheme: Protocol::Http, address: None },
            now: context.store.now(),
            region: &context.region,
            names_version: query.has("versionId"),
            is_account_blocked: context.accounts.blocks_public_access(&bucket.owner),
        }
    }

    /// Whether nothing of the bucket is open to everyone.
    pub(crate) fn is_public_blocked(&self, bucket: &BucketRecord) -> bool {
        self.is_account_blocked || bucket.configurations.blocks_public_access
    }

    /// Whether requests without a signature may read the bucket's objects, as far as the ACL says so.
    pub(crate) fn anyone_reads(&self, bucket: &BucketRecord) -> bool {
        acl_in_force(self, bucket, None).anyone_reads()
    }
}

/// The ACL that holds for an object; for one that does not exist, the bucket's.
pub(crate) fn acl_in_force(sender: &Sender<'_>, bucket: &BucketRecord, acl: Option<ObjectAcl>) -> BucketAcl {
    if sender.is_public_blocked(bucket) {
        return BucketAcl::Private;
    }
    acl.map_or(bucket.acl, |acl| acl.effective(bucket.acl))
}

/// What the policy says: a deny of any of the request's actions, or an allow of each that it needs.
fn judge(
    policy: &BucketPolicy,
    sender: &Sender<'_>,
    access: RequestedAccess<'_>,
    (bucket, object): (&BucketRecord, JudgedObject<'_>),
) -> PolicyVerdict {
    let principal = match sender.identity {
        Identity::Administrator { .. } => return PolicyVerdict::Silent,
        Identity::Anonymous => Principal::Anonymous,
        Identity::Signed { owner, .. } if *owner == bucket.owner => Principal::Owner(owner),
        Identity::Signed { owner, .. } => Principal::Account(owner),
    };
    // An owner can always read and replace the policy.
    if matches!(principal, Principal::Owner(_)) && is_about_policy(access.operation) {
        return PolicyVerdict::Silent;
    }
    let facts = RequestFacts { sender, operation: access.operation, bucket: Some(bucket), object };
    let is_public_blocked = sender.is_public_blocked(bucket);
    judge_actions(sender, access, |action| {
        let request = PolicyRequest {
            principal,
            action,
            region: sender.region,
            owner: &bucket.owner,
            bucket: bucket.name.as_str(),
            key: access.key.map(ObjectKey::as_str),
            is_public_blocked,
        };
        evaluate(policy, &request, &facts)
    })
}

/// The verdict on all actions of a request, of which a policy is asked one by one.
pub(crate) fn judge_actions(
    sender: &Sender<'_>,
    access: RequestedAccess<'_>,
    ask: impl Fn(&'static str) -> PolicyVerdict,
) -> PolicyVerdict {
    let action = access.operation.action();
    // A request for a version is denied what is denied of the object, and needs the right to versions.
    let of_version = action_on_version(action).filter(|_| access.key.is_some() && sender.names_version);
    let sets_tags = access.right == Right::Write && oss::is_present(sender.headers, &oss::TAGGING);
    let needed = [Some(of_version.unwrap_or(action)), sets_tags.then_some("oss:PutObjectTagging")];
    let denies = |verdict: &PolicyVerdict| *verdict == PolicyVerdict::Denied;
    if of_version.is_some() && denies(&ask(action)) {
        return PolicyVerdict::Denied;
    }
    let verdicts: Vec<_> = needed.into_iter().flatten().map(&ask).collect();
    if verdicts.iter().any(denies) {
        PolicyVerdict::Denied
    } else if verdicts.iter().all(|verdict| *verdict == PolicyVerdict::Allowed) {
        PolicyVerdict::Allowed
    } else {
        PolicyVerdict::Silent
    }
}

fn is_about_policy(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::PutBucketPolicy
            | Operation::GetBucketPolicy
            | Operation::DeleteBucketPolicy
            | Operation::GetBucketPolicyStatus
    )
}

/// Whether the operation changes a bucket and not its objects.
fn is_change_of_bucket(operation: Operation) -> bool {
    operation.level() == Level::Bucket && operation.need() == KeyNeed::Manage
}
