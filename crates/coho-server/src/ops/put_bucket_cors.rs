//! PutBucketCors.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use coho_oss::document::cors;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let configuration = cors::parse(&call.document(cors::MAX_BYTES).await?)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Cors(Some(configuration))).await?;
    empty(StatusCode::OK)
}
