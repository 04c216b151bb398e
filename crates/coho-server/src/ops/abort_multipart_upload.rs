//! AbortMultipartUpload.

use super::{Outcome, empty};
use crate::call::Call;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.context.store.abort_upload(&bucket, call.key()?, call.upload_id()?).await?;
    empty(StatusCode::NO_CONTENT)
}
