//! Makes a V2 `Authorization` header. The counterpart of `verify`, over the same canonical form.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;

use crate::{
    canonical_v2,
    credential::Credential,
    error::SignError,
    request::{AuthRequest, Resource},
    sign_v1::{SignedHeader, date_header},
    signing_key::mac_v2,
    time,
};

/// Signs a request with OSS V2. The headers must be complete: `Date` or `x-oss-date`, and for a temporary key
/// `x-oss-security-token`; [`crate::authorize_v2`] adds them. Additional headers that are absent from the request are omitted.
///
/// # Errors
/// [`SignError::MissingDate`] if neither date header can be parsed.
pub fn sign_v2(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    additional_headers: &[&str],
) -> Result<SignedHeader, SignError> {
    let date = date_header(request).filter(|date| time::parse_any(date).is_some()).ok_or(SignError::MissingDate)?;
    let additional = present_additional_headers(request, additional_headers);
    let (signature, string_to_sign) = signature(credential, request, resource, date, &additional);
    let additional = match additional.as_slice() {
        [] => String::new(),
        names => format!("AdditionalHeaders:{},", names.join(";")),
    };
    let authorization = format!("OSS2 AccessKeyId:{},{additional}Signature:{signature}", credential.access_key_id);
    Ok(SignedHeader { authorization, string_to_sign, canonical_request: None })
}

/// Those of the names that the request has.
pub(crate) fn present_additional_headers(request: &AuthRequest<'_>, names: &[&str]) -> Vec<String> {
    let mut names = canonical_v2::additional_headers(names.iter().copied());
    names.retain(|name| request.headers.contains_key(name.as_str()));
    names
}

/// The base64 signature and the string to sign. `date` is the date header, or `x-oss-expires` of a URL.
pub(crate) fn signature(
    credential: &Credential,
    request: &AuthRequest<'_>,
    resource: &Resource<'_>,
    date: &[u8],
    additional: &[String],
) -> (String, Vec<u8>) {
    let mut string_to_sign = canonical_v2::head(request, date, additional);
    string_to_sign.extend(canonical_v2::resource(resource, request.query));
    let mac = mac_v2(&credential.access_key_secret, &[&string_to_sign]);
    (STANDARD.encode(mac.finalize().into_bytes()), string_to_sign)
}
