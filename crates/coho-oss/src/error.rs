//! An error as a client sees it.
//!
//! Created where a request fails, by constructors named after the codes; request id and host are added when it is
//! written.

use crate::{ErrorCode, Operation, XmlError, header, xml::XmlWriter};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coho_model::{
    BucketName, BucketStat, InvalidLifecycle, LifecycleFault, ObjectKey, RequestRefusal, UrlDecodeError, VersionId,
    website::InvalidWebsite,
};
use http::{HeaderName, HeaderValue};
use std::borrow::Cow;

/// Maximum bytes of a client's own text that an error echoes.
const MAX_ECHO_BYTES: usize = 8 * 1024;

/// A failure without the request id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct OssError {
    /// `Code`.
    pub code: ErrorCode,
    /// `Message`.
    pub message: Cow<'static, str>,
    /// `EC`, also sent as `x-oss-ec`: OSS's number if it is known, otherwise one of Coho's, which begin with 9000.
    pub ec: Cow<'static, str>,
    /// Further elements, in order.
    pub extras: Vec<(&'static str, String)>,
    /// Further headers of the answer.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl OssError {
    /// The code with its default message.
    pub fn new(code: ErrorCode) -> Self {
        let message = Cow::Borrowed(code.default_message());
        let ec = code.default_ec().map_or_else(|| Cow::Owned(format!("9000-{:08}", code as u32 + 1)), Cow::Borrowed);
        Self { code, message, ec, extras: Vec::new(), headers: Vec::new() }
    }

    /// The code with another message.
    pub fn with_message(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..Self::new(code) }
    }

    /// Adds an element. Long values are truncated.
    #[must_use]
    pub fn extra(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        value.truncate(value.floor_char_boundary(MAX_ECHO_BYTES));
        self.extras.push((name, value));
        self
    }

    /// Sets the fine-grained code.
    #[must_use]
    pub fn ec(mut self, ec: &'static str) -> Self {
        self.ec = Cow::Borrowed(ec);
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> http::StatusCode {
        self.code.status()
    }

    /// The error document. `host_id` is the request's `Host`.
    pub fn to_xml(&self, request_id: &str, host_id: &str) -> Vec<u8> {
        XmlWriter::document("Error", 512, |w| {
            w.text("Code", self.code.as_str());
            w.text("Message", &self.message);
            w.text("RequestId", request_id);
            w.text("HostId", host_id);
            for (name, value) in &self.extras {
                w.echo(name, value);
            }
            w.text("EC", &self.ec);
        })
    }

    /// The value of `x-oss-err`: the document in base64, for responses to HEAD, which have no body.
    pub fn to_header(&self, request_id: &str, host_id: &str) -> HeaderValue {
        let text = STANDARD.encode(self.to_xml(request_id, host_id));
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Constructors of errors that carry more than a code.
impl OssError {
    /// The object does not exist.
    pub fn no_such_key(key: &ObjectKey) -> Self {
        Self::new(ErrorCode::NoSuchKey).extra("Key", key.as_str())
    }

    /// The current version of the object is a delete marker.
    pub fn deleted(key: &ObjectKey, marker: VersionId) -> Self {
        Self::no_such_key(key).delete_marker(marker)
    }

    /// The version is a delete marker, which can only be deleted. `Allow` is about the version, so it names DELETE also where the
    /// deletion of its tags is refused. The method is that of the request, where it is known.
    pub fn is_delete_marker(method: Option<&str>, marker: VersionId) -> Self {
        let error = Self::new(ErrorCode::MethodNotAllowed);
        let error = method.into_iter().fold(error, |error, method| error.extra("Method", method));
        error.on_resource("DeleteMarker", &["DELETE"]).delete_marker(marker)
    }

    fn delete_marker(self, marker: VersionId) -> Self {
        // Letters and digits.
        let id = HeaderValue::try_from(marker.to_string()).unwrap_or_else(|_| HeaderValue::from_static("null"));
        self.header(header::DELETE_MARKER, HeaderValue::from_static("true")).header(header::VERSION_ID, id)
    }

    /// The bucket does not exist, or the name is invalid.
    pub fn no_such_bucket(bucket: &str) -> Self {
        Self::new(ErrorCode::NoSuchBucket).extra("BucketName", bucket)
    }

    /// The name is taken.
    pub fn bucket_already_exists(bucket: &BucketName) -> Self {
        Self::new(ErrorCode::BucketAlreadyExists).extra("BucketName", bucket.as_str())
    }

    /// The bucket holds objects or uploads.
    pub fn bucket_not_empty(bucket: &BucketName, stat: &BucketStat) -> Self {
        let error = if stat.objects == 0 && stat.uploads > 0 {
            Self::with_message(
                ErrorCode::BucketNotEmpty,
                "The bucket has Multipart Uploads. Please abort or complete them first.",
            )
        } else {
            Self::new(ErrorCode::BucketNotEmpty)
        };
        error.extra("BucketName", bucket.as_str())
    }

    /// The text is not a valid bucket name.
    pub fn invalid_bucket_name(bucket: &str) -> Self {
        Self::new(ErrorCode::InvalidBucketName).extra("BucketName", bucket)
    }

    /// The text is not a valid object key.
    pub fn invalid_object_name(key: &str) -> Self {
        Self::new(ErrorCode::InvalidObjectName).extra("ObjectName", key)
    }

    /// The upload does not exist. `upload` is the client's text, which may not be an upload id. The fine-grained code
    /// depends on the operation.
    pub fn no_such_upload(operation: Operation, upload: &str) -> Self {
        let ec = match operation {
            Operation::UploadPart => "0042-00000104",
            Operation::UploadPartCopy => "0042-00000311",
            _ => "0042-00000002",
        };
        Self::new(ErrorCode::NoSuchUpload).ec(ec).extra("UploadId", upload)
    }

    /// The version does not exist; unversioned objects have only the version `null`.
    pub fn no_such_version(key: &ObjectKey, version: &str) -> Self {
        Self::new(ErrorCode::NoSuchVersion).extra("Key", key.as_str()).extra("VersionId", version)
    }

    /// The bucket has no website configuration.
    pub fn no_such_website_configuration(bucket: &BucketName) -> Self {
        Self::new(ErrorCode::NoSuchWebsiteConfiguration).extra("BucketName", bucket.as_str())
    }

    /// An argument has an invalid value.
    pub fn invalid_argument(name: &str, value: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_message(ErrorCode::InvalidArgument, message)
            .extra("ArgumentName", name)
            .extra("ArgumentValue", value)
    }

    /// A query string or a path cannot be decoded.
    pub fn undecodable(name: &str, raw: &str, error: UrlDecodeError) -> Self {
        let message = match error {
            UrlDecodeError::NotUtf8 => Cow::Borrowed("The characters encoding must be utf-8."),
            UrlDecodeError::BadEscape | UrlDecodeError::TooMany => {
                Cow::Owned(format!("The {name} is not valid: {error}."))
            }
        };
        Self::invalid_argument(name, raw, message)
    }

    /// An append or a seal names another position than the object's length.
    pub fn position_not_equal_to_length(length: u64) -> Self {
        Self::new(ErrorCode::PositionNotEqualToLength).header(header::NEXT_APPEND_POSITION, HeaderValue::from(length))
    }

    /// A part named by the completion is missing or differs.
    pub fn invalid_part(number: u16, etag: &str) -> Self {
        Self::new(ErrorCode::InvalidPart).extra("PartNumber", number.to_string()).extra("ETag", etag)
    }

    /// A part of a sequential upload is not the next one.
    pub fn part_not_sequential(number: u16) -> Self {
        Self::new(ErrorCode::PartNotSequential).extra("PartNumber", number.to_string())
    }

    /// A sequential upload has the part already, with this tag.
    pub fn part_already_exist(number: u16, etag: &str) -> Self {
        Self::new(ErrorCode::PartAlreadyExist).extra("PartNumber", number.to_string()).extra("PartEtag", etag)
    }

    /// A part other than the last is too small.
    pub fn entity_too_small(number: u16, size: u64, min_size: u64) -> Self {
        Self::new(ErrorCode::EntityTooSmall)
            .extra("ProposedSize", size.to_string())
            .extra("MinSizeAllowed", min_size.to_string())
            .extra("PartNumber", number.to_string())
    }

    /// A body is larger than the operation accepts.
    pub fn entity_too_large(max_size: u64) -> Self {
        Self::new(ErrorCode::EntityTooLarge).extra("MaxSizeAllowed", max_size.to_string())
    }

    /// `Content-MD5` does not match the body. Both digests are shown in base64.
    pub fn invalid_digest(client: &str, server: &[u8; 16]) -> Self {
        Self::new(ErrorCode::InvalidDigest).extra("ClientDigest", client).extra("ServerDigest", STANDARD.encode(server))
    }

    /// `x-oss-hash-crc64ecma` does not match the body.
    pub fn invalid_crc64(client: &str, server: u64) -> Self {
        Self::new(ErrorCode::InvalidCRC64).extra("ClientCRC", client).extra("ServerCRC", server.to_string())
    }

    /// The range begins after the end; returned only with `x-oss-range-behavior: standard`.
    pub fn invalid_range(range: &str, size: u64) -> Self {
        let content_range = HeaderValue::try_from(format!("bytes */{size}"));
        let error = Self::new(ErrorCode::InvalidRange)
            .extra("RangeRequested", range)
            .extra("ActualObjectSize", size.to_string());
        match content_range {
            Ok(value) => error.header(http::header::CONTENT_RANGE, value),
            Err(_) => error,
        }
    }

    /// A condition of the request does not hold.
    pub fn precondition_failed(condition: &str) -> Self {
        Self::new(ErrorCode::PreconditionFailed).extra("Condition", condition)
    }

    /// The object may not be overwritten.
    pub fn file_already_exists(key: &ObjectKey) -> Self {
        Self::new(ErrorCode::FileAlreadyExists).extra("Key", key.as_str())
    }

    /// The method cannot be used on the resource.
    pub fn method_not_allowed(method: &str, resource: &'static str, allowed: &[&str]) -> Self {
        Self::new(ErrorCode::MethodNotAllowed).extra("Method", method).on_resource(resource, allowed)
    }

    fn on_resource(self, resource: &'static str, allowed: &[&str]) -> Self {
        let error = self.extra("ResourceType", resource);
        match HeaderValue::try_from(allowed.join(", ")) {
            Ok(value) => error.header(http::header::ALLOW, value),
            Err(_) => error,
        }
    }

    /// A request header asks for an unimplemented feature.
    pub fn not_implemented_header(name: &str) -> Self {
        Self::with_message(
            ErrorCode::NotImplemented,
            format!("A header you provided implies functionality that is not implemented: {name}."),
        )
        .extra("Header", name)
    }

    /// A query parameter asks for an unimplemented feature.
    pub fn not_implemented_parameter(name: &str) -> Self {
        Self::with_message(
            ErrorCode::NotImplemented,
            format!("A parameter you provided implies functionality that is not implemented: {name}."),
        )
        .extra("Parameter", name)
    }

    /// The origin did not deliver the object. Messages and fine-grained codes are OSS's.
    pub fn mirror_failed(message: impl Into<Cow<'static, str>>, ec: Option<&'static str>) -> Self {
        let error = Self::with_message(ErrorCode::MirrorFailed, message);
        match ec {
            Some(ec) => error.ec(ec),
            None => error,
        }
    }

    /// The request is not allowed.
    pub fn access_denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::with_message(ErrorCode::AccessDenied, message)
    }

    /// The document is malformed.
    pub fn malformed_xml(detail: impl std::fmt::Display) -> Self {
        let message = format!("{} ({detail})", ErrorCode::MalformedXML.default_message());
        Self::with_message(ErrorCode::MalformedXML, message)
    }

    /// The server has no room for the request at the moment.
    pub fn slow_down() -> Self {
        Self::new(ErrorCode::SlowDown).header(http::header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// The headers of every error, `x-oss-ec`, and the error's own.
    pub fn header_pairs(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> + '_ {
        let ec = HeaderValue::from_str(&self.ec).ok().map(|ec| (header::EC, ec));
        ec.into_iter().chain(self.headers.iter().cloned())
    }
}

impl From<XmlError> for RequestRefusal {
    fn from(error: XmlError) -> Self {
        Self::malformed_document(error)
    }
}

impl From<InvalidLifecycle> for OssError {
    /// The codes and numbers are OSS's where its documentation names them; faults of the form are `MalformedXML`.
    fn from(invalid: InvalidLifecycle) -> Self {
        use LifecycleFault as Fault;
        let (code, ec) = match invalid.fault {
            Fault::RepeatedId => (ErrorCode::InvalidArgument, Some("0014-00000020")),
            Fault::StorageClass => (ErrorCode::InvalidArgument, Some("0014-00000044")),
            Fault::TransitionTimes => (ErrorCode::MalformedXML, Some("0014-00000050")),
            Fault::NoExpirationTime => (ErrorCode::MalformedXML, Some("0014-00000060")),
            Fault::ExpirationTimes => (ErrorCode::MalformedXML, Some("0014-00000061")),
            Fault::TransitionOverlap => (ErrorCode::InvalidRequest, Some("0014-00000079")),
            Fault::MixedTimes => (ErrorCode::InvalidRequest, Some("0014-00000080")),
            Fault::Order => (ErrorCode::InvalidArgument, Some("0014-00000082")),
            Fault::Overlap => (ErrorCode::InvalidRequest, Some("0014-00000084")),
            Fault::Days => (ErrorCode::InvalidArgument, Some("0014-00000086")),
            Fault::Date => (ErrorCode::InvalidArgument, Some("0014-00000087")),
            Fault::Value => (ErrorCode::InvalidArgument, None),
            Fault::Form => (ErrorCode::MalformedXML, None),
        };
        let error = match code {
            ErrorCode::MalformedXML => Self::malformed_xml(&invalid.message),
            code => Self::with_message(code, invalid.message),
        };
        ec.map_or(error.clone(), |ec| error.ec(ec))
    }
}

impl From<InvalidWebsite> for OssError {
    fn from(invalid: InvalidWebsite) -> Self {
        Self::invalid_argument(&invalid.element, &invalid.value, invalid.message).ec("0019-00000002")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_elements_of_oss() {
        let error = OssError::no_such_key(&ObjectKey::parse("a<b>.txt").unwrap());
        let xml = String::from_utf8(error.to_xml("6556E3AED11E553933CCDEDF", "demo.oss.test")).unwrap();
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
            <Message>The specified key does not exist.</Message><RequestId>6556E3AED11E553933CCDEDF</RequestId>\
            <HostId>demo.oss.test</HostId><Key>a&lt;b&gt;.txt</Key><EC>0026-00000001</EC></Error>";
        assert_eq!(xml, expected);
        let header = error.to_header("6556E3AED11E553933CCDEDF", "demo.oss.test");
        assert_eq!(STANDARD.decode(header.as_bytes()).unwrap(), expected.as_bytes());
    }

    #[test]
    fn website_faults_are_invalid_arguments_with_the_message_of_oss() {
        let error = OssError::from(InvalidWebsite::new("HttpStatus", "test"));
        let xml = String::from_utf8(error.to_xml("R", "H")).unwrap();
        let tail = "<Code>InvalidArgument</Code><Message>HttpStatus is Invalid</Message><RequestId>R</RequestId>\
            <HostId>H</HostId><ArgumentName>HttpStatus</ArgumentName><ArgumentValue>test</ArgumentValue>\
            <EC>0019-00000002</EC></Error>";
        assert!(xml.ends_with(tail), "{xml}");
    }

    #[test]
    fn the_cause_decides_about_message_and_fine_grained_code() {
        let bucket = BucketName::parse("bucket").unwrap();
        let uploads = BucketStat { uploads: 1, ..BucketStat::default() };
        for (error, message, ec) in [
            (OssError::no_such_upload(Operation::AbortMultipartUpload, "x"), "The specified upload", "0042-00000002"),
            (OssError::no_such_upload(Operation::ListParts, "x"), "The specified upload", "0042-00000002"),
            (OssError::no_such_upload(Operation::UploadPart, "x"), "The specified upload", "0042-00000104"),
            (OssError::no_such_upload(Operation::UploadPartCopy, "x"), "The specified upload", "0042-00000311"),
            (OssError::bucket_not_empty(&bucket, &uploads), "The bucket has Multipart Uploads.", "0015-00000301"),
            (
                OssError::bucket_not_empty(&bucket, &BucketStat { objects: 1, ..uploads }),
                "The bucket has objects. Please delete them first.",
                "0015-00000301",
            ),
        ] {
            assert!(error.message.starts_with(message), "{error}");
            assert_eq!(error.ec, ec, "{error}");
        }
    }

    #[test]
    fn echoed_values_are_truncated_between_characters() {
        let error = OssError::no_such_bucket(&"é".repeat(MAX_ECHO_BYTES));
        assert_eq!(error.extras[0].1.len(), MAX_ECHO_BYTES);
        let odd = OssError::no_such_bucket(&format!("x{}", "é".repeat(MAX_ECHO_BYTES)));
        assert_eq!(odd.extras[0].1.len(), MAX_ECHO_BYTES - 1);
    }
}
