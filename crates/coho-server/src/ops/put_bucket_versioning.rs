//! PutBucketVersioning. Versioning can be enabled and suspended, and never turned off; back-to-origin rules exclude it.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use coho_oss::document::versioning;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let versioning = versioning::parse(&call.document(versioning::MAX_BYTES).await?)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Versioning(versioning)).await?;
    empty(StatusCode::OK)
}
