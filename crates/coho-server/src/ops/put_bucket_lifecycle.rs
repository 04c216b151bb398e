//! PutBucketLifecycle.

use super::{Outcome, empty};
use crate::{call::Call, failure::Failure};
use coho_model::{ConfigurationChange, RequestRefusal};
use coho_oss::{document::lifecycle, header as oss};
use coho_store::random_u64;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let allows_overlap = allows_overlap(call)?;
    let rules = lifecycle::parse(&call.document(lifecycle::MAX_BYTES).await?, new_rule_id)?;
    rules.validate(allows_overlap).map_err(RequestRefusal::from)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::Lifecycle(Some(rules))).await?;
    empty(StatusCode::OK)
}

fn allows_overlap(call: &Call) -> Result<bool, Failure> {
    let text = call.header(&oss::ALLOW_SAME_ACTION_OVERLAP).unwrap_or("false");
    text.to_ascii_lowercase().parse().map_err(|_| {
        let header = oss::ALLOW_SAME_ACTION_OVERLAP;
        let name = header.as_str().to_owned();
        RequestRefusal::invalid_argument(name, text, format!("{header} is neither true nor false.")).into()
    })
}

/// The id of a rule that the document names none for, in the form that OSS gives it.
fn new_rule_id() -> String {
    let digits = format!("{:016x}{:016x}", random_u64(), random_u64());
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
