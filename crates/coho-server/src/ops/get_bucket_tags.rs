//! GetBucketTags. OSS: a bucket without tags has an empty set.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::tagging;

pub(crate) fn handle(call: &Call) -> Outcome {
    xml(tagging::to_xml(&call.bucket()?.configurations.tags))
}
