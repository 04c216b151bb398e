//! AppendObject: adds bytes to the end of an appendable object, or makes one.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, failure::Failure, object_headers};
use coho_model::{RequestRefusal, decimal};
use coho_oss::header as oss;
use coho_store::AppendObject;
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.must_announce_body()?;
    call.limit_body()?;
    let append = AppendObject {
        key: call.key()?.clone(),
        position: position(call)?,
        headers: call.stored_headers()?,
        acl: call.object_acl()?,
        attributes: call.object_attributes()?,
        encryption: call.encryption(&bucket)?,
        storage_class: call.storage_class()?.unwrap_or(bucket.storage_class),
        forbid_overwrite: call.forbid_overwrite()?,
        expected: call.expected()?,
    };
    // An object that a client has read to its end exists.
    call.await_inflight(&bucket).await?;
    let store = call.context.store.clone();
    let object = store.append_object(&bucket, append, &mut call.body).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, header_value(&object.etag.quoted()));
    headers.insert(oss::HASH_CRC64, HeaderValue::from(object.crc64.0));
    headers.insert(oss::NEXT_APPEND_POSITION, HeaderValue::from(object.size));
    object_headers::insert_encryption(&mut headers, object.algorithm());
    object_headers::insert_version(&mut headers, &bucket, object.version);
    with_headers(StatusCode::OK, headers)
}

/// The length that the object must have.
pub(super) fn position(call: &Call) -> Result<u64, Failure> {
    let text = call.query.get("position").filter(|text| !text.is_empty());
    let text = text.ok_or(RequestRefusal::MissingParameter("position"))?;
    let invalid = || RequestRefusal::invalid_argument("position", text, "The position must be a non-negative integer.");
    Ok(decimal(text).ok_or_else(invalid)?)
}
