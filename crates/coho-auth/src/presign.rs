//! Makes signed URLs, V1, V2 and V4: the query parameters to append to the object's address.
//!
//! Headers that the later request will carry and that the signature covers (Content-Type, Content-MD5, `x-oss-`
//! headers) must be set when signing.

use percent_encoding::utf8_percent_encode;

use crate::{
    authorization::{V2_ALGORITHM, V4_ALGORITHM},
    canonical_v4::{QUERY_SET, Tail, UNSIGNED_PAYLOAD},
    credential::Credential,
    error::SignError,
    request::{AuthRequest, Resource},
    sign_v1, sign_v2,
    sign_v4::{self, Scope},
    time::{self, MAX_PRESIGN_SECONDS},
};

/// The query of a signed URL, and the bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presigned {
    /// All query parameters in sending order: those of the request, then those of the signature. They are decoded;
    /// [`encode_query`] writes them.
    pub parameters: Vec<(String, String)>,
    /// The bytes that were signed.
    pub string_to_sign: Vec<u8>,
    /// The canonical request, V4 only.
    pub canonical_request: Option<Vec<u8>>,
}

/// Signs a URL with OSS V1, valid up to and including `expires_unix_seconds`. Adds the token of a temporary key.
pub fn presign_v1(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    expires_unix_seconds: i64,
) -> Presigned {
    let expires = expires_unix_seconds.to_string();
    let mut parameters = request.query.to_vec();
    parameters.push(pair("OSSAccessKeyId", &credential.access_key_id));
    parameters.push(pair("Expires", &expires));
    if let Some(token) = &credential.security_token {
        parameters.push(pair("security-token", token));
    }
    let signed = AuthRequest { query: &parameters, ..*request };
    let (signature, string_to_sign) = sign_v1::signature(credential, &signed, resource, expires.as_bytes());
    parameters.push(pair("Signature", &signature));
    Presigned { parameters, string_to_sign, canonical_request: None }
}

/// Signs a URL with OSS V2, valid up to and including `expires_unix_seconds`. Adds the token of a temporary key. Additional headers
/// that are absent from the request are omitted.
pub fn presign_v2(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    additional_headers: &[&str],
    expires_unix_seconds: i64,
) -> Presigned {
    let expires = expires_unix_seconds.to_string();
    let additional = sign_v2::present_additional_headers(request, additional_headers);
    let mut parameters = request.query.to_vec();
    if let Some(token) = &credential.security_token {
        parameters.push(pair("security-token", token));
    }
    parameters.push(pair("x-oss-signature-version", V2_ALGORITHM));
    parameters.push(pair("x-oss-expires", &expires));
    parameters.push(pair("x-oss-access-key-id", &credential.access_key_id));
    if !additional.is_empty() {
        parameters.push(pair("x-oss-additional-headers", &additional.join(";")));
    }
    let signed = AuthRequest { query: &parameters, ..*request };
    let (signature, string_to_sign) =
        sign_v2::signature(credential, &signed, resource, expires.as_bytes(), &additional);
    parameters.push(pair("x-oss-signature", &signature));
    Presigned { parameters, string_to_sign, canonical_request: None }
}

/// Signs a URL with OSS V4, valid from `now_unix_seconds` for `expires_seconds`. Adds the token of a temporary key.
/// Additional headers that are absent from the request are omitted.
///
/// # Errors
/// [`SignError::ExpiresOutOfRange`] unless the lifetime is 1 to 604800 seconds, [`SignError::InvalidValue`] if the time
/// has no four-digit year.
pub fn presign_v4(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    scope: Scope<'_>,
    additional_headers: &[&str],
    now_unix_seconds: i64,
    expires_seconds: i64,
) -> Result<Presigned, SignError> {
    if !(1..=MAX_PRESIGN_SECONDS).contains(&expires_seconds) {
        return Err(SignError::ExpiresOutOfRange);
    }
    let timestamp = time::format_iso_basic(now_unix_seconds).ok_or(SignError::InvalidValue("x-oss-date"))?;
    let additional = sign_v4::present_additional_headers(request, additional_headers);
    let mut parameters = request.query.to_vec();
    parameters.push(pair("x-oss-signature-version", V4_ALGORITHM));
    parameters.push(pair("x-oss-date", &timestamp));
    parameters.push(pair("x-oss-expires", &expires_seconds.to_string()));
    parameters.push(pair("x-oss-credential", &sign_v4::credential_text(credential, scope, &timestamp)));
    if !additional.is_empty() {
        parameters.push(pair("x-oss-additional-headers", &additional.join(";")));
    }
    if let Some(token) = &credential.security_token {
        parameters.push(pair("x-oss-security-token", token));
    }
    let signed = AuthRequest { query: &parameters, ..*request };
    let payload = request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD.as_bytes());
    let tail = Tail::new(&signed, &additional, payload, true);
    let date = sign_v4::SignedDate { unix_seconds: now_unix_seconds, text: timestamp.clone(), iso: timestamp };
    let made = sign_v4::signature(credential, request.method, resource, scope, &date, &tail);
    parameters.push(pair("x-oss-signature", &made.signature));
    Ok(Presigned { parameters, string_to_sign: made.string_to_sign, canonical_request: Some(made.canonical_request) })
}

/// Encodes decoded parameters as a query string; a parameter without a value becomes a bare name.
pub fn encode_query(parameters: &[(String, String)]) -> String {
    let encode = |text| utf8_percent_encode(text, &QUERY_SET);
    let pairs = parameters.iter().map(|(name, value)| match value.as_str() {
        "" => encode(name).to_string(),
        value => format!("{}={}", encode(name), encode(value)),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
