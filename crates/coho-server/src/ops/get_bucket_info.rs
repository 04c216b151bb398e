//! GetBucketInfo.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::bucket_info;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let keys = call.context.accepted_keys();
    xml(bucket_info::to_xml(&bucket, keys.owner(&bucket.owner), call.placement()))
}
