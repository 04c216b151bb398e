use super::*;
use coho_model::{Network, PolicyCondition, PolicyEffect, PolicyKey, PolicyTest, TextComparison};
use proptest::prelude::*;

/// OSS's own examples, and those of its clients' suites.
const ACCEPTED: &[&str] = &[
    r#"{"Version":"1","Statement":[{"Action":["oss:PutObject","oss:GetObject"],"Effect":"Deny","Principal":["1234567890"],"Resource":["acs:oss:*:1234567890:*/*"]}]}"#,
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["ram:ListObjects"],"Resource":["*"],"Condition":{}}]}"#,
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListObjects"],"Principal":["1"],"Resource":["acs:oss:*:1:b"],"Condition":{"StringLike":{"oss:Prefix":["*"]}}}]}"#,
    r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"oss:*","Principal":["*"],"Resource":["acs:oss:*:1:b","acs:oss:*:1:b/*"],"Condition":{"NotIpAddress":{"acs:SourceIp":"127.0.0.1"},"StringNotLike":{"acs:SourceVpc":["vpc-*"]},"Bool":{"acs:SecureTransport":[false]}}}]}"#,
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Principal":["arn:sts::1:assumed-role/r/*"],"Resource":"acs:oss:*:1:b/*","Condition":{"DateLessThan":{"acs:CurrentTime":"2030-01-01T00:00:00+08:00"},"StringNotLike":{"acs:AccessId":["TMP.*","STS.*"]}}}]}"#,
    r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":["oss:PutBucketAcl"],"Principal":[],"Resource":["acs:oss:*:*:b"],"Condition":{"StringNotEquals":{"oss:x-oss-acl":["private"]}}}]}"#,
    r#"{"Version":"1","Statement":[{"Effect":"Deny","Principal":["1"],"Action":["oss:GetObject"],"Resource":["acs:oss:*:1:b/*"],"Condition":{"StringEquals":{"oss:ExistingObjectTag/status":"ok","oss:ExistingObjectTag/a/b":"1","oss:BucketTag/key1":["value1"]}}}]}"#,
];

#[test]
fn the_examples_of_oss_are_accepted_and_kept_as_they_are() {
    for text in ACCEPTED {
        let policy = parse(text.as_bytes()).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
        assert_eq!(&*policy.document, *text);
    }
}

#[test]
fn a_statement_is_read_with_all_it_has() {
    let policy = parse(ACCEPTED[3].as_bytes()).unwrap();
    let [statement] = &policy.statements[..] else { panic!("{policy:?}") };
    assert_eq!(
        (statement.effect, statement.principals.len(), &*statement.actions[0]),
        (PolicyEffect::Deny, 0, "oss:*")
    );
    let resource = &statement.resources[1];
    assert_eq!((&*resource.region, &*resource.account, &*resource.path), ("*", "1", "b/*"));
    let networks = vec![Network::parse("127.0.0.1").unwrap()];
    let vpc = PolicyTest::Text { is_negative: true, comparison: TextComparison::Like, values: vec!["vpc-*".into()] };
    assert_eq!(
        statement.conditions,
        [
            PolicyCondition { key: PolicyKey::SourceIp, test: PolicyTest::Address { is_negative: true, networks } },
            PolicyCondition { key: PolicyKey::SourceVpc, test: vpc },
            PolicyCondition { key: PolicyKey::SecureTransport, test: PolicyTest::Flag { values: vec![false] } },
        ]
    );
}

#[test]
fn what_is_not_evaluated_refuses_the_whole_document_and_is_named() {
    let with = |change: &str| {
        let mut fields = vec![
            ("Effect", r#""Allow""#.to_owned()),
            ("Action", r#""oss:GetObject""#.to_owned()),
            ("Resource", r#""acs:oss:*:*:b/*""#.to_owned()),
        ];
        let (name, value) = change.split_once('=').unwrap();
        fields.retain(|(have, _)| *have != name);
        if !value.is_empty() {
            fields.push((name, value.to_owned()));
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!(r#"{{"Version":"1","Statement":[{{{}}}]}}"#, fields.join(","))
    };
    let check = |text: &str, hint: &str| match parse(text.as_bytes()) {
        Err(RequestRefusal::InvalidPolicy(detail)) => assert!(detail.contains(hint), "{text}: {detail}"),
        other => panic!("{text}: {other:?}"),
    };
    assert!(parse(with("Condition={}").as_bytes()).is_ok());
    for (change, hint) in [
        ("Effect=", "the Effect is missing"),
        ("Effect=\"allow\"", "Allow or Deny"),
        ("Action=", "the Action is missing"),
        ("Action=[]", "must not be empty"),
        ("Action=\"oss:GetObjects\"", "oss:GetObjects"),
        ("Action=\"s3:GetObject\"", "s3:GetObject"),
        ("Action=[\"oss:GetObject\",{}]", "list of texts"),
        ("NotAction=\"oss:GetObject\"", "NotAction"),
        ("NotPrincipal=[\"1\"]", "NotPrincipal"),
        ("Sid=\"1\"", "Sid"),
        ("Principal={\"AWS\":\"*\"}", "list of texts"),
        ("Principal=[\"1*\"]", "1*"),
        ("Principal=[\"\"]", "account"),
        ("Principal=null", "account"),
        ("Resource=", "the Resource is missing"),
        ("Resource=\"b/*\"", "b/*"),
        ("Resource=\"acs:oss:*:*:\"", "resource"),
        ("Resource=\"arn:aws:s3:::b\"", "resource"),
        ("Resource=\"acs:ossvector:*:*:b\"", "resource"),
        ("Condition=[]", "object"),
        ("Condition={\"StringEquals\":{}}", "no key"),
        ("Condition={\"StringEquals\":{\"acs:Referer\":\"x\"}}", "StringEquals: acs:Referer"),
        ("Condition={\"StringEquals\":{\"oss:RequestObjectTag/k\":\"x\"}}", "StringEquals: oss:RequestObjectTag/k"),
        ("Condition={\"StringEquals\":{\"oss:BucketTag/\":\"x\"}}", "StringEquals: oss:BucketTag/"),
        ("Condition={\"StringEquals\":{\"oss:ExistingObjectTag\":\"x\"}}", "StringEquals: oss:ExistingObjectTag"),
        ("Condition={\"Bool\":{\"oss:BucketTag/k\":\"true\"}}", "kind"),
        ("Condition={\"StringEquals\":{\"oss:Prefix\":[]}}", "must not be empty"),
        ("Condition={\"StringEquals\":{\"acs:SourceIp\":\"10.0.0.1\"}}", "kind"),
        ("Condition={\"IpAddress\":{\"acs:SourceIp\":\"10.0.0.0/33\"}}", "10.0.0.0/33"),
        ("Condition={\"DateEquals\":{\"acs:CurrentTime\":\"today\"}}", "today"),
        ("Condition={\"Bool\":{\"acs:SecureTransport\":\"yes\"}}", "yes"),
        ("Condition={\"NumericEquals\":{\"oss:MaxKeys\":\"1\"}}", "NumericEquals"),
        ("Condition={\"StringLikeIfExists\":{\"oss:Prefix\":\"a\"}}", "StringLikeIfExists"),
    ] {
        check(&with(change), hint);
    }
    let statement = r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#;
    let many = vec![statement; MAX_STATEMENTS + 1].join(",");
    for (text, hint) in [
        ("", "not JSON"),
        ("aaa", "not JSON"),
        ("[]", "must be an object"),
        ("{}", "the Version is missing"),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, "Version"),
        (r#"{"Version":"1"}"#, "the Statement is missing"),
        (r#"{"Version":"1","Statement":[]}"#, "1 to 100"),
        (r#"{"Version":"1","Statement":{}}"#, "list"),
        (r#"{"Version":"1","Statement":["x"]}"#, "statement 1"),
        (r#"{"Version":"1","Version":"1","Statement":[]}"#, "twice"),
        (r#"{"Version":"1","Id":"x","Statement":[]}"#, "Id"),
        (&format!(r#"{{"Version":"1","Statement":[{statement}]}} x"#), "not JSON"),
        (&format!(r#"{{"Version":"1","Statement":[{many}]}}"#), "1 to 100"),
        (&format!("{}{}", "[".repeat(500), "]".repeat(500)), "not JSON"),
        (&" ".repeat(MAX_BYTES + 1), "bytes"),
        (
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Effect":"Deny","Action":"oss:*","Resource":"*"}]}"#,
            "twice",
        ),
    ] {
        check(text, hint);
    }
    assert!(matches!(parse(b"\xff"), Err(RequestRefusal::InvalidPolicy(_))));
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}", at in 0..600usize, piece in ".{0,8}") {
        let _ = parse(text.as_bytes());
        // One of the examples with something put into it.
        for example in ACCEPTED {
            let mut changed = (*example).to_owned();
            if at <= changed.len() {
                changed.insert_str(at, &piece);
            }
            if let Ok(policy) = parse(changed.as_bytes()) {
                prop_assert_eq!(&*policy.document, changed);
            }
        }
    }
}
