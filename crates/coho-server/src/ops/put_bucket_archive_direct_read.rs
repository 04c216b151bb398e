//! PutBucketArchiveDirectRead.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::ConfigurationChange;
use coho_oss::document::archive_direct_read;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let enabled = archive_direct_read::parse(&call.document(archive_direct_read::MAX_BYTES).await?)?;
    call.context.store.configure_bucket(&bucket.name, ConfigurationChange::ArchiveDirectRead(enabled)).await?;
    empty(StatusCode::OK)
}
