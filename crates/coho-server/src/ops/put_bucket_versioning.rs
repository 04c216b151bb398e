//! PutBucketVersioning: not implemented, and refused for its own reason where rules exclude it.

use super::Outcome;
use crate::call::Call;
use coho_model::website::{ExclusionChange, Versioning, check_exclusion};

use coho_model::RequestRefusal;
pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let has_rules = bucket.website.as_ref().is_some_and(|website| website.has_rules());
    check_exclusion(has_rules, Versioning::Enabled, ExclusionChange::Versioning)
        .map_err(|conflict| RequestRefusal::invalid_argument("Status", "", conflict.to_string()))?;
    Err(RequestRefusal::parameter_not_implemented("versioning").into())
}
