//! GetBucketVersioning: every bucket is one that was never versioned.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::versioning;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    xml(versioning::to_xml())
}
