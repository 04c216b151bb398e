//! PutObjectAcl.

use super::{Outcome, with_headers};
use crate::{call::Call, object_headers::of_changed_version};
use coho_model::RequestRefusal;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let acl = call.object_acl()?.ok_or(RequestRefusal::MissingAcl)?;
    call.await_inflight(&bucket).await?;
    let changed = call.context.store.set_object_acl(&bucket, call.key()?, call.version_id()?, acl).await?;
    with_headers(StatusCode::OK, of_changed_version(&bucket, changed))
}
