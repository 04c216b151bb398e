//! `x-oss-traffic-limit`.

use std::time::{Duration, Instant};

use coho_testkit::Script;
use coho_testkit::body::generated;
use coho_testkit::http::{Client, Response};
use coho_testkit::oss::expect;

use crate::fixture::{Mirror, SITE, expect_error};
use crate::protocol::with_bucket;

/// The least limit, 102,400 bytes per second.
const LIMIT: (&str, &str) = ("x-oss-traffic-limit", "819200");
/// What takes three seconds and a half at that rate.
const SIZE: usize = 358_400;
/// What it must take at least.
const LEAST: Duration = Duration::from_secs(3);

/// The request takes its time.
#[track_caller]
fn check(name: &str, send: impl FnOnce() -> Response) -> Response {
    let began = Instant::now();
    let answer = send();
    expect(200, &answer);
    let took = began.elapsed();
    assert!(took >= LEAST, "{name} took {took:?}");
    answer
}

#[test]
fn uploads_downloads_and_copies_keep_to_the_limit_of_their_request() {
    let (_server, oss) = with_bucket();
    let body = generated("limited", SIZE);
    oss.put("bucket-b", "k", &body);
    let started = oss.call(oss.request("POST", "/bucket-b/parts?uploads").body(""));
    let upload = started.element("UploadId").unwrap();
    let part = |number: u8| format!("/bucket-b/parts?partNumber={number}&uploadId={upload}");
    let source = ("x-oss-copy-source", "/bucket-b/k");
    // They run side by side: the limit is each request's own.
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let request = oss.request("PUT", "/bucket-b/put").header(LIMIT.0, LIMIT.1).body(body.clone());
            let answer = check("PutObject", || oss.call(request));
            let delay: u64 = answer.get("x-oss-qos-delay-time").unwrap().parse().unwrap();
            assert!(u128::from(delay) >= LEAST.as_millis() / 2, "{delay} ms");
        });
        scope.spawn(|| {
            let request = oss.request("PUT", &part(1)).header(LIMIT.0, LIMIT.1).chunked_body(&body, 10_007);
            check("UploadPart", || oss.call(request));
        });
        scope.spawn(|| {
            let request = oss.request("PUT", "/bucket-b/copy").header(source.0, source.1).body("");
            check("CopyObject", || oss.call(request.header(LIMIT.0, LIMIT.1)));
        });
        scope.spawn(|| {
            let request = oss.request("PUT", &part(2)).header(source.0, source.1).body("");
            check("UploadPartCopy", || oss.call(request.header(LIMIT.0, LIMIT.1)));
        });
        scope.spawn(|| {
            let answer = check("GetObject", || oss.call(oss.request("GET", "/bucket-b/k").header(LIMIT.0, LIMIT.1)));
            assert!(answer.body == body && answer.get("content-length") == Some(&*SIZE.to_string()));
        });
        scope.spawn(|| {
            let target = format!("/bucket-b/k?{}={}", LIMIT.0, LIMIT.1);
            assert!(check("a parameter", || oss.call(oss.request("GET", &target))).body == body);
        });
        scope.spawn(|| {
            let request =
                oss.request("PUT", "/bucket-b/slow-then-fast").header(LIMIT.0, "838860800").body(body.clone());
            let answer = oss.call(request);
            expect(200, &answer);
        });
    });
    assert!(began.elapsed() < LEAST * 20, "the limits add up: {:?}", began.elapsed());
    for key in ["put", "copy", "slow-then-fast"] {
        assert!(oss.get("bucket-b", key).body == body, "{key}");
    }
}

#[test]
fn a_limited_reader_of_a_fetch_slows_no_other() {
    let mirror = Mirror::start();
    // Twenty seconds at the limit.
    let body = generated("mirrored", 20 * 102_400);
    mirror.origin.route("/old/k", Script::ok(body.clone()));
    let began = Instant::now();
    let mut limited = Client::connect(mirror.address()).unwrap();
    limited.send(&mirror.oss.request("GET", "/site/k").header(LIMIT.0, LIMIT.1)).unwrap();
    assert_eq!(limited.read_head().unwrap().status, 200);
    mirror.server.wait_for("fill_ended", SITE, "k");
    assert!(mirror.get("k").body == body);
    assert!(began.elapsed() < Duration::from_secs(20), "the others waited for the limited reader");
}

#[test]
fn a_limit_out_of_bounds_or_named_twice_is_refused() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "k", b"v");
    for value in ["0", "819199", "838860801", "1e9", "fast", "-1", "99999999999999999999"] {
        for (method, body) in [("GET", ""), ("PUT", "other")] {
            let request = oss.request(method, "/bucket-b/k").header(LIMIT.0, value);
            let answer = oss.call(if method == "PUT" { request.body(body) } else { request });
            expect_error(400, "InvalidArgument", &answer);
            assert_eq!(answer.get("x-oss-ec"), Some("0004-00000502"), "{value}");
        }
    }
    let twice = oss.request("GET", "/bucket-b/k?x-oss-traffic-limit=819200").header(LIMIT.0, LIMIT.1);
    expect_error(400, "InvalidArgument", &oss.call(twice));
    assert_eq!(oss.get("bucket-b", "k").body, b"v");
    // There is nothing to limit in the answer to a HEAD.
    expect(200, &oss.call(oss.request("HEAD", "/bucket-b/k").header(LIMIT.0, LIMIT.1)));
}
