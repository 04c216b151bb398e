//! GetObject: first which representation the request resolves to, then how it is rendered.

use super::Outcome;
use crate::{
    call::Call,
    failure::Failure,
    object_headers, render,
    representation::{Resolution, find},
    website::{self, Resolved},
};
use coho_auth::Identity;
use coho_model::{BucketRecord, RequestRefusal};

use http::Method;
use std::sync::Arc;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    refuse_anonymous_overrides(call)?;
    call.context.mirror.refuse_loop(&bucket, None, call.headers.get(coho_origin::HOP_HEADER))?;
    resolve_and_render(call, &bucket).await
}

/// Answers a GET or a HEAD.
pub(super) async fn resolve_and_render(call: &Call, bucket: &Arc<BucketRecord>) -> Outcome {
    let resolution = resolve(call, bucket).await?;
    render::render(call, resolution).await
}

/// Rules decide where the bucket has a website configuration, except with an explicit `versionId`, which names the object
/// of no other key.
async fn resolve(call: &Call, bucket: &Arc<BucketRecord>) -> Result<Resolution, Failure> {
    let names_version = call.method == Method::GET && call.query.get("versionId").is_some();
    if let Some(configuration) = bucket.website.as_ref().filter(|_| !names_version) {
        if !configuration.mirrors() {
            call.refuse_leading_slashes()?;
        }
        return match website::resolve(call, bucket, configuration).await? {
            Resolved::Read(resolution) => Ok(resolution),
            Resolved::Listing => Err(Failure::no_such_key(call.key()?)),
        };
    }
    call.refuse_leading_slashes()?;
    let (key, is_head) = (call.key()?, call.method == Method::HEAD);
    let found = find(&call.context, &call.sender(bucket), bucket, key, is_head).await?;
    found.map(Resolution::from).ok_or_else(|| Failure::no_such_key(key))
}

/// OSS: `response-…` parameters need a signature.
fn refuse_anonymous_overrides(call: &Call) -> Result<(), Failure> {
    if matches!(call.identity, Identity::Anonymous) && object_headers::has_overrides(&call.query) {
        return Err(RequestRefusal::AnonymousOverrides.into());
    }
    Ok(())
}
