//! PutBucketAcl.

use super::{Outcome, empty};
use crate::call::Call;
use coho_oss::{ErrorCode, OssError};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let acl = call.bucket_acl()?.ok_or_else(|| OssError::new(ErrorCode::MissingArgument))?;
    call.context.store.set_bucket_acl(&bucket.name, acl).await?;
    empty(StatusCode::OK)
}
