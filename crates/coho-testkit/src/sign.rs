//! Header signatures for raw requests: the facts of the request go to `coho-auth`, what it adds comes back
//! as headers. The time is the machine's: the server under test has no other.

use std::time::{SystemTime, UNIX_EPOCH};

use coho_auth::{
    Credential, FormScheme, Presigned, Resource, Scope, SignError, authorize_v1, authorize_v2, authorize_v4,
    encode_query, sign_form,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::form::FormVersion;
use crate::http::Request;
use crate::oss::decode;
use crate::server::Credentials;

/// What signing may add to a request.
const ADDED: [&str; 5] = ["date", "x-oss-date", "x-oss-content-sha256", "x-oss-security-token", "authorization"];

/// Signs with V1 in the header.
///
/// # Panics
/// When the request cannot be signed, such as with a broken date of its own.
#[must_use]
pub fn v1(request: Request, credentials: &Credentials, bucket: Option<&str>, key: Option<&str>) -> Request {
    let resource = Resource { bucket, key };
    sign(request, |method, headers, query| {
        authorize_v1(&credential(credentials), method, headers, query, &resource, now_unix_seconds())
    })
}

/// Signs with V2 in the header, the `Host` included.
///
/// # Panics
/// When the request cannot be signed, such as with a broken date of its own.
#[must_use]
pub fn v2(request: Request, credentials: &Credentials, bucket: Option<&str>, key: Option<&str>) -> Request {
    let resource = Resource { bucket, key };
    sign(request, |method, headers, query| {
        authorize_v2(&credential(credentials), method, headers, query, &resource, &["host"], now_unix_seconds())
    })
}

/// The fields that sign this policy of a form, the policy among them.
///
/// # Panics
/// When the clock is wrong.
#[must_use]
pub fn form(
    policy: &str,
    version: FormVersion,
    credentials: &Credentials,
    region: &str,
) -> Vec<(&'static str, String)> {
    let scheme = match version {
        FormVersion::V1 => FormScheme::V1,
        FormVersion::V2 => FormScheme::V2,
        FormVersion::V4 => FormScheme::V4(Scope { region, product: "oss" }),
    };
    sign_form(&credential(credentials), scheme, policy, now_unix_seconds()).expect("the clock is before the year 10000")
}

/// Signs with V4 in the header.
///
/// # Panics
/// When the request cannot be signed.
#[must_use]
pub fn v4(
    request: Request,
    credentials: &Credentials,
    region: &str,
    bucket: Option<&str>,
    key: Option<&str>,
) -> Request {
    let resource = Resource { bucket, key };
    let scope = Scope { region, product: "oss" };
    sign(request, |method, headers, query| {
        authorize_v4(&credential(credentials), method, headers, query, &resource, scope, now_unix_seconds())
    })
}

/// A path-style target for a GET that carries a V4 signature, good for `expires_seconds` from now.
///
/// # Panics
/// When `expires_seconds` is out of range.
#[must_use]
pub fn presigned_v4_get(
    target: &str,
    credentials: &Credentials,
    region: &str,
    bucket: &str,
    key: &str,
    expires_seconds: i64,
) -> String {
    let (path, query) = (target.split('?').next().unwrap_or_default(), query_pairs(target));
    let headers = HeaderMap::new();
    let request = coho_auth::AuthRequest { method: "GET", headers: &headers, query: &query };
    let resource = Resource { bucket: Some(bucket), key: Some(key) };
    let scope = Scope { region, product: "oss" };
    let signed: Presigned = coho_auth::presign_v4(
        &credential(credentials),
        &request,
        &resource,
        scope,
        &[],
        now_unix_seconds(),
        expires_seconds,
    )
    .expect("the test asks for a signature that can be made");
    format!("{path}?{}", encode_query(&signed.parameters))
}

/// Seconds since 1970 by the machine's clock.
#[must_use]
pub fn now_unix_seconds() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the server under test runs by the machine's clock")]
    let now = SystemTime::now();
    let elapsed = now.duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(elapsed.as_secs()).expect("the clock is before the year 292 billion")
}

fn sign(
    mut request: Request,
    authorize: impl FnOnce(&str, &mut HeaderMap, &[(String, String)]) -> Result<(), SignError>,
) -> Request {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        // A header that the library refuses is not signed; the test may still send it.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let query = query_pairs(&request.target);
    authorize(&request.method, &mut headers, &query).expect("the test asks for a signature that can be made");
    for name in ADDED {
        let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) else { continue };
        if request.get(name).is_none() {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    request
}

/// The decoded parameters of a target; `+` is a blank.
fn query_pairs(target: &str) -> Vec<(String, String)> {
    let Some((_, query)) = target.split_once('?') else { return Vec::new() };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let text = |encoded: &str| decode(&encoded.replace('+', " "));
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

pub(crate) fn credential(credentials: &Credentials) -> Credential {
    let key = Credential::new(&credentials.access_key_id, &credentials.access_key_secret, "owner");
    match &credentials.security_token {
        Some(token) => key.with_security_token(token),
        None => key,
    }
}

#[cfg(test)]
mod tests {
    use super::{query_pairs, v1, v2, v4};
    use crate::http::Request;
    use crate::server::Credentials;

    #[test]
    fn signing_adds_headers_and_changes_none() {
        let credentials = Credentials::new("ak", "secret");
        let request = Request::new("GET", "/b/k?acl").header("X-Oss-Meta-A", "1").header("Host", "h");
        for (signed, scheme) in [
            (v1(request.clone(), &credentials, Some("b"), Some("k")), "OSS ak:"),
            (v2(request.clone(), &credentials, Some("b"), Some("k")), "OSS2 AccessKeyId:ak,AdditionalHeaders:host,"),
            (v4(request.clone(), &credentials, "cn-hangzhou", Some("b"), Some("k")), "OSS4-HMAC-SHA256 Credential=ak/"),
        ] {
            assert!(signed.headers.starts_with(&request.headers), "{:?}", signed.headers);
            assert!(signed.get("authorization").is_some_and(|value| value.starts_with(scheme)), "{signed:?}");
        }
    }

    #[test]
    fn parameters_are_decoded_and_a_bare_name_has_an_empty_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(query_pairs("/b/?acl&a+b=%2F+c&"), [pair("acl", ""), pair("a b", "/ c")]);
        assert_eq!(query_pairs("/b/"), []);
    }
}
