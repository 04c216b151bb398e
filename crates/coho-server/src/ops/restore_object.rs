//! RestoreObject: 202 where a restore begins, 200 where a restored object stays so for longer. Of one version, if the request names one.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, object_headers::of_changed_version};
use coho_model::{RestoreState, StorageClass};
use coho_oss::{document::restore_request, header as oss};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let request = restore_request::parse(&call.document(restore_request::MAX_BYTES).await?)?;
    call.await_inflight(&bucket).await?;
    let (key, version) = (call.key()?, call.version_id()?);
    let before = call.existing(&bucket, key, version, None).await?;
    let was_restored = matches!(before.restore_state(call.context.store.now()), RestoreState::Restored(_));
    let changed = call.context.store.restore_object(&bucket, key, version, request).await?;
    let mut headers = of_changed_version(&bucket, changed);
    // OSS: the priority of a class that has some.
    if before.storage_class != StorageClass::Archive {
        headers.insert(oss::RESTORE_PRIORITY, header_value(request.tier.unwrap_or_default().as_str()));
    }
    with_headers(if was_restored { StatusCode::OK } else { StatusCode::ACCEPTED }, headers)
}
