//! The strings to sign of requests to STS: RPC style with HMAC-SHA1, and ACS3-HMAC-SHA256.

use http::HeaderMap;
use percent_encoding::utf8_percent_encode;
use sha2::{Digest, Sha256};

use crate::canonical_v4::QUERY_SET;

/// The only algorithm of ACS3 that is supported; the scheme of its `Authorization` header.
pub(crate) const ACS3_ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The parameter that is not signed.
pub(crate) const RPC_SIGNATURE: &str = "Signature";

/// How a blank is encoded in what is signed. One SDK for Python writes a plus, as in forms; a real plus is always encoded, so that
/// either form has one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blank {
    Escape,
    Plus,
}

/// The string to sign of an RPC request with these parameters, of its query and of its form.
pub(crate) fn rpc<'a>(method: &str, parameters: impl Iterator<Item = &'a (String, String)>, blank: Blank) -> String {
    let mut signed: Vec<_> = parameters.filter(|(name, _)| name != RPC_SIGNATURE).collect();
    signed.sort();
    let pairs: Vec<_> =
        signed.iter().map(|(name, value)| format!("{}={}", encoded(name, blank), encoded(value, blank))).collect();
    format!("{method}&%2F&{}", utf8_percent_encode(&pairs.join("&"), &QUERY_SET))
}

/// The canonical request of ACS3: with these signed headers, and the digest of the body.
pub(crate) fn acs3(
    method: &str,
    headers: &HeaderMap,
    query: &[(String, String)],
    signed_headers: &str,
    body_sha256: &str,
) -> String {
    let mut pairs: Vec<_> = query.iter().collect();
    pairs.sort();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name, Blank::Escape), encoded(value, Blank::Escape)))
        .collect();
    let lines: String = signed_headers.split(';').map(|name| header_line(headers, name)).collect();
    format!("{method}\n/\n{}\n{lines}\n{signed_headers}\n{body_sha256}", pairs.join("&"))
}

/// The string to sign of ACS3.
pub(crate) fn acs3_string_to_sign(canonical_request: &str) -> String {
    format!("{ACS3_ALGORITHM}\n{}", hex::encode(Sha256::digest(canonical_request)))
}

fn header_line(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let mut values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes().trim_ascii())).collect();
    values.sort();
    format!("{name}:{}\n", values.join(","))
}

fn encoded(text: &str, blank: Blank) -> String {
    let encoded = utf8_percent_encode(text, &QUERY_SET).to_string();
    match blank {
        Blank::Escape => encoded,
        Blank::Plus => encoded.replace("%20", "+"),
    }
}
