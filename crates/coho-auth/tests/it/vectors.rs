//! Every vector of V1, V2 and V4 is signed (string to sign, canonical request, signature, URL) and verified.

use coho_auth::{
    AcceptedRegion, AuthRequest, Authenticator, Credential, Credentials, Form, Identity, Presigned, Resource, Scope,
    SignedHeader, encode_query, is_signed_v1, presign_v1, presign_v4, sign_v1, sign_v2, sign_v4,
};
use serde_json::Value;

use crate::wire::Wire;

const NOW: i64 = 1_795_420_800;
const EXPIRES_SECONDS: i64 = 3600;

fn file() -> Value {
    serde_json::from_str(include_str!("../vectors/vectors.json")).unwrap()
}

fn vectors(version: &str, mode: &str) -> Vec<Value> {
    let all = file()["vectors"].as_array().unwrap().clone();
    all.into_iter().filter(|v| v["version"] == version && v["mode"] == mode).collect()
}

/// The vector's key; a temporary one if the vector carries a token.
fn credential(vector: &Value) -> Credential {
    let file = file();
    let key = Credential::new(text(&file["access_key_id"]), text(&file["access_key_secret"]), "owner");
    let input = vector["input"].to_string();
    if input.contains("security-token") { key.with_security_token(text(&file["security_token"])) } else { key }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The vector's input without the parameters that signing adds.
fn input(vector: &Value) -> Wire {
    let input = &vector["input"];
    let mut wire = Wire::new(text(&input["method"]), "/");
    for (name, value) in input["headers"].as_object().unwrap() {
        wire.header(name, text(value));
    }
    for (name, value) in input["query"].as_object().unwrap() {
        let is_added = vector["mode"] == "url"
            && (name == "security-token" || (name.starts_with("x-oss-") && name != "x-oss-process"));
        if !is_added {
            wire.query.push((name.clone(), text(value).to_owned()));
        }
    }
    wire
}

fn resource(vector: &Value) -> Resource<'_> {
    let part = |name: &str| Some(text(&vector["input"][name])).filter(|part| !part.is_empty());
    Resource { bucket: part("bucket"), key: part("key") }
}

fn scope(vector: &Value) -> Scope<'_> {
    Scope { region: text(&vector["input"]["region"]), product: text(&vector["input"]["product"]) }
}

fn additional(vector: &Value) -> Vec<&str> {
    vector["input"]["additional_headers"].as_array().unwrap().iter().map(text).collect()
}

fn check_accepted(vector: &Value, request: &AuthRequest<'_>, readings: &[Resource<'_>], form: Form) {
    let credentials = Credentials::new([credential(vector)]).unwrap();
    let authenticator = Authenticator::new(credentials, AcceptedRegion::Only("cn-hangzhou".into()));
    for _ in 0..2 {
        let accepted = authenticator.authenticate(request, readings, NOW).unwrap();
        let expected = Identity::Signed {
            access_key_id: "LTAI5tTestAccessKeyId".into(),
            owner: "owner".into(),
            form,
            limits: None,
        };
        assert_eq!((accepted.identity, accepted.reading), (expected, 0), "{}", vector["name"]);
    }
}

fn check_signed_header(vector: &Value, made: &SignedHeader) {
    assert_eq!(String::from_utf8_lossy(&made.string_to_sign), text(&vector["string_to_sign"]), "{}", vector["name"]);
    let canonical = made.canonical_request.as_deref().map(String::from_utf8_lossy);
    assert_eq!(canonical.as_deref(), vector["canonical_request"].as_str(), "{}", vector["name"]);
    assert_eq!(made.authorization, text(&vector["authorization"]), "{}", vector["name"]);
    for form in ["authorization", "authorization_oss2_style"] {
        let Some(authorization) = vector[form].as_str() else { continue };
        let mut wire = input(vector);
        wire.set_header("authorization", authorization);
        check_accepted(vector, &wire.request(), &[resource(vector)], Form::Header);
    }
}

fn check_presigned(vector: &Value, made: &Presigned) {
    assert_eq!(String::from_utf8_lossy(&made.string_to_sign), text(&vector["string_to_sign"]), "{}", vector["name"]);
    let canonical = made.canonical_request.as_deref().map(String::from_utf8_lossy);
    assert_eq!(canonical.as_deref(), vector["canonical_request"].as_str(), "{}", vector["name"]);
    assert_eq!(made.parameters.last().unwrap().1, text(&vector["signature"]), "{}", vector["name"]);

    let url = text(&vector["url"]);
    let (address, query) = url.strip_prefix("http://").unwrap().split_once('?').unwrap();
    assert_eq!(encode_query(&made.parameters), query, "{}", vector["name"]);
    let (host, path) = address.split_once('/').unwrap();
    let mut wire = Wire::new(text(&vector["input"]["method"]), &format!("/{path}?{query}"));
    wire.headers = input(vector).headers;
    wire.set_header("host", host);
    let readings = wire.readings();
    assert_eq!(readings[0], resource(vector), "{}", vector["name"]);
    check_accepted(vector, &wire.request(), &readings, Form::Url);
}

#[test]
fn v1_headers_are_made_and_checked() {
    let vectors = vectors("V1", "header");
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let wire = input(&vector);
        let made = sign_v1(&credential(&vector), &wire.request(), &resource(&vector)).unwrap();
        check_signed_header(&vector, &made);
    }
}

#[test]
fn v1_urls_are_made_and_checked() {
    let vectors = vectors("V1", "url");
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let wire = input(&vector);
        let expires = NOW + EXPIRES_SECONDS;
        check_presigned(&vector, &presign_v1(&credential(&vector), &wire.request(), &resource(&vector), expires));
    }
}

#[test]
fn v2_headers_are_made_and_checked() {
    let vectors = vectors("V2", "header");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let wire = input(&vector);
        let made = sign_v2(&credential(&vector), &wire.request(), &resource(&vector), &["Range", "absent"]).unwrap();
        check_signed_header(&vector, &made);
    }
}

#[test]
fn v4_headers_are_made_and_checked() {
    let vectors = vectors("V4", "header");
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        let wire = input(&vector);
        let key = credential(&vector);
        let made = sign_v4(&key, &wire.request(), &resource(&vector), scope(&vector), &additional(&vector)).unwrap();
        check_signed_header(&vector, &made);
    }
}

#[test]
fn v4_urls_are_made_and_checked() {
    let vectors = vectors("V4", "url");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let wire = input(&vector);
        let (key, resource, headers) = (credential(&vector), resource(&vector), additional(&vector));
        let made =
            presign_v4(&key, &wire.request(), &resource, scope(&vector), &headers, NOW, EXPIRES_SECONDS).unwrap();
        check_presigned(&vector, &made);
    }
}

#[test]
fn every_sub_resource_that_oss2_signs_is_signed() {
    let file = file();
    let names = file["v1_subresources_oss2"].as_array().unwrap();
    assert_eq!(names.len(), 86);
    for name in names {
        assert!(is_signed_v1(text(name)), "{name}");
    }
}

/// A captured request of ossutil v1.7.19 with `--sign-version v4`: it has no `x-oss-date`, and the text of `Date` is
/// signed.
#[test]
fn the_v4_request_of_the_go_sdk_v1_signs_the_text_of_its_date() {
    use coho_auth::{AcceptedRegion, AuthRequest, Authenticator, Credential, Credentials, Resource};
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("content-length", "92"),
        (
            "authorization",
            "OSS4-HMAC-SHA256 Credential=ak/20261123/cn-hangzhou/oss/aliyun_v4_request,Signature=228dd6f0fd48981e629186e878d2da32a0968762eef59e3f06e0e86a717d8aa1",
        ),
        ("content-type", "text/plain; charset=utf-8"),
        ("date", "Mon, 23 Nov 2026 22:57:06 GMT"),
        ("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let credentials = Credentials::new([Credential::new("ak", "sk", "owner")]).unwrap();
    let authenticator = Authenticator::new(credentials, AcceptedRegion::Any);
    let request = AuthRequest { method: "PUT", headers: &headers, query: &[] };
    let resource = Resource { bucket: Some("bucket-v4"), key: None };
    authenticator.authenticate(&request, &[resource], 1_795_474_626).unwrap();
    headers.insert("date", "Mon, 23 Nov 2026 22:57:07 GMT".parse().unwrap());
    let request = AuthRequest { method: "PUT", headers: &headers, query: &[] };
    assert!(authenticator.authenticate(&request, &[resource], 1_795_474_626).is_err());
}
