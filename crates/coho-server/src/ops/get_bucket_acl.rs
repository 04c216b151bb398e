//! GetBucketAcl.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::{Owner, access_control_policy};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    xml(access_control_policy::to_xml(Owner::new(&bucket.owner), bucket.acl.as_str()))
}
