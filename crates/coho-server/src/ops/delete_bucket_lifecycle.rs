//! DeleteBucketLifecycle. Removing what is not set succeeds.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use http::StatusCode;

pub(crate) async fn handle(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Lifecycle(None)).await?;
    empty(StatusCode::NO_CONTENT)
}
