//! What an operator sees of fetches that have failed, and what can be done about it.

use std::net::TcpListener;

use coho_testkit::oss::expect;
use coho_testkit::{Fault, Script};
use serde_json::Value;

use super::operating::{coho, set, status};
use crate::fixture::{LOOPBACK, Mirror, SITE, expect_error, mirror_rule, options};

fn failures(mirror: &Mirror, args: &[&str]) -> Value {
    let (done, text) = coho(mirror, &[&["failures", "--output", "json"], args].concat());
    assert!(done, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_failed_fetch_is_listed_with_every_request_and_no_secret() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/moved", Script::redirect(302, "/old/broken?token=secret"));
    mirror.origin.route("/old/broken", Script::status(500));
    mirror.origin.route("/old/cut", Script::ok("x").fault(Fault::CloseBeforeHead));
    let answer = mirror.get("moved");
    expect_error(424, "MirrorFailed", &answer);
    (0..2).for_each(|_| expect_error(424, "MirrorFailed", &mirror.get("cut")));
    expect_error(404, "NoSuchKey", &mirror.get("absent"));
    mirror.server.wait_until_idle();
    let shown = failures(&mirror, &[SITE]);
    let listed = shown["failures"].as_array().unwrap();
    let names: Vec<_> = listed.iter().map(|one| (one["key"].as_str().unwrap(), one["times"].as_u64())).collect();
    assert_eq!((names, &shown["kept"]), (vec![("cut", Some(2)), ("moved", Some(1))], &2.into()), "{shown:#}");
    let (cut, moved) = (&listed[0], &listed[1]);
    assert_eq!((&moved["bucket"], &moved["rule"], &moved["reason"]), (&SITE.into(), &1.into(), &"status".into()));
    assert_eq!(moved["request_id"].as_str(), answer.get("x-oss-request-id"));
    let attempt = &moved["attempts"][0];
    assert_eq!(attempt["url"], *mirror.origin.url("/old/broken"), "the last URL without its query");
    assert_eq!((&attempt["status"], &attempt["redirects"]), (&500.into(), &1.into()));
    assert_eq!(attempt["address"], *mirror.origin.address().to_string());
    let attempt = &cut["attempts"][0];
    assert_eq!((&attempt["status"], &attempt["reason"]), (&Value::Null, &"unreachable".into()), "{cut:#}");
    assert!(!shown.to_string().contains("secret"), "{shown:#}");
    let (_, text) = coho(&mirror, &["failures", "--max", "1"]);
    assert!(text.contains("site/cut  rule 1  unreachable  2 times") && text.contains("1 of 2 failed"), "{text}");
    assert_eq!(coho(&mirror, &["failures", SITE, "--clear"]).1.trim(), "cleared: 2");
    assert_eq!(failures(&mirror, &[])["kept"], 0);
}

#[test]
fn a_breaker_that_the_operator_resets_lets_the_next_request_through() {
    let mirror = Mirror::start_with(options().flag("--origin-allow", LOOPBACK));
    // Nobody listens on the port.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let origin = format!("http://{closed}");
    expect(200, &mirror.oss.put_website(SITE, &mirror_rule("", &format!("{origin}/"))));
    let changed = |state: &str| {
        let meant = |event: &coho_testkit::events::Event| {
            event.name == "breaker_changed" && event.data["origin"] == *origin && event.data["state"] == state
        };
        mirror.server.events().wait_for(state, meant)
    };
    let shown = || {
        let status = status(&mirror);
        status["origins"].as_array().unwrap().iter().find(|one| one["origin"] == *origin).unwrap().clone()
    };
    (0..10).for_each(|at| expect_error(424, "MirrorFailed", &mirror.get(&at.to_string())));
    let opened = changed("open");
    assert!(opened.data["failures"] == 10 && opened.data["last_failure"].as_str().is_some(), "{:?}", opened.data);
    let before = shown();
    assert!(before["open_since"].is_string() && before["last_failure_at"].is_string(), "{before:#}");
    let attention = |kind: &str| {
        let status = super::server_status(&mirror);
        let mut items = status["attention"].as_array().unwrap().iter();
        items.find(|item| item["kind"] == kind).cloned().unwrap_or_default()
    };
    let item = attention("breaker_open");
    assert_eq!(
        (&item["origin"], &item["severity"], &item["count"]),
        (&origin.as_str().into(), &"warning".into(), &10.into())
    );
    assert_eq!(attention("fetches_failed")["bucket"], SITE);
    let (done, text) = coho(&mirror, &["reset", &origin]);
    assert!(done && text.contains("failures_before: 10"), "{text}");
    changed("closed");
    let after = shown();
    assert_eq!(
        (&after["failures"], &after["breaker"], &after["open_since"]),
        (&0.into(), &"closed".into(), &Value::Null)
    );
    assert_eq!(attention("breaker_open"), Value::Null);
    expect_error(424, "MirrorFailed", &mirror.get("again"));
    assert_eq!(shown()["failures"], 1, "the request was sent");
    mirror.server.wait_for_log("circuit breaker reset by the operator");
    let (done, text) = coho(&mirror, &["reset", "http://never.example"]);
    assert!(!done && text.contains("NoSuchOrigin"), "{text}");
}

#[test]
fn remembered_misses_are_listed_by_pages() {
    let mirror = Mirror::start();
    set(&mirror, &["--missing-seconds", "600"]);
    for key in ["dir/b", "dir/a", "other"] {
        expect_error(404, "NoSuchKey", &mirror.get(key));
    }
    let page = |args: &[&str]| {
        let (done, text) = coho(&mirror, &[&["missing", SITE, "--output", "json"], args].concat());
        assert!(done, "{text}");
        let page: Value = serde_json::from_str(&text).unwrap();
        let keys: Vec<_> = page["missing"].as_array().unwrap().iter().map(|one| one["key"].clone()).collect();
        (keys, page["next_after"].clone())
    };
    assert_eq!(page(&["--max", "2"]), (vec!["dir/a".into(), "dir/b".into()], "dir/b".into()));
    assert_eq!(page(&["--after", "dir/b"]), (vec!["other".into()], Value::Null));
    assert_eq!(page(&["--prefix", "dir/"]), (vec!["dir/a".into(), "dir/b".into()], Value::Null));
    assert!(coho(&mirror, &["missing", SITE]).1.contains("dir/a\n"));
    coho(&mirror, &["forget", SITE]);
    assert_eq!(page(&[]), (vec![], Value::Null));
}
