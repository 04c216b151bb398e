//! PutObject.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, callback, failure::Failure, object_headers};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{BucketRecord, ObjectRecord};
use coho_oss::header as oss;
use coho_store::PutObject;
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.must_announce_body()?;
    call.limit_body()?;
    let put = described(call, &bucket).await?;
    let callback = call.callback().await?;
    let store = call.context.store.clone();
    let object = store.put_object(&bucket, put, &mut call.body).await?;
    let mut headers = written(&object);
    object_headers::insert_encryption(&mut headers, object.algorithm());
    object_headers::insert_version(&mut headers, &bucket, object.version);
    match callback {
        Some(callback) => Box::pin(callback::finish(call, &bucket, &object, callback, headers)).await,
        None => with_headers(StatusCode::OK, headers),
    }
}

/// The object that the headers and the key of the call describe.
pub(super) async fn described(call: &Call, bucket: &BucketRecord) -> Result<PutObject, Failure> {
    Ok(PutObject {
        key: call.key()?.clone(),
        headers: call.stored_headers()?,
        acl: call.object_acl()?.unwrap_or_default(),
        attributes: call.object_attributes()?,
        encryption: call.encryption(bucket)?,
        storage_class: call.storage_class()?.unwrap_or(bucket.storage_class),
        forbid_overwrite: call.forbids_overwrite(bucket).await?,
        expected: call.expected()?,
    })
}

/// What the answer to a write says about what was written.
pub(super) fn written(object: &ObjectRecord) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, header_value(&object.etag.quoted()));
    headers.insert(oss::HASH_CRC64, HeaderValue::from(object.crc64.0));
    if let Some(md5) = object.content_md5() {
        headers.insert(oss::CONTENT_MD5, header_value(&STANDARD.encode(md5)));
    }
    headers
}
