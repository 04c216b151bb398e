//! PutBucketTags.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::{ConfigurationChange, Tagged};
use coho_oss::document::tagging;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let tags = tagging::parse(&call.document(tagging::MAX_BYTES).await?, Tagged::Bucket)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Tags(tags)).await?;
    empty(StatusCode::OK)
}
