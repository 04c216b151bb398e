use super::*;
use coho_model::Network;
use proptest::prelude::*;

const OWNER: &str = "1000";
const OTHER: &str = "2000";

/// A request with fixed facts.
struct Facts {
    address: &'static str,
    prefix: &'static str,
}

const FACTS: Facts = Facts { address: "192.0.2.7", prefix: "photos/" };

impl PolicyFacts for Facts {
    fn text(&self, key: &PolicyKey) -> Option<Cow<'_, str>> {
        match key {
            PolicyKey::Prefix => Some(self.prefix.into()),
            PolicyKey::UserAgent => Some("curl/8".into()),
            PolicyKey::SourceVpc | PolicyKey::BucketTag(_) | PolicyKey::ExistingObjectTag(_) => None,
            _ => Some("".into()),
        }
    }

    fn address(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }

    fn unix_ms(&self) -> i64 {
        1_000
    }

    fn flag(&self, _key: &PolicyKey) -> bool {
        false
    }
}

fn texts(list: &[&str]) -> Vec<Box<str>> {
    list.iter().map(|text| (*text).into()).collect()
}

fn resource(path: &str) -> PolicyResource {
    PolicyResource { region: "*".into(), account: "*".into(), path: path.into() }
}

fn statement(effect: PolicyEffect, principals: &[&str], actions: &[&str], path: &str) -> PolicyStatement {
    let (principals, actions, resources) = (texts(principals), texts(actions), vec![resource(path)]);
    PolicyStatement { effect, principals, actions, resources, conditions: Vec::new() }
}

fn policy(statements: Vec<PolicyStatement>) -> BucketPolicy {
    BucketPolicy { document: "".into(), statements }
}

fn ask(policy: &BucketPolicy, principal: Principal<'_>, action: &str, key: Option<&str>) -> PolicyVerdict {
    ask_blocked(policy, principal, action, key, false)
}

fn ask_blocked(
    policy: &BucketPolicy,
    principal: Principal<'_>,
    action: &str,
    key: Option<&str>,
    is_public_blocked: bool,
) -> PolicyVerdict {
    let request =
        PolicyRequest { principal, action, region: "cn-hangzhou", owner: OWNER, bucket: "b", key, is_public_blocked };
    evaluate(policy, &request, &FACTS)
}

use PolicyEffect::{Allow, Deny};
use PolicyVerdict::{Allowed, Denied, Silent};

#[test]
fn a_deny_precedes_every_allow_and_silence_is_neither() {
    let both = policy(vec![
        statement(Deny, &[], &["oss:GetObject"], "b/secret/*"),
        statement(Allow, &[OTHER], &["oss:Get*"], "b/*"),
    ]);
    let check = |principal, action: &str, key, expected| {
        assert_eq!(ask(&both, principal, action, key), expected, "{principal:?} {action} {key:?}");
    };
    check(Principal::Account(OTHER), "oss:GetObject", Some("a"), Allowed);
    check(Principal::Account(OTHER), "oss:GetObject", Some("secret/a"), Denied);
    check(Principal::Account(OTHER), "oss:GetObjectAcl", Some("secret/a"), Allowed);
    check(Principal::Account(OTHER), "oss:PutObject", Some("a"), Silent);
    check(Principal::Account("3000"), "oss:GetObject", Some("a"), Silent);
    check(Principal::Anonymous, "oss:GetObject", Some("a"), Silent);
    check(Principal::Anonymous, "oss:GetObject", Some("secret/a"), Denied);
    // Everyone without a condition is everyone but the owner.
    check(Principal::Owner(OWNER), "oss:GetObject", Some("secret/a"), Silent);
    // A bucket is not one of its objects.
    check(Principal::Account(OTHER), "oss:GetBucketInfo", None, Silent);
}

#[test]
fn no_wildcard_of_a_resource_reaches_into_the_next_part() {
    let of = |region: &str, account: &str, path: &str| {
        let mut one = statement(Allow, &[], &["oss:*"], "");
        let part = |text: &str| text.into();
        one.resources = vec![PolicyResource { region: part(region), account: part(account), path: part(path) }];
        policy(vec![one])
    };
    let check = |policy: &BucketPolicy, key: Option<&str>, expected| {
        assert_eq!(ask(policy, Principal::Anonymous, "oss:GetObject", key), expected, "{policy:?} {key:?}");
    };
    check(&of("*", "*", "*"), Some("k"), Allowed);
    check(&of("*", "*", "*"), None, Allowed);
    check(&of("oss-cn-hangzhou", OWNER, "b/*"), Some("k"), Allowed);
    check(&of("cn-hangzhou", OWNER, "b/*"), None, Silent);
    check(&of("cn-beijing", OWNER, "b/*"), Some("k"), Silent);
    check(&of("*", OTHER, "b/*"), Some("k"), Silent);
    check(&of("*", "*", "other/*"), Some("x:other/y"), Silent);
    check(&of("*", "*", "other/*"), Some("/other/y"), Silent);
    check(&of("*", "*", "b"), Some("k"), Silent);
    check(&of("*", "*", "b/a?c"), Some("abc"), Allowed);
}

#[test]
fn every_condition_must_hold_and_a_statement_with_one_is_about_the_owner_too() {
    let text =
        |is_negative, comparison, values: &[&str]| PolicyTest::Text { is_negative, comparison, values: texts(values) };
    let ip = |is_negative, network: &str| PolicyTest::Address {
        is_negative,
        networks: vec![Network::parse(network).unwrap()],
    };
    let time = |comparison, value| PolicyTest::Time { comparison, values: vec![value] };
    let check = |conditions: Vec<(PolicyKey, PolicyTest)>, expected| {
        let conditions = conditions.into_iter().map(|(key, test)| PolicyCondition { key, test }).collect();
        let one = PolicyStatement { conditions, ..statement(Deny, &[], &["oss:*"], "*") };
        let policy = policy(vec![one]);
        for principal in [Principal::Anonymous, Principal::Owner(OWNER), Principal::Account(OTHER)] {
            assert_eq!(ask(&policy, principal, "oss:GetObject", Some("k")), expected, "{policy:?} {principal:?}");
        }
    };
    use {PolicyKey as Key, TextComparison as Text, TimeComparison as Time};
    check(vec![(Key::SourceIp, ip(false, "192.0.2.0/24"))], Denied);
    check(vec![(Key::SourceIp, ip(true, "192.0.2.0/24"))], Silent);
    check(vec![(Key::SourceIp, ip(true, "10.0.0.0/8"))], Denied);
    check(vec![(Key::Prefix, text(false, Text::Equals, &["a", "photos/"]))], Denied);
    check(vec![(Key::Prefix, text(true, Text::Equals, &["a", "photos/"]))], Silent);
    check(vec![(Key::Prefix, text(false, Text::Like, &["photos/*"]))], Denied);
    check(vec![(Key::Prefix, text(false, Text::Like, &["Photos/*"]))], Silent);
    check(vec![(Key::Prefix, text(false, Text::EqualsIgnoreCase, &["PHOTOS/"]))], Denied);
    // What a request has not is nothing that a value could be.
    check(vec![(Key::SourceVpc, text(true, Text::Like, &["vpc-*"]))], Denied);
    check(vec![(Key::SourceVpc, text(false, Text::Like, &["vpc-*"]))], Silent);
    check(vec![(Key::SourceVpc, text(false, Text::Like, &["*"]))], Silent);
    check(vec![(Key::ExistingObjectTag("k".into()), text(false, Text::Equals, &["", "v"]))], Silent);
    check(vec![(Key::ExistingObjectTag("k".into()), text(true, Text::Like, &["*"]))], Denied);
    for (comparison, before, same, after) in [
        (Time::Equals, Silent, Denied, Silent),
        (Time::NotEquals, Denied, Silent, Denied),
        (Time::Before, Silent, Silent, Denied),
        (Time::BeforeOrEquals, Silent, Denied, Denied),
        (Time::After, Denied, Silent, Silent),
        (Time::AfterOrEquals, Denied, Denied, Silent),
    ] {
        check(vec![(Key::CurrentTime, time(comparison, 999))], before);
        check(vec![(Key::CurrentTime, time(comparison, 1_000))], same);
        check(vec![(Key::CurrentTime, time(comparison, 1_001))], after);
    }
    check(vec![(Key::SecureTransport, PolicyTest::Flag { values: vec![false] })], Denied);
    check(vec![(Key::SecureTransport, PolicyTest::Flag { values: vec![true] })], Silent);
    check(
        vec![
            (Key::SecureTransport, PolicyTest::Flag { values: vec![false] }),
            (Key::SourceIp, ip(false, "10.0.0.0/8")),
        ],
        Silent,
    );
}

#[test]
fn a_policy_is_public_if_it_allows_something_to_everyone() {
    let with = |principals: &[&str], key, test| {
        let conditions = vec![PolicyCondition { key, test }];
        policy(vec![PolicyStatement { conditions, ..statement(Allow, principals, &["oss:GetObject"], "b/*") }])
    };
    let ip = |is_negative, network: &str| PolicyTest::Address {
        is_negative,
        networks: vec![Network::parse(network).unwrap()],
    };
    let like = |value: &str| PolicyTest::Text {
        is_negative: false,
        comparison: TextComparison::Like,
        values: texts(&[value]),
    };
    let check = |policy: &BucketPolicy, expected| assert_eq!(is_public(policy), expected, "{policy:?}");
    check(&policy(vec![]), false);
    check(&policy(vec![statement(Allow, &[], &["oss:GetObject"], "other/*")]), true);
    check(&policy(vec![statement(Allow, &[OTHER], &["oss:*"], "b/*")]), false);
    check(&policy(vec![statement(Deny, &[], &["oss:*"], "b/*")]), false);
    check(&with(&[], PolicyKey::SourceIp, ip(false, "10.0.0.0/8")), false);
    check(&with(&[], PolicyKey::SourceIp, ip(false, "10.0.0.0/7")), true);
    check(&with(&[], PolicyKey::SourceIp, ip(false, "2001:db8::/31")), true);
    check(&with(&[], PolicyKey::SourceIp, ip(true, "10.0.0.0/8")), true);
    check(&with(&[], PolicyKey::SourceIp, ip(false, "::ffff:0.0.0.0/96")), true);
    check(&with(&[], PolicyKey::SourceIp, ip(false, "::ffff:10.0.0.0/104")), false);
    check(&with(&[], PolicyKey::SourceVpc, like("vpc-1")), false);
    check(&with(&[], PolicyKey::SourceVpc, like("vpc-*")), true);
    check(&with(&[], PolicyKey::Prefix, like("a")), true);
}

#[test]
fn a_block_takes_effect_from_what_is_allowed_to_everyone_alone() {
    let mixed = policy(vec![
        statement(Allow, &[], &["oss:*"], "*"),
        statement(Allow, &[OTHER], &["oss:GetObject"], "*"),
        statement(Deny, &[], &["oss:GetObject"], "b/secret"),
    ]);
    let check = |principal, action: &str, key, expected| {
        assert_eq!(ask_blocked(&mixed, principal, action, Some(key), true), expected, "{principal:?} {action} {key}");
    };
    check(Principal::Anonymous, "oss:GetObject", "k", Silent);
    check(Principal::Anonymous, "oss:GetObject", "secret", Denied);
    check(Principal::Account(OTHER), "oss:GetObject", "k", Allowed);
    check(Principal::Account(OTHER), "oss:PutObject", "k", Silent);
}

proptest! {
    #[test]
    fn a_policy_with_a_deny_of_everything_allows_nothing_to_anyone_but_the_owner(
        allowed in "[*ab/]{0,4}", key in "[ab/]{1,4}", at in 0..2usize,
    ) {
        let mut statements = vec![statement(Allow, &[], &["*"], &allowed)];
        statements.insert(at, statement(Deny, &[], &["oss:*"], "*"));
        let verdict = ask(&policy(statements), Principal::Account(OTHER), "oss:GetObject", Some(&key));
        prop_assert_eq!(verdict, Denied);
    }
}
