//! How much a bucket may fetch, set while the store runs.

use std::{process::Command, time::Instant};

use coho_testkit::http::{Request, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script};

use crate::fixture::{BINARY, LOOPBACK, Mirror, SITE, expect_error, options};

/// Runs `coho mirror limit` for the site, and gives what it says.
#[track_caller]
fn limit(mirror: &Mirror, args: &[&str]) -> (bool, String) {
    coho_mirror(mirror, &[&["limit", SITE], args].concat())
}

/// Runs `coho mirror`, and gives what it says.
#[track_caller]
fn coho_mirror(mirror: &Mirror, args: &[&str]) -> (bool, String) {
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

#[test]
fn a_rate_refuses_fetches_and_neither_stored_objects_nor_those_that_join() {
    let mirror = Mirror::start();
    let begun = Instant::now();
    let (set, text) = limit(&mirror, &["--qps", "1"]);
    assert!(set && text.contains("\nqps: 1\n"), "{text}");
    let get = |at: u64| {
        mirror.origin.route(&format!("/old/{at}"), Script::ok("x"));
        mirror.get(&at.to_string())
    };
    // A burst of one, and one more for each second that the test takes: on a slow machine more are admitted.
    let (admitted, refused) = (0..)
        .map(|at| (at, get(at)))
        .find(|(_, answer)| answer.status() != 200)
        .expect("a rate of one in a second refuses at some time");
    assert!((1..=2 + begun.elapsed().as_secs()).contains(&admitted), "{admitted} in {:?}", begun.elapsed());
    expect_error(424, "MirrorFailed", &refused);
    assert_eq!(refused.error("Message").as_deref(), Some("Mirror request is rejected by QoS."));
    assert_eq!(refused.error("EC").as_deref(), Some("0041-00000102"));
    let hit = mirror.server.events().wait_for("the limit", |event| event.name == "limit_hit");
    assert_eq!((hit.data["bucket"].as_str(), hit.data["limit"].as_str()), (Some(SITE), Some("qps")));
    expect(200, &mirror.get("0"));
    // In force at once.
    assert!(limit(&mirror, &["--qps", "none"]).0);
    for at in 0..admitted + 12 {
        expect(200, &get(at));
    }
}

#[test]
fn a_bandwidth_slows_a_fetch_down_and_lifting_it_is_felt_by_the_next() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", 3_000_000));
    assert!(limit(&mirror, &["--bandwidth", "1MB"]).0);
    let begun = Instant::now();
    let answer = mirror.get("x");
    expect(200, &answer);
    assert!(answer.body == coho_testkit::body::generated("x", 3_000_000));
    // One second's worth comes at once, the last piece before it is waited for: a lower bound that no noise breaks.
    assert!(begun.elapsed().as_secs_f64() > 1.0, "{:?}", begun.elapsed());
}

#[test]
fn small_objects_are_within_the_bandwidth_too_and_limits_outlive_a_restart() {
    let mut mirror = Mirror::start();
    for at in 0..30 {
        mirror.origin.route(&format!("/old/{at}"), Script::generated("x", 20_000));
    }
    assert!(limit(&mirror, &["--bandwidth", "200kB"]).0);
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    let (_, text) = limit(&mirror, &[]);
    assert!(text.contains("bandwidth_bytes_per_second: 200000\n"), "{text}");
    let begun = Instant::now();
    for at in 0..30 {
        expect(200, &mirror.get(&at.to_string()));
    }
    // 600 kB, of which 200 kB come at once.
    assert!(begun.elapsed().as_secs_f64() > 1.5, "{:?}", begun.elapsed());
}

#[test]
fn limits_are_shown_with_what_is_in_force_and_nonsense_is_refused() {
    let mirror = Mirror::start();
    let (_, text) = limit(&mirror, &[]);
    assert!(text.contains("\nqps: default\n") && text.contains("  qps: 2000\n"), "{text}");
    for args in [["--qps", "0"], ["--qps", "-1"], ["--bandwidth", "fast"]] {
        let (set, text) = limit(&mirror, &args);
        assert!(!set && !text.contains("panicked"), "{args:?}: {text}");
    }
    assert!(limit(&mirror, &["--qps", "5", "--bandwidth", "2Gbit"]).0);
    let (_, text) = limit(&mirror, &["--bandwidth", "default"]);
    assert!(text.contains("\nqps: 5\n") && text.contains("bandwidth_bytes_per_second: default\n"), "{text}");
}

#[test]
fn a_listing_does_not_wait_for_the_bandwidth_of_fetches() {
    let mirror = Mirror::start();
    for at in 0..4 {
        mirror.origin.route(&format!("/old/{at}"), Script::generated("x", 100_000));
    }
    assert!(limit(&mirror, &["--bandwidth", "1kB"]).0);
    let readers: Vec<_> = (0..4)
        .map(|at| {
            let address = mirror.address();
            let request = Request::new("GET", &format!("/{SITE}/{at}")).header("Host", &address.to_string());
            std::thread::spawn(move || exchange(address, &request).unwrap())
        })
        .collect();
    (0..4).for_each(|at| mirror.origin.wait_for_finished(&format!("/old/{at}"), 1));
    // Their bandwidth is used up for minutes.
    assert_eq!(mirror.oss.keys(SITE).len(), 0);
    assert!(readers.iter().all(|reader| !reader.is_finished()), "the listing has waited");
    assert!(limit(&mirror, &["--bandwidth", "none"]).0);
    for reader in readers {
        expect(200, &reader.join().unwrap());
    }
    assert_eq!(mirror.keys().len(), 4);
}

/// Most concurrent fetches.
const MAX_FETCHES: usize = 4096;
/// Most concurrent fetches of one bucket.
const MAX_BUCKET_FETCHES: usize = 1024;

/// Makes a bucket, if it is missing, whose fetches run while no client waits for them, with a lot of patience.
fn fetch_without_clients(mirror: &Mirror, bucket: &str) {
    mirror.oss.put_bucket(bucket, "public-read");
    let rule = crate::fixture::mirror_rule("", &mirror.origin.url("/old/"))
        .replace("</MirrorURL>", "</MirrorURL><MirrorAsyncStatus>303</MirrorAsyncStatus>");
    expect(200, &mirror.oss.put_website(bucket, &rule));
    let patience = ["set", bucket, "--first-byte-timeout-ms", "600000", "--connect-timeout-ms", "600000"];
    for args in [&["limit", bucket, "--qps", "none"][..], &patience] {
        let (set, text) = coho_mirror(mirror, args);
        assert!(set, "{text}");
    }
}

/// The object of a bucket is refused twice, with this text, and by this name in the metrics and the log.
#[track_caller]
fn check_refusal(mirror: &Mirror, (bucket, key): (&str, &str), message: &str, label: &str) {
    for _ in 0..2 {
        let refused = mirror.oss.get_anonymous(bucket, key);
        expect_error(424, "MirrorFailed", &refused);
        assert_eq!(refused.error("Message").as_deref(), Some(message));
        assert_ne!(refused.error("EC").as_deref(), Some("0041-00000102"), "it is not the quota");
    }
    let hit = mirror.server.events().wait_for("the limit", |event| event.data["limit"] == label);
    assert_eq!((&*hit.name, hit.data["bucket"].as_str()), ("limit_hit", Some(bucket)));
    let request = Request::new("GET", "/-/metrics").header("Host", "localhost");
    let metrics = exchange(mirror.server.admin(), &request).unwrap().text();
    let (of_bucket, outcome) = (format!("bucket=\"{bucket}\""), format!("outcome=\"{label}\""));
    let counted = |line: &&str| line.contains(&of_bucket) && line.contains(&outcome) && line.ends_with(" 2");
    assert!(metrics.lines().any(|line| counted(&line)), "{metrics}");
    mirror.server.wait_for_log(label);
    let log = mirror.server.log();
    assert!(log.lines().any(|line| line.contains(label) && line.contains(key)), "no line names the limit");
    assert!(!log.contains("QoS"));
}

/// Only the quota is named a quota; each other limit has its own text, label and log line.
#[test]
fn the_limits_of_concurrent_fetches_refuse_by_their_own_names() {
    let mirror = Mirror::start_with(options().flag("--origin-allow", LOOPBACK));
    for at in 0..MAX_BUCKET_FETCHES {
        mirror.origin.route(&format!("/old/{at}"), Script::ok("x").gated_head());
    }
    let fill_up = |bucket: &str| {
        fetch_without_clients(&mirror, bucket);
        (0..MAX_BUCKET_FETCHES).for_each(|at| expect(303, &mirror.oss.get_anonymous(bucket, &at.to_string())));
    };
    fill_up(SITE);
    let message = "Too many mirror requests of the bucket are in progress.";
    check_refusal(&mirror, (SITE, "one-more"), message, "max_bucket_fetches");
    // A request that joins a fetch starts none.
    expect(303, &mirror.get("0"));
    for number in 1..MAX_FETCHES / MAX_BUCKET_FETCHES {
        fill_up(&format!("site-{number}"));
    }
    fetch_without_clients(&mirror, "the-last");
    let message = "Too many mirror requests are in progress.";
    check_refusal(&mirror, ("the-last", "another"), message, "max_fetches");
    expect(303, &mirror.get("0"));
}
