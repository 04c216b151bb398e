//! GetBucketVersioning.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::versioning;

pub(crate) fn handle(call: &mut Call) -> Outcome {
    xml(versioning::to_xml(call.bucket()?.versioning()))
}
