//! GetBucketAcl.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::access_control_policy;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let keys = call.context.accepted_keys();
    xml(access_control_policy::to_xml(keys.owner(&bucket.owner), bucket.acl.as_str()))
}
