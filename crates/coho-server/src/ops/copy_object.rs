//! CopyObject. A copy onto itself only replaces the metadata, with either directive; if the request has none, the
//! metadata is kept. With versioning it makes a version of its own: a copy of an old version onto its key restores it.

use super::{Outcome, copy_source, header_value, xml};
use crate::{
    call::Call,
    failure::{Failure, FailureKind},
    object_headers,
};
use coho_model::{ObjectHeaders, RequestRefusal, TagSet};
use coho_oss::{document::copy_result, header as oss, server_side_encryption};
use coho_store::{Replaced, Store};
use http::{HeaderValue, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let source = copy_source::find(call).await?;
    let key = call.key()?.clone();
    let onto_itself = source.bucket.id == bucket.id && source.key == key;
    let asked = server_side_encryption::of_headers(&call.headers)?;
    // With versioning the copy is another version, with bytes of its own; and bytes are copied to be encrypted.
    let keeps_bytes = asked.is_none() || asked == source.object.algorithm();
    let in_place = onto_itself && !bucket.versioning().is_versioned() && keeps_bytes;
    let source_version = source.object.version;
    let replaced = Replaced {
        headers: headers(call, onto_itself)?,
        storage_class: call.storage_class()?,
        // OSS does not copy an ACL; the object itself keeps its own.
        acl: call.object_acl()?.or(onto_itself.then_some(source.object.acl)),
        tags: tags(call, onto_itself)?,
        encryption: call.encryption(&bucket)?,
        bytes_per_second: call.traffic_limit()?,
    };
    let forbid_overwrite = call.forbids_overwrite(&bucket).await?;
    let store = call.context.store.clone();
    let object = if in_place {
        if forbid_overwrite {
            return Err(FailureKind::ObjectAlreadyExists(key).into());
        }
        store.rewrite_object(&bucket, &key, source.object, replaced).await?
    } else {
        if source.object.size > Store::MAX_COPY_BYTES {
            return Err(FailureKind::BodyTooLarge { limit: Store::MAX_COPY_BYTES }.into());
        }
        store.copy_object(source.object, &bucket, &key, replaced, forbid_overwrite).await?
    };
    let mut response = xml(copy_result::object_to_xml(object.etag, object.modified))?;
    // The Python SDK reads the tag from the header, not from the document.
    response.headers_mut().insert(header::ETAG, header_value(&object.etag.quoted()));
    let headers = response.headers_mut();
    headers.insert(oss::HASH_CRC64, HeaderValue::from(object.crc64.0));
    object_headers::insert_encryption(headers, object.algorithm());
    object_headers::insert_version(headers, &bucket, object.version);
    copy_source::insert_version(headers, &source.bucket, source_version);
    Ok(response)
}

/// Whether the request has headers to be stored.
fn sets_headers(call: &Call) -> bool {
    oss::stored(&call.headers).next().is_some() || oss::is_present(&call.headers, &oss::PERSISTENT_HEADERS)
}

/// The new tags, unless the source's are kept: then those of the request are none, as OSS. A copy onto itself with tags replaces them.
fn tags(call: &Call, onto_itself: bool) -> Result<Option<TagSet>, Failure> {
    let directive = call.header(&oss::TAGGING_DIRECTIVE).unwrap_or("Copy");
    let tags = call.tags()?;
    match directive.to_ascii_uppercase().as_str() {
        "REPLACE" => Ok(Some(tags.unwrap_or_default())),
        "COPY" if onto_itself => Ok(tags),
        "COPY" => Ok(None),
        _ => {
            let message = "The tagging directive must be Copy or Replace.";
            Err(RequestRefusal::invalid_argument("x-oss-tagging-directive", directive, message).into())
        }
    }
}

/// The new headers, unless the source's are kept.
fn headers(call: &Call, onto_itself: bool) -> Result<Option<ObjectHeaders>, Failure> {
    let directive = call.header(&oss::METADATA_DIRECTIVE).unwrap_or("COPY");
    match directive.to_ascii_uppercase().as_str() {
        "REPLACE" => call.stored_headers().map(Some),
        "COPY" if onto_itself && sets_headers(call) => call.stored_headers().map(Some),
        "COPY" => Ok(None),
        _ => {
            let message = "The metadata directive must be COPY or REPLACE.";
            Err(RequestRefusal::invalid_argument("x-oss-metadata-directive", directive, message).into())
        }
    }
}
