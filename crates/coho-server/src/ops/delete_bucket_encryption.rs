//! DeleteBucketEncryption. A bucket without a rule stays as it is.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Encryption(None)).await?;
    empty(StatusCode::NO_CONTENT)
}
