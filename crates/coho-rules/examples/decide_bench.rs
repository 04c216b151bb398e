//! Measures a decision. Prints nanoseconds: the median and the slowest of the rounds.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench")]

use coho_model::{
    ObjectKey,
    website::{IncludeHeader, Protocol, Redirect, RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_rules::{Access, Decision, DecisionTrace, Method, NoTrace, Observation, RuleRequest, decide};
use std::{hint::black_box, time::Instant};

const ROUNDS: usize = 51;
const DECISIONS_PER_ROUND: u32 = 20_000;

/// Twenty rules with two headers each. The key matches prefix and suffix of all rules, the headers only those of the
/// last.
fn website(kind: RedirectType, last_applies: bool) -> WebsiteConfiguration {
    let rule = |number: u32| {
        let header = |key: &str, equals: &str| IncludeHeader {
            key: key.into(),
            equals: Some(equals.into()),
            ..IncludeHeader::default()
        };
        let last = if number == 20 && last_applies { "yes" } else { "no" };
        let mut redirect = Redirect::new(kind);
        redirect.host_name = Some("new.example.com".into());
        redirect.mirror.url = Some("http://origin.example.com/old/".into());
        redirect.replace_key_prefix_with = Some("new/".into());
        let mut rule = RoutingRule { rule_number: number, redirect: Some(redirect), ..RoutingRule::default() };
        rule.condition.key_prefix_equals = Some("media/".into());
        rule.condition.key_suffix_equals = Some(".jpg".into());
        rule.condition.include_headers = vec![header("Accept-Language", "en"), header("X-Last", last)];
        rule
    };
    WebsiteConfiguration { routing_rules: (1..=20).map(rule).collect(), ..WebsiteConfiguration::default() }
}

fn measure(name: &str, website: &WebsiteConfiguration, request: RuleRequest<'_>, found: Observation) {
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..DECISIONS_PER_ROUND {
                black_box(decide(Some(black_box(website)), black_box(request), |_| found, NoTrace));
            }
            start.elapsed().as_nanos() / u128::from(DECISIONS_PER_ROUND)
        })
        .collect();
    rounds.sort_unstable();
    println!("{name}: median {} ns, slowest round {} ns", rounds[ROUNDS / 2], rounds[ROUNDS - 1]);
}

fn main() {
    let names = ["Host", "User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Cookie", "Referer", "Range"];
    let mut headers: Vec<(&str, &str)> = names.iter().map(|name| (*name, "en")).collect();
    headers.extend([("If-None-Match", "x"), ("Connection", "x"), ("Date", "x"), ("X-Last", "yes")]);
    let key = ObjectKey::parse("media/2024/holiday/picture 1.jpg").unwrap();
    let request = RuleRequest {
        bucket: "bucket",
        key: Some(&key),
        method: Method::Get,
        raw_query: "v=1",
        headers: &headers,
        scheme: Protocol::Https,
        host: "bucket.oss.example.com",
        leading_slashes: 0,
        path_style: false,
        lacks_slash: false,
        anyone_reads: true,
        access: Access::Anonymous,
    };
    let none = website(RedirectType::External, false);
    let external = website(RedirectType::External, true);
    let mirror = website(RedirectType::Mirror, true);
    let mut backwards = external.clone();
    backwards.routing_rules.reverse();
    let without = WebsiteConfiguration::default();
    measure("no rules, found", &without, request, Observation::Present);
    measure("20 rules with headers, none applies, found", &none, request, Observation::Present);
    measure("20 rules with headers, none applies, missing", &none, request, Observation::Missing);
    measure("20 rules with headers, the last redirects", &external, request, Observation::Missing);
    measure("20 rules with headers in reverse order, the last redirects", &backwards, request, Observation::Missing);
    measure("20 rules with headers, the last mirrors", &mirror, request, Observation::Missing);
    let mut trace = DecisionTrace::default();
    let decision = decide(Some(&mirror), request, |_| Observation::Missing, &mut trace);
    assert!(matches!(decision, Decision::Mirror(_)), "{trace}");
}
