//! CleanRestoredObject: a restored object is frozen again before its time.

use super::{Outcome, empty, restore_object::refuse_version};
use crate::call::Call;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    refuse_version(call, &bucket)?;
    call.context.store.clean_restored_object(&bucket, call.key()?).await?;
    empty(StatusCode::OK)
}
