//! GetBucketVersioning: every bucket is one that was never versioned.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::versioning;

pub(crate) async fn handle(_call: &mut Call) -> Outcome {
    xml(versioning::to_xml())
}
