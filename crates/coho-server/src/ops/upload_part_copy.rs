//! UploadPartCopy: a part whose bytes are those of an object, or of a range of it; of a symbolic link, those of its target.

use super::{Outcome, copy_source, header_value, upload_part::number, xml};
use crate::{call::Call, failure::FailureKind, object_headers};
use coho_model::{ByteRange, RangeBehavior, RangeOutcome};
use coho_oss::{document::copy_result, header as oss};
use coho_store::{AnnouncedBody, MAX_BODY_BYTES, NewPart, WrittenPart};
use http::header;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let source = copy_source::find(call).await?;
    let source_version = source.object.version;
    let object = call.follow(&source.bucket, &source.key, source.object).await?;
    let size = object.size;
    // A range that does not fit means the whole object (OSS API reference).
    let range = match RangeOutcome::of(call.header(&oss::COPY_SOURCE_RANGE), size, RangeBehavior::Lenient) {
        RangeOutcome::Part(range) => range,
        RangeOutcome::Whole | RangeOutcome::Unsatisfiable => ByteRange { start: 0, end: size },
    };
    if range.length() > MAX_BODY_BYTES {
        return Err(FailureKind::BodyTooLarge { limit: MAX_BODY_BYTES }.into());
    }
    let (key, upload, number) = (call.key()?.clone(), call.upload_id()?, number(call)?);
    let store = &call.context.store;
    let mut bytes = store.copy_source(object, range, call.traffic_limit()?).await?;
    let expected = AnnouncedBody { length: Some(range.length()), ..AnnouncedBody::default() };
    let WrittenPart { part, encryption } =
        store.put_part(&bucket, NewPart { key, upload, number, expected }, &mut bytes).await?;
    let mut response = xml(copy_result::part_to_xml(part.etag, part.modified))?;
    object_headers::insert_encryption(response.headers_mut(), encryption);
    // The Python SDK reads the tag from the header, not from the document.
    response.headers_mut().insert(header::ETAG, header_value(&part.etag.quoted()));
    copy_source::insert_version(response.headers_mut(), &source.bucket, source_version);
    Ok(response)
}
