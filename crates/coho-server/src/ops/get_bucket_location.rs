//! GetBucketLocation.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::location;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    xml(location::to_xml(&call.context.region))
}
