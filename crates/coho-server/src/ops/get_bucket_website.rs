//! GetBucketWebsite.

use super::{Outcome, xml};
use crate::{call::Call, failure::FailureKind};
use coho_oss::document::website;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    match &bucket.website {
        Some(website) => xml(website::to_xml(website)),
        None => Err(FailureKind::NoSuchWebsite(bucket.name.clone()).into()),
    }
}
