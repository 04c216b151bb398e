//! A table of refusals that covers every [`AuthError`], and tests of the order of checks and of the tolerated
//! variations.

use std::collections::BTreeSet;

use coho_auth::{
    AcceptedRegion, AuthError, Authenticated, Authenticator, Credential, Credentials, Form, Identity,
    MAX_AUTHORIZATION_BYTES, Resource, Scope, authorize_v1, authorize_v2, authorize_v4, presign_v1, presign_v2,
    presign_v4,
};

use coho_model::MAX_QUERY_PAIRS;

use crate::wire::Wire;

const NOW: i64 = 1_795_420_800;
const BUCKET_KEY: Resource<'static> = Resource { bucket: Some("bucket"), key: Some("k") };
const SCOPE: Scope<'static> = Scope { region: "cn-hangzhou", product: "oss" };

fn long_lived() -> Credential {
    Credential::new("ak", "sk", "owner")
}

fn temporary() -> Credential {
    Credential::new("sts", "sk2", "owner").with_security_token("token")
}

/// Keys that no request is accepted of.
fn refused() -> [Credential; 2] {
    [
        Credential { is_enabled: false, ..Credential::new("off", "sk", "owner") },
        Credential { expires_unix_seconds: Some(NOW), ..Credential::new("over", "sk", "owner") },
    ]
}

fn authenticate(wire: &Wire) -> Result<Authenticated, AuthError> {
    let credentials = Credentials::new([long_lived(), temporary()].into_iter().chain(refused())).unwrap();
    let authenticator = Authenticator::new(credentials, AcceptedRegion::Only("cn-hangzhou".into()));
    authenticator.authenticate(&wire.request(), &[BUCKET_KEY], NOW)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Base {
    V1Header,
    V1Url,
    V2Header,
    V2Url,
    V4Header,
    V4Url,
}

/// A valid request, signed after `prepare`.
fn signed(base: Base, key: &Credential, prepare: impl Fn(&mut Wire)) -> Wire {
    let mut wire = Wire::new("GET", "/");
    prepare(&mut wire);
    let (method, query) = (wire.method.clone(), wire.query.clone());
    match base {
        Base::V1Header => authorize_v1(key, &method, &mut wire.headers, &query, &BUCKET_KEY, NOW).unwrap(),
        Base::V2Header => authorize_v2(key, &method, &mut wire.headers, &query, &BUCKET_KEY, &[], NOW).unwrap(),
        Base::V2Url => wire.query = presign_v2(key, &wire.request(), &BUCKET_KEY, &[], NOW + 60).parameters,
        Base::V4Header => authorize_v4(key, &method, &mut wire.headers, &query, &BUCKET_KEY, SCOPE, NOW).unwrap(),
        Base::V1Url => wire.query = presign_v1(key, &wire.request(), &BUCKET_KEY, NOW + 60).parameters,
        Base::V4Url => {
            wire.query = presign_v4(key, &wire.request(), &BUCKET_KEY, SCOPE, &[], NOW, 60).unwrap().parameters;
        }
    }
    wire
}

fn edit(wire: &mut Wire, header: &str, from: &str, to: &str) {
    let value = wire.headers[header].to_str().unwrap();
    assert!(value.contains(from), "{value}");
    let value = value.replace(from, to);
    wire.set_header(header, &value);
}

/// Numbers the variants. A new variant fails to compile until it has a number, and then needs a case below.
fn number(error: &AuthError) -> usize {
    match error {
        AuthError::HeaderAndUrl => 0,
        AuthError::MalformedAuthorization { .. } => 1,
        AuthError::UnknownSignatureVersion => 3,
        AuthError::TooManyParameters { .. } => 4,
        AuthError::IncompleteUrl { .. } => 5,
        AuthError::ExpiresMissing => 6,
        AuthError::ExpiresNotInteger => 7,
        AuthError::IncompleteUrlV4 { .. } => 8,
        AuthError::V4ExpiresMissing => 9,
        AuthError::V4ExpiresOutOfRange => 10,
        AuthError::UnknownAccessKey { .. } => 11,
        AuthError::MissingSecurityToken { .. } => 12,
        AuthError::UnexpectedSecurityToken { .. } => 13,
        AuthError::SecurityTokenMismatch { .. } => 14,
        AuthError::SecurityTokenNotInQuery => 15,
        AuthError::MissingDate => 16,
        AuthError::TimeTooSkewed { .. } => 17,
        AuthError::Expired { .. } => 18,
        AuthError::NotYetValid { .. } => 19,
        AuthError::CredentialDateMismatch => 20,
        AuthError::WrongRegion { .. } => 21,
        AuthError::WrongProduct { .. } => 22,
        AuthError::WrongTerminator => 23,
        AuthError::MissingContentSha256 => 24,
        AuthError::InvalidContentSha256 => 25,
        AuthError::SignatureMismatch(_) => 26,
        AuthError::MissingAdditionalHeader { .. } => 2,
        AuthError::AccessKeyDisabled { .. } => 27,
        AuthError::SecurityTokenExpired { .. } => 28,
        AuthError::IncompleteForm { .. } => unreachable!("only of forms, which have tests of their own"),
    }
}
const VARIANTS: usize = 29;

type Change = fn(&mut Wire);

/// Valid requests, the change applied to each, and a prefix of the refusal's debug form.
const CASES: &[(Base, Change, &str)] = &[
    (Base::V1Header, |w| w.set_parameter("Signature", "s"), "HeaderAndUrl"),
    (Base::V4Header, |w| w.set_parameter("x-oss-signature-version", "OSS2"), "HeaderAndUrl"),
    (Base::V1Url, |w| w.set_header("authorization", "OSS ak:sig"), "HeaderAndUrl"),
    (Base::V4Url, |w| w.set_parameter("x-oss-additional-headers", "host;range"), "MissingAdditionalHeader"),
    (Base::V1Url, |w| w.set_parameter("Expires", "+1795420860"), "ExpiresNotInteger"),
    (Base::V1Header, |w| w.set_header("authorization", "Bearer x"), "MalformedAuthorization"),
    (Base::V1Header, |w| w.set_header("authorization", ""), "MalformedAuthorization"),
    (
        Base::V1Header,
        |w| w.set_header("authorization", &format!("OSS ak:{}", "a".repeat(MAX_AUTHORIZATION_BYTES))),
        "MalformedAuthorization { reason: \"it is too long",
    ),
    (Base::V4Header, |w| edit(w, "authorization", "Credential=ak/", "Credential="), "MalformedAuthorization"),
    (Base::V4Url, |w| w.set_parameter("x-oss-credential", "ak/20261123"), "MalformedAuthorization"),
    (Base::V2Header, |w| edit(w, "authorization", "AccessKeyId:ak", "AccessKeyId:"), "MalformedAuthorization"),
    (Base::V2Header, |w| edit(w, "authorization", ":ak", ":nobody"), "UnknownAccessKey { access_key_id: \"nobody\""),
    (Base::V2Header, |w| edit(w, "authorization", ":ak", ":sts"), "MissingSecurityToken { access_key_id: \"sts\""),
    (Base::V2Header, |w| w.set_header("date", "yesterday"), "MissingDate"),
    (Base::V2Header, |w| w.set_header("date", "Mon, 23 Nov 2026 08:15:01 GMT"), "TimeTooSkewed"),
    (Base::V2Header, |w| w.set_header("date", "Mon, 23 Nov 2026 08:00:01 GMT"), "SignatureMismatch"),
    (Base::V2Header, |w| w.header("x-oss-meta-a", "added"), "SignatureMismatch"),
    (Base::V2Header, |w| w.set_parameter("prefix", "added"), "SignatureMismatch"),
    (
        Base::V2Header,
        |w| edit(w, "authorization", "Signature:", "AdditionalHeaders:host,Signature:"),
        "SignatureMismatch",
    ),
    (Base::V2Header, |w| w.set_header("authorization", "OSS2 AccessKeyId:ak,Signature:s"), "SignatureMismatch"),
    (
        Base::V2Url,
        |w| w.remove_parameter("x-oss-access-key-id"),
        "IncompleteUrlV4 { parameter: \"x-oss-access-key-id\"",
    ),
    (Base::V2Url, |w| w.remove_parameter("x-oss-signature"), "IncompleteUrlV4 { parameter: \"x-oss-signature\""),
    (Base::V2Url, |w| w.remove_parameter("x-oss-expires"), "ExpiresMissing"),
    (Base::V2Url, |w| w.set_parameter("x-oss-expires", "soon"), "ExpiresNotInteger"),
    (Base::V2Url, |w| w.set_parameter("x-oss-expires", "1795420799"), "Expired { expires_unix_seconds: 1795420799"),
    (Base::V2Url, |w| w.set_parameter("x-oss-expires", "1795420861"), "SignatureMismatch"),
    (Base::V2Url, |w| w.set_parameter("x-oss-additional-headers", "range"), "MissingAdditionalHeader"),
    (Base::V2Url, |w| w.set_parameter("security-token", "token"), "UnexpectedSecurityToken"),
    (Base::V2Url, |w| w.header("x-oss-security-token", "token"), "SecurityTokenNotInQuery"),
    (Base::V4Url, |w| w.set_parameter("x-oss-signature-version", "OSS2"), "IncompleteUrlV4"),
    (Base::V4Url, |w| w.set_parameter("x-oss-signature-version", "OSS9"), "UnknownSignatureVersion"),
    (Base::V1Header, |w| w.query.resize(MAX_QUERY_PAIRS + 1, Default::default()), "TooManyParameters { count: 257"),
    (Base::V1Url, |w| w.remove_parameter("Signature"), "IncompleteUrl { parameter: \"Signature\""),
    (Base::V1Url, |w| w.set_parameter("Signature", ""), "IncompleteUrl { parameter: \"Signature\""),
    (Base::V1Url, |w| w.remove_parameter("OSSAccessKeyId"), "IncompleteUrl { parameter: \"OSSAccessKeyId\""),
    (Base::V1Url, |w| w.remove_parameter("Expires"), "ExpiresMissing"),
    (Base::V1Url, |w| w.set_parameter("Expires", ""), "ExpiresMissing"),
    (Base::V1Url, |w| w.set_parameter("Expires", "2026-11-23"), "ExpiresNotInteger"),
    (Base::V4Url, |w| w.remove_parameter("x-oss-signature"), "IncompleteUrlV4 { parameter: \"x-oss-signature\""),
    (Base::V4Url, |w| w.remove_parameter("x-oss-credential"), "IncompleteUrlV4 { parameter: \"x-oss-credential\""),
    (Base::V4Url, |w| w.set_parameter("x-oss-date", ""), "IncompleteUrlV4 { parameter: \"x-oss-date\""),
    (Base::V4Url, |w| w.remove_parameter("x-oss-expires"), "V4ExpiresMissing"),
    (Base::V4Url, |w| w.set_parameter("x-oss-expires", "604801"), "V4ExpiresOutOfRange"),
    (Base::V4Url, |w| w.set_parameter("x-oss-expires", "0"), "V4ExpiresOutOfRange"),
    (Base::V1Header, |w| edit(w, "authorization", "ak:", "nobody:"), "UnknownAccessKey { access_key_id: \"nobody\""),
    (Base::V1Url, |w| w.set_parameter("OSSAccessKeyId", "nobody"), "UnknownAccessKey"),
    (Base::V4Header, |w| edit(w, "authorization", "ak/", "nobody/"), "UnknownAccessKey"),
    (Base::V4Url, |w| w.set_parameter("x-oss-credential", "x/20261123/r/oss/aliyun_v4_request"), "UnknownAccessKey"),
    (Base::V1Header, |w| edit(w, "authorization", "ak:", "off:"), "AccessKeyDisabled { access_key_id: \"off\""),
    (Base::V1Header, |w| edit(w, "authorization", "ak:", "over:"), "SecurityTokenExpired { access_key_id: \"over\""),
    (Base::V1Url, |w| w.set_parameter("OSSAccessKeyId", "off"), "AccessKeyDisabled"),
    (Base::V2Header, |w| edit(w, "authorization", ":ak", ":off"), "AccessKeyDisabled"),
    (Base::V2Header, |w| edit(w, "authorization", ":ak", ":over"), "SecurityTokenExpired"),
    (Base::V4Header, |w| edit(w, "authorization", "ak/", "off/"), "AccessKeyDisabled"),
    (Base::V4Header, |w| edit(w, "authorization", "ak/", "over/"), "SecurityTokenExpired"),
    (Base::V1Header, |w| edit(w, "authorization", "ak:", "sts:"), "MissingSecurityToken { access_key_id: \"sts\""),
    (Base::V1Url, |w| w.set_parameter("OSSAccessKeyId", "sts"), "MissingSecurityToken"),
    (Base::V4Header, |w| w.header("x-oss-security-token", "token"), "UnexpectedSecurityToken { access_key_id: \"ak\""),
    (Base::V1Url, |w| w.set_parameter("security-token", "token"), "UnexpectedSecurityToken"),
    (Base::V1Url, |w| w.header("x-oss-security-token", "token"), "SecurityTokenNotInQuery"),
    (Base::V4Url, |w| w.header("x-oss-security-token", "token"), "SecurityTokenNotInQuery"),
    (Base::V1Header, |w| drop(w.headers.remove("date")), "MissingDate"),
    (Base::V1Header, |w| w.set_header("date", "yesterday"), "MissingDate"),
    (Base::V1Header, |w| w.set_header("x-oss-date", "yesterday"), "MissingDate"),
    (Base::V4Header, |w| drop(w.headers.remove("x-oss-date")), "MissingDate"),
    (Base::V4Header, |w| w.set_header("x-oss-date", "Mon, 23 Nov 2026 08:00:00 GMT"), "MissingDate"),
    (Base::V4Url, |w| w.set_parameter("x-oss-date", "20261323T080000Z"), "MissingDate"),
    (
        Base::V1Header,
        |w| w.set_header("date", "Mon, 23 Nov 2026 08:15:01 GMT"),
        "TimeTooSkewed { request_unix_seconds: 1795421701, server_unix_seconds: 1795420800, max_skew_ms: 900000",
    ),
    (Base::V1Header, |w| w.set_header("x-oss-date", "20261123T074459Z"), "TimeTooSkewed"),
    (Base::V4Header, |w| w.set_header("x-oss-date", "20261123T074459Z"), "TimeTooSkewed"),
    (Base::V1Url, |w| w.set_parameter("Expires", "1795420799"), "Expired { expires_unix_seconds: 1795420799"),
    (Base::V4Url, |w| w.set_parameter("x-oss-date", "20261123T075859Z"), "Expired { expires_unix_seconds: 1795420799"),
    (Base::V4Url, |w| w.set_parameter("x-oss-date", "20261123T081501Z"), "NotYetValid"),
    (Base::V4Header, |w| edit(w, "authorization", "/20261123/", "/20261122/"), "CredentialDateMismatch"),
    (Base::V4Header, |w| edit(w, "authorization", "/20261123/", "/2026112/"), "CredentialDateMismatch"),
    (
        Base::V4Url,
        |w| w.set_parameter("x-oss-credential", "ak/20261124/cn-hangzhou/oss/aliyun_v4_request"),
        "CredentialDateMismatch",
    ),
    (Base::V4Header, |w| edit(w, "authorization", "cn-hangzhou", "cn-beijing"), "WrongRegion { region: \"cn-beijing\""),
    (Base::V4Header, |w| edit(w, "authorization", "/oss/", "/s3/"), "WrongProduct { product: \"s3\""),
    (Base::V4Header, |w| edit(w, "authorization", "aliyun_v4_request", "aws4_request"), "WrongTerminator"),
    (Base::V4Header, |w| drop(w.headers.remove("x-oss-content-sha256")), "MissingContentSha256"),
    (Base::V4Header, |w| w.set_header("x-oss-content-sha256", "STREAMING"), "InvalidContentSha256"),
    (Base::V4Header, |w| w.set_header("x-oss-content-sha256", &"AB".repeat(32)), "InvalidContentSha256"),
    (Base::V4Url, |w| w.header("x-oss-content-sha256", "ab"), "InvalidContentSha256"),
    (Base::V1Header, |w| edit(w, "authorization", "ak:", "ak:A"), "SignatureMismatch"),
    (Base::V1Header, |w| w.set_header("authorization", "OSS ak:not base64!"), "SignatureMismatch"),
    (Base::V1Url, |w| w.set_parameter("Expires", "1795420861"), "SignatureMismatch"),
    (Base::V4Header, |w| edit(w, "authorization", "Signature=", "Signature=00"), "SignatureMismatch"),
    (Base::V4Header, |w| w.set_header("x-oss-content-sha256", &"ab".repeat(32)), "SignatureMismatch"),
    (Base::V4Url, |w| w.set_parameter("x-oss-expires", "61"), "SignatureMismatch"),
    (Base::V4Url, |w| w.set_parameter("prefix", "added"), "SignatureMismatch"),
];

/// The same with the temporary key.
const TEMPORARY_CASES: &[(Base, Change, &str)] = &[
    (Base::V2Header, |w| w.set_header("x-oss-security-token", "tokem"), "SecurityTokenMismatch"),
    (Base::V2Url, |w| w.remove_parameter("security-token"), "MissingSecurityToken"),
    (Base::V1Header, |w| drop(w.headers.remove("x-oss-security-token")), "MissingSecurityToken"),
    (Base::V4Header, |w| w.set_header("x-oss-security-token", ""), "MissingSecurityToken"),
    (Base::V1Url, |w| w.remove_parameter("security-token"), "MissingSecurityToken"),
    (Base::V4Url, |w| w.remove_parameter("x-oss-security-token"), "MissingSecurityToken"),
    (Base::V1Header, |w| w.set_header("x-oss-security-token", "tokem"), "SecurityTokenMismatch"),
    (Base::V4Header, |w| w.set_header("x-oss-security-token", "toke"), "SecurityTokenMismatch"),
    (Base::V1Url, |w| w.set_parameter("security-token", "token2"), "SecurityTokenMismatch"),
    (Base::V4Url, |w| w.set_parameter("x-oss-security-token", "x"), "SecurityTokenMismatch"),
    (Base::V4Header, |w| drop(w.headers.remove("x-oss-date")), "MissingDate"),
];

#[test]
fn every_variant_is_caused_by_some_request() {
    let mut reached = BTreeSet::new();
    let cases = CASES.iter().map(|case| (long_lived(), case));
    for (key, (base, change, expected)) in cases.chain(TEMPORARY_CASES.iter().map(|case| (temporary(), case))) {
        let mut wire = signed(*base, &key, |_| ());
        assert!(authenticate(&wire).is_ok(), "{base:?} before the change to {expected}");
        change(&mut wire);
        let error = authenticate(&wire).unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{base:?}: {error:?} is not {expected}");
        let text = error.to_string();
        assert!(!text.starts_with(char::is_uppercase) && !text.ends_with('.') && !text.contains("sk"), "{text}");
        reached.insert(number(&error));
    }
    assert_eq!(reached, (0..VARIANTS).collect());
}

#[test]
fn errors_come_in_the_order_key_token_time_signature() {
    let mut wire = signed(Base::V1Header, &temporary(), |_| ());
    wire.set_header("authorization", "OSS nobody:AAAA");
    wire.set_header("x-oss-security-token", "wrong");
    wire.set_header("date", "Mon, 23 Nov 2020 08:00:00 GMT");
    let mut order = Vec::new();
    let mut note = |wire: &Wire| order.push(number(&authenticate(wire).unwrap_err()));
    note(&wire);
    wire.set_header("authorization", "OSS sts:AAAA");
    note(&wire);
    wire.set_header("x-oss-security-token", "token");
    note(&wire);
    wire.set_header("date", "Mon, 23 Nov 2026 08:00:00 GMT");
    note(&wire);
    assert_eq!(order, [11, 14, 17, 26]);
}

#[test]
fn a_mismatch_shows_the_servers_computation() {
    let mut wire = signed(Base::V4Header, &long_lived(), |_| ());
    let authorization = wire.headers["authorization"].to_str().unwrap().to_owned();
    let (head, _) = authorization.split_once("Signature=").unwrap();
    wire.set_header("authorization", &format!("{head}Signature=abcd"));
    let AuthError::SignatureMismatch(mismatch) = authenticate(&wire).unwrap_err() else { panic!() };
    assert_eq!((&*mismatch.access_key_id, mismatch.signature_provided.as_str()), ("ak", "abcd"));
    assert!(mismatch.string_to_sign_text().starts_with("OSS4-HMAC-SHA256\n20261123T080000Z\n20261123/cn-hangzhou/"));
    assert!(mismatch.canonical_request_text().unwrap().starts_with("GET\n/bucket/k\n"));
}

#[test]
fn anonymous_requests_pass_with_any_other_parameters() {
    for target in ["/", "/?acl", "/?x-oss-process=image/info&signature=x&expires=1", "/?x-oss-expires=1"] {
        let accepted = authenticate(&Wire::new("GET", target)).unwrap();
        let expected =
            Authenticated { identity: Identity::Anonymous, reading: 0, content_sha256: None, used_key: None };
        assert_eq!(accepted, expected, "{target}");
    }
    let mut wire = Wire::new("GET", "/");
    wire.query.resize(MAX_QUERY_PAIRS + 1, ("p".to_owned(), String::new()));
    assert_eq!(authenticate(&wire).unwrap().identity, Identity::Anonymous);
}

/// Signs with V1 as the Python SDK v2 does, without `x-oss-` query parameters, and then sends these parameters.
#[test]
fn only_processing_and_traffic_limit_may_be_unsigned_in_v1() {
    for (base, form) in [(Base::V1Header, Form::Header), (Base::V1Url, Form::Url)] {
        for (added, accepted) in [
            ("x-oss-process", true),
            ("x-oss-traffic-limit", true),
            ("x-oss-process x-oss-traffic-limit", true),
            ("prefix", true),
            ("acl", false),
            ("versionId", false),
            ("callback", false),
            ("response-content-type", false),
            ("x-oss-request-payer", false),
            ("x-oss-process acl", false),
            ("x-oss-process x-oss-ac-source-ip", false),
        ] {
            let mut wire = signed(base, &long_lived(), |_| ());
            added.split(' ').for_each(|name| wire.set_parameter(name, "v"));
            let result = authenticate(&wire);
            assert_eq!(result.is_ok(), accepted, "{base:?} with {added}: {result:?}");
            if let Ok(Authenticated { identity: Identity::Signed { form: seen, .. }, .. }) = result {
                assert_eq!(seen, form);
            }
        }
    }
}

#[test]
fn the_unsigned_token_header_counts_for_temporary_keys_in_v1_headers_only() {
    let mut unsigned_token = temporary();
    unsigned_token.security_token = None;
    let check = |base, key: &Credential, accepted: bool| {
        let mut wire = signed(base, key, |_| ());
        wire.header("security-token", "token");
        assert_eq!(authenticate(&wire).is_ok(), accepted, "{base:?} {key:?}");
    };
    check(Base::V1Header, &unsigned_token, true);
    check(Base::V4Header, &unsigned_token, false);
    check(Base::V1Url, &unsigned_token, false);
    check(Base::V1Header, &long_lived(), true);
}

#[test]
fn a_declared_digest_is_passed_on() {
    let wire = signed(Base::V4Header, &long_lived(), |w| w.set_header("x-oss-content-sha256", &"ab".repeat(32)));
    assert_eq!(authenticate(&wire).unwrap().content_sha256, Some([0xab; 32]));
    let wire = signed(Base::V4Url, &long_lived(), |w| w.set_header("x-oss-content-sha256", &"ab".repeat(32)));
    assert_eq!(authenticate(&wire).unwrap().content_sha256, Some([0xab; 32]));
}

#[test]
fn the_first_repeated_authentication_parameter_counts() {
    for base in [Base::V1Url, Base::V4Url] {
        let mut wire = signed(base, &long_lived(), |_| ());
        let signature = if base == Base::V1Url { "Signature" } else { "x-oss-signature" };
        wire.query.push((signature.to_owned(), "other".to_owned()));
        assert!(authenticate(&wire).is_ok(), "{base:?}");
        wire.query.insert(0, (signature.to_owned(), "other".to_owned()));
        assert!(matches!(authenticate(&wire), Err(AuthError::SignatureMismatch(_))), "{base:?}");
    }
}

#[test]
fn reordering_equal_parameters_breaks_the_signature() {
    for base in [Base::V1Header, Base::V4Header] {
        let pair = |value: &str| ("versionId".to_owned(), value.to_owned());
        let mut wire = signed(base, &long_lived(), |w| w.query = vec![pair("2"), pair("1")]);
        assert!(authenticate(&wire).is_ok(), "{base:?}");
        wire.query.reverse();
        assert!(authenticate(&wire).is_err(), "{base:?}");
    }
}

#[test]
fn an_additional_header_cannot_be_changed_or_dropped() {
    let mut wire = Wire::new("GET", "/");
    wire.header("range", "bytes=0-9");
    let query = presign_v4(&long_lived(), &wire.request(), &BUCKET_KEY, SCOPE, &["Range", "absent"], NOW, 60);
    wire.query = query.unwrap().parameters;
    assert_eq!(wire.parameter("x-oss-additional-headers"), Some("range"));
    assert!(authenticate(&wire).is_ok());
    wire.set_header("range", "bytes=0-99");
    assert!(authenticate(&wire).is_err());
    wire.headers.remove("range");
    assert_eq!(authenticate(&wire), Err(AuthError::MissingAdditionalHeader { name: "range".into() }));
}

#[test]
fn a_v4_header_signature_falls_back_to_the_date_header() {
    let mut wire = signed(Base::V4Header, &long_lived(), |_| ());
    wire.headers.remove("authorization");
    wire.headers.remove("x-oss-date");
    wire.set_header("date", "Mon, 23 Nov 2026 08:00:00 GMT");
    let made = coho_auth::sign_v4(&long_lived(), &wire.request(), &BUCKET_KEY, SCOPE, &[]).unwrap();
    wire.set_header("authorization", &made.authorization);
    assert!(authenticate(&wire).is_ok());
}

#[test]
fn several_values_of_a_signed_header_are_joined_with_a_comma() {
    for base in [Base::V1Header, Base::V4Header] {
        let mut wire = signed(base, &long_lived(), |w| w.header("x-oss-meta-a", "one,two"));
        wire.set_header("x-oss-meta-a", "one");
        wire.header("x-oss-meta-a", "two");
        assert!(authenticate(&wire).is_ok(), "{base:?}");
        wire.header("x-oss-meta-a", "three");
        assert!(authenticate(&wire).is_err(), "{base:?}");
    }
}

#[test]
fn a_signature_parameter_is_an_ordinary_one_beside_a_v4_header() {
    let mut wire = signed(Base::V4Header, &long_lived(), |w| w.set_parameter("x-oss-signature", "a"));
    assert!(authenticate(&wire).is_ok());
    wire.set_parameter("x-oss-signature", "b");
    assert!(authenticate(&wire).is_err());
}
