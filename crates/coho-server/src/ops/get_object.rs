//! GetObject: a stored object is sent. Where the bucket has a website configuration, that decides.

use super::{Outcome, send_object};
use crate::{call::Call, failure::Failure, object_headers, website};
use coho_auth::Identity;
use coho_oss::{ErrorCode, OssError};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    refuse_anonymous_overrides(call)?;
    call.context.mirror.refuse_loop(&bucket, None, call.headers.get(coho_origin::HOP_HEADER))?;
    // A version is asked for: that of no other place is meant.
    let configuration = bucket.website.as_ref().filter(|_| call.query.get("versionId").is_none());
    if let Some(configuration) = configuration {
        if !configuration.mirrors() {
            call.refuse_leading_slashes()?;
        }
        return website::answer(call, &bucket, configuration).await;
    }
    call.refuse_leading_slashes()?;
    let object = call.object_record(&bucket).await?;
    // Authorisation comes first: who may not read learns nothing.
    call.may_read(&bucket, object.as_deref())?;
    match object {
        Some(object) => send_object::stored(call, object).await,
        None => Err(Failure::no_such_key(call.key()?)),
    }
}

/// OSS: `response-…` parameters need a signature.
fn refuse_anonymous_overrides(call: &Call) -> Result<(), Failure> {
    if matches!(call.identity, Identity::Anonymous) && object_headers::has_overrides(&call.query) {
        let message = "Request specific response headers cannot be used for anonymous GET requests.";
        return Err(OssError::with_message(ErrorCode::InvalidRequest, message).into());
    }
    Ok(())
}
