//! Which failure is answered with which code. Every match is written out without a wildcard, so that a new failure
//! must choose its code here.

use coho_auth::AuthError;
use coho_meta::MetaError;
use coho_model::{HeaderLimitExceeded, Refusal, Timestamp, website::InvalidWebsite};
use coho_origin::MirrorFailure;
use coho_oss::{ErrorCode, OssError};
use coho_store::{BodyError, StoreError};
use std::fmt::Write;

/// A request that fails, with the answer it gets.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) answer: OssError,
    /// What lies behind a 5xx, for the log alone.
    pub(crate) cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    fn internal(code: ErrorCode, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { answer: OssError::new(code), cause: Some(cause.into()) }
    }
}

impl From<OssError> for Failure {
    fn from(answer: OssError) -> Self {
        Self { answer, cause: None }
    }
}

impl From<InvalidWebsite> for Failure {
    fn from(invalid: InvalidWebsite) -> Self {
        OssError::from(invalid).into()
    }
}

impl From<HeaderLimitExceeded> for Failure {
    fn from(error: HeaderLimitExceeded) -> Self {
        let message = "The metadata of the object is larger than 8 KB.";
        OssError::invalid_argument("x-oss-meta-*", &error.bytes.to_string(), message).into()
    }
}

impl From<MetaError> for Failure {
    fn from(error: MetaError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refused(refusal).into(),
            StoreError::Body(error) => error.into(),
            StoreError::Md5Mismatch { expected, computed } => {
                OssError::invalid_digest(&base64(&expected), &computed).into()
            }
            StoreError::Crc64Mismatch => OssError::new(ErrorCode::InvalidCRC64).into(),
            StoreError::Full => Self::internal(ErrorCode::InsufficientStorage, StoreError::Full),
            StoreError::ReadOnly => Self::internal(ErrorCode::ServiceUnavailable, StoreError::ReadOnly),
            StoreError::Stopping => Self::internal(ErrorCode::ServiceUnavailable, StoreError::Stopping),
            error @ (StoreError::Damaged(_) | StoreError::Meta(_) | StoreError::Blob(_)) => {
                Self::internal(ErrorCode::InternalError, error)
            }
        }
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Incomplete => OssError::new(ErrorCode::IncompleteBody).into(),
            BodyError::Stalled => OssError::new(ErrorCode::RequestTimeout).into(),
            BodyError::TooLarge { limit } => OssError::entity_too_large(limit).into(),
            BodyError::DigestMismatch => {
                let message = "The x-oss-content-sha256 you specified does not match the body.";
                OssError::with_message(ErrorCode::InvalidDigest, message).into()
            }
            BodyError::Source(error) => (*error).into(),
        }
    }
}

fn refused(refusal: Refusal) -> OssError {
    match refusal {
        Refusal::NoSuchBucket => OssError::new(ErrorCode::NoSuchBucket),
        Refusal::BucketAlreadyExists(name) => OssError::bucket_already_exists(&name),
        Refusal::TooManyBuckets(_) => OssError::new(ErrorCode::TooManyBuckets),
        Refusal::BucketNotEmpty => OssError::new(ErrorCode::BucketNotEmpty),
        Refusal::NoSuchKey(key) => OssError::no_such_key(&key),
        Refusal::AlreadyExists(key) => OssError::file_already_exists(&key),
        // Somebody writes the object all the time; the client may try again.
        Refusal::Overtaken => OssError::new(ErrorCode::ServiceUnavailable),
        Refusal::NoSuchUpload => OssError::new(ErrorCode::NoSuchUpload),
        Refusal::InvalidPart { number, etag } => {
            OssError::invalid_part(number, &etag.map(|etag| etag.quoted()).unwrap_or_default())
        }
        Refusal::InvalidPartOrder => OssError::new(ErrorCode::InvalidPartOrder),
        Refusal::PartTooSmall { number, size } => OssError::entity_too_small(number, size, coho_model::MIN_PART_BYTES),
        Refusal::NoParts => OssError::malformed_xml("no part is listed"),
    }
}

impl From<MirrorFailure> for Failure {
    /// Texts and fine-grained codes are those of OSS's page on 424 MirrorFailed.
    fn from(failure: MirrorFailure) -> Self {
        const CHECK: &str = "Mirroring failed, please check your mirror configuration.";
        const READ: &str = "Read body from mirror host failed, please check your mirror host.";
        let mirror = |message: String, ec| OssError::mirror_failed(message, ec).into();
        match failure {
            MirrorFailure::NotFound | MirrorFailure::KnownMissing => OssError::new(ErrorCode::NoSuchKey).into(),
            // The answer that asking it would have got.
            MirrorFailure::LeftAlone(last) => (*last).clone().into(),
            MirrorFailure::Status(status) => mirror(not_ok(status), Some("0041-00000101")),
            // OSS shows status 0 for an origin that gave none.
            MirrorFailure::Unreachable(_) => mirror(not_ok(0), Some("0041-00000101")),
            MirrorFailure::Dns => mirror(CHECK.into(), Some("0041-00000106")),
            MirrorFailure::Address(_) => mirror(CHECK.into(), Some("0041-00000108")),
            MirrorFailure::Timeout => mirror(CHECK.into(), None),
            MirrorFailure::NoLength | MirrorFailure::Surplus | MirrorFailure::Body(_) => {
                mirror(READ.into(), Some("0041-00000104"))
            }
            MirrorFailure::Short | MirrorFailure::NoRange => {
                mirror("Bytes read is not equal to expected.".into(), None)
            }
            MirrorFailure::Md5 => mirror("MD5 in header is not equal to MD5 calculated.".into(), None),
            MirrorFailure::Redirects => mirror(CHECK.into(), None),
            MirrorFailure::MetaTooLarge => mirror("Meta is too large.".into(), None),
            MirrorFailure::Loop => mirror("Mirror request is a loop back-to-origin.".into(), Some("0041-00000009")),
            MirrorFailure::Busy | MirrorFailure::RateLimited => {
                mirror("Mirror request is rejected by QoS.".into(), Some("0041-00000102"))
            }
            MirrorFailure::Store(error) => match &*error {
                StoreError::Full => Self::internal(ErrorCode::InsufficientStorage, MirrorFailure::Store(error)),
                StoreError::ReadOnly | StoreError::Stopping => {
                    Self::internal(ErrorCode::ServiceUnavailable, MirrorFailure::Store(error))
                }
                StoreError::Refused(Refusal::NoSuchBucket) => OssError::new(ErrorCode::NoSuchBucket).into(),
                StoreError::Body(BodyError::TooLarge { .. }) => mirror(READ.into(), Some("0041-00000104")),
                StoreError::Refused(_)
                | StoreError::Body(_)
                | StoreError::Md5Mismatch { .. }
                | StoreError::Crc64Mismatch
                | StoreError::Damaged(_)
                | StoreError::Meta(_)
                | StoreError::Blob(_) => Self::internal(ErrorCode::InternalError, MirrorFailure::Store(error)),
            },
        }
    }
}

fn not_ok(status: u16) -> String {
    format!("Error status : {status} from mirror host, should return 200 OK")
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        const INVALID_HEADER: &str = "Authorization header is invalid.";
        const INCOMPLETE: &str =
            "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters";
        const INCOMPLETE_V4: &str = "Query-string authentication requires the x-oss-signature-version, \
             x-oss-credential, x-oss-date, x-oss-expires and x-oss-signature parameters";
        let invalid = |name: &str, value: &str, message: &'static str| OssError::invalid_argument(name, value, message);
        let denied = OssError::access_denied;
        let unknown_key = |id: &str| OssError::new(ErrorCode::InvalidAccessKeyId).extra("OSSAccessKeyId", id);
        match error {
            AuthError::HeaderAndUrl => {
                invalid("Authorization", "", "Only one auth mechanism allowed; header and query signature were sent.")
            }
            AuthError::MalformedAuthorization { .. } => invalid("Authorization", "", INVALID_HEADER),
            AuthError::SignatureV2NotImplemented => OssError::not_implemented_header("Authorization: OSS2"),
            AuthError::UnknownSignatureVersion => {
                invalid("x-oss-signature-version", "", "The signature version is not supported.")
            }
            AuthError::TooManyParameters { count } => {
                invalid("query", &count.to_string(), "The request has too many query parameters.")
            }
            AuthError::IncompleteUrl { .. } => denied(INCOMPLETE),
            AuthError::ExpiresMissing => denied(INCOMPLETE).ec("0002-00000068"),
            AuthError::ExpiresNotInteger => denied("Invalid date (should be seconds since epoch).").ec("0002-00000070"),
            AuthError::IncompleteUrlV4 { .. } => denied(INCOMPLETE_V4),
            AuthError::V4ExpiresMissing => denied(INCOMPLETE_V4).ec("0002-00000215"),
            AuthError::V4ExpiresOutOfRange => {
                denied("x-oss-expires must be between 1 and 604800 seconds.").ec("0002-00000232")
            }
            AuthError::UnknownAccessKey { access_key_id } => unknown_key(&access_key_id),
            AuthError::MissingSecurityToken { access_key_id } => unknown_key(&access_key_id).ec("0002-00000003"),
            AuthError::UnexpectedSecurityToken { access_key_id } => unknown_key(&access_key_id).ec("0002-00000002"),
            AuthError::SecurityTokenMismatch { .. } => {
                OssError::new(ErrorCode::InvalidSecurityToken).ec("0002-00000006")
            }
            AuthError::SecurityTokenNotInQuery => OssError::with_message(
                ErrorCode::InvalidRequest,
                "Security-token must be provided by query string parameter.",
            ),
            AuthError::MissingDate => denied("OSS authentication requires a valid Date."),
            AuthError::TimeTooSkewed { request_unix_seconds, server_unix_seconds, max_skew_ms } => {
                OssError::new(ErrorCode::RequestTimeTooSkewed)
                    .extra("MaxAllowedSkewMilliseconds", max_skew_ms.to_string())
                    .extra("RequestTime", iso(request_unix_seconds))
                    .extra("ServerTime", iso(server_unix_seconds))
            }
            AuthError::Expired { expires_unix_seconds } => {
                denied("Request has expired.").extra("Expires", iso(expires_unix_seconds))
            }
            AuthError::NotYetValid { .. } => denied("Request is not valid yet.").ec("0002-00000235"),
            AuthError::CredentialDateMismatch => {
                invalid("Credential", "", "The date of the credential is not that of x-oss-date.")
            }
            AuthError::WrongRegion { region } => invalid("Credential", &region, "The region is not served here."),
            AuthError::WrongProduct { product } => invalid("Credential", &product, "The product is not oss."),
            AuthError::WrongTerminator => invalid("Credential", "", "The credential must end with aliyun_v4_request."),
            AuthError::MissingContentSha256 => {
                invalid("x-oss-content-sha256", "", "A V4 signature requires x-oss-content-sha256.")
            }
            AuthError::InvalidContentSha256 => {
                invalid("x-oss-content-sha256", "", "It must be UNSIGNED-PAYLOAD or a lower-case SHA-256.")
            }
            AuthError::SignatureMismatch(mismatch) => {
                let bytes = mismatch.string_to_sign.iter().fold(String::new(), |mut text, byte| {
                    let _ = write!(text, "{byte:02X} ");
                    text
                });
                let error = OssError::new(ErrorCode::SignatureDoesNotMatch)
                    .extra("OSSAccessKeyId", &*mismatch.access_key_id)
                    .extra("SignatureProvided", mismatch.signature_provided.as_str())
                    .extra("StringToSign", mismatch.string_to_sign_text())
                    .extra("StringToSignBytes", bytes.trim_end());
                match mismatch.canonical_request_text() {
                    Some(canonical) => error.extra("CanonicalRequest", canonical),
                    None => error,
                }
            }
        }
        .into()
    }
}

fn iso(unix_seconds: i64) -> String {
    Timestamp::from_unix_ms(unix_seconds.saturating_mul(1000)).iso8601()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
