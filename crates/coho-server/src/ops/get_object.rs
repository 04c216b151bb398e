//! GetObject: a stored object is sent; a missing one is asked for where the bucket's rules say.

use super::{Outcome, mirror_object, send_object};
use crate::{call::Call, error::Failure, object_headers};
use coho_auth::Identity;
use coho_oss::{ErrorCode, OssError};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    let object = call.object_record(&bucket).await?;
    // Authorisation comes first: who may not read learns nothing, and never causes a fetch.
    call.may_read(&bucket, object.as_deref())?;
    refuse_anonymous_overrides(call)?;
    match object {
        Some(object) => send_object::stored(call, object).await,
        None => mirror_object::handle(call, &bucket).await,
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
