//! PutBucketReferer. There is no deletion: empty lists allow every referer.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use coho_oss::document::referer;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let configuration = referer::parse(&call.document(referer::MAX_BYTES).await?)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Referer(configuration)).await?;
    empty(StatusCode::OK)
}
