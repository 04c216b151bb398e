//! DeleteObject: 204, also where nothing was.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::KeyChange;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_be_able_to_write(&bucket).await?;
    call.context.store.meta().change_key(bucket.id, call.key()?, KeyChange::Delete, call.now).await?;
    empty(StatusCode::NO_CONTENT)
}
