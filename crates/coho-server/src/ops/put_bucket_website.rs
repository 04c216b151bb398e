//! PutBucketWebsite.

use super::{Outcome, empty};
use crate::{call::Call, request_headers::check_md5};
use coho_model::WebsiteCondition;
use coho_oss::document::website;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let expected = call.content_md5()?;
    let body = call.body.read_bounded(website::MAX_WEBSITE_BYTES).await?;
    check_md5(expected, &body)?;
    crate::website::put(&call.context, &bucket, &body, call.author(), WebsiteCondition::Any).await?;
    empty(StatusCode::OK)
}
