//! Why authentication failed: one variant per distinct OSS answer, documented with its code, status and EC number.
//!
//! The server maps the variants to answers. No variant carries a secret.

use std::{borrow::Cow, sync::Arc};

/// A refused request. The documentation of each variant names the OSS answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// `InvalidArgument`, 400: an `Authorization` header and signature parameters in the URL at once.
    #[error("signed in the header and in the url at once")]
    HeaderAndUrl,
    /// `InvalidArgument`, 400, "Authorization header is invalid.": the header, or the V4 credential of a signed URL, is
    /// malformed.
    #[error("malformed authorization: {reason}")]
    MalformedAuthorization {
        /// What is malformed.
        reason: &'static str,
    },
    /// `InvalidArgument`, 400: `x-oss-signature-version` in the URL names an unknown version.
    #[error("unknown signature version")]
    UnknownSignatureVersion,
    /// `InvalidArgument`, 400: a signed request with more than [`coho_model::MAX_QUERY_PAIRS`] query parameters.
    #[error("{count} query parameters are too many to sign")]
    TooManyParameters {
        /// The number of parameters.
        count: usize,
    },
    /// `AccessDenied`, 403, "Query-string authentication requires the Signature, Expires and OSSAccessKeyId
    /// parameters": a V1 URL without `Signature` or `OSSAccessKeyId`.
    #[error("query-string authentication lacks {parameter}")]
    IncompleteUrl {
        /// The parameter that is missing or empty.
        parameter: &'static str,
    },
    /// `AccessDenied`, 403, EC 0002-00000068, same message: a V1 URL whose `Expires`, or a V2 URL whose `x-oss-expires`,
    /// is missing or empty.
    #[error("query-string authentication lacks Expires")]
    ExpiresMissing,
    /// `AccessDenied`, 403, EC 0002-00000070, "Invalid date (should be seconds since epoch).": V1 or V2 URL.
    #[error("expires is not an integer")]
    ExpiresNotInteger,
    /// `AccessDenied`, 403: a V2 or V4 URL without one of its parameters (`x-oss-expires` has a variant of its own).
    #[error("the signed url lacks {parameter}")]
    IncompleteUrlV4 {
        /// The parameter that is missing or empty.
        parameter: &'static str,
    },
    /// `AccessDenied`, 403, EC 0002-00000215: a V4 URL without `x-oss-expires`.
    #[error("the signed url lacks x-oss-expires")]
    V4ExpiresMissing,
    /// `AccessDenied`, 403, EC 0002-00000232: `x-oss-expires` is not an integer of 1 to 604800 seconds.
    #[error("x-oss-expires is out of range")]
    V4ExpiresOutOfRange,
    /// `InvalidArgument`, 400: a form (PostObject) has some fields of a signature, and not this one.
    #[error("the signed form lacks {field}")]
    IncompleteForm {
        /// The field that is missing or empty.
        field: &'static str,
    },
    /// `InvalidAccessKeyId`, 403, EC 0002-00000902: the access key does not exist.
    #[error("access key {access_key_id:?} does not exist")]
    UnknownAccessKey {
        /// The id as sent.
        access_key_id: String,
    },
    /// `InvalidAccessKeyId`, 403, EC 0002-00000903: the access key is disabled.
    #[error("access key {access_key_id} is disabled")]
    AccessKeyDisabled {
        /// The key.
        access_key_id: Arc<str>,
    },
    /// `SecurityTokenExpired`, 403: the temporary key is over.
    #[error("temporary access key {access_key_id} has expired")]
    SecurityTokenExpired {
        /// The temporary key.
        access_key_id: Arc<str>,
    },
    /// `InvalidAccessKeyId`, 403, EC 0002-00000003: a temporary key without its security token (from the documentation
    /// of that EC; OSS looks for a long-lived key with this id and finds none).
    #[error("temporary access key {access_key_id} was used without a security token")]
    MissingSecurityToken {
        /// The temporary key.
        access_key_id: Arc<str>,
    },
    /// `InvalidAccessKeyId`, 403, EC 0002-00000002: a long-lived key with a security token (from the documentation of
    /// that EC; OSS takes it for an STS request and finds no temporary key with this id).
    #[error("access key {access_key_id} takes no security token")]
    UnexpectedSecurityToken {
        /// The long-lived key.
        access_key_id: Arc<str>,
    },
    /// `InvalidSecurityToken`, 403, EC 0002-00000006: the token does not belong to this temporary key.
    #[error("the security token does not belong to access key {access_key_id}")]
    SecurityTokenMismatch {
        /// The temporary key.
        access_key_id: Arc<str>,
    },
    /// `InvalidRequest`, 400, "Security-token must be provided by query string parameter.": a signed URL with the
    /// token in a header.
    #[error("the security token of a signed url must be a query parameter")]
    SecurityTokenNotInQuery,
    /// `AccessDenied`, 403, "OSS authentication requires a valid Date.": the date is missing or cannot be parsed.
    #[error("no valid date")]
    MissingDate,
    /// `RequestTimeTooSkewed`, 403, EC 0002-00000504: the time of a header signature differs too much from the
    /// server's.
    #[error("request time {request_unix_seconds} is too far from server time {server_unix_seconds}")]
    TimeTooSkewed {
        /// The time that the client signed, in Unix seconds.
        request_unix_seconds: i64,
        /// The server's time of the check, in Unix seconds.
        server_unix_seconds: i64,
        /// `MaxAllowedSkewMilliseconds`.
        max_skew_ms: i64,
    },
    /// `AccessDenied`, 403, "Request has expired.": a signed URL used after its expiry.
    #[error("the signed url expired at {expires_unix_seconds}")]
    Expired {
        /// The last second at which the URL was valid.
        expires_unix_seconds: i64,
    },
    /// `AccessDenied`, 403, EC 0002-00000235: a V4 URL used more than 15 minutes before its `x-oss-date`.
    #[error("the signed url is not valid before {valid_from_unix_seconds}")]
    NotYetValid {
        /// The first second at which the URL is valid.
        valid_from_unix_seconds: i64,
    },
    /// `InvalidArgument`, 400: a V4 URL names an additional header that the request lacks.
    #[error("the additional header {name:?} is missing")]
    MissingAdditionalHeader {
        /// The header's name in lower case.
        name: String,
    },
    /// `InvalidArgument`, 400: the day of a V4 credential differs from the day of `x-oss-date`.
    #[error("the credential's day is not the request's day")]
    CredentialDateMismatch,
    /// `InvalidArgument`, 400, EC 0002-00000226: the region of a V4 credential is not the one that this server accepts.
    #[error("region {region:?} is not served here")]
    WrongRegion {
        /// The region as sent.
        region: String,
    },
    /// `InvalidArgument`, 400, EC 0002-00000227: the product of a V4 credential is neither `oss` nor `oss-cloudbox`.
    #[error("product {product:?} is not oss")]
    WrongProduct {
        /// The product as sent.
        product: String,
    },
    /// `InvalidArgument`, 400: a V4 credential does not end with `aliyun_v4_request`.
    #[error("the credential does not end with aliyun_v4_request")]
    WrongTerminator,
    /// `InvalidArgument`, 400: a V4 header signature without `x-oss-content-sha256`.
    #[error("x-oss-content-sha256 is missing")]
    MissingContentSha256,
    /// `InvalidArgument`, 400: `x-oss-content-sha256` is neither `UNSIGNED-PAYLOAD` nor a lower-case hex SHA-256.
    #[error("x-oss-content-sha256 is neither UNSIGNED-PAYLOAD nor a lower-case digest")]
    InvalidContentSha256,
    /// `SignatureDoesNotMatch`, 403, EC 0002-00000040, with the elements of [`SignatureMismatch`].
    #[error("the signature of access key {} does not match", .0.access_key_id)]
    SignatureMismatch(Box<SignatureMismatch>),
}

/// What OSS includes in `SignatureDoesNotMatch`, so that a client can compare it with its own computation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// `OSSAccessKeyId`.
    pub access_key_id: Arc<str>,
    /// `SignatureProvided`, as sent.
    pub signature_provided: String,
    /// `StringToSign` of the first reading of the address. `StringToSignBytes` shows the same bytes as hex pairs.
    pub string_to_sign: Vec<u8>,
    /// `CanonicalRequest`, V4 only.
    pub canonical_request: Option<Vec<u8>>,
}

impl SignatureMismatch {
    /// The string to sign as text, with invalid UTF-8 replaced.
    pub fn string_to_sign_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.string_to_sign)
    }

    /// The V4 canonical request as text, with invalid UTF-8 replaced.
    pub fn canonical_request_text(&self) -> Option<Cow<'_, str>> {
        self.canonical_request.as_deref().map(String::from_utf8_lossy)
    }
}

/// Why a request could not be signed; the caller must complete it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Neither `x-oss-date` nor `Date` is set, or the one that applies cannot be parsed.
    #[error("the request has no valid date")]
    MissingDate,
    /// A header or parameter that signing adds cannot hold the given value.
    #[error("{0} cannot hold the given value")]
    InvalidValue(&'static str),
    /// The lifetime of a V4 URL is not 1 to 604800 seconds.
    #[error("a signed url is valid for 1 to 604800 seconds")]
    ExpiresOutOfRange,
}
