//! GetObjectMeta: tag, length, date and checksum alone. SDKs ask it whether an object exists; it never causes a fetch.

use super::{Outcome, header_value, with_headers};
use crate::{
    call::Call,
    failure::Failure,
    object_headers,
    representation::{Representation, find},
};
use coho_model::{BucketRecord, VersionId};
use coho_oss::header as oss;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let version = call.version_id()?.filter(|id| bucket.versioning().is_versioned() || *id != VersionId::Null);
    if version.is_some() {
        let record = call.readable(&bucket, key, version).await?;
        return answer(call, &bucket, Representation::stored(record));
    }
    match find(&call.context, &call.sender(&bucket), &bucket, key, true).await? {
        Some(found) => answer(call, &bucket, found),
        None => Err(call.missing(&bucket, key).await?),
    }
}

fn answer(call: &Call, bucket: &BucketRecord, found: Representation) -> Outcome {
    let mut headers = HeaderMap::new();
    let (etag, modified, size) = match found {
        Representation::Stored(object) => {
            let record = &object.record;
            headers.insert(oss::HASH_CRC64, HeaderValue::from(record.crc64.0));
            object_headers::insert_version(&mut headers, bucket, record.version);
            (record.etag, record.modified, record.size)
        }
        Representation::InFlight(object) => (object.head.etag, object.head.modified, object.length.unwrap_or_default()),
        Representation::Passed(_) | Representation::Elsewhere(..) => return Err(Failure::no_such_key(call.key()?)),
    };
    headers.insert(header::ETAG, header_value(&etag.quoted()));
    headers.insert(header::LAST_MODIFIED, header_value(&modified.http_date()));
    // The length is the object's, which an answer to GET cannot claim: it has no body.
    let length = if call.method == Method::HEAD { size } else { 0 };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    with_headers(StatusCode::OK, headers)
}
