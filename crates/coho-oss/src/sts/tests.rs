use super::*;

fn read(parameters: &[(&str, &str)]) -> Result<AssumeRole, StsRefusal> {
    let defaults = [("RoleArn", "acs:ram::1001:role/Readers"), ("RoleSessionName", "alice")];
    let of = |name: &str| {
        let found = parameters.iter().chain(&defaults).find(|(have, _)| *have == name);
        found.map(|(_, value)| *value).filter(|value| !value.is_empty())
    };
    AssumeRole::read(of)
}

#[test]
fn parameters_are_read_with_their_defaults() {
    let plain = AssumeRole {
        account: "1001".into(),
        role: "Readers".into(),
        session_name: "alice".into(),
        duration_seconds: 3600,
        policy: None,
        external_id: None,
    };
    assert_eq!(read(&[]), Ok(plain.clone()));
    let document = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}"#;
    let full = read(&[
        ("DurationSeconds", "900"),
        ("ExternalId", "ci:7"),
        ("Policy", document),
        ("RoleSessionName", "a.b@c-d_9"),
        ("RegionId", "cn-hangzhou"),
    ]);
    let full = full.unwrap();
    assert_eq!((full.duration_seconds, full.external_id.as_deref()), (900, Some("ci:7")));
    assert_eq!((&*full.session_name, &*full.policy.unwrap().document), ("a.b@c-d_9", document));
}

#[test]
fn a_parameter_that_cannot_be_used_is_named() {
    let check = |name, value: &str, code: &str, message: &str| {
        let refusal = read(&[(name, value)]).unwrap_err();
        assert_eq!((&*refusal.code(), refusal.status()), (code, 400), "{name} {value}");
        assert!(refusal.message().contains(message), "{name} {value}: {}", refusal.message());
    };
    check("RoleArn", "", "MissingRoleArn", "RoleArn is mandatory");
    for arn in ["Readers", "acs:ram::1001:user/x", "acs:ram:::role/x"] {
        check("RoleArn", arn, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.");
    }
    check("RoleSessionName", "", "MissingRoleSessionName", "RoleSessionName is mandatory");
    for name in ["a", "a b", "ä1", "a/b", &"n".repeat(65)] {
        check("RoleSessionName", name, "InvalidParameter.RoleSessionName", "wrongly formed");
    }
    for seconds in ["x", "-1", "+900", "900.0", "99999999999999999999"] {
        check("DurationSeconds", seconds, "InvalidParameter.DurationSeconds", "wrongly formed");
    }
    for id in ["a", "a b", &"x".repeat(1225)] {
        check("ExternalId", id, "InvalidParameter.ExternalId", "wrongly formed");
    }
    check("Policy", "{", "InvalidParameter.PolicyGrammar", "JSON");
    check("Policy", r#"{"Version":"1","Statement":[],"Id":"x"}"#, "InvalidParameter.PolicyGrammar", "Id");
    check("Policy", &" ".repeat(2049), "InvalidParameter.PolicySize", "2048 bytes");
    for name in ["SerialNumber", "TokenCode", "SourceIdentity"] {
        check(name, "x", &format!("InvalidParameter.{name}"), "is not supported");
    }
}

#[test]
fn answers_have_the_forms_of_sts() {
    let role = AssumedRole {
        role_arn: "acs:ram::1001:role/r",
        role_id: "34",
        session_name: "alice",
        access_key_id: "STS.A",
        access_key_secret: "s<",
        security_token: "t",
        expiration: "2015-04-09T11:52:19Z",
    };
    assert!(!format!("{role:?}").contains("s<"));
    let json: serde_json::Value = serde_json::from_slice(&StsFormat::Json.assumed(&role, "R")).unwrap();
    let expected = serde_json::json!({
        "RequestId": "R",
        "AssumedRoleUser": { "AssumedRoleId": "34:alice", "Arn": "acs:ram::1001:role/r/alice" },
        "Credentials": {
            "SecurityToken": "t", "Expiration": "2015-04-09T11:52:19Z", "AccessKeySecret": "s<", "AccessKeyId": "STS.A",
        },
    });
    assert_eq!(json, expected);
    let xml = String::from_utf8(StsFormat::Xml.assumed(&role, "R")).unwrap();
    let credentials = "<Credentials><SecurityToken>t</SecurityToken><Expiration>2015-04-09T11:52:19Z</Expiration>\
                       <AccessKeySecret>s&lt;</AccessKeySecret><AccessKeyId>STS.A</AccessKeyId></Credentials>";
    assert!(xml.contains(credentials) && xml.contains("<AssumeRoleResponse><RequestId>R</RequestId>"), "{xml}");
    let json: serde_json::Value =
        serde_json::from_slice(&StsFormat::Json.refused(&StsRefusal::NoSuchRole, "R", "h")).unwrap();
    let expected = serde_json::json!({
        "RequestId": "R", "HostId": "h", "Code": "EntityNotExist.Role", "Message": "The specified Role not exists.",
    });
    assert_eq!(json, expected);
    let xml = String::from_utf8(StsFormat::Xml.refused(&StsRefusal::Throttled, "R", "h")).unwrap();
    assert!(xml.ends_with(
        "<Error><RequestId>R</RequestId><HostId>h</HostId><Code>Throttling.User</Code>\
         <Message>Request was denied due to user flow control.</Message></Error>"
    ));
}

#[test]
fn refusals_have_the_codes_and_statuses_of_sts() {
    for (refusal, status, code) in [
        (StsRefusal::Missing("x-acs-date"), 400, "MissingTimestamp"),
        (
            StsRefusal::Signature { name: "SignatureMethod", reason: "must be HMAC-SHA1".into() },
            400,
            "InvalidSignatureMethod",
        ),
        (StsRefusal::UnknownKey, 404, "InvalidAccessKeyId.NotFound"),
        (StsRefusal::DisabledKey, 400, "InvalidAccessKeyId.Inactive"),
        (StsRefusal::SignatureMismatch(String::new()), 400, "SignatureDoesNotMatch"),
        (StsRefusal::NonceUsed, 400, "SignatureNonceUsed"),
        (StsRefusal::NoPermission("x"), 403, "NoPermission"),
        (StsRefusal::Throttled, 429, "Throttling.User"),
        (StsRefusal::Internal, 500, "InternalError"),
    ] {
        assert_eq!((refusal.status(), &*refusal.code()), (status, code));
    }
    let long = StsRefusal::SignatureMismatch("ä".repeat(10_000)).message().len();
    assert!(long < 8400, "{long}");
    for (max, expected) in [(3600, "15min/1hr."), (5400, "15min/90min."), (901, "15min/901s.")] {
        assert!(StsRefusal::DurationSeconds { max }.message().ends_with(expected));
    }
}
