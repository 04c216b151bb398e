//! GetObjectAcl.

use super::{Outcome, xml};
use crate::{call::Call, object_headers};
use coho_oss::document::access_control_policy;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.await_inflight(&bucket).await?;
    let object = call.existing(&bucket, call.key()?, call.version_id()?, None).await?;
    let keys = call.context.accepted_keys();
    let mut response = xml(access_control_policy::to_xml(keys.owner(&bucket.owner), object.acl.as_str()))?;
    object_headers::insert_version(response.headers_mut(), &bucket, object.version);
    Ok(response)
}
