//! DeleteBucket: only an empty one.

use super::{Outcome, empty};
use crate::{call::Call, failure::FailureKind};
use coho_model::Refusal;
use coho_store::StoreError;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    // An object that a client has read to its end counts as stored.
    call.context.mirror.await_inflight_prefix(bucket.id, "").await;
    match call.context.store.delete_bucket(&bucket.name).await {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(StoreError::Refused(Refusal::BucketNotEmpty)) => {
            let stat = call.context.store.bucket_stat(&bucket).await?;
            Err(FailureKind::BucketNotEmpty(Some((bucket.name.clone(), stat))).into())
        }
        Err(error) => Err(error.into()),
    }
}
