//! GetObject: first which representation the request resolves to, then how it is rendered.

use super::Outcome;
use crate::{
    call::Call,
    expiration,
    failure::{Failure, FailureKind},
    object_headers, render,
    representation::{Needs, Representation, Resolution, find_to_read},
    website::{self, Resolved},
};
use coho_auth::Identity;
use coho_model::{BucketRecord, RequestRefusal, VersionId};
use std::sync::Arc;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    refuse_anonymous_overrides(call)?;
    call.context.mirror.refuse_loop(&bucket, None, call.headers.get(coho_origin::HOP_HEADER))?;
    let limit = call.traffic_limit()?;
    let answer = resolve_and_render(call, &bucket).await?;
    Ok(match limit {
        Some(rate) => answer.map(|body| body.paced(rate)),
        None => answer,
    })
}

/// Answers a GET or a HEAD.
pub(super) async fn resolve_and_render(call: &Call, bucket: &Arc<BucketRecord>) -> Outcome {
    match resolve(call, bucket).await {
        Ok(mut resolution) => {
            if let Some(rules) = &bucket.configurations.lifecycle {
                // Boxed: few buckets have rules, and the future of every read would be larger.
                Box::pin(expiration::add(call, bucket, rules, &mut resolution)).await?;
            }
            render::render(call, resolution).await
        }
        Err(Failure { kind: FailureKind::NoSuchKey(Some(key)), .. }) if bucket.versioning().is_versioned() => {
            Err(call.missing(bucket, &key).await?)
        }
        Err(failure) => Err(failure),
    }
}

/// Rules decide where the bucket has a website configuration, except with an explicit `versionId`, which names the object
/// of no other key.
async fn resolve(call: &Call, bucket: &Arc<BucketRecord>) -> Result<Resolution, Failure> {
    if let Some(version) = call.version_id()? {
        call.refuse_leading_slashes()?;
        return version_of(call, bucket, version).await;
    }
    if let Some(configuration) = bucket.website.as_ref() {
        if !configuration.mirrors() {
            call.refuse_leading_slashes()?;
        }
        return match website::resolve(call, bucket, configuration).await? {
            Resolved::Read(resolution) => Ok(resolution),
            Resolved::Listing => Err(Failure::no_such_key(call.key()?)),
        };
    }
    call.refuse_leading_slashes()?;
    let key = call.key()?;
    let found = find_to_read(&call.context, &call.sender(bucket), bucket, key, Needs::of(&call.method)).await?;
    found.map(Resolution::from).ok_or_else(|| Failure::no_such_key(key))
}

/// A version that the request names. One that is being fetched has the id `null`, if any.
async fn version_of(call: &Call, bucket: &Arc<BucketRecord>, version: VersionId) -> Result<Resolution, Failure> {
    let key = call.key()?;
    if version == VersionId::Null && !bucket.versioning().is_versioned() {
        let found = find_to_read(&call.context, &call.sender(bucket), bucket, key, Needs::of(&call.method)).await?;
        return found.map(Resolution::from).ok_or_else(|| Failure::no_such_key(key));
    }
    let record = call.readable(bucket, key, Some(version)).await?;
    Ok(Representation::stored(call.follow(bucket, key, record).await?).into())
}

/// OSS: `response-…` parameters need a signature.
fn refuse_anonymous_overrides(call: &Call) -> Result<(), Failure> {
    if matches!(call.identity, Identity::Anonymous) && object_headers::has_overrides(&call.query) {
        return Err(RequestRefusal::AnonymousOverrides.into());
    }
    Ok(())
}
