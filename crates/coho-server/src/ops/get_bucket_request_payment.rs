//! GetBucketRequestPayment.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::request_payment;

pub(crate) fn handle(call: &Call) -> Outcome {
    xml(request_payment::to_xml(call.bucket()?.configurations.payer))
}
