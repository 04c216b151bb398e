//! What a request is, and who has sent it.

use crate::parts;
use coho_auth::{AcceptedRegion, AuthRequest, Authenticator, Credential, Credentials, Identity, Resource};
use coho_model::Query;
use coho_oss::{Level, Operation};
use http::{HeaderMap, HeaderValue, Method, header};
use std::sync::LazyLock;

const LEVELS: [Level; 3] = [Level::Service, Level::Bucket, Level::Object];
const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE, Method::OPTIONS];

/// Any query is an operation of its level, or refused.
/// Input: the query, then the value of a header.
pub fn route(input: &[u8]) {
    let (query, value) = parts(input);
    let Ok(query) = Query::parse(&String::from_utf8_lossy(query)) else { return };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.insert("x-oss-copy-source", value);
    }
    for level in LEVELS {
        for method in METHODS {
            if let Ok(operation) = Operation::route(&method, level, &query, &headers) {
                assert!(operation.level() == level || method == Method::OPTIONS, "{method} {level:?} is {operation:?}");
                let _ = operation.check_headers(&method, &headers);
            }
        }
    }
}

static AUTHENTICATOR: LazyLock<Authenticator> = LazyLock::new(|| {
    let credential = Credential::new("access-key-id", "access-key-secret", "owner");
    let credentials = Credentials::new([credential]).expect("one credential");
    Authenticator::new(credentials, AcceptedRegion::Any)
});

/// No text is a signature by a secret that the sender does not know.
/// Input: the query, then the value of `Authorization`.
pub fn authorization(input: &[u8]) {
    let (query, value) = parts(input);
    let Ok(query) = Query::parse(&String::from_utf8_lossy(query)) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::DATE, HeaderValue::from_static("Mon, 23 Nov 2026 08:00:00 GMT"));
    headers.insert("x-oss-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    if let Ok(value) = HeaderValue::from_bytes(value)
        && !value.is_empty()
    {
        headers.insert(header::AUTHORIZATION, value);
    }
    let request = AuthRequest { method: "GET", headers: &headers, query: query.pairs() };
    let readings = [Resource { bucket: Some("b"), key: Some("k") }, Resource { bucket: None, key: None }];
    if let Ok(authenticated) = AUTHENTICATOR.authenticate(&request, &readings, 1_795_420_800) {
        assert_eq!(authenticated.identity, Identity::Anonymous);
    }
}
