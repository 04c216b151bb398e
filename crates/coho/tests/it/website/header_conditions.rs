//! `IncludeHeader`: what a request carries can decide.

use super::site::{ELSEWHERE, Site, element, expect_redirect, mirror, rule};
use crate::fixture::expect_error;
use coho_testkit::Script;
use coho_testkit::oss::expect;

/// Tests of the rule as `name test=value…`, headers of the request, and whether the rule applies.
type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], bool);

const ROWS: &[Row] = &[
    (&["x-a"], &[("x-a", "anything")], true),
    (&["x-a"], &[("x-a", "")], true),
    (&["x-a"], &[], false),
    (&["x-a"], &[("x-ab", "1")], false),
    (&["x-a Equals=1"], &[("x-a", "1")], true),
    (&["x-a Equals=1"], &[("x-a", "12")], false),
    (&["x-a Equals=1"], &[], false),
    (&["X-A Equals=1"], &[("x-a", "1")], true),
    (&["x-a Equals=1"], &[("X-A", "1")], true),
    (&["x-a Equals=One"], &[("x-a", "one")], false),
    (&["x-a Equals=a b"], &[("x-a", "a b")], true),
    (&["x-a StartsWith=text/"], &[("x-a", "text/html")], true),
    (&["x-a StartsWith=text/"], &[("x-a", "a text/html")], false),
    (&["x-a EndsWith=/html"], &[("x-a", "text/html")], true),
    (&["x-a EndsWith=/html"], &[("x-a", "text/html;q=1")], false),
    (&["x-a StartsWith=a EndsWith=z"], &[("x-a", "abc xyz")], true),
    (&["x-a StartsWith=a EndsWith=z"], &[("x-a", "abc")], false),
    (&["x-a StartsWith=a EndsWith=z"], &[("x-a", "xyz")], false),
    (&["x-a Equals=az StartsWith=a EndsWith=z"], &[("x-a", "az")], true),
    (&["x-a Equals=az StartsWith=b"], &[("x-a", "az")], false),
    // One value has to pass all the tests of its element.
    (&["x-a Equals=2"], &[("x-a", "1"), ("x-a", "2")], true),
    (&["x-a StartsWith=a EndsWith=z"], &[("x-a", "ab"), ("x-a", "yz")], false),
    // Several elements are all asked for.
    (&["x-a Equals=1", "x-b StartsWith=2"], &[("x-a", "1"), ("x-b", "23")], true),
    (&["x-a Equals=1", "x-b StartsWith=2"], &[("x-a", "1")], false),
    (&["x-a Equals=1", "x-b StartsWith=2"], &[("x-b", "23")], false),
    (&["x-a Equals=1", "x-a Equals=2"], &[("x-a", "1"), ("x-a", "2")], true),
    (&["host"], &[], true),
    (&["user-agent StartsWith=Mozilla/"], &[("User-Agent", "Mozilla/5.0 (X11)")], true),
    (&["referer EndsWith=.test/"], &[("Referer", "http://a.test/")], true),
];

fn condition(tests: &[&str]) -> String {
    let one = |test: &&str| {
        let mut parts = test.split(' ').fold(Vec::<String>::new(), |mut parts, word| {
            match parts.last_mut() {
                // A blank inside a value.
                Some(last) if !word.contains('=') => *last = format!("{last} {word}"),
                _ => parts.push(word.to_owned()),
            }
            parts
        });
        let name = parts.remove(0);
        let rest: String = parts.iter().filter_map(|part| part.split_once('=')).map(|(n, v)| element(n, v)).collect();
        element("IncludeHeader", &format!("{}{rest}", element("Key", &name)))
    };
    tests.iter().map(one).collect()
}

#[test]
fn a_rule_applies_when_every_header_passes_every_test() {
    let site = Site::start();
    for (tests, headers, applies) in ROWS {
        site.rules(&rule(1, &condition(tests), ELSEWHERE));
        for method in ["GET", "HEAD"] {
            let request = headers.iter().fold(site.request(method, "k"), |r, (name, value)| r.header(name, value));
            let answer = site.oss.anonymous(&request);
            if *applies {
                expect_redirect(301, "http://n.test/k", &answer);
            } else {
                assert_eq!(answer.status(), 404, "{tests:?} {headers:?}: {answer:?}");
                expect_error(404, "NoSuchKey", &answer);
            }
        }
    }
}

#[test]
fn headers_decide_about_fetches_and_are_not_sent_along() {
    let site = Site::start();
    site.origin.route("/mobile/k", Script::ok("mobile"));
    site.origin.route("/desktop/d", Script::ok("desktop"));
    let mobile = condition(&["x-device Equals=mobile"]);
    site.rules(&format!("{}{}", rule(1, &mobile, &mirror("/mobile/", "")), rule(2, "", &mirror("/desktop/", ""))));
    let answer = site.oss.anonymous(&site.request("GET", "k").header("X-Device", "mobile"));
    expect(200, &answer);
    assert_eq!(answer.body, b"mobile");
    assert_eq!(site.get("d").body, b"desktop");
    let requests = site.origin.requests();
    assert_eq!(requests.iter().map(|r| r.target.as_str()).collect::<Vec<_>>(), ["/mobile/k", "/desktop/d"]);
    assert_eq!(requests[0].header("x-device"), None, "no header of a client reaches an origin unless a rule says so");
}
