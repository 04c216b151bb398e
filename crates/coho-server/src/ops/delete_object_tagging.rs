//! DeleteObjectTagging: 204, also where there are no tags.

use super::{Outcome, with_headers};
use crate::call::Call;
use coho_model::TagSet;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.await_inflight(&bucket).await?;
    call.context.store.set_object_tags(&bucket, call.key()?, call.version_id()?, TagSet::default()).await?;
    with_headers(StatusCode::NO_CONTENT, call.changed_version(&bucket).await?)
}
