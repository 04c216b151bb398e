//! PutObjectTagging. OSS: the object's date stays.

use super::{Outcome, with_headers};
use crate::{call::Call, object_headers::of_changed_version};
use coho_model::Tagged;
use coho_oss::document::tagging;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let tags = tagging::parse(&call.document(tagging::MAX_BYTES).await?, Tagged::Object)?;
    call.await_inflight(&bucket).await?;
    let changed = call.context.store.set_object_tags(&bucket, call.key()?, call.version_id()?, tags).await?;
    with_headers(StatusCode::OK, of_changed_version(&bucket, changed))
}
