//! GetObjectMeta: tag, length, date and checksum alone. SDKs ask it whether an object exists; it never causes a fetch.

use super::{Outcome, header_value, with_headers};
use crate::{
    call::Call,
    failure::Failure,
    representation::{Representation, find},
};
use coho_oss::header as oss;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let (etag, modified, crc64, size) = match find(&call.context, &call.sender(&bucket), &bucket, key, true).await? {
        Some(Representation::Stored(object)) => {
            let record = &object.record;
            (record.etag, record.modified, Some(record.crc64), record.size)
        }
        Some(Representation::InFlight(object)) => {
            (object.head.etag, object.head.modified, None, object.length.unwrap_or_default())
        }
        Some(Representation::Passed(_) | Representation::Elsewhere(..)) | None => {
            return Err(Failure::no_such_key(key));
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, header_value(&etag.quoted()));
    headers.insert(header::LAST_MODIFIED, header_value(&modified.http_date()));
    if let Some(crc64) = crc64 {
        headers.insert(oss::HASH_CRC64, HeaderValue::from(crc64.0));
    }
    // The length is the object's, which an answer to GET cannot claim: it has no body.
    let length = if call.method == Method::HEAD { size } else { 0 };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    with_headers(StatusCode::OK, headers)
}
