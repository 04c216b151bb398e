//! RestoreObject: 202 where a restore begins, 200 where a restored object stays so for longer.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, failure::Failure};
use coho_model::{BucketRecord, RequestRefusal, RestoreState, StorageClass};
use coho_oss::{document::restore_request, header as oss};
use http::{HeaderMap, StatusCode};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    refuse_version(call, &bucket)?;
    let request = restore_request::parse(&call.document(restore_request::MAX_BYTES).await?)?;
    call.await_inflight(&bucket).await?;
    let key = call.key()?;
    let before = call.object_record(&bucket).await?.ok_or_else(|| Failure::no_such_key(key))?;
    let was_restored = matches!(before.restore_state(call.context.store.now()), RestoreState::Restored(_));
    let object = call.context.store.restore_object(&bucket, key, request).await?;
    let mut headers = HeaderMap::new();
    // OSS: the priority of a class that has some.
    if object.storage_class != StorageClass::Archive {
        headers.insert(oss::RESTORE_PRIORITY, header_value(request.tier.unwrap_or_default().as_str()));
    }
    with_headers(if was_restored { StatusCode::OK } else { StatusCode::ACCEPTED }, headers)
}

/// Only the current version is restored: one that is named is refused, except the only one that there is.
pub(super) fn refuse_version(call: &Call, bucket: &BucketRecord) -> Result<(), Failure> {
    match call.query.get("versionId") {
        None => Ok(()),
        Some("null") if !bucket.versioning().is_versioned() => Ok(()),
        Some(_) => Err(RequestRefusal::parameter_not_implemented("versionId").into()),
    }
}
