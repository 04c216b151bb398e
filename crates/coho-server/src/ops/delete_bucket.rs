//! DeleteBucket: only an empty one.

use super::{Outcome, empty};
use crate::{call::Call, error::Failure};
use coho_meta::MetaError;
use coho_model::{BucketChange, Refusal};
use coho_oss::OssError;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    // What somebody has had whole from an origin counts as there.
    call.context.mirror.settle_all(bucket.id, "").await;
    let changed = call.context.store.meta().change_bucket(&bucket.name, BucketChange::Delete, call.now).await;
    match changed {
        Ok(_) => empty(StatusCode::NO_CONTENT),
        Err(MetaError::Refused(Refusal::BucketNotEmpty)) => {
            Err(Failure::from(OssError::bucket_not_empty(&bucket.name)))
        }
        Err(error) => Err(error.into()),
    }
}
