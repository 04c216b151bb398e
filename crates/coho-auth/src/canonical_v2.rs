//! The string to sign of a V2 signature.
//!
//! As for V1 the head is the same for every reading of the address, and the resource is not. The resource is percent-encoded, its
//! slashes included, and every query parameter is signed.

use http::header::{CONTENT_TYPE, HeaderName};
use percent_encoding::utf8_percent_encode;

use crate::{
    canonical_v4::QUERY_SET,
    request::{AuthRequest, Resource, append_header_line},
};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
/// The signature itself: the only parameter of a signed URL that is not signed.
const SIGNATURE_PARAMETER: &str = "x-oss-signature";

/// Method, Content-MD5, Content-Type, date, the `x-oss-` and additional headers, and the names of the latter. `date` is the
/// header's value, or `x-oss-expires` of a URL.
pub(crate) fn head(request: &AuthRequest<'_>, date: &[u8], additional: &[String]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let content_md5 = request.header(CONTENT_MD5).unwrap_or_default();
    let content_type = request.header(CONTENT_TYPE).unwrap_or_default();
    for line in [request.method.as_bytes(), content_md5, content_type, date] {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    let is_additional = |name: &str| additional.binary_search_by(|a| a.as_str().cmp(name)).is_ok();
    let names = request.headers.keys().map(HeaderName::as_str);
    let mut names: Vec<&str> = names.filter(|name| name.starts_with("x-oss-") || is_additional(name)).collect();
    names.sort_unstable();
    for name in names {
        append_header_line(&mut out, request.headers, name);
    }
    out.extend_from_slice(additional.join(";").as_bytes());
    out.push(b'\n');
    out
}

/// `%2Fbucket%2Fkey?parameters`. Parameters of the same name keep their order, so reordering them invalidates the signature.
pub(crate) fn resource(resource: &Resource<'_>, query: &[(String, String)]) -> Vec<u8> {
    let encode = |text| utf8_percent_encode(text, &QUERY_SET).to_string();
    let mut out = String::from("%2F");
    if let Some(bucket) = resource.bucket {
        out += &encode(bucket);
        out += "%2F";
        out += &encode(resource.key.unwrap_or_default());
    }
    let signed = query.iter().filter(|(name, _)| name != SIGNATURE_PARAMETER);
    let mut pairs: Vec<(String, &str)> = signed.map(|(name, value)| (encode(name), value.as_str())).collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    for (index, (name, value)) in pairs.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out += name;
        if !value.is_empty() {
            out.push('=');
            out += &encode(value);
        }
    }
    out.into_bytes()
}

/// Lower-cased, sorted and deduplicated.
pub(crate) fn additional_headers<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> =
        names.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
