//! DeleteBucketWebsite: 204, also where nothing was configured.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::WebsiteCondition;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.context.store.set_bucket_website(&bucket.name, None, call.author(), WebsiteCondition::Any).await?;
    empty(StatusCode::NO_CONTENT)
}
