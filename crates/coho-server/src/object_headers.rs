//! The headers that a read shows of an object. Free functions of what is stored, so that `explain` can show them too.

use crate::{DEFAULT_CONTENT_TYPE, failure::Failure};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{
    BucketRecord, ObjectAttributes, ObjectHeaders, ObjectRecord, ObjectType, ObjectVersion, Query, RequestRefusal,
    SseAlgorithm, Timestamp, VersionId,
};
use coho_origin::OriginHead;
use coho_oss::header as oss;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a read shows of a stored object, without its length.
pub(crate) fn of_record(record: &ObjectRecord) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(20);
    headers.insert(header::ETAG, value(&record.etag.quoted()));
    headers.insert(header::LAST_MODIFIED, value(&record.modified.http_date()));
    headers.insert(oss::OBJECT_TYPE, HeaderValue::from_static(record.object_type.as_str()));
    headers.insert(oss::STORAGE_CLASS, HeaderValue::from_static(record.storage_class.as_str()));
    headers.insert(oss::HASH_CRC64, HeaderValue::from(record.crc64.0));
    if let Some(md5) = record.content_md5() {
        headers.insert(oss::CONTENT_MD5, value(&STANDARD.encode(md5)));
    }
    if let Some(from) = &record.mirrored_from {
        headers.insert(oss::TAG, mirror_tag(&from.url));
    }
    add_attributes(&mut headers, record.attributes.as_deref());
    if record.object_type == ObjectType::Appendable {
        add_append_state(&mut headers, record);
    }
    add_stored(&mut headers, &record.headers);
    headers
}

/// Where the next append begins, or since when none is taken.
fn add_append_state(headers: &mut HeaderMap, record: &ObjectRecord) {
    match record.attributes.as_ref().and_then(|attributes| attributes.sealed) {
        Some(sealed) => headers.insert(oss::SEALED_TIME, value(&sealed.http_date())),
        None => headers.insert(oss::NEXT_APPEND_POSITION, HeaderValue::from(record.size)),
    };
}

/// Adds the version id of an object in a bucket that has versioning.
pub(crate) fn insert_version(headers: &mut HeaderMap, bucket: &BucketRecord, version: ObjectVersion) {
    insert_version_id(headers, bucket, version.id());
}

fn insert_version_id(headers: &mut HeaderMap, bucket: &BucketRecord, id: VersionId) {
    // The bucket may have got versioning since it was looked up.
    if bucket.versioning().is_versioned() || id != VersionId::Null {
        headers.insert(oss::VERSION_ID, value(&id.to_string()));
    }
}

/// The headers of a change of an ACL, of tags or of a restore, which name the version that it was about.
pub(crate) fn of_changed_version(bucket: &BucketRecord, id: VersionId) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert_version_id(&mut headers, bucket, id);
    headers
}

/// How the object's bytes are encrypted, if they are.
pub(crate) fn insert_encryption(headers: &mut HeaderMap, algorithm: Option<SseAlgorithm>) {
    if let Some(algorithm) = algorithm {
        headers.insert(oss::SERVER_SIDE_ENCRYPTION, HeaderValue::from_static(algorithm.as_str()));
    }
}

/// Whether an archived object is restored, and until when.
pub(crate) fn add_restore(headers: &mut HeaderMap, record: &ObjectRecord, now: Timestamp) {
    if let Some(text) = record.restore_state(now).text() {
        headers.insert(oss::RESTORE, value(&text));
    }
}

/// What a read shows of an object that is being fetched, without its length: all but the checksum, which is known
/// when the object is whole.
pub(crate) fn of_origin(head: &OriginHead) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(header::ETAG, value(&head.etag.quoted()));
    headers.insert(header::LAST_MODIFIED, value(&head.modified.http_date()));
    headers.insert(oss::OBJECT_TYPE, HeaderValue::from_static(ObjectType::Normal.as_str()));
    headers.insert(oss::TAG, mirror_tag(&head.tag));
    add_attributes(&mut headers, head.attributes.as_deref());
    add_stored(&mut headers, &head.headers);
    headers
}

/// The bare form of `x-oss-tag`, for a bucket that hides its origin, even if its objects are stored with another.
pub(crate) fn hide_origin(bucket: &BucketRecord, headers: &mut HeaderMap) {
    if bucket.mirror.hides_origin && headers.contains_key(oss::TAG) {
        headers.insert(oss::TAG, HeaderValue::from_static("MIRROR"));
    }
}

/// The text of `x-oss-tag`.
pub(crate) fn mirror_tag_text(origin: &str) -> String {
    format!("MIRROR {origin}")
}

fn mirror_tag(origin: &str) -> HeaderValue {
    value(&mirror_tag_text(origin))
}

fn add_attributes(headers: &mut HeaderMap, attributes: Option<&ObjectAttributes>) {
    let Some(attributes) = attributes else { return };
    if !attributes.tags.is_empty() {
        headers.insert(oss::TAGGING_COUNT, HeaderValue::from(attributes.tags.len()));
    }
    insert_encryption(headers, attributes.encryption.as_ref().map(|encryption| encryption.algorithm));
}

fn add_stored(headers: &mut HeaderMap, stored: &ObjectHeaders) {
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    for (name, bytes) in stored.iter() {
        // Both were valid when they were stored.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(bytes)) {
            headers.insert(name, value);
        }
    }
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(DEFAULT_CONTENT_TYPE));
    }
}

/// The `response-…` parameters of a GET.
pub(crate) fn apply_overrides(headers: &mut HeaderMap, query: &Query) -> Result<(), Failure> {
    if query.is_empty() {
        return Ok(());
    }
    for (parameter, name) in &oss::RESPONSE_OVERRIDES {
        let Some(text) = query.get(parameter).filter(|text| !text.is_empty()) else { continue };
        let invalid = || RequestRefusal::invalid_argument(*parameter, text, format!("{parameter} is invalid."));
        let value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| invalid())?;
        headers.insert(name, value);
    }
    Ok(())
}

/// Whether a request asks for such overrides.
pub(crate) fn has_overrides(query: &Query) -> bool {
    !query.is_empty() && oss::RESPONSE_OVERRIDES.iter().any(|(parameter, _)| query.has(parameter))
}

fn value(text: &str) -> HeaderValue {
    // Made of digests, dates and encoded URLs, which hold visible characters alone.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
