//! PutBucketRequestPayment.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use coho_oss::document::request_payment;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let payer = request_payment::parse(&call.document(request_payment::MAX_BYTES).await?)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Payer(payer)).await?;
    empty(StatusCode::OK)
}
