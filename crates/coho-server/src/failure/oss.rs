//! Each kind of failure in OSS's dialect: its code and its text. Every match is written out without a
//! wildcard, so that a new kind must choose its code here.

use super::{FailureKind, OriginFault};
use crate::callback::{CallbackReason, FailedCallback};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_auth::AuthError;
use coho_model::{InvalidRestore, MIN_PART_BYTES, Timestamp};
use coho_origin::{BusyLimit, CallbackError};
use coho_oss::{ErrorCode, OssError};
use http::Method;
use std::{borrow::Cow, fmt::Write};

/// The error that OSS answers with.
pub(super) fn answer(kind: &FailureKind) -> OssError {
    match kind {
        FailureKind::Request(refusal) => OssError::from((**refusal).clone()),
        FailureKind::HeadersTooLarge(exceeded) => {
            let message = "The metadata of the object is larger than 8 KB.";
            OssError::invalid_argument("x-oss-meta-*", &exceeded.bytes.to_string(), message)
        }
        FailureKind::Unauthenticated(error) => unauthenticated(error),
        FailureKind::SignatureRequired => OssError::new(ErrorCode::AccessDenied),
        FailureKind::SessionRequired => OssError::new(ErrorCode::SessionRequired),
        FailureKind::CsrfTokenRequired => OssError::new(ErrorCode::CsrfTokenRequired),
        FailureKind::CrossOriginRequest => OssError::new(ErrorCode::CrossOriginRequest),
        FailureKind::AccessDenied(message, _) => OssError::access_denied(*message),
        FailureKind::KeyDenied => OssError::access_denied("The rights of the access key do not allow this."),
        FailureKind::RequesterPays(bucket) => OssError::access_denied("Access denied for requester pay bucket")
            .ec("0003-00000703")
            .extra("BucketName", bucket.as_str()),
        FailureKind::RefererDenied(bucket) => OssError::access_denied("You are denied by bucket referer policy.")
            .ec("0003-00000503")
            .extra("BucketName", bucket.as_str()),
        FailureKind::PolicyDenied(bucket) => OssError::access_denied("Access denied by bucket policy.")
            .ec("0003-00000101")
            .extra("BucketName", bucket.as_str()),
        FailureKind::PublicAccessBlocked(message) => OssError::access_denied(*message).ec("0016-00000901"),
        FailureKind::NoSuchBucket(Some(name)) => OssError::no_such_bucket(name),
        FailureKind::NoSuchBucket(None) => OssError::new(ErrorCode::NoSuchBucket),
        FailureKind::NoSuchKey(Some(key)) => OssError::no_such_key(key),
        FailureKind::NoSuchKey(None) => OssError::new(ErrorCode::NoSuchKey),
        FailureKind::NoSuchVersion { key, version } => OssError::no_such_version(key, &version.to_string()),
        FailureKind::Deleted { key, marker } => OssError::deleted(key, *marker),
        FailureKind::IsDeleteMarker { method, marker } => {
            OssError::is_delete_marker(method.as_ref().map(Method::as_str), *marker)
        }
        FailureKind::NoSuchUpload(Some((operation, upload))) => OssError::no_such_upload(*operation, upload),
        FailureKind::NoSuchUpload(None) => OssError::new(ErrorCode::NoSuchUpload),
        FailureKind::NoSuchWebsite(bucket) => OssError::no_such_website_configuration(bucket),
        FailureKind::BucketAlreadyExists(name) => OssError::bucket_already_exists(name),
        FailureKind::BucketNotEmpty(Some((name, stat))) => OssError::bucket_not_empty(name, stat),
        FailureKind::BucketNotEmpty(None) => OssError::new(ErrorCode::BucketNotEmpty),
        FailureKind::TooManyBuckets => OssError::new(ErrorCode::TooManyBuckets),
        FailureKind::ObjectAlreadyExists(key) => OssError::file_already_exists(key),
        FailureKind::ObjectNotAppendable => OssError::new(ErrorCode::ObjectNotAppendable),
        FailureKind::PositionNotEqualToLength { length } => OssError::position_not_equal_to_length(*length),
        FailureKind::ObjectFrozen => OssError::new(ErrorCode::InvalidObjectState),
        FailureKind::NotArchived => OssError::new(ErrorCode::OperationNotSupported),
        FailureKind::InvalidRestore(invalid) => invalid_restore(*invalid),
        FailureKind::RestoreInProgress => OssError::new(ErrorCode::RestoreAlreadyInProgress),
        FailureKind::RestoreUnfinished => OssError::new(ErrorCode::ArchiveRestoreNotFinished),
        FailureKind::NotRestored => OssError::new(ErrorCode::ArchiveRestoreFileStale),
        // The client may try again.
        FailureKind::Overtaken | FailureKind::Unavailable => OssError::new(ErrorCode::ServiceUnavailable),
        FailureKind::CallbackFailed(failed) => callback_failed(failed),
        FailureKind::NotModified => OssError::new(ErrorCode::NotModified),
        FailureKind::PreconditionFailed(condition) => OssError::precondition_failed(condition),
        FailureKind::RangeNotSatisfiable { range, size } => OssError::invalid_range(range, *size),
        FailureKind::BodyIncomplete => OssError::new(ErrorCode::IncompleteBody),
        FailureKind::BodyStalled => OssError::new(ErrorCode::RequestTimeout),
        FailureKind::BodyTooLarge { limit } => OssError::entity_too_large(*limit),
        FailureKind::BodyLengthMissing => OssError::new(ErrorCode::MissingContentLength),
        FailureKind::SignedDigestMismatch => {
            let message = "The x-oss-content-sha256 you specified does not match the body.";
            OssError::with_message(ErrorCode::InvalidDigest, message)
        }
        FailureKind::Md5Mismatch { expected, computed } => {
            OssError::invalid_digest(&STANDARD.encode(expected), computed)
        }
        FailureKind::Crc64Mismatch => OssError::new(ErrorCode::InvalidCRC64),
        FailureKind::NoParts => OssError::malformed_xml("no part is listed"),
        FailureKind::InvalidPart { number, etag } => {
            OssError::invalid_part(*number, &etag.map(|etag| etag.quoted()).unwrap_or_default())
        }
        FailureKind::InvalidPartOrder => OssError::new(ErrorCode::InvalidPartOrder),
        FailureKind::PartNotSequential { number } => OssError::part_not_sequential(*number),
        FailureKind::PartAlreadyExists { number, etag } => OssError::part_already_exist(*number, &etag.quoted()),
        FailureKind::PartTooSmall { number, size } => OssError::entity_too_small(*number, *size, MIN_PART_BYTES),
        FailureKind::NotAsEncrypted => OssError::new(ErrorCode::InvalidEncryptionRequest),
        FailureKind::Origin(fault) => mirror_failed(*fault),
        FailureKind::NoMemory => OssError::slow_down(),
        FailureKind::Full => OssError::new(ErrorCode::InsufficientStorage),
        FailureKind::MasterKeyMissing(key) => {
            let message =
                "The object is encrypted, and the key file of the server lacks the master key that this needs.";
            OssError::with_message(ErrorCode::InternalError, message)
                .ec("9001-00000001")
                .extra("MasterKeyId", key.to_string())
        }
        FailureKind::Internal => OssError::new(ErrorCode::InternalError),
    }
}

/// Texts and fine-grained codes are those of OSS's pages on the status 203 and on the error codes of 0007. The headers tell of the
/// object, which is stored.
fn callback_failed(failed: &FailedCallback) -> OssError {
    let (message, ec): (Cow<'static, str>, _) = match &failed.reason {
        CallbackReason::Request(CallbackError::Busy) => ("Too many callback requests.".into(), None),
        CallbackReason::Request(CallbackError::Timeout) => ("Cost too long time.".into(), Some("0007-00000202")),
        CallbackReason::Request(CallbackError::Status(status)) => {
            (format!("Error status : {status}.").into(), Some("0007-00000203"))
        }
        CallbackReason::Request(
            CallbackError::Address(_) | CallbackError::Unreachable(_) | CallbackError::Broken(_),
        ) => {
            let message = "Error status : -1.OSS can not connect to your callbackUrl, please check it.";
            (message.into(), Some("0007-00000203"))
        }
        CallbackReason::Request(CallbackError::NoLength | CallbackError::TooLong) => {
            let message = "Error status : 400.User server return too long content-length value.";
            (message.into(), Some("0007-00000203"))
        }
        CallbackReason::NotJson => ("Response body is not valid json format.".into(), Some("0007-00000205")),
        CallbackReason::BodyTooLong => ("The callback body is too long with its variables.".into(), None),
        CallbackReason::Image(_) => ("Get image info failed.".into(), None),
        CallbackReason::Key(_) | CallbackReason::Task(_) => ("The callback could not be sent.".into(), None),
    };
    let mut error = OssError::with_message(ErrorCode::CallbackFailed, message);
    for (name, value) in &failed.headers {
        error = error.header(name.clone(), value.clone());
    }
    match ec {
        Some(ec) => error.ec(ec),
        None => error,
    }
}

/// OSS names the fine-grained codes, and not the code.
fn invalid_restore(invalid: InvalidRestore) -> OssError {
    match invalid {
        InvalidRestore::Days { days, max } => {
            let message = format!("Days must be an integer from 1 to {max}.");
            OssError::invalid_argument("Days", &days.to_string(), message).ec("0016-00000704")
        }
        InvalidRestore::Tier(tier) => {
            let message = "The storage class of the object does not offer this tier.";
            OssError::invalid_argument("Tier", tier.as_str(), message).ec("0016-00000703")
        }
    }
}

/// Texts and fine-grained codes are those of OSS's page on 424 MirrorFailed.
fn mirror_failed(fault: OriginFault) -> OssError {
    const CHECK: &str = "Mirroring failed, please check your mirror configuration.";
    const READ: &str = "Read body from mirror host failed, please check your mirror host.";
    match fault {
        OriginFault::Status(status) => {
            let message = format!("Error status : {status} from mirror host, should return 200 OK");
            OssError::mirror_failed(message, Some("0041-00000101"))
        }
        OriginFault::NameNotResolved => OssError::mirror_failed(CHECK, Some("0041-00000106")),
        OriginFault::AddressRefused => OssError::mirror_failed(CHECK, Some("0041-00000108")),
        OriginFault::Timeout | OriginFault::TooManyRedirects => OssError::mirror_failed(CHECK, None),
        OriginFault::BodyUnreadable => OssError::mirror_failed(READ, Some("0041-00000104")),
        OriginFault::BodyShort => OssError::mirror_failed("Bytes read is not equal to expected.", None),
        OriginFault::Md5Mismatch => OssError::mirror_failed("MD5 in header is not equal to MD5 calculated.", None),
        OriginFault::HeadersTooLarge => OssError::mirror_failed("Meta is too large.", None),
        OriginFault::Loop => OssError::mirror_failed("Mirror request is a loop back-to-origin.", Some("0041-00000009")),
        // OSS's text and code name the quota, so no other limit has them.
        OriginFault::RateLimited => {
            OssError::mirror_failed("Mirror request is rejected by QoS.", Some("0041-00000102"))
        }
        OriginFault::Busy(limit) => OssError::mirror_failed(busy(limit), None),
    }
}

/// The limits of this server, for which OSS has no text.
fn busy(limit: BusyLimit) -> &'static str {
    match limit {
        BusyLimit::Fetches => "Too many mirror requests are in progress.",
        BusyLimit::BucketFetches => "Too many mirror requests of the bucket are in progress.",
        BusyLimit::OriginRequests => "Too many requests to the mirror host are in progress.",
        BusyLimit::Lookups => "Too many names of mirror hosts are being resolved.",
    }
}

fn unauthenticated(error: &AuthError) -> OssError {
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
        AuthError::IncompleteForm { field } => incomplete_form(field),
        AuthError::UnknownAccessKey { access_key_id } => unknown_key(access_key_id),
        AuthError::AccessKeyDisabled { access_key_id } => {
            OssError::with_message(ErrorCode::InvalidAccessKeyId, "The OSS Access Key Id you provided is disabled.")
                .ec("0002-00000903")
                .extra("OSSAccessKeyId", &**access_key_id)
        }
        AuthError::SecurityTokenExpired { .. } => OssError::new(ErrorCode::SecurityTokenExpired),
        AuthError::MissingSecurityToken { access_key_id } => unknown_key(access_key_id).ec("0002-00000003"),
        AuthError::UnexpectedSecurityToken { access_key_id } => unknown_key(access_key_id).ec("0002-00000002"),
        AuthError::SecurityTokenMismatch { .. } => OssError::new(ErrorCode::InvalidSecurityToken).ec("0002-00000006"),
        AuthError::SecurityTokenNotInQuery => OssError::with_message(
            ErrorCode::InvalidRequest,
            "Security-token must be provided by query string parameter.",
        ),
        AuthError::MissingDate => denied("OSS authentication requires a valid Date."),
        AuthError::TimeTooSkewed { request_unix_seconds, server_unix_seconds, max_skew_ms } => {
            OssError::new(ErrorCode::RequestTimeTooSkewed)
                .extra("MaxAllowedSkewMilliseconds", max_skew_ms.to_string())
                .extra("RequestTime", iso(*request_unix_seconds))
                .extra("ServerTime", iso(*server_unix_seconds))
        }
        AuthError::Expired { expires_unix_seconds } => {
            denied("Request has expired.").extra("Expires", iso(*expires_unix_seconds))
        }
        AuthError::NotYetValid { .. } => denied("Request is not valid yet.").ec("0002-00000235"),
        AuthError::CredentialDateMismatch => {
            invalid("Credential", "", "The date of the credential is not that of x-oss-date.")
        }
        AuthError::MissingAdditionalHeader { name } => {
            invalid("x-oss-additional-headers", name, "A signed additional header is missing in the request.")
        }
        AuthError::WrongRegion { region } => {
            invalid("Authorization", region, "Invalid signing region in Authorization header.").ec("0002-00000226")
        }
        AuthError::WrongProduct { product } => {
            invalid("Authorization", product, "Invalid signing product in Authorization header.").ec("0002-00000227")
        }
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
}

/// OSS names the fine-grained code of a missing policy alone.
fn incomplete_form(field: &str) -> OssError {
    let invalid = |message: &'static str| OssError::invalid_argument(field, "", message);
    match field {
        "OSSAccessKeyId" | "x-oss-access-key-id" | "x-oss-credential" => invalid("Post request accessKeyId is empty."),
        "policy" => invalid("Post request policy is empty.").ec("0002-00000702"),
        "x-oss-date" => invalid("Post request date is empty."),
        _ => invalid("Post request signature is empty."),
    }
}

fn iso(unix_seconds: i64) -> String {
    Timestamp::from_unix_ms(unix_seconds.saturating_mul(1000)).iso8601()
}
