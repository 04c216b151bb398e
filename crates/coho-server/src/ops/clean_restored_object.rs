//! CleanRestoredObject: a restored object, or one version of it, is frozen again before its time.

use super::{Outcome, with_headers};
use crate::call::Call;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.context.store.clean_restored_object(&bucket, call.key()?, call.version_id()?).await?;
    with_headers(StatusCode::OK, call.changed_version(&bucket).await?)
}
