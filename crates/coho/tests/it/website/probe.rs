//! An explanation may ask the origin, once, and stores nothing.

use coho_testkit::oss::expect;
use coho_testkit::{Origin, Oss, Script, Server};
use serde_json::{Value, json};

use super::explain::explain;
use super::site::{BUCKET, ELSEWHERE, Site, mirror, rule};
use crate::fixture::{expect_error, mirror_rule, options};

fn with_rule() -> Site {
    let site = Site::start();
    site.rules(&rule(1, "", &mirror("/old/", "")));
    site
}

fn probe(site: &Site, key: &str) -> Value {
    explain(site, key, "&probe=1")["probe"].clone()
}

#[test]
fn an_origin_is_asked_once_and_its_answer_is_shown() {
    let site = with_rule();
    let date = "Wed, 21 Oct 2015 07:28:00 GMT";
    let script = Script::generated("x", 123_456).header("ETag", "\"abc\"").header("Last-Modified", date);
    site.origin.route("/old/a%20b", script);
    let told = probe(&site, "a b");
    let latency = told["latency_ms"].as_f64().unwrap();
    assert!(latency > 0.0 && latency < 60_000.0, "{told}");
    let expected = json!({
        "method": "HEAD", "status": 200, "latency_ms": latency, "length_bytes": 123_456, "etag": "\"abc\"",
        "last_modified": date, "address": site.origin.address().to_string(),
    });
    assert_eq!(told, expected);
    let requests = site.origin.requests();
    assert_eq!((requests.len(), requests[0].method.as_str(), requests[0].target.as_str()), (1, "HEAD", "/old/a%20b"));
    expect(404, &site.oss.head(BUCKET, "a b"));
    assert_eq!(site.oss.keys(BUCKET), Vec::<String>::new());
    // A second question is a second request: nothing is remembered.
    probe(&site, "a b");
    assert_eq!(site.origin.requests().len(), 2);
}

#[test]
fn every_answer_of_the_origin_is_shown() {
    let site = with_rule();
    for (status, method) in [(403, "HEAD"), (404, "HEAD"), (500, "HEAD"), (405, "GET"), (501, "GET")] {
        site.origin.route("/old/k", Script::status(status));
        let before = site.origin.requests().len();
        let told = probe(&site, "k");
        assert_eq!((&told["status"], &told["method"]), (&json!(status), &json!(method)), "{told}");
        let requests = site.origin.requests();
        let count = if method == "GET" { 2 } else { 1 };
        assert_eq!(requests.len(), before + count, "{status}");
        let range = requests.last().unwrap().header("range");
        assert_eq!(range, (method == "GET").then_some("bytes=0-0"), "{status}");
    }
    site.origin.route("/old/k", Script::redirect(302, "http://elsewhere.test/"));
    assert_eq!(probe(&site, "k")["status"], 302, "a probe follows nothing");
    site.origin.route("/old/k", Script::ok("x").chunked(1));
    assert_eq!(probe(&site, "k")["length_bytes"], Value::Null);
}

#[test]
fn an_origin_that_cannot_be_reached_is_an_error_of_the_probe() {
    let site = with_rule();
    site.origin.stop();
    let told = probe(&site, "k");
    assert!(told["error"].as_str().is_some_and(|error| error.contains("cannot be reached")), "{told}");
    let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["error", "reason"], "{told}");
}

#[test]
fn an_address_that_is_not_admitted_is_not_connected_to() {
    let origin = Origin::start().unwrap();
    let server = Server::start(options()).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket(BUCKET, "public-read");
    // A spelling that only the resolver understands, so that it can be stored.
    let odd = origin.url("/old/").replace("127.0.0.1", "127.1");
    expect(200, &oss.put_website(BUCKET, &mirror_rule("", &odd)));
    let site = Site { origin, server, oss };
    let told = probe(&site, "k");
    assert!(told["error"].as_str().is_some_and(|error| error.contains("not admitted")), "{told}");
    assert_eq!(site.origin.requests().len(), 0);
    expect_error(424, "MirrorFailed", &site.get("k"));
}

#[test]
fn only_a_fetch_is_probed_and_only_when_asked() {
    let site = with_rule();
    site.oss.put(BUCKET, "there", b"v");
    assert!(probe(&site, "there").is_null());
    assert!(explain(&site, "k", "")["probe"].is_null());
    assert!(explain(&site, "k", "&probe=1&method=HEAD")["probe"].is_null(), "a HEAD fetches nothing");
    site.rules(&rule(1, "", ELSEWHERE));
    assert!(probe(&site, "k").is_null());
    assert_eq!(site.origin.requests().len(), 0);
}
