//! DeleteBucketWebsite: 204, also where nothing was configured.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::BucketChange;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    call.context.store.meta().change_bucket(&bucket.name, BucketChange::SetWebsite(None), call.now).await?;
    empty(StatusCode::NO_CONTENT)
}
