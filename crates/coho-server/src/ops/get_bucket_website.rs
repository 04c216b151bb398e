//! GetBucketWebsite.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::{OssError, document::website};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    match &bucket.website {
        Some(website) => xml(website::to_xml(website)),
        None => Err(OssError::no_such_website_configuration(&bucket.name).into()),
    }
}
