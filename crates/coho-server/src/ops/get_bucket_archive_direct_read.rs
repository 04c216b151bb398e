//! GetBucketArchiveDirectRead.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::archive_direct_read;

pub(crate) fn handle(call: &Call) -> Outcome {
    xml(archive_direct_read::to_xml(call.bucket()?.configurations.archive_direct_read))
}
