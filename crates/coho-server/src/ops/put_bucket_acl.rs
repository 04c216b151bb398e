//! PutBucketAcl.

use super::{Outcome, empty, put_bucket};
use crate::call::Call;
use coho_model::BucketChange;
use coho_oss::{ErrorCode, OssError};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    let acl = put_bucket::bucket_acl(call)?.ok_or_else(|| OssError::new(ErrorCode::MissingArgument))?;
    call.context.store.meta().change_bucket(&bucket.name, BucketChange::SetAcl(acl), call.now).await?;
    empty(StatusCode::OK)
}
