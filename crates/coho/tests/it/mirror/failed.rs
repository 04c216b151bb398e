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
    mirror.origin.route("/old/broken", Script::ok("mended"));
    expect(200, &mirror.get("moved"));
    mirror.server.wait_until_idle();
    assert_eq!(failures(&mirror, &[SITE])["kept"], 1, "an object that is here now is no failure any more");
    assert_eq!(coho(&mirror, &["failures", SITE, "--clear"]).1.trim(), "cleared: 1");
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

#[test]
fn a_fetch_can_be_asked_for_and_its_result_says_what_was_done() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/bad", Script::status(500));
    let fetch = |key: &str| -> Value {
        let (done, text) = coho(&mirror, &["fetch", SITE, key, "--output", "json"]);
        assert!(done, "{text}");
        serde_json::from_str(&text).unwrap()
    };
    expect_error(424, "MirrorFailed", &mirror.get("bad"));
    mirror.origin.route("/old/bad", Script::generated("x", 200_000).gated_body(1));
    let started = fetch("bad");
    assert_eq!((&started["outcome"], &started["rule"]), (&"started".into(), &1.into()), "{started:#}");
    mirror.origin.wait_for_hits("/old/bad", 2);
    assert_eq!(fetch("bad")["outcome"], "joined");
    mirror.origin.release("/old/bad");
    mirror.server.wait_for("fill_ended", SITE, "bad");
    assert_eq!(fetch("bad")["outcome"], "stored");
    assert_eq!(mirror.get("bad").body.len(), 200_000);
    mirror.server.wait_for_log(started["request_id"].as_str().unwrap());
    set(&mirror, &["--missing-seconds", "600"]);
    expect_error(404, "NoSuchKey", &mirror.get("absent"));
    let (done, text) = coho(&mirror, &["fetch", SITE, "absent"]);
    assert!(!done && text.contains("FetchRefused, status 409") && text.contains("reason: cached_not_found"), "{text}");
    mirror.oss.put_bucket("plain", "private");
    let (done, text) = coho(&mirror, &["fetch", "plain", "k"]);
    assert!(!done && text.contains("NoRuleFetches, status 409"), "{text}");
}

#[test]
fn the_progress_of_a_migration_tells_what_is_known_and_what_is_not() {
    let mirror = Mirror::start();
    for key in ["a", "b"] {
        mirror.origin.route(&format!("/old/{key}"), Script::ok("12345"));
        expect(200, &mirror.get(key));
    }
    mirror.oss.put(SITE, "own", b"123");
    mirror.origin.route("/old/bad", Script::status(500));
    expect_error(424, "MirrorFailed", &mirror.get("bad"));
    mirror.server.wait_until_idle();
    let (done, text) = coho(&mirror, &["progress", SITE, "--output", "json"]);
    assert!(done, "{text}");
    let progress: Value = serde_json::from_str(&text).unwrap();
    let number = |name: &str| progress[name].as_u64().unwrap();
    assert_eq!((number("stored_objects"), number("stored_bytes"), number("stored_fetches")), (3, 13, 2), "{text}");
    assert_eq!((number("failed_keys"), number("known_missing")), (1, 0));
    let rule = &progress["rules"][0];
    assert_eq!(
        (&rule["rule"], &rule["outcomes"]["stored"], &rule["outcomes"]["status"]),
        (&1.into(), &2.into(), &1.into())
    );
    let origin = &rule["origins"][0];
    assert_eq!(
        (origin["origin"].as_str(), &origin["breaker"]),
        (Some(&*format!("http://{}", mirror.origin.address())), &"closed".into())
    );
    assert!(origin["last_success_at"].is_string(), "{origin:#}");
    assert!(progress["unknown"].as_array().unwrap().contains(&"origin_total".into()), "{text}");
    let shares = ["mirrored_objects", "mirrored_bytes", "written_objects", "written_bytes"].map(number);
    assert_eq!(shares, [2, 10, 1, 3], "{text}");
}
