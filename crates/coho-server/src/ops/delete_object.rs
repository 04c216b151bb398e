//! DeleteObject: 204, also where nothing was.

use super::{Outcome, empty};
use crate::call::Call;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.context.store.delete_object(&bucket, call.key()?).await?;
    empty(StatusCode::NO_CONTENT)
}
