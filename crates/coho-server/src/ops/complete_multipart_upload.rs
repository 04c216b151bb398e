//! CompleteMultipartUpload.

use super::{Outcome, xml};
use crate::{call::Call, callback, failure::Failure, object_headers};
use coho_model::{CompleteUpload, ListedPart, ObjectKey, RequestRefusal};
use coho_oss::{
    document::{Naming, complete_multipart_upload as document},
    header as oss,
};
use coho_store::random_u64;
use http::{HeaderMap, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let (key, upload) = (call.key()?.clone(), call.upload_id()?);
    let callback = call.callback().await?;
    let parts = parts(call).await?;
    let (forbid_overwrite, acl) = (call.forbid_overwrite()?, call.object_acl()?);
    let crc64 = call.expected()?.crc64;
    let complete =
        CompleteUpload { parts, modified: call.now, forbid_overwrite, acl, crc64, seed: random_u64(), whole_md5: None };
    // What forbids to overwrite may have been said when the upload began.
    call.await_inflight(&bucket).await?;
    let object = call.context.store.complete_upload(&bucket, &key, upload, complete).await?;
    let mut headers = HeaderMap::new();
    // The Python SDK reads the tag from the header, not from the document.
    headers.insert(header::ETAG, super::header_value(&object.etag.quoted()));
    headers.insert(oss::HASH_CRC64, HeaderValue::from(object.crc64.0));
    object_headers::insert_encryption(&mut headers, object.algorithm());
    object_headers::insert_version(&mut headers, &bucket, object.version);
    // The answer of the application takes the place of the document.
    if let Some(callback) = callback {
        return callback::finish(call, &bucket, &object, callback, headers).await;
    }
    let location = location(call, &key);
    let done =
        document::CompletedUpload { location: &location, bucket: &bucket.name, key: &key, etag: object.etag, naming };
    let mut response = xml(document::to_xml(&done))?;
    response.headers_mut().extend(headers);
    Ok(response)
}

/// The address of the object, in the style in which the client addresses it. OSS encodes `~` here.
pub(super) fn location(call: &Call, key: &ObjectKey) -> String {
    const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');
    let path = percent_encode(key.as_str().as_bytes(), PATH);
    let (scheme, host) = (call.peer.scheme.as_str(), &call.host);
    match &call.bucket_name {
        Some(bucket) if call.path_style => format!("{scheme}://{host}/{bucket}/{path}"),
        _ => format!("{scheme}://{host}/{path}"),
    }
}

/// The listed parts; `None` for all that were uploaded.
async fn parts(call: &mut Call) -> Result<Option<Vec<ListedPart>>, Failure> {
    let all = call.header(&oss::COMPLETE_ALL).is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    let body = call.document(document::MAX_BYTES).await?;
    match (all, body.is_empty()) {
        (true, true) => Ok(None),
        (true, false) => Err(RequestRefusal::PartsBesideAll.into()),
        (false, _) => Ok(Some(document::parse(&body)?)),
    }
}
