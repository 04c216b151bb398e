//! The canonical request and the string to sign of a V4 signature.
//!
//! Everything is re-encoded from decoded values, so the result does not depend on how the client wrote the URL. Only
//! the canonical URI differs between the readings of an address; the rest is built once.

use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sha2::{Digest, Sha256};

use crate::{
    authorization::V4_ALGORITHM,
    request::{AuthRequest, Resource, append_header_line},
};

/// The payload line of a request whose signature does not cover the body.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The signature itself: the only parameter of a signed URL that is not signed.
const SIGNATURE_PARAMETER: &str = "x-oss-signature";

/// Encodes everything except `A-Z a-z 0-9 - _ . ~`.
pub(crate) const QUERY_SET: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH_SET: AsciiSet = QUERY_SET.remove(b'/');

/// The part of a canonical request that follows the canonical URI. All readings of the address share it.
pub(crate) struct Tail(Vec<u8>);

impl Tail {
    /// `additional` comes from [`additional_headers`]. In a URL signature (`is_url`) the signature parameter is
    /// omitted.
    pub(crate) fn new(request: &AuthRequest<'_>, additional: &[String], payload: &[u8], is_url: bool) -> Self {
        let mut out = Vec::with_capacity(512);
        append_query(&mut out, request.query, is_url);
        out.push(b'\n');
        append_headers(&mut out, request.headers, additional);
        out.push(b'\n');
        out.extend_from_slice(additional.join(";").as_bytes());
        out.push(b'\n');
        out.extend_from_slice(payload);
        Self(out)
    }

    /// The complete canonical request for one reading of the address.
    pub(crate) fn canonical_request(&self, method: &str, resource: &Resource<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() + 128);
        out.extend_from_slice(method.as_bytes());
        out.extend_from_slice(b"\n/");
        if let Some(bucket) = resource.bucket {
            append_encoded(&mut out, bucket, &PATH_SET);
            out.push(b'/');
            append_encoded(&mut out, resource.key.unwrap_or_default(), &PATH_SET);
        }
        out.push(b'\n');
        out.extend_from_slice(&self.0);
        out
    }
}

/// `timestamp` in ISO basic form; `scope` is the credential without the access key id.
pub(crate) fn string_to_sign(timestamp: &str, scope: &str, canonical_request: &[u8]) -> Vec<u8> {
    let digest = hex::encode(Sha256::digest(canonical_request));
    [V4_ALGORITHM, timestamp, scope, &digest].join("\n").into_bytes()
}

/// Lower-cased, sorted and deduplicated, without the headers that are always signed.
pub(crate) fn additional_headers<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lower = names.map(|name| name.trim().to_ascii_lowercase());
    let mut names: Vec<String> = lower.filter(|name| !name.is_empty() && !is_always_signed(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_always_signed(name: &str) -> bool {
    name.starts_with("x-oss-") || name == "content-type" || name == "content-md5"
}

/// Parameters of the same name keep their order, so reordering them invalidates the signature.
fn append_query(out: &mut Vec<u8>, query: &[(String, String)], is_url: bool) {
    let signed = query.iter().filter(|(name, _)| !(is_url && name == SIGNATURE_PARAMETER));
    let mut pairs: Vec<(Vec<u8>, &str)> = signed
        .map(|(name, value)| {
            let mut encoded = Vec::with_capacity(name.len());
            append_encoded(&mut encoded, name, &QUERY_SET);
            (encoded, value.as_str())
        })
        .collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        if !value.is_empty() {
            out.push(b'=');
            append_encoded(out, value, &QUERY_SET);
        }
    }
}

/// An additional header that is absent from the request gets no line.
fn append_headers(out: &mut Vec<u8>, headers: &HeaderMap, additional: &[String]) {
    let is_additional = |name: &str| additional.binary_search_by(|a| a.as_str().cmp(name)).is_ok();
    let names = headers.keys().map(http::HeaderName::as_str);
    let mut names: Vec<&str> = names.filter(|name| is_always_signed(name) || is_additional(name)).collect();
    names.sort_unstable();
    for name in names {
        append_header_line(out, headers, name);
    }
}

fn append_encoded(out: &mut Vec<u8>, text: &str, set: &'static AsciiSet) {
    for piece in percent_encode(text.as_bytes(), set) {
        out.extend_from_slice(piece.as_bytes());
    }
}
