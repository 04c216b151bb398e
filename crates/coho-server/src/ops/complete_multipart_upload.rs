//! CompleteMultipartUpload.

use super::{Outcome, xml};
use crate::{call::Call, error::Failure};
use coho_model::{CompleteUpload, ListedPart};
use coho_oss::{
    OssError,
    document::{Naming, complete_multipart_upload as document},
    header as oss,
};
use http::{HeaderValue, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_be_able_to_write(&bucket).await?;
    let naming = Naming::of(&call.query)?;
    let (key, upload) = (call.key()?.clone(), call.upload_id()?);
    let parts = parts(call).await?;
    let complete = CompleteUpload { parts, modified: call.now, forbid_overwrite: call.forbid_overwrite()? };
    let object = call.context.store.complete_upload(&bucket, &key, upload, complete).await?;
    let host = call.header(&header::HOST).unwrap_or_default();
    let location = format!("http://{host}/{}/{key}", bucket.name);
    let done =
        document::CompletedUpload { location: &location, bucket: &bucket.name, key: &key, etag: object.etag, naming };
    let mut response = xml(document::to_xml(&done))?;
    // The Python SDK reads the tag from the header, not from the document.
    response.headers_mut().insert(header::ETAG, super::header_value(&object.etag.quoted()));
    response.headers_mut().insert(oss::HASH_CRC64, HeaderValue::from(object.crc64.0));
    Ok(response)
}

/// The listed parts; `None` for all that were uploaded.
async fn parts(call: &mut Call) -> Result<Option<Vec<ListedPart>>, Failure> {
    let all = call.header(&oss::COMPLETE_ALL).is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    let expected = call.content_md5()?;
    let body = call.body.read_bounded(document::MAX_BYTES).await?;
    super::put_bucket_website::check_md5(expected, &body)?;
    match (all, body.is_empty()) {
        (true, true) => Ok(None),
        (true, false) => {
            let message = "The body must be empty with x-oss-complete-all.";
            Err(OssError::invalid_argument("x-oss-complete-all", "yes", message).ec("0042-00000216").into())
        }
        (false, _) => Ok(Some(document::parse(&body)?)),
    }
}
