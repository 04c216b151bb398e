//! Makes a V4 `Authorization` header. The counterpart of `verify`, over the same canonical form.

use hmac::Mac;

use crate::{
    authorization::{V4_ALGORITHM, V4_TERMINATOR},
    canonical_v4::{self, Tail, UNSIGNED_PAYLOAD},
    credential::Credential,
    error::SignError,
    request::{AuthRequest, Resource},
    sign_v1::SignedHeader,
    signing_key::SigningKey,
    time,
};

/// The scope of a V4 signature besides the access key and the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// A region without the `oss-` prefix, such as `cn-hangzhou`.
    pub region: &'a str,
    /// `oss`, or `oss-cloudbox`.
    pub product: &'a str,
}

/// A V4 signature in lower-case hex, and the bytes that were signed.
pub(crate) struct V4Signature {
    pub(crate) signature: String,
    pub(crate) string_to_sign: Vec<u8>,
    pub(crate) canonical_request: Vec<u8>,
}

/// Signs a request with OSS V4. The headers must be complete: `x-oss-date`, `x-oss-content-sha256`, and for a temporary
/// key `x-oss-security-token`; [`crate::authorize_v4`] adds them. Additional headers that are absent from the request
/// are omitted, as in the SDKs.
///
/// # Errors
/// [`SignError::MissingDate`] if no date can be parsed.
pub fn sign_v4(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    scope: Scope<'_>,
    additional_headers: &[&str],
) -> Result<SignedHeader, SignError> {
    let date = date_header(request).ok_or(SignError::MissingDate)?;
    let additional = present_additional_headers(request, additional_headers);
    let payload = request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD.as_bytes());
    let tail = Tail::new(request, &additional, payload, false);
    let signed = signature(credential, request.method, resource, scope, &date, &tail);
    let mut authorization = format!("{V4_ALGORITHM} Credential={}", credential_text(credential, scope, &date.iso));
    if !additional.is_empty() {
        authorization.push_str(",AdditionalHeaders=");
        authorization.push_str(&additional.join(";"));
    }
    authorization.push_str(",Signature=");
    authorization.push_str(&signed.signature);
    Ok(SignedHeader {
        authorization,
        string_to_sign: signed.string_to_sign,
        canonical_request: Some(signed.canonical_request),
    })
}

/// The time of a V4 header signature: `x-oss-date`, otherwise `Date`.
#[derive(Debug)]
pub(crate) struct SignedDate {
    pub(crate) unix_seconds: i64,
    /// The time in ISO form; its first eight characters are the day.
    pub(crate) iso: String,
    /// The time as it appears in the string to sign: the header's own text. The Go SDK v1 (and so ossutil 1) sends no
    /// `x-oss-date` and signs the RFC 1123 text of `Date`.
    pub(crate) text: String,
}

pub(crate) fn date_header(request: &AuthRequest<'_>) -> Option<SignedDate> {
    let (date, unix_seconds) = match request.header("x-oss-date") {
        Some(date) => (date, time::parse_iso_basic(date)?),
        None => {
            let date = request.header(http::header::DATE)?;
            (date, time::parse_any(date)?)
        }
    };
    let text = std::str::from_utf8(date).ok()?.to_owned();
    Some(SignedDate { unix_seconds, iso: time::format_iso_basic(unix_seconds)?, text })
}

pub(crate) fn present_additional_headers(request: &AuthRequest<'_>, names: &[&str]) -> Vec<String> {
    let mut names = canonical_v4::additional_headers(names.iter().copied());
    names.retain(|name| request.headers.contains_key(name));
    names
}

/// `timestamp` in ISO form; its first eight characters are the day.
pub(crate) fn credential_text(credential: &Credential, scope: Scope<'_>, timestamp: &str) -> String {
    format!("{}/{}", credential.access_key_id, scope_text(scope, timestamp))
}

pub(crate) fn signature(
    credential: &Credential,
    method: &str,
    resource: &Resource<'_>,
    scope: Scope<'_>,
    date: &SignedDate,
    tail: &Tail,
) -> V4Signature {
    let canonical_request = tail.canonical_request(method, resource);
    let string_to_sign = canonical_v4::string_to_sign(&date.text, &scope_text(scope, &date.iso), &canonical_request);
    let key = SigningKey::derive(&credential.access_key_secret, &date.iso[..8], scope.region, scope.product);
    let signature = hex::encode(key.mac(&string_to_sign).finalize().into_bytes());
    V4Signature { signature, string_to_sign, canonical_request }
}

fn scope_text(scope: Scope<'_>, timestamp: &str) -> String {
    format!("{}/{}/{}/{V4_TERMINATOR}", &timestamp[..8], scope.region, scope.product)
}
