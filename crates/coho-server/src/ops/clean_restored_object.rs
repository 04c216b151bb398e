//! CleanRestoredObject: a restored object, or one version of it, is frozen again before its time.

use super::{Outcome, with_headers};
use crate::{call::Call, object_headers::of_changed_version};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let (key, version) = (call.key()?, call.version_id()?);
    let changed = call.context.store.clean_restored_object(&bucket, key, version).await?;
    with_headers(StatusCode::OK, of_changed_version(&bucket, changed))
}
