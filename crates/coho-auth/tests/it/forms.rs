//! Signatures of forms: the vectors, what is refused, and that what is signed is accepted.

use coho_auth::{
    AcceptedRegion, AuthError, Authenticator, Credential, Credentials, Form, FormClaims, FormScheme, Identity, Scope,
    sign_form,
};
use serde_json::Value;

const NOW: i64 = 1_795_420_800;
const SCOPE: Scope<'_> = Scope { region: "cn-hangzhou", product: "oss" };
const POLICY: &str = r#"{"expiration":"2026-11-23T09:00:00.000Z","conditions":[]}"#;

fn authenticate(key: &Credential, fields: &[(&str, String)]) -> Result<Identity, AuthError> {
    let region = AcceptedRegion::Only("cn-hangzhou".into());
    let authenticator = Authenticator::new(Credentials::new([key.clone()]).unwrap(), region);
    let field = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str());
    authenticator.authenticate_form(&FormClaims { field: &field }, NOW).map(|authenticated| authenticated.identity)
}

fn signed(key: &Credential) -> Identity {
    let (access_key_id, owner) = (key.access_key_id.clone(), key.owner.clone());
    Identity::Signed { access_key_id, owner, form: Form::Fields, limits: None }
}

#[test]
fn vectors_are_signed_and_accepted() {
    let file: Value = serde_json::from_str(include_str!("../vectors/vectors.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let key = Credential::new(&text(&file["access_key_id"]), &text(&file["access_key_secret"]), "owner");
    let vectors: Vec<_> = file["vectors"].as_array().unwrap().iter().filter(|v| v["mode"] == "post").collect();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let (policy, signature) = (text(&vector["input"]["policy_field"]), text(&vector["signature"]));
        let fields = if vector["version"] == "V1" {
            vec![("OSSAccessKeyId", key.access_key_id.to_string()), ("Signature", signature), ("policy", policy)]
        } else {
            vec![
                ("x-oss-signature-version", "OSS4-HMAC-SHA256".to_owned()),
                ("x-oss-credential", format!("{}/20261123/cn-hangzhou/oss/aliyun_v4_request", key.access_key_id)),
                ("x-oss-date", "20261123T080000Z".to_owned()),
                ("x-oss-signature", signature),
                ("policy", policy),
            ]
        };
        assert_eq!(authenticate(&key, &fields), Ok(signed(&key)), "{}", vector["name"]);
    }
}

#[test]
fn what_is_signed_is_accepted_and_nothing_else() {
    let permanent = Credential::new("ak", "secret", "owner");
    for key in [permanent.clone(), permanent.with_security_token("token")] {
        for scheme in [FormScheme::V1, FormScheme::V2, FormScheme::V4(SCOPE)] {
            let fields = sign_form(&key, scheme, POLICY, NOW).unwrap();
            assert_eq!(authenticate(&key, &fields), Ok(signed(&key)), "{scheme:?}");
            for index in 0..fields.len() {
                let name = fields[index].0;
                let mut changed = fields.clone();
                changed[index].1.push('A');
                assert!(authenticate(&key, &changed).is_err(), "{scheme:?}: {name} changed");
                changed.remove(index);
                let without = authenticate(&key, &changed);
                assert!(without.is_err(), "{scheme:?}: without {name}: {without:?}");
            }
        }
    }
}

#[test]
fn a_key_signs_forms_as_long_as_it_and_its_secrets_last() {
    let old = Credential::new("ak", "secret", "owner");
    let rotated = |until| {
        let mut key = Credential::new("ak", "new secret", "owner");
        key.previous_secret = Some(("secret".into(), until));
        key
    };
    let disabled = Credential { is_enabled: false, ..old.clone() };
    let over = |at| Credential { expires_unix_seconds: Some(at), ..old.clone() };
    for scheme in [FormScheme::V1, FormScheme::V2, FormScheme::V4(SCOPE)] {
        let fields = sign_form(&old, scheme, POLICY, NOW).unwrap();
        for (key, refusal) in [
            (rotated(NOW), None),
            (rotated(NOW - 1), Some("SignatureMismatch")),
            (disabled.clone(), Some("AccessKeyDisabled")),
            (over(NOW + 1), None),
            (over(NOW), Some("SecurityTokenExpired")),
        ] {
            match (authenticate(&key, &fields), refusal) {
                (Ok(identity), None) => assert_eq!(identity, signed(&key)),
                (Err(error), Some(name)) => assert!(format!("{error:?}").starts_with(name), "{scheme:?}: {error:?}"),
                (other, expected) => panic!("{scheme:?}: {other:?} is not {expected:?}"),
            }
        }
        let fields = sign_form(&rotated(0), scheme, POLICY, NOW).unwrap();
        assert!(authenticate(&rotated(NOW), &fields).is_ok(), "{scheme:?}: the present secret");
    }
}

#[test]
fn forms_are_refused_by_name() {
    let key = Credential::new("ak", "secret", "owner");
    let v1 = || sign_form(&key, FormScheme::V1, POLICY, NOW).unwrap();
    let v4 = |at: i64, region: &'static str| {
        sign_form(&key, FormScheme::V4(Scope { region, product: "oss" }), POLICY, at).unwrap()
    };
    let with = |mut fields: Vec<(&'static str, String)>, name: &'static str, value: &str| {
        fields.retain(|(field, _)| *field != name);
        fields.push((name, value.to_owned()));
        fields
    };
    let check = |fields: Vec<(&'static str, String)>, expected: &str| {
        let refused = format!("{:?}", authenticate(&key, &fields).unwrap_err());
        assert!(refused.starts_with(expected), "{refused}");
    };
    assert_eq!(authenticate(&key, &[]), Ok(Identity::Anonymous));
    assert_eq!(authenticate(&key, &[("policy", " ".into()), ("Signature", String::new())]), Ok(Identity::Anonymous));
    check(vec![("policy", "e30=".into())], "IncompleteForm { field: \"OSSAccessKeyId\" }");
    check(vec![("OSSAccessKeyId", "ak".into())], "IncompleteForm { field: \"Signature\" }");
    check(with(v1(), "policy", ""), "IncompleteForm { field: \"policy\" }");
    check(with(v1(), "OSSAccessKeyId", "other"), "UnknownAccessKey");
    check(with(v1(), "Signature", "%%%"), "SignatureMismatch");
    check(with(v1(), "x-oss-signature-version", "OSS9"), "UnknownSignatureVersion");
    check(with(v1(), "x-oss-signature-version", "OSS2"), "IncompleteForm { field: \"x-oss-access-key-id\" }");
    check(with(v1(), "x-oss-security-token", "t"), "UnexpectedSecurityToken");
    check(with(v1(), "x-oss-security-token", "t\u{1}"), "UnexpectedSecurityToken");
    check(with(v4(NOW, "cn-hangzhou"), "x-oss-date", "20261124T080000Z"), "NotYetValid");
    check(with(v4(NOW, "cn-hangzhou"), "x-oss-date", "20261122T080000Z"), "CredentialDateMismatch");
    check(with(v4(NOW, "cn-hangzhou"), "x-oss-date", "yesterday"), "MissingDate");
    check(with(v4(NOW, "cn-hangzhou"), "x-oss-credential", "ak/x"), "MalformedAuthorization");
    check(v4(NOW, "cn-beijing"), "WrongRegion");
    check(v4(NOW + 901, "cn-hangzhou"), "NotYetValid");
    check(v4(NOW - 604_801, "cn-hangzhou"), "Expired");
    assert!(authenticate(&key, &v4(NOW - 604_800, "cn-hangzhou")).is_ok());
}
