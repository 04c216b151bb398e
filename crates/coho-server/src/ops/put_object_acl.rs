//! PutObjectAcl.

use super::{Outcome, empty};
use crate::call::Call;
use coho_oss::{ErrorCode, OssError};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let acl = call.object_acl()?.ok_or_else(|| OssError::new(ErrorCode::MissingArgument))?;
    call.await_inflight(&bucket).await?;
    call.context.store.set_object_acl(&bucket, call.key()?, acl).await?;
    empty(StatusCode::OK)
}
