//! GetObject: first which representation the request resolves to, then how it is rendered.

use super::Outcome;
use crate::{
    call::Call,
    failure::Failure,
    object_headers, render,
    representation::Representation,
    website::{self, Resolved},
};
use coho_auth::Identity;
use coho_model::BucketRecord;
use coho_oss::{ErrorCode, OssError};
use http::Method;
use std::sync::Arc;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    refuse_anonymous_overrides(call)?;
    call.context.mirror.refuse_loop(&bucket, None, call.headers.get(coho_origin::HOP_HEADER))?;
    resolve_and_render(call, &bucket).await
}

/// Answers a GET or a HEAD. Rules decide where the bucket has a website configuration, except with an explicit
/// `versionId`, which names the object of no other key.
pub(super) async fn resolve_and_render(call: &Call, bucket: &Arc<BucketRecord>) -> Outcome {
    let names_version = call.method == Method::GET && call.query.get("versionId").is_some();
    if let Some(configuration) = bucket.website.as_ref().filter(|_| !names_version) {
        if !configuration.mirrors() {
            call.refuse_leading_slashes()?;
        }
        return match website::resolve(call, bucket, configuration).await? {
            Resolved::Answer(response) => Ok(response),
            Resolved::Listing => Err(Failure::no_such_key(call.key()?)),
        };
    }
    call.refuse_leading_slashes()?;
    match resolve(call, bucket).await? {
        Representation::Stored(object) => render::stored(call, object).await,
        Representation::InFlight(head) => render::in_flight(call, &head),
    }
}

/// The object itself. It is authorised before its existence is revealed.
async fn resolve(call: &Call, bucket: &BucketRecord) -> Result<Representation, Failure> {
    let object = match call.method {
        Method::HEAD => call.representation(bucket, call.key()?).await?,
        _ => call.object_record(bucket).await?.map(Representation::Stored),
    };
    call.may_read(bucket, object.as_ref().and_then(Representation::record))?;
    object.ok_or_else(|| call.key().map_or_else(|failure| failure, Failure::no_such_key))
}

/// OSS: `response-…` parameters need a signature.
fn refuse_anonymous_overrides(call: &Call) -> Result<(), Failure> {
    if matches!(call.identity, Identity::Anonymous) && object_headers::has_overrides(&call.query) {
        let message = "Request specific response headers cannot be used for anonymous GET requests.";
        return Err(OssError::with_message(ErrorCode::InvalidRequest, message).into());
    }
    Ok(())
}
