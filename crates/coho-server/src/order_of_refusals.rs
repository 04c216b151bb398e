//! The order of refusals. As in OSS, a missing bucket is answered before an unknown access key, and a missing or foreign
//! bucket before a request that names no supported operation.

use crate::{
    address::{Reading, Target},
    authorize::{Right, by_acl, owns},
    context::Context,
    failure::{Failure, FailureKind},
};
use coho_auth::{AuthError, Identity};
use coho_model::{BucketName, Query, RequestRefusal};
use coho_oss::{Level, Operation};
use http::{HeaderMap, Method};

/// A request that is refused before its bucket is looked up, and what is answered instead if it holds.
pub(crate) struct EarlyRefusal {
    failure: Failure,
    preceding: Preceding,
}

/// What precedes a refusal.
enum Preceding {
    Nothing,
    /// That the bucket of this name is missing.
    MissingBucket(String),
    /// That the bucket is missing, or that the identity lacks the right to it.
    Bucket(Box<Addressed>),
}

/// What a refused request addresses, and by whose right.
struct Addressed {
    target: Target,
    identity: Identity,
    /// `None` if the request itself may say more about its sender.
    right: Option<Right>,
}

impl<E: Into<Failure>> From<E> for EarlyRefusal {
    fn from(failure: E) -> Self {
        Self { failure: failure.into(), preceding: Preceding::Nothing }
    }
}

impl EarlyRefusal {
    /// A request that is not authenticated.
    pub(crate) fn unauthenticated(failure: Failure, method: &Method, query: &Query, reading: &Reading) -> Self {
        let is_unknown_key = matches!(
            &failure.kind,
            FailureKind::Unauthenticated(error) if matches!(**error, AuthError::UnknownAccessKey { .. })
        );
        let preceding = match &reading.bucket {
            Some(bucket) if is_unknown_key && !(reading.key.is_none() && makes_bucket(method, query)) => {
                Preceding::MissingBucket(bucket.clone())
            }
            _ => Preceding::Nothing,
        };
        Self { failure, preceding }
    }

    /// A request that names no operation, or one with a feature that is not implemented.
    pub(crate) fn unrouted(
        refusal: RequestRefusal,
        method: &Method,
        query: &Query,
        target: Target,
        identity: Identity,
    ) -> Self {
        let is_about_method =
            matches!(refusal, RequestRefusal::MethodNotAllowed { .. } | RequestRefusal::CrossOriginNotEnabled);
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let right = match &target.key {
            Some(_) if is_read => Some(Right::Read),
            Some(_) => Some(Right::Write),
            // A form upload has its signature in its body.
            None if *method == Method::POST && identity == Identity::Anonymous => None,
            None => Some(Right::Own),
        };
        let is_new_bucket = target.key.is_none() && makes_bucket(method, query);
        let preceding = if target.bucket.is_none() || is_about_method || is_new_bucket {
            Preceding::Nothing
        } else {
            Preceding::Bucket(Box::new(Addressed { target, identity, right }))
        };
        Self { failure: refusal.into(), preceding }
    }

    /// The failure to be answered.
    pub(crate) async fn resolve(self, context: &Context) -> Failure {
        let preceding = match &self.preceding {
            Preceding::Nothing => Ok(()),
            Preceding::MissingBucket(name) => exists(context, name).await,
            Preceding::Bucket(addressed) => addressed.check(context).await,
        };
        preceding.err().unwrap_or(self.failure)
    }
}

async fn exists(context: &Context, name: &str) -> Result<(), Failure> {
    let bucket = match BucketName::parse(name) {
        Ok(name) => context.store.bucket(&name).await?,
        Err(_) => None,
    };
    bucket.map(drop).ok_or_else(|| Failure::no_such_bucket(name))
}

impl Addressed {
    async fn check(&self, context: &Context) -> Result<(), Failure> {
        let Some(name) = &self.target.bucket else { return Ok(()) };
        let bucket = context.store.bucket(name).await?.ok_or_else(|| Failure::no_such_bucket(name.as_str()))?;
        let Some(right) = self.right else { return Ok(()) };
        // A policy may give the right: what the request asks for is refused in any case.
        if owns(&self.identity, &bucket) || bucket.configurations.policy.is_some() {
            return Ok(());
        }
        let object = match &self.target.key {
            Some(key) => context.store.object(&bucket, key).await?,
            None => None,
        };
        let is_blocked =
            bucket.configurations.blocks_public_access || context.accounts.blocks_public_access(&bucket.owner);
        let acl = object.map_or(bucket.acl, |object| object.acl.effective(bucket.acl));
        by_acl(right, acl, is_blocked)
    }
}

/// Whether a request to a bucket would make it if it is missing: whatever else the request asks for.
fn makes_bucket(method: &Method, query: &Query) -> bool {
    let operation = Operation::route(method, Level::Bucket, query, &HeaderMap::new());
    matches!(operation, Ok(Operation::PutBucket | Operation::PutBucketAcl))
}
