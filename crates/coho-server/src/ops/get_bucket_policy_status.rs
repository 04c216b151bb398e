//! GetBucketPolicyStatus.

use super::{Outcome, xml};
use crate::call::Call;
use coho_auth::is_public;
use coho_oss::document::policy;

pub(crate) fn handle(call: &Call) -> Outcome {
    xml(policy::status_to_xml(call.bucket()?.configurations.policy.as_deref().is_some_and(is_public)))
}
