//! Signs requests with AWS Signature Version 4 for S3, in the header, for private S3 origins.
//!
//! Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" of the S3 API reference,
//! whose examples are the tests.

use crate::{canonical_v4::QUERY_SET, credential::Credential, error::SignError, signing_key::SigningKey, time};
use hmac::Mac;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{percent_decode_str, percent_encode, utf8_percent_encode};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "s3";
const TERMINATOR: &str = "aws4_request";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
/// SHA-256 of the empty body of a GET.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Headers that are signed if present; `x-amz-` headers are always signed.
const SIGNED: [HeaderName; 3] = [header::HOST, header::RANGE, header::IF_RANGE];

/// Signs a request without a body: adds date, payload hash and `Authorization`. `path` is the path as it is sent, and
/// `query` the raw query. The headers must include the `Host` that will be sent.
///
/// # Errors
/// [`SignError`] if the time, the key id or the region cannot be written into a header.
pub fn authorize_s3_v4(
    credential: &Credential,
    region: &str,
    method: &str,
    (path, query): (&str, &str),
    headers: &mut HeaderMap,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    let timestamp = time::format_iso_basic(now_unix_seconds).ok_or(SignError::InvalidValue("x-amz-date"))?;
    let date = HeaderValue::from_str(&timestamp).map_err(|_| SignError::InvalidValue("x-amz-date"))?;
    headers.insert(DATE, date);
    headers.insert(CONTENT_SHA256, HeaderValue::from_static(EMPTY_SHA256));
    let (names, lines) = canonical_headers(headers);
    let request =
        format!("{method}\n{}\n{}\n{lines}\n{names}\n{EMPTY_SHA256}", canonical_path(path), canonical_query(query));
    let day = &timestamp[..8];
    let scope = format!("{day}/{region}/{SERVICE}/{TERMINATOR}");
    let digest = hex::encode(Sha256::digest(request));
    let string_to_sign = format!("{ALGORITHM}\n{timestamp}\n{scope}\n{digest}");
    let key = SigningKey::derive_s3(&credential.access_key_secret, &[day, region, SERVICE, TERMINATOR]);
    let signature = hex::encode(key.mac(string_to_sign.as_bytes()).finalize().into_bytes());
    let id = &credential.access_key_id;
    let authorization = format!("{ALGORITHM} Credential={id}/{scope},SignedHeaders={names},Signature={signature}");
    let mut authorization =
        HeaderValue::from_str(&authorization).map_err(|_| SignError::InvalidValue("authorization"))?;
    authorization.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, authorization);
    Ok(())
}

/// The header names separated by semicolons, and a line for each header.
fn canonical_headers(headers: &HeaderMap) -> (String, String) {
    let is_signed = |name: &&HeaderName| SIGNED.contains(name) || name.as_str().starts_with("x-amz-");
    let mut names: Vec<&str> = headers.keys().filter(is_signed).map(HeaderName::as_str).collect();
    names.sort_unstable();
    let mut lines = String::new();
    for name in &names {
        let values = headers.get_all(*name).into_iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned()).collect();
        lines.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    (names.join(";"), lines)
}

/// The path in the signature's canonical encoding, in which a dot stays a dot even if it is sent encoded.
fn canonical_path(path: &str) -> String {
    let encode = |segment: &str| {
        let decoded: Vec<u8> = percent_decode_str(segment).collect();
        percent_encode(&decoded, &QUERY_SET).to_string()
    };
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// The query parameters, sorted and in the signature's canonical encoding.
fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        utf8_percent_encode(&decoded, &QUERY_SET).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the S3 API reference.
    #[test]
    fn signatures_are_those_of_the_reference() {
        let credential = Credential::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "");
        // 2013-05-24T00:00:00Z
        let now = 1_369_353_600;
        for (target, range, signature) in [
            (("/test.txt", ""), Some("bytes=0-9"), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            (("/", "lifecycle"), None, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (("/", "max-keys=2&prefix=J"), None, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            (("/", "prefix=J&max-keys=2"), None, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("examplebucket.s3.amazonaws.com"));
            range.iter().for_each(|range| drop(headers.insert(header::RANGE, HeaderValue::from_static(range))));
            authorize_s3_v4(&credential, "us-east-1", "GET", target, &mut headers, now).unwrap();
            let authorization = headers[header::AUTHORIZATION].to_str().unwrap();
            assert!(authorization.ends_with(&format!(",Signature={signature}")), "{target:?}: {authorization}");
            assert!(headers[header::AUTHORIZATION].is_sensitive());
        }
    }

    #[test]
    fn paths_have_one_canonical_encoding() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/%2E%2E/b", "/a/../b"),
            ("/a%20b//%c3%a9~!", "/a%20b//%C3%A9~%21"),
            ("/a%2Fb", "/a%2Fb"),
            ("/%ff%25", "/%FF%25"),
        ] {
            assert_eq!(canonical_path(path), expected, "{path}");
        }
    }

    #[test]
    fn queries_are_encoded_once() {
        for (query, expected) in
            [("", ""), ("b=2&a=1", "a=1&b=2"), ("a=%7e%2f&a", "a=&a=~%2F"), ("k=a+b", "k=a%2Bb"), ("&&x", "x=")]
        {
            assert_eq!(canonical_query(query), expected, "{query}");
        }
    }
}
