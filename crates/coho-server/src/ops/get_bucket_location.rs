//! GetBucketLocation.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::location;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    xml(location::to_xml(&call.context.region))
}
