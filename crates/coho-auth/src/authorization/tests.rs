//! Header forms that SDKs send, and malformed forms.

use super::{Authorization, MAX_AUTHORIZATION_BYTES, V1Claim, V2Claim, parse};
use crate::error::AuthError;

const CREDENTIAL: &str = "ak/20261123/cn-hangzhou/oss/aliyun_v4_request";

#[test]
fn a_v1_header_is_parsed() {
    let expected = Authorization::V1(V1Claim { access_key_id: "ak", signature: "c2ln=" });
    assert_eq!(parse(b"OSS ak:c2ln=").unwrap(), expected);
    assert_eq!(parse(b" OSS  ak:c2ln= ").unwrap(), expected);
}

#[test]
fn v2_fields_are_read_in_any_order_and_with_or_without_blanks() {
    for (header, additional_headers) in [
        ("OSS2 AccessKeyId:ak,Signature:c2ln=", ""),
        ("OSS2 AccessKeyId:ak,AdditionalHeaders:host;range,Signature:c2ln=", "host;range"),
        ("OSS2  Signature: c2ln= , AdditionalHeaders:host, AccessKeyId:ak ", "host"),
    ] {
        let expected = V2Claim { access_key_id: "ak", additional_headers, signature: "c2ln=" };
        assert_eq!(parse(header.as_bytes()).unwrap(), Authorization::V2(expected), "{header}");
    }
}

#[test]
fn v4_fields_are_read_in_any_order_and_with_or_without_blanks() {
    for (header, additional) in [
        (format!("OSS4-HMAC-SHA256 Credential={CREDENTIAL},Signature=ab"), ""),
        (format!("OSS4-HMAC-SHA256 Credential={CREDENTIAL}, Signature=ab"), ""),
        (format!("OSS4-HMAC-SHA256 Credential={CREDENTIAL},AdditionalHeaders=host;range,Signature=ab"), "host;range"),
        (format!("OSS4-HMAC-SHA256 Credential={CREDENTIAL}, Signature=ab, AdditionalHeaders=host"), "host"),
        (format!("OSS4-HMAC-SHA256  Signature = ab , Credential= {CREDENTIAL} "), ""),
        (format!("OSS4-HMAC-SHA256 Signature=ab,Signature=cd,Credential={CREDENTIAL},Credential=x"), ""),
    ] {
        let Authorization::V4(claim) = parse(header.as_bytes()).unwrap() else { panic!("{header}") };
        assert_eq!((claim.credential.access_key_id, claim.credential.text), ("ak", CREDENTIAL), "{header}");
        assert_eq!(claim.credential.scope(), "20261123/cn-hangzhou/oss/aliyun_v4_request", "{header}");
        assert_eq!((claim.additional_headers, claim.signature), (additional, "ab"), "{header}");
    }
}

#[test]
fn malformed_headers_are_refused() {
    let long = format!("OSS ak:{}", "a".repeat(MAX_AUTHORIZATION_BYTES));
    for header in [
        "",
        "OSS",
        "OSS ak",
        "OSS :sig",
        "OSS ak:",
        "oss ak:sig",
        "Bearer token",
        "OSS2 ak:sig",
        "OSS2 AccessKeyId:ak",
        "OSS2 AccessKeyId:,Signature:s",
        "OSS2 AccessKeyId:ak,Signature:",
        "OSS2 AccessKeyId:ak,Signature:s,Other:x",
        "OSS2 AccessKeyId:ak,Signature:s,",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=ab",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d/e",
        "OSS4-HMAC-SHA256 Signature=ab",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d,Signature=ab",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d/e/f,Signature=ab",
        "OSS4-HMAC-SHA256 Credential=a//c/d/e,Signature=ab",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=ab,",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=ab,Other=x",
        &long,
    ] {
        let error = parse(header.as_bytes()).unwrap_err();
        assert!(matches!(error, AuthError::MalformedAuthorization { .. }), "{header}: {error}");
    }
    assert!(parse(b"OSS ak:\xff").is_err());
}
