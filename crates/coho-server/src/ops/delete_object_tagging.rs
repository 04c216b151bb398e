//! DeleteObjectTagging: 204, also where there are no tags.

use super::{Outcome, with_headers};
use crate::{call::Call, object_headers::of_changed_version};
use coho_model::TagSet;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.await_inflight(&bucket).await?;
    let (key, version) = (call.key()?, call.version_id()?);
    let changed = call.context.store.set_object_tags(&bucket, key, version, TagSet::default()).await?;
    with_headers(StatusCode::NO_CONTENT, of_changed_version(&bucket, changed))
}
