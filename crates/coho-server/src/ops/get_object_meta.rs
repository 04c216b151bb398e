//! GetObjectMeta: tag, length, date and checksum alone. SDKs ask it whether an object exists; it never causes a fetch.

use super::{Outcome, header_value, with_headers};
use crate::call::Call;
use coho_oss::header as oss;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    let object = call.settled_object_record(&bucket).await?;
    call.may_read(&bucket, object.as_deref())?;
    let Some(object) = object else { return Err(crate::failure::Failure::no_such_key(call.key()?)) };
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, header_value(&object.etag.quoted()));
    headers.insert(header::LAST_MODIFIED, header_value(&object.modified.http_date()));
    headers.insert(oss::HASH_CRC64, HeaderValue::from(object.crc64.0));
    // The length is the object's, which an answer to GET cannot claim: it has no body.
    let length = if call.method == Method::HEAD { object.size } else { 0 };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    with_headers(StatusCode::OK, headers)
}
