//! PutBucketPolicy.

use super::{Outcome, empty};
use crate::{call::Call, failure::FailureKind};
use coho_auth::is_public;
use coho_model::ConfigurationChange;
use coho_oss::document::policy;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let policy = policy::parse(&call.document(policy::MAX_BYTES).await?)?;
    if is_public(&policy) && call.sender(&bucket).is_public_blocked(&bucket) {
        return Err(FailureKind::PublicAccessBlocked("Put public bucket policy is not allowed").into());
    }
    let change = ConfigurationChange::Policy(Some(Box::new(policy)));
    call.context.store.configure_bucket(&bucket.name, change).await?;
    empty(StatusCode::OK)
}
