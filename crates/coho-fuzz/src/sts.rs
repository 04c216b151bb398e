//! Requests to STS.

use coho_auth::{AcceptedRegion, Authenticator, Credential, Credentials, StsRequest};
use coho_model::Query;
use coho_oss::sts::{AssumeRole, StsFormat};
use http::{HeaderMap, HeaderValue, header};

/// No request is accepted without a right signature, and none makes it panic; parameters that are read are within their bounds.
/// Input: a query, a zero byte, an `Authorization` header, a zero byte, a form.
pub fn sts(input: &[u8]) {
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (query, authorization, body) = (part(), part(), part());
    let query = Query::parse(&String::from_utf8_lossy(query)).unwrap_or_default();
    let form = Query::parse(&String::from_utf8_lossy(body)).unwrap_or_default();
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(authorization)
        && !authorization.is_empty()
    {
        headers.insert(header::AUTHORIZATION, value);
    }
    let request = StsRequest { method: "POST", headers: &headers, query: query.pairs(), form: form.pairs(), body };
    let key = Credential::new("ak", "a secret that the input does not have", "1001");
    let keys = Credentials::new([key]).expect("one key");
    let authenticator = Authenticator::new(keys, AcceptedRegion::Any);
    assert!(authenticator.authenticate_sts(&request, 1_795_420_800).is_err());
    match AssumeRole::read(|name| request.parameter(name)) {
        Ok(asked) => {
            assert!((2..=64).contains(&asked.session_name.len()));
            assert!(asked.policy.is_none_or(|policy| policy.document.len() <= 2048));
        }
        Err(refusal) => {
            assert!((400..500).contains(&refusal.status()) && !refusal.code().is_empty());
            StsFormat::Xml.refused(&refusal, "id", "host");
            StsFormat::Json.refused(&refusal, "id", "host");
        }
    }
}
