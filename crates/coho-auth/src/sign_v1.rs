//! Makes a V1 `Authorization` header. The counterpart of `verify`, over the same canonical form.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;

use crate::{
    canonical_v1,
    credential::Credential,
    error::SignError,
    request::{AuthRequest, Resource},
    signing_key::mac_v1,
    subresource::Coverage,
    time,
};

/// An `Authorization` header value, and the bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeader {
    /// The value of the `Authorization` header.
    pub authorization: String,
    /// The bytes that were signed.
    pub string_to_sign: Vec<u8>,
    /// The canonical request, V4 only.
    pub canonical_request: Option<Vec<u8>>,
}

/// Signs a request with OSS V1. The headers must be complete: `Date` or `x-oss-date`, and for a temporary key
/// `x-oss-security-token`; [`crate::authorize_v1`] adds them.
///
/// # Errors
/// [`SignError::MissingDate`] if neither date header can be parsed.
pub fn sign_v1(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
) -> Result<SignedHeader, SignError> {
    let date = date_header(request).filter(|date| time::parse_any(date).is_some()).ok_or(SignError::MissingDate)?;
    let (signature, string_to_sign) = signature(credential, request, resource, date);
    let authorization = format!("OSS {}:{signature}", credential.access_key_id);
    Ok(SignedHeader { authorization, string_to_sign, canonical_request: None })
}

/// The date that a V1 header signature covers: `x-oss-date` takes precedence over `Date`.
pub(crate) fn date_header<'a>(request: &AuthRequest<'a>) -> Option<&'a [u8]> {
    request.header("x-oss-date").or_else(|| request.header(http::header::DATE))
}

/// The base64 signature and the string to sign. `date` is the date header, or `Expires` of a URL.
pub(crate) fn signature(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    date: &[u8],
) -> (String, Vec<u8>) {
    let mut string_to_sign = canonical_v1::head(request, date);
    string_to_sign.extend(canonical_v1::resource(resource, request.query, Coverage::Full));
    let mac = mac_v1(&credential.access_key_secret, &[&string_to_sign]);
    (STANDARD.encode(mac.finalize().into_bytes()), string_to_sign)
}
