//! PutBucketWebsite.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::WebsiteCondition;
use coho_oss::document::website;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let body = call.document(website::MAX_WEBSITE_BYTES).await?;
    crate::website::put(&call.context, &bucket, &body, call.author(), WebsiteCondition::Any).await?;
    empty(StatusCode::OK)
}
