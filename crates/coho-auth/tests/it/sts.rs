//! Requests to STS: the examples of the documentation, what is signed is accepted, and what is refused.

use coho_auth::{
    AcceptedRegion, AuthError, Authenticator, Credential, Credentials, KeyLimits, MAX_SKEW_SECONDS, StsAuthError,
    StsCaller, StsRequest, sign_acs3, sign_rpc,
};
use coho_model::KeyRights;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::{any, prop, proptest};
use std::sync::Arc;

const NOW: i64 = 1_795_420_800;

/// A request with all that a signature covers.
#[derive(Debug, Clone, Default)]
struct Sent {
    headers: HeaderMap,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: Vec<u8>,
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Sent {
    fn set(&mut self, name: &str, value: &str) {
        self.headers.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }

    fn set_parameter(&mut self, name: &str, value: &str) {
        let pair = self.query.iter_mut().find(|(have, _)| have == name);
        pair.unwrap_or_else(|| panic!("{name}")).1 = value.to_owned();
    }

    fn check(&self, method: &str, key: &Credential, now: i64) -> Result<StsCaller, StsAuthError> {
        let Self { headers, query, form, body } = self;
        let authenticator = Authenticator::new(Credentials::new([key.clone()]).unwrap(), AcceptedRegion::Any);
        authenticator.authenticate_sts(&StsRequest { method, headers, query, form, body }, now)
    }
}

fn key() -> Credential {
    Credential::new("ak", "secret", "1001")
}

fn rpc(key: &Credential) -> Sent {
    let query = pairs(&[("Action", "AssumeRole"), ("Policy", "{\"a b\": \"ü*~+/\"}"), ("Empty", "")]);
    let mut sent = Sent { query, form: pairs(&[("RoleArn", "acs:ram::1001:role/r")]), ..Sent::default() };
    sign_rpc(key, "POST", &mut sent.query, &sent.form, "nonce", NOW).unwrap();
    sent
}

fn acs3(key: &Credential) -> Sent {
    let mut sent =
        Sent { query: pairs(&[("RoleArn", "acs:ram::1001:role/r")]), body: b"A=b".into(), ..Sent::default() };
    for (name, value) in [("host", "sts.test"), ("x-acs-action", "AssumeRole"), ("x-acs-version", "2015-04-01")] {
        sent.set(name, value);
    }
    sign_acs3(key, "POST", &mut sent.headers, &sent.query, &sent.body, "nonce", NOW).unwrap();
    sent
}

#[test]
fn the_examples_of_the_documentation_are_accepted() {
    let query = pairs(&[
        ("SignatureVersion", "1.0"),
        ("Action", "DescribeRegions"),
        ("Format", "XML"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("Version", "2014-05-26"),
        ("AccessKeyId", "testid"),
        ("Signature", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="),
        ("SignatureMethod", "HMAC-SHA1"),
        ("Timestamp", "2016-02-23T12:46:24Z"),
    ]);
    let of_rpc = Sent { query, ..Sent::default() };
    of_rpc.check("GET", &Credential::new("testid", "testsecret", "o"), 1_456_231_584).unwrap();

    let image = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd";
    let mut of_acs3 = Sent { query: pairs(&[("ImageId", image), ("RegionId", "cn-shanghai")]), ..Sent::default() };
    for (name, value) in [
        ("host", "ecs.cn-shanghai.aliyuncs.com"),
        ("x-acs-action", "RunInstances"),
        ("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("x-acs-date", "2023-10-26T10:22:32Z"),
        ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
        ("x-acs-version", "2014-05-26"),
        (
            "authorization",
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
             x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
    ] {
        of_acs3.set(name, value);
    }
    let key = Credential::new("YourAccessKeyId", "YourAccessKeySecret", "o");
    let caller = of_acs3.check("POST", &key, 1_698_315_752).unwrap();
    assert_eq!((&*caller.nonce, caller.repeatable_until), ("3156853299f313e23d1673dc12e1703d", 1_698_316_652));
}

#[test]
fn the_caller_is_the_key_and_the_secret_that_signed() {
    let rights =
        |word: &str| Some(Arc::new(KeyLimits { rights: Some(KeyRights::parse(&[word]).unwrap()), policy: None }));
    let old = Credential::new("ak", "old", "1001");
    for (is_full, is_temporary, key) in [
        (true, false, key()),
        (true, true, key().with_security_token("token")),
        (false, false, Credential { limits: rights("read-only"), ..key() }),
        (true, false, Credential { limits: rights("admin"), ..key() }),
    ] {
        for sent in [rpc(&key), acs3(&key)] {
            let caller = sent.check("POST", &key, NOW).unwrap();
            assert_eq!((&*caller.access_key_id, &*caller.account), ("ak", "1001"));
            assert_eq!((caller.is_full, caller.is_temporary), (is_full, is_temporary), "{key:?}");
            assert_eq!((caller.secret_mark, caller.repeatable_until), (key.secret_mark(), NOW + MAX_SKEW_SECONDS));
        }
    }
    let rotated = Credential { previous_secret: Some(("old".into(), NOW)), ..key() };
    for sent in [rpc(&old), acs3(&old)] {
        assert_eq!(sent.check("POST", &rotated, NOW).unwrap().secret_mark, old.secret_mark());
        assert!(mismatch(sent.check("POST", &rotated, NOW + 1)).is_some());
    }
}

fn mismatch(result: Result<StsCaller, StsAuthError>) -> Option<String> {
    match result {
        Err(StsAuthError::Auth(AuthError::SignatureMismatch(mismatch))) => {
            Some(mismatch.string_to_sign_text().into_owned())
        }
        _ => None,
    }
}

#[test]
fn whatever_is_signed_cannot_be_changed() {
    let key = key();
    for (what, sent) in [("rpc", rpc(&key)), ("acs3", acs3(&key))] {
        sent.check("POST", &key, NOW).unwrap();
        assert!(mismatch(sent.check("GET", &key, NOW)).is_some(), "{what}: method");
        let mut more = sent.clone();
        more.query.push(("DurationSeconds".into(), "900".into()));
        assert!(mismatch(more.check("POST", &key, NOW)).is_some(), "{what}: parameter");
        let mut changed = sent.clone();
        let pair = changed.form.first_mut().or(changed.query.first_mut()).unwrap();
        pair.1.push('x');
        assert!(mismatch(changed.check("POST", &key, NOW)).is_some(), "{what}: value");
    }
    for name in ["host", "x-acs-action", "x-acs-version", "x-acs-signature-nonce"] {
        let mut sent = acs3(&key);
        sent.set(name, "other");
        assert!(mismatch(sent.check("POST", &key, NOW)).is_some(), "{name}");
    }
    let mut sent = acs3(&key);
    sent.body.push(b'x');
    assert_eq!(sent.check("POST", &key, NOW), Err(StsAuthError::BodyMismatch));
}

/// The Python provider encodes blanks as forms do.
#[test]
fn a_blank_may_be_signed_as_a_plus() {
    let mut sent = rpc(&key());
    let text = mismatch({
        sent.set_parameter("Signature", "AAAA");
        sent.check("POST", &key(), NOW)
    });
    let text = text.unwrap().replace("%2520", "%2B");
    assert!(text.contains("a%2Bb") && text.contains("%25C3%25BC%252A~%252B%252F"), "{text}");
    let signature = hmac_sha1("secret&", &text);
    sent.set_parameter("Signature", &signature);
    sent.check("POST", &key(), NOW).unwrap();
    sent.set_parameter("Policy", "{\"a+b\": \"ü*~+/\"}");
    assert!(mismatch(sent.check("POST", &key(), NOW)).is_some(), "a plus is another character");
}

fn hmac_sha1(secret: &str, text: &str) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

#[test]
fn times_and_keys_are_checked_as_of_other_requests() {
    let check = |key: &Credential, now: i64, expected: fn(&AuthError) -> bool| {
        for sent in [rpc(key), acs3(key)] {
            let accepted = Credential { access_key_secret: "secret".into(), ..key.clone() };
            match sent.check("POST", &accepted, now) {
                Err(StsAuthError::Auth(error)) => assert!(expected(&error), "{error}"),
                other => panic!("{other:?}"),
            }
        }
    };
    let skewed = |error: &AuthError| matches!(error, AuthError::TimeTooSkewed { .. });
    check(&key(), NOW + MAX_SKEW_SECONDS + 1, skewed);
    check(&key(), NOW - MAX_SKEW_SECONDS - 1, skewed);
    check(&Credential { is_enabled: false, ..key() }, NOW, |error| {
        matches!(error, AuthError::AccessKeyDisabled { .. })
    });
    let over = Credential { expires_unix_seconds: Some(NOW), ..key().with_security_token("token") };
    check(&over, NOW, |error| matches!(error, AuthError::SecurityTokenExpired { .. }));
    check(&Credential::new("ak", "other", "1001"), NOW, |error| matches!(error, AuthError::SignatureMismatch(_)));
    let of_other = Credential::new("other", "secret", "1001");
    for sent in [rpc(&of_other), acs3(&of_other)] {
        let unknown = sent.check("POST", &key(), NOW);
        assert!(matches!(unknown, Err(StsAuthError::Auth(AuthError::UnknownAccessKey { .. }))));
    }
    let temporary = key().with_security_token("token");
    for (sent, signs_token) in [(rpc(&key()), false), (acs3(&temporary.clone().with_security_token("wrong")), true)] {
        match sent.check("POST", &temporary, NOW) {
            Err(StsAuthError::Auth(AuthError::MissingSecurityToken { .. })) => assert!(!signs_token),
            Err(StsAuthError::Auth(AuthError::SecurityTokenMismatch { .. })) => assert!(signs_token),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_incomplete_or_ambiguous_request_is_refused_by_name() {
    let key = key();
    let of_rpc = |name: &'static str, value: Option<&str>, expected: StsAuthError| {
        let mut sent = rpc(&key);
        match value {
            Some(value) => sent.set_parameter(name, value),
            None => sent.query.retain(|(have, _)| have != name),
        }
        assert_eq!(sent.check("POST", &key, NOW), Err(expected), "{name} {value:?}");
    };
    for name in ["AccessKeyId", "Signature", "SignatureNonce", "Timestamp", "SignatureMethod", "SignatureVersion"] {
        of_rpc(name, None, StsAuthError::Missing(name));
        of_rpc(name, Some(""), StsAuthError::Missing(name));
    }
    of_rpc("SignatureMethod", Some("HMAC-MD5"), invalid("SignatureMethod", "must be HMAC-SHA1"));
    of_rpc("SignatureVersion", Some("2.0"), invalid("SignatureVersion", "must be 1.0"));
    of_rpc("SignatureNonce", Some(&"n".repeat(129)), invalid("SignatureNonce", "has more than 128 bytes"));
    for time in
        ["1795420800", "2026-11-23 08:00:00Z", "2026-11-23T08:00:00", "2026-02-30T08:00:00Z", "20261123T080000Z"]
    {
        of_rpc("Timestamp", Some(time), StsAuthError::MalformedTime);
    }
    let mut twice = rpc(&key);
    twice.form.push(("Action".into(), "AssumeRole".into()));
    assert_eq!(twice.check("POST", &key, NOW), Err(StsAuthError::Duplicate("Action".into())));

    for name in ["x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"] {
        let mut sent = acs3(&key);
        sent.headers.remove(name);
        assert_eq!(sent.check("POST", &key, NOW), Err(StsAuthError::Missing(name)), "{name}");
    }
    let authorization = |value: &str| {
        let mut sent = acs3(&key);
        sent.set("authorization", value);
        sent.check("POST", &key, NOW).unwrap_err()
    };
    let malformed = |value: &str| {
        let error = authorization(value);
        assert!(matches!(error, StsAuthError::Invalid { name: "Authorization", .. }), "{value}: {error}");
    };
    for value in [
        "OSS ak:AAAA",
        "ACS3-HMAC-SM3 Credential=ak,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 ",
        "ACS3-HMAC-SHA256 Credential=ak",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=ak,SignedHeaders=host,Signature=00,More=1",
        &format!("ACS3-HMAC-SHA256 Credential=ak,SignedHeaders={},Signature=00", "h;".repeat(10_000)),
    ] {
        malformed(value);
    }
    let unsigned = authorization("ACS3-HMAC-SHA256 Credential=ak,SignedHeaders=host,Signature=00");
    assert_eq!(unsigned, StsAuthError::Unsigned("x-acs-action"));
    let mut sent = acs3(&key);
    sent.set("x-acs-security-token", "token");
    assert_eq!(sent.check("POST", &key, NOW), Err(StsAuthError::Unsigned("x-acs-security-token")));
    sent.headers.append("authorization", HeaderValue::from_static("x"));
    assert_eq!(sent.check("POST", &key, NOW), Err(invalid("Authorization", "is given more than once")));
}

fn invalid(name: &'static str, reason: &'static str) -> StsAuthError {
    StsAuthError::Invalid { name, reason }
}

/// Names that a request to STS has, so that noise gets further than the first check.
const NAMES: &[&str] = &[
    "AccessKeyId",
    "Signature",
    "SignatureNonce",
    "Timestamp",
    "SignatureMethod",
    "SignatureVersion",
    "SecurityToken",
];
const VALUES: &[&str] = &["ak", "AAAA", "2026-11-23T08:00:00Z", "HMAC-SHA1", "1.0", ""];

proptest! {
    #[test]
    fn nothing_unsigned_is_accepted(
        pairs in prop::collection::vec((prop::sample::select(NAMES), prop::sample::select(VALUES)), 0..12),
        authorization in prop::option::of("ACS3-HMAC-SHA256 [!-~ ]{0,80}"),
        noise in any::<String>(),
    ) {
        let mut sent = Sent { query: vec![(noise.clone(), noise.clone())], body: noise.into(), ..acs3(&key()) };
        sent.headers.remove("authorization");
        sent.form = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if let Some(authorization) = authorization {
            sent.set("authorization", &authorization);
        }
        assert!(sent.check("POST", &key(), NOW).is_err());
    }
}
