//! What an operator sees of the fetches, and what can be set while the store runs.

use std::{net::TcpListener, process::Command, thread, time::Instant};

use coho_testkit::http::{Client, Request, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Fault, Oss, Script};
use serde_json::Value;

use crate::fixture::{BINARY, LOOPBACK, Mirror, SITE, expect_error, mirror_rule, options, website};

/// Runs `coho mirror …` and gives what it says.
#[track_caller]
pub(super) fn coho(mirror: &Mirror, args: &[&str]) -> (bool, String) {
    let output = Command::new(BINARY)
        .arg("mirror")
        .args(args)
        .arg("--data-dir")
        .arg(mirror.server.data_dir())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[track_caller]
pub(super) fn set(mirror: &Mirror, args: &[&str]) {
    let (done, text) = coho(mirror, &[&["set", SITE], args].concat());
    assert!(done, "{text}");
}

pub(super) fn status(mirror: &Mirror) -> Value {
    serde_json::from_str(&coho(mirror, &["status", "--output", "json"]).1).unwrap()
}

/// The value of a line of the metrics page, 0 if it is not there.
fn metric(mirror: &Mirror, name: &str, labels: &[&str]) -> f64 {
    let address = mirror.server.admin();
    let page = exchange(address, &Request::new("GET", "/-/metrics").header("Host", &address.to_string())).unwrap();
    let text = page.text();
    let mut lines =
        text.lines().filter(|line| line.starts_with(name) && labels.iter().all(|label| line.contains(label)));
    lines.next().map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

pub(super) fn outcome(mirror: &Mirror, outcome: &str) -> f64 {
    metric(mirror, "coho_mirror_outcomes_total", &[&format!("outcome=\"{outcome}\"")])
}

#[test]
fn a_running_fetch_is_shown_with_its_progress_and_its_readers() {
    const LENGTH: u64 = 2_000_000;
    let mirror = Mirror::start();
    mirror.origin.route("/old/big", Script::generated("x", LENGTH).gated_body(1_000_000));
    let address = mirror.address();
    let mut reader = Client::connect(address).unwrap();
    reader.send(&Request::new("GET", "/site/big").header("Host", &address.to_string())).unwrap();
    assert_eq!(reader.read_head().unwrap().status, 200);
    assert_eq!(reader.read_body_up_to(1_000_000).0.len(), 1_000_000);
    let shown = status(&mirror);
    let fill = &shown["fills"][0];
    assert_eq!((&shown["in_flight"], shown["fills"].as_array().unwrap().len()), (&1.into(), 1));
    assert_eq!(
        (fill["bucket"].as_str(), fill["key"].as_str(), fill["rule"].as_u64()),
        (Some(SITE), Some("big"), Some(1))
    );
    assert_eq!((fill["received_bytes"].as_u64(), fill["length_bytes"].as_u64()), (Some(1_000_000), Some(LENGTH)));
    assert_eq!(fill["readers"].as_u64(), Some(1), "{fill}");
    assert_eq!(fill["url"].as_str(), Some(&*mirror.origin.url("/old/big")));
    let origin = &shown["origins"][0];
    assert_eq!((origin["requests"].as_u64(), origin["breaker"].as_str()), (Some(1), Some("closed")));
    let (_, text) = coho(&mirror, &["status"]);
    assert!(text.contains("site/big  976.6 KiB of 1.9 MiB (50%)") && text.contains("1 readers"), "{text}");
    mirror.origin.release("/old/big");
    mirror.server.wait_until_idle();
    let after = status(&mirror);
    assert_eq!((&after["in_flight"], &after["origins"][0]["requests"]), (&0.into(), &0.into()));
    assert_eq!(after["outcomes"]["stored"].as_u64(), Some(1));
}

#[test]
fn a_miss_is_kept_only_as_long_as_the_bucket_says_and_can_be_forgotten() {
    let mirror = Mirror::start();
    let asked = |key: &str, hits: usize| {
        expect_error(404, "NoSuchKey", &mirror.get(key));
        assert_eq!(mirror.origin.hits(&format!("/old/{key}")), hits, "{key}");
    };
    asked("a", 1);
    asked("a", 2);
    set(&mirror, &["--missing-seconds", "600"]);
    for key in ["a", "dir/b", "dir/c"] {
        let before = mirror.origin.hits(&format!("/old/{key}"));
        asked(key, before + 1);
        asked(key, before + 1);
    }
    assert_eq!(status(&mirror)["known_missing"].as_u64(), Some(3));
    assert!(outcome(&mirror, "cached_not_found") >= 3.0);
    // A client's write is visible at once; an object that the origin has now is found when the miss is forgotten.
    mirror.oss.put(SITE, "a", b"written");
    assert_eq!(mirror.get("a").body, b"written");
    mirror.origin.route("/old/dir/b", Script::ok("now"));
    asked("dir/b", 1);
    let forget = |args: &[&str]| coho(&mirror, &[&["forget", SITE], args].concat()).1;
    assert_eq!(forget(&["dir/b"]).trim(), "forgotten: 1");
    expect(200, &mirror.get("dir/b"));
    asked("dir/c", 1);
    assert_eq!(forget(&["--prefix", "dir/"]).trim(), "forgotten: 1");
    asked("dir/c", 2);
    assert_eq!(forget(&[]).trim(), "forgotten: 2");
    // New rules forget as well.
    asked("dir/c", 3);
    expect(200, &mirror.oss.put_website(SITE, &mirror_rule("", &mirror.origin.url("/old/"))));
    asked("dir/c", 4);
    set(&mirror, &["--missing-seconds", "0"]);
    assert_eq!(forget(&[]).trim(), "forgotten: 1");
    asked("dir/c", 5);
    asked("dir/c", 6);
    let (done, text) = coho(&mirror, &["set", SITE, "--missing-seconds", "99999999"]);
    assert!(!done && text.contains("missing_seconds"), "{text}");
}

#[test]
fn timeouts_are_the_buckets_own_at_once() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/mute", Script::ok("x").gated_head());
    mirror.origin.route("/old/stalls", Script::generated("x", 1_000_000).gated_body(500_000));
    set(&mirror, &["--first-byte-timeout-ms", "100", "--connect-timeout-ms", "100", "--idle-timeout-ms", "150"]);
    let begun = Instant::now();
    expect_error(424, "MirrorFailed", &mirror.get("mute"));
    let answer = mirror.get("stalls");
    assert!(answer.body.len() < 1_000_000);
    // The server's own settings are far above these.
    assert!(begun.elapsed().as_secs() < 8, "{:?}", begun.elapsed());
    assert_eq!(outcome(&mirror, "timeout"), 1.0);
    let (_, text) = coho(&mirror, &["set", SITE, "--idle-timeout-ms", "default", "--output", "json"]);
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&shown["idle_timeout_ms"], &shown["first_byte_timeout_ms"]), (&"default".into(), &100.into()));
    assert_eq!(shown["effective"]["first_byte_timeout_ms"].as_u64(), Some(100));
}

/// A mirror rule for the keys with a prefix.
fn rule(number: u32, prefix: &str, url: &str) -> String {
    format!(
        "<RoutingRule><RuleNumber>{number}</RuleNumber><Condition><KeyPrefixEquals>{prefix}</KeyPrefixEquals>\
         <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>\
         <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>{url}</MirrorURL></Redirect></RoutingRule>"
    )
}

#[test]
fn a_rule_can_have_limits_of_its_own() {
    let mirror = Mirror::start();
    let url = mirror.origin.url("/old/");
    expect(200, &mirror.oss.put_website(SITE, &website(&(rule(1, "slow/", &url) + &rule(2, "fast/", &url)))));
    for at in 0..12 {
        mirror.origin.route(&format!("/old/slow/{at}"), Script::ok("x"));
        mirror.origin.route(&format!("/old/fast/{at}"), Script::ok("x"));
    }
    let (done, text) = coho(&mirror, &["limit", SITE, "--rule", "1", "--qps", "1"]);
    assert!(done && text.contains("rules:\n  1:"), "{text}");
    // One for each second that the test takes: on a slow machine more are admitted.
    let admitted = (0..).position(|at: usize| {
        mirror.origin.route(&format!("/old/slow/{at}"), Script::ok("x"));
        mirror.get(&format!("slow/{at}")).status() == 424
    });
    assert!(admitted.is_some_and(|admitted| admitted > 0), "{admitted:?}");
    (0..12).for_each(|at| expect(200, &mirror.get(&format!("fast/{at}"))));
    assert!(coho(&mirror, &["limit", SITE, "--rule", "1", "--qps", "default"]).0);
    (0..12).for_each(|at| expect(200, &mirror.get(&format!("slow/{at}"))));
    assert!(metric(&mirror, "coho_mirror_outcomes_total", &["rule=\"1\"", "outcome=\"qps\""]) >= 1.0);
    assert_eq!(metric(&mirror, "coho_mirror_outcomes_total", &["rule=\"2\"", "outcome=\"qps\""]), 0.0);
    let (done, text) = coho(&mirror, &["limit", SITE, "--rule", "1"]);
    assert!(!done && !text.contains("panicked"), "{text}");
}

/// The fetch of the other rule is the clock: it starts later, brings as much, and ends earlier.
#[test]
fn the_first_limit_of_a_rule_slows_a_running_fetch_down() {
    const LENGTH: u64 = 30_000_000;
    let mirror = Mirror::start();
    let url = mirror.origin.url("/old/");
    expect(200, &mirror.oss.put_website(SITE, &website(&(rule(1, "slow/", &url) + &rule(2, "fast/", &url)))));
    mirror.origin.route("/old/slow/large", Script::generated("x", LENGTH).gated_body(1000));
    mirror.origin.route("/old/fast/large", Script::generated("x", LENGTH));
    let address = mirror.address();
    let reader = thread::spawn(move || {
        let request = Request::new("GET", "/site/slow/large").header("Host", &address.to_string());
        exchange(address, &request).unwrap()
    });
    mirror.origin.wait_for_hits("/old/slow/large", 1);
    assert!(coho(&mirror, &["limit", SITE, "--rule", "1", "--bandwidth", "1kB"]).0);
    mirror.origin.release("/old/slow/large");
    assert_eq!(mirror.get("fast/large").body.len() as u64, LENGTH);
    mirror.server.wait_for("durable", SITE, "fast/large");
    let shown = status(&mirror);
    let bytes = shown["fills"][0]["received_bytes"].as_u64().expect("the limited fetch runs");
    assert!(bytes < LENGTH / 2, "{bytes}");
    assert!(coho(&mirror, &["limit", SITE, "--rule", "1", "--bandwidth", "default"]).0);
    assert_eq!(reader.join().unwrap().body.len() as u64, LENGTH);
}

#[test]
fn a_bucket_can_hide_its_origin_also_on_what_it_has_already() {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::ok("x"));
    mirror.origin.route("/old/y", Script::ok("y"));
    mirror.get("x");
    mirror.server.wait_until_idle();
    let full = mirror.get("x");
    assert!(full.get("x-oss-tag").unwrap().to_lowercase().starts_with("mirror http%3a"), "{full:?}");
    set(&mirror, &["--hide-origin", "true"]);
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    for answer in [mirror.get("x"), mirror.get("y"), mirror.oss.head(SITE, "x")] {
        expect(200, &answer);
        assert_eq!(answer.get("x-oss-tag"), Some("MIRROR"));
    }
    set(&mirror, &["--hide-origin", "false"]);
    assert_eq!(mirror.get("x").get("x-oss-tag"), full.get("x-oss-tag"));
}

#[test]
fn an_origin_that_is_down_is_left_alone_and_found_again() {
    let origin = coho_testkit::Origin::start().unwrap();
    let options =
        options().flag("--mirror", format!("{SITE}={}", origin.url("/old/"))).flag("--origin-allow", LOOPBACK);
    let server = coho_testkit::Server::start(options).unwrap();
    let mirror = Mirror { oss: Oss::new(&server), origin, server };
    // The port is closed until the test listens on it.
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let rule = mirror_rule("", &format!("http://{address}/"));
    expect(200, &mirror.oss.put_website(SITE, &rule));
    for at in 0..30 {
        let answer = mirror.get(&at.to_string());
        expect_error(424, "MirrorFailed", &answer);
        assert_eq!(answer.error("EC").as_deref(), Some("0041-00000101"), "the same answer all along");
    }
    let origin = format!("http://{address}");
    let shown = |mirror: &Mirror| {
        let status = status(mirror);
        status["origins"].as_array().unwrap().iter().find(|one| one["origin"] == *origin).unwrap().clone()
    };
    assert!(shown(&mirror)["failures"].as_u64().unwrap() >= 10, "{}", shown(&mirror));
    assert!(outcome(&mirror, "circuit_open") > 0.0);
    let listener = TcpListener::bind(address).unwrap();
    let server = thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nback").unwrap();
    });
    // One request finds out, at the latest when the pause is over.
    let begun = Instant::now();
    while mirror.get("back").status() != 200 {
        assert!(begun.elapsed().as_secs() < 20, "{}", shown(&mirror));
    }
    server.join().unwrap();
    assert_eq!(shown(&mirror)["breaker"].as_str(), Some("closed"));
}

#[test]
fn one_object_that_fails_leaves_the_others_of_its_origin_available() {
    for script in [Script::ok("x").fault(Fault::CloseBeforeHead), Script::status(502)] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/bad", script);
        for at in 0..3 {
            // More often than opens the breaker.
            (0..12).for_each(|_| expect_error(424, "MirrorFailed", &mirror.get("bad")));
            let good = at.to_string();
            mirror.origin.route(&format!("/old/{good}"), Script::ok("good"));
            expect(200, &mirror.get(&good));
        }
        // The object that fails has a pause of its own.
        assert!(outcome(&mirror, "circuit_open") > 0.0);
        assert_eq!(status(&mirror)["origins"][0]["breaker"].as_str(), Some("closed"));
    }
}

#[test]
fn every_fetch_is_counted_by_bucket_and_rule_and_logged_in_one_line() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", 300_000).header("ETag", "\"v1\"").ranges().cut_each(200_000));
    mirror.get("x");
    mirror.server.wait_until_idle();
    expect(200, &mirror.get("x"));
    let of_rule = ["bucket=\"site\"", "rule=\"1\""];
    for (name, expected) in [("fetch", 1.0), ("stored", 1.0), ("resumed", 1.0)] {
        let outcome = format!("outcome=\"{name}\"");
        let labels = [of_rule[0], of_rule[1], &outcome];
        assert_eq!(metric(&mirror, "coho_mirror_outcomes_total", &labels), expected, "{name}");
    }
    assert_eq!(outcome(&mirror, "hit"), 1.0);
    assert_eq!(metric(&mirror, "coho_mirror_origin_bytes_total", &of_rule), 300_000.0);
    assert_eq!(metric(&mirror, "coho_mirror_first_byte_seconds_count", &of_rule), 1.0);
    assert_eq!(metric(&mirror, "coho_mirror_fetch_seconds_count", &of_rule), 1.0);
    mirror.server.wait_for_log("mirrored");
    let log = mirror.server.log();
    let line = log.lines().find(|line| line.contains("mirrored")).unwrap();
    for part in ["stored", "300000", "/old/x", "0:200/", "0@200000:206/"] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn an_object_knows_where_it_came_from() {
    let mut mirror = Mirror::start();
    let modified = "Thu, 01 Jan 2026 00:00:00 GMT";
    mirror.origin.route("/old/x", Script::ok("x").header("ETag", "W/\"v 1\"").header("Last-Modified", modified));
    mirror.get("x");
    mirror.server.wait_until_idle();
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    let output = Command::new(BINARY)
        .args(["rules", "explain", SITE, "x", "--output", "json", "--data-dir"])
        .arg(mirror.server.data_dir())
        .output()
        .unwrap();
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    let fetched = &explained["object"]["fetched"];
    assert_eq!(fetched["origin_etag"].as_str(), Some("W/\"v 1\""), "{explained:#}");
    assert_eq!((fetched["origin_last_modified"].as_str(), fetched["rule"].as_u64()), (Some(modified), Some(1)));
    assert!(fetched["at"].as_str().unwrap().starts_with("20"));
}
