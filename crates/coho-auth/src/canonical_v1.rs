//! The string to sign of a V1 signature.
//!
//! It is built in two parts: the head (method to headers) is the same for every reading of the address, the resource is
//! not. Keys and values are passed in decoded, as raw bytes.

use http::header::{CONTENT_TYPE, HeaderName};

use crate::{
    request::{AuthRequest, Resource, append_header_line},
    subresource::Coverage,
};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Method, Content-MD5, Content-Type, date and `x-oss-` headers. `date` is the header's value, or `Expires` of a URL.
pub(crate) fn head(request: &AuthRequest<'_>, date: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let content_md5 = request.header(CONTENT_MD5).unwrap_or_default();
    let content_type = request.header(CONTENT_TYPE).unwrap_or_default();
    for line in [request.method.as_bytes(), content_md5, content_type, date] {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    let mut names: Vec<&str> =
        request.headers.keys().map(HeaderName::as_str).filter(|n| n.starts_with("x-oss-")).collect();
    names.sort_unstable();
    for name in names {
        append_header_line(&mut out, request.headers, name);
    }
    out
}

/// `/bucket/key?sub-resources`. Parameters of the same name keep their order, so reordering them invalidates the
/// signature.
pub(crate) fn resource(resource: &Resource<'_>, query: &[(String, String)], coverage: Coverage) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(b'/');
    if let Some(bucket) = resource.bucket {
        out.extend_from_slice(bucket.as_bytes());
        out.push(b'/');
        out.extend_from_slice(resource.key.unwrap_or_default().as_bytes());
    }
    let mut signed: Vec<_> = query.iter().filter(|(name, _)| coverage.includes(name)).collect();
    signed.sort_by(|a, b| a.0.cmp(&b.0));
    for (index, (name, value)) in signed.into_iter().enumerate() {
        out.push(if index == 0 { b'?' } else { b'&' });
        out.extend_from_slice(name.as_bytes());
        if !value.is_empty() {
            out.push(b'=');
            out.extend_from_slice(value.as_bytes());
        }
    }
    out
}
