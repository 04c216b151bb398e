//! AbortMultipartUpload.

use super::{Outcome, empty};
use crate::call::Call;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_be_able_to_write(&bucket).await?;
    call.context.store.abort_upload(&bucket, call.key()?, call.upload_id()?).await?;
    empty(StatusCode::NO_CONTENT)
}
