//! PutBucketWebsite.

use super::{Outcome, empty};
use crate::{call::Call, error::Failure};
use coho_oss::{OssError, document::website};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    let expected = call.content_md5()?;
    let body = call.body.read_bounded(website::MAX_WEBSITE_BYTES).await?;
    check_md5(expected, &body)?;
    crate::website::put(&call.context, &bucket, &body, call.now).await?;
    empty(StatusCode::OK)
}

/// `Content-MD5` of a document that was read whole.
pub(super) fn check_md5(expected: Option<[u8; 16]>, body: &[u8]) -> Result<(), Failure> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let computed = coho_store::md5(body);
    match expected {
        Some(expected) if expected != computed => {
            Err(OssError::invalid_digest(&STANDARD.encode(expected), &computed).into())
        }
        _ => Ok(()),
    }
}
