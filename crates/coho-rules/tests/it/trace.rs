//! The explanation of a decision.

use crate::notation::{play, request, website, world};
use coho_rules::{DecisionTrace, TraceEvent};

fn check(site: &str, asked: &str, stored: &str, expected: &[&str]) {
    let (site, asked, stored) = (website(site), request(asked), world(stored));
    let mut trace = DecisionTrace::default();
    play(&site, asked.borrowed(), &stored, &mut trace);
    let lines: Vec<String> = trace.events.iter().map(ToString::to_string).collect();
    assert_eq!(lines, expected);
    assert_eq!(trace.to_string(), expected.join("\n") + "\n");
}

#[test]
fn every_skipped_rule_has_its_reason() {
    let site = "6 External host=n.test; 1 External host=n.test prefix=img/; 2 Mirror url=http://o/ suffix=.png;
        3 External host=n.test code=403; 4 External host=n.test header=Accept starts=image/ ends=webp;
        5 Mirror url=http://o/ auth; 7 External host=never.test";
    let expected = [
        "object doc/x",
        "status so far: 404",
        "rule 1 does not apply: KeyPrefixEquals: expected \"img/\", got \"doc/x\"",
        "rule 2 does not apply: KeySuffixEquals: expected \".png\", got \"doc/x\"",
        "rule 3 does not apply: HttpErrorCodeReturnedEquals: expected \"403\", got \"404\"",
        "rule 4 does not apply: IncludeHeader: expected \"Accept starts with image/ and ends with webp\", got \"text/html, a\"",
        "rule 5 does not apply: MirrorAuth is stored and not executed yet",
        "rule 6 applies",
        "redirect to http://n.test/doc/x with status 301",
    ];
    check(site, "GET /doc/x h:accept=text/html h:accept=a", "", &expected);
}

#[test]
fn later_steps_are_recorded() {
    let site = "index=i.html subdir type=2; error=e.html; 1 Mirror url=http://o/ prefix=d";
    let expected = [
        "object d",
        "status so far: 404",
        "rule 1 applies",
        "fetch http://o/d and store it as d",
        "status so far: 404",
        "look up d/i.html",
        "status so far: 404",
        "rule 1 applies",
        "fetch http://o/d/i.html and store it as d/i.html",
        "status so far: 404",
        "look up e.html",
        "status so far: 200",
        "send e.html with status 404",
    ];
    check(site, "GET /d", "e.html origin404", &expected);
    let expected = [
        "object d",
        "status so far: 404",
        "no rule applies",
        "IndexDocument: SupportSubDir is false",
        "ErrorDocument: there is none",
        "answer with the error of status 404",
    ];
    check("index=i.html", "GET /d", "", &expected);
    check(
        "index=i.html",
        "GET /",
        "i.html",
        &["index page i.html", "status so far: 200", "no rule applies", "send i.html with status 200"],
    );
    check("error=e", "GET /", "", &["the root of the bucket: a listing", "list the bucket"]);
}

#[test]
fn statuses_are_shown_as_the_rule_uses_them() {
    let status = |site: &str, stored: &str| {
        let (site, asked, stored) = (website(site), request("GET /k"), world(stored));
        let mut trace = DecisionTrace::default();
        play(&site, asked.borrowed(), &stored, &mut trace);
        trace.events.into_iter().find_map(|event| match event {
            TraceEvent::RulePassedBy { mismatch, .. } => Some((mismatch.expected, mismatch.actual)),
            _ => None,
        })
    };
    let pair = |expected: &str, actual: &str| Some((expected.to_owned(), actual.to_owned()));
    assert_eq!(status("1 Mirror url=http://o/", "k"), pair("404", "200"));
    assert_eq!(status("1 External host=n.test", "403:k"), pair("200 or 404 of an authorised request", "403"));
    assert_eq!(status("1 External host=n.test header=x", ""), pair("x is present", "absent"));
    assert_eq!(status("1 External host=n.test code=500", "k"), pair("500", "200"));
}

#[test]
fn skipped_fetches_are_explained() {
    let step = |asked: &str| {
        let (site, asked) = (website("1 Mirror url=http://o/"), request(asked));
        let mut trace = DecisionTrace::default();
        play(&site, asked.borrowed(), &world(""), &mut trace);
        trace.events.into_iter().find_map(|event| match event {
            TraceEvent::Step { element: "MirrorURL", outcome } => Some(outcome.to_string()),
            _ => None,
        })
    };
    assert_eq!(step("HEAD /k").as_deref(), Some("a HEAD request does not fetch"));
    assert_eq!(step("GET /../b").as_deref(), Some("the key leads out of the origin's folder"));
    assert_eq!(step("GET /k"), None);
}
