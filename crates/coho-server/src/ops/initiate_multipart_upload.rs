//! InitiateMultipartUpload: what the object will have is given here.

use super::{Outcome, xml};
use crate::{call::Call, object_headers};
use coho_oss::document::{Naming, initiate_multipart_upload};
use coho_store::NewUpload;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let key = call.key()?.clone();
    let headers = call.stored_headers()?;
    let acl = call.object_acl()?.unwrap_or_default();
    let attributes = call.object_attributes()?;
    let encryption = call.encryption(&bucket)?;
    let storage_class = call.storage_class()?.unwrap_or(bucket.storage_class);
    let forbid_overwrite = call.forbid_overwrite()?;
    let is_sequential = call.query.get("sequential").is_some();
    let upload = NewUpload {
        key: key.clone(),
        headers,
        acl,
        attributes,
        encryption,
        storage_class,
        forbid_overwrite,
        is_sequential,
    };
    let upload = call.context.store.begin_upload(&bucket, upload).await?;
    let mut response = xml(initiate_multipart_upload::to_xml(&bucket.name, &key, upload, naming))?;
    object_headers::insert_encryption(response.headers_mut(), encryption);
    Ok(response)
}
