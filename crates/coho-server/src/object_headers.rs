//! Headers of objects in both directions: what a write stores, and what a read shows.

use crate::{call::Call, error::Failure};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{Crc64, ObjectAcl, ObjectHeaders, ObjectRecord, Query, StorageClass};
use coho_oss::{ErrorCode, OssError, header as oss};
use coho_store::Expected;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::sync::Arc;

/// What an object has that names no type.
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

impl Call {
    /// The headers to be stored, with the default type.
    pub(crate) fn stored_headers(&self) -> Result<ObjectHeaders, Failure> {
        let mut headers = ObjectHeaders::new();
        for (name, value) in oss::stored(&self.headers) {
            headers.set(name, value);
        }
        if headers.get("content-type").is_none() {
            headers.set("content-type", DEFAULT_CONTENT_TYPE.as_bytes());
        }
        headers.check()?;
        Ok(headers)
    }

    /// The object's ACL, if the request names one.
    pub(crate) fn object_acl(&self) -> Result<Option<ObjectAcl>, Failure> {
        self.parsed(&oss::OBJECT_ACL, ObjectAcl::parse)
    }

    /// The storage class, if the request names one.
    pub(crate) fn storage_class(&self) -> Result<Option<StorageClass>, Failure> {
        self.parsed(&oss::STORAGE_CLASS, StorageClass::parse)
    }

    /// Whether an existing object must not be replaced.
    pub(crate) fn forbid_overwrite(&self) -> Result<bool, Failure> {
        let flag = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        Ok(self.parsed(&oss::FORBID_OVERWRITE, flag)?.unwrap_or(false))
    }

    fn parsed<T>(&self, name: &HeaderName, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        let Some(value) = self.headers.get(name) else { return Ok(None) };
        let text = String::from_utf8_lossy(value.as_bytes());
        let invalid = || OssError::invalid_argument(name.as_str(), &text, format!("{name} is invalid."));
        Ok(Some(parse(text.trim()).ok_or_else(invalid)?))
    }

    /// What the client says about its body.
    pub(crate) fn expected(&self) -> Result<Expected, Failure> {
        let crc64 = self.parsed(&oss::HASH_CRC64, |text| text.parse().ok().map(Crc64))?;
        Ok(Expected { length: self.body.length, md5: self.content_md5()?, crc64 })
    }

    /// `Content-MD5`, decoded.
    pub(crate) fn content_md5(&self) -> Result<Option<[u8; 16]>, Failure> {
        let Some(value) = self.headers.get(oss::CONTENT_MD5) else { return Ok(None) };
        let digest = STANDARD.decode(value.as_bytes().trim_ascii()).ok().and_then(|bytes| bytes.try_into().ok());
        match digest {
            Some(digest) => Ok(Some(digest)),
            None => Err(OssError::new(ErrorCode::InvalidDigest).into()),
        }
    }
}

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
    add_stored(&mut headers, &record.headers);
    headers
}

/// What the first readers of a mirrored object are shown: its digests are not known yet.
pub(crate) fn of_origin(stored: &ObjectHeaders, tag: &Arc<str>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(oss::OBJECT_TYPE, HeaderValue::from_static("Normal"));
    headers.insert(oss::TAG, mirror_tag(tag));
    add_stored(&mut headers, stored);
    headers
}

/// The bare form of `x-oss-tag`, for a bucket that hides its origin, whatever its objects were stored with.
pub(crate) async fn hide_origin(call: &Call, headers: &mut HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(oss::TAG) && call.bucket_record().await?.mirror.hides_origin {
        headers.insert(oss::TAG, HeaderValue::from_static("MIRROR"));
    }
    Ok(())
}

/// The text of `x-oss-tag`.
pub(crate) fn mirror_tag_text(origin: &str) -> String {
    format!("MIRROR {origin}")
}

fn mirror_tag(origin: &str) -> HeaderValue {
    value(&mirror_tag_text(origin))
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
        let invalid = || OssError::invalid_argument(parameter, text, format!("{parameter} is invalid."));
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
