//! UploadPart.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, failure::Failure, object_headers};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_oss::{document::complete_multipart_upload::part_number, header as oss};
use coho_store::{NewPart, WrittenPart};
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.must_announce_body()?;
    call.limit_body()?;
    let part = NewPart {
        key: call.key()?.clone(),
        upload: call.upload_id()?,
        number: number(call)?,
        expected: call.expected()?,
    };
    let store = call.context.store.clone();
    let WrittenPart { part, encryption } = store.put_part(&bucket, part, &mut call.body).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, header_value(&part.etag.quoted()));
    headers.insert(oss::HASH_CRC64, HeaderValue::from(part.crc64.0));
    headers.insert(oss::CONTENT_MD5, header_value(&STANDARD.encode(part.etag.bits)));
    object_headers::insert_encryption(&mut headers, encryption);
    with_headers(StatusCode::OK, headers)
}

/// The part's number.
pub(super) fn number(call: &Call) -> Result<u16, Failure> {
    Ok(part_number(call.query.get("partNumber").unwrap_or_default())?)
}
