//! What the headers of a write say about its object and its body.

use crate::{
    DEFAULT_CONTENT_TYPE,
    authorize::account,
    call::Call,
    failure::{Failure, FailureKind},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use coho_model::{
    BucketAcl, BucketRecord, Crc64, HeaderLimitExceeded, MAX_USER_META_BYTES, ObjectAcl, ObjectAttributes,
    ObjectHeaders, RequestRefusal, SseAlgorithm, StorageClass, TagSet, decimal,
};
use coho_oss::{header as oss, persistent_headers, server_side_encryption, traffic_limit};
use coho_store::AnnouncedBody;
use http::HeaderName;
use std::sync::Arc;

impl Call {
    /// The headers to be stored, with the default type.
    pub(crate) fn stored_headers(&self) -> Result<ObjectHeaders, Failure> {
        let mut headers = ObjectHeaders::new();
        for (name, value) in oss::stored(&self.headers) {
            headers.set(name, value);
        }
        let mut custom_bytes = 0;
        for (name, value) in persistent_headers::of(&self.headers)? {
            custom_bytes += name.as_str().len() + value.len();
            headers.set(name.as_str(), value.as_bytes());
        }
        if custom_bytes > MAX_USER_META_BYTES {
            return Err(HeaderLimitExceeded { bytes: custom_bytes }.into());
        }
        if headers.get("content-type").is_none() {
            headers.set("content-type", DEFAULT_CONTENT_TYPE.as_bytes());
        }
        headers.check()?;
        Ok(headers)
    }

    /// The attributes of a new object.
    pub(crate) fn object_attributes(&self) -> Result<Option<Arc<ObjectAttributes>>, Failure> {
        let tags = self.tags()?;
        Ok(tags.and_then(|tags| ObjectAttributes::with_tags(None, tags)))
    }

    /// The object's tags, if the request names some.
    pub(crate) fn tags(&self) -> Result<Option<TagSet>, Failure> {
        let Some(value) = self.headers.get(&oss::TAGGING) else { return Ok(None) };
        let text = String::from_utf8_lossy(value.as_bytes());
        match text.trim() {
            "" => Ok(None),
            text => Ok(Some(TagSet::parse_header(text).map_err(RequestRefusal::from)?)),
        }
    }

    /// How the object is to be encrypted: as the request says, or else as the rule of the bucket does.
    pub(crate) fn encryption(&self, bucket: &BucketRecord) -> Result<Option<SseAlgorithm>, Failure> {
        let asked = server_side_encryption::of_headers(&self.headers)?;
        Ok(asked.or(bucket.configurations.encryption.map(|rule| rule.algorithm)))
    }

    /// How many bytes of a body the request wants transferred in a second at most.
    pub(crate) fn traffic_limit(&self) -> Result<Option<u64>, Failure> {
        let limit = traffic_limit::bytes_per_second(&self.headers, &self.query)?;
        if limit.is_some() {
            self.context.metrics.count_limited(self.operation);
        }
        Ok(limit)
    }

    /// Takes the body no faster than the request wants.
    pub(crate) fn limit_body(&mut self) -> Result<(), Failure> {
        if let Some(rate) = self.traffic_limit()? {
            self.body.limit(rate);
        }
        Ok(())
    }

    /// The object's ACL, if the request names one.
    pub(crate) fn object_acl(&self) -> Result<Option<ObjectAcl>, Failure> {
        let acl = self.parsed(&oss::OBJECT_ACL, ObjectAcl::parse)?;
        let is_public = matches!(acl, Some(ObjectAcl::PublicRead | ObjectAcl::PublicReadWrite));
        if is_public && self.bucket.as_ref().is_some_and(|bucket| self.sender(bucket).is_public_blocked(bucket)) {
            return Err(FailureKind::PublicAccessBlocked("Put public object acl is not allowed").into());
        }
        Ok(acl)
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
        let invalid =
            || RequestRefusal::invalid_argument(name.as_str().to_owned(), &text, format!("{name} is invalid."));
        match text.trim() {
            "" => Ok(None),
            value => Ok(Some(parse(value).ok_or_else(invalid)?)),
        }
    }

    /// What the client says about its body.
    pub(crate) fn expected(&self) -> Result<AnnouncedBody, Failure> {
        let crc64 = self.parsed(&oss::HASH_CRC64, |text| decimal(text).map(Crc64))?;
        Ok(AnnouncedBody { length: self.body.length, md5: self.content_md5()?, crc64 })
    }

    /// `Content-MD5`, decoded.
    pub(crate) fn content_md5(&self) -> Result<Option<[u8; 16]>, Failure> {
        let value = self.headers.get(oss::CONTENT_MD5).map(|value| value.as_bytes().trim_ascii());
        let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
        let digest = STANDARD.decode(value).ok().and_then(|bytes| bytes.try_into().ok());
        match digest {
            Some(digest) => Ok(Some(digest)),
            None => Err(RequestRefusal::UnreadableDigest.into()),
        }
    }

    /// The body, a document of at most that many bytes, checked against `Content-MD5`.
    pub(crate) async fn document(&mut self, max_bytes: usize) -> Result<Bytes, Failure> {
        let expected = self.content_md5()?;
        let body = self.body.read_bounded(max_bytes).await?;
        check_md5(expected, &body)?;
        Ok(body)
    }

    /// A write must say that it has a body.
    pub(crate) fn must_announce_body(&self) -> Result<(), Failure> {
        if self.body.announced { Ok(()) } else { Err(FailureKind::BodyLengthMissing.into()) }
    }

    /// The bucket's ACL, if the request names one.
    pub(crate) fn bucket_acl(&self) -> Result<Option<BucketAcl>, Failure> {
        let Some(text) = self.header(&oss::ACL) else { return Ok(None) };
        let invalid = || RequestRefusal::invalid_argument("x-oss-acl", text, "no such bucket access control exists");
        let acl = BucketAcl::parse(text).ok_or_else(invalid)?;
        Ok(Some(acl))
    }

    /// Refuses an ACL that would open the bucket, or a bucket that is to be made, while public access is blocked.
    pub(crate) fn refuse_blocked_acl(
        &self,
        acl: Option<BucketAcl>,
        bucket: Option<&BucketRecord>,
    ) -> Result<(), Failure> {
        if acl.is_none_or(|acl| acl == BucketAcl::Private) {
            return Ok(());
        }
        let is_blocked = match bucket {
            Some(bucket) => self.sender(bucket).is_public_blocked(bucket),
            None => self.context.accounts.blocks_public_access(account(&self.identity)?),
        };
        if is_blocked {
            return Err(FailureKind::PublicAccessBlocked("Put public bucket acl is not allowed").into());
        }
        Ok(())
    }
}

/// Checks `Content-MD5` of a document that was read whole.
fn check_md5(expected: Option<[u8; 16]>, body: &[u8]) -> Result<(), Failure> {
    let computed = coho_store::md5(body);
    match expected {
        Some(expected) if expected != computed => Err(FailureKind::Md5Mismatch { expected, computed }.into()),
        _ => Ok(()),
    }
}
