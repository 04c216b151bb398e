//! GetBucketReferer.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::referer;

pub(crate) fn handle(call: &Call) -> Outcome {
    xml(referer::to_xml(call.bucket()?.configurations.referer.as_ref()))
}
