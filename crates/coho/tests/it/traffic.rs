//! The history of a bucket's traffic, from requests to the admin address and the command line, over a restart.

use std::process::Command;

use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script, Server};
use serde_json::Value;

use crate::admin::admin_json;
use crate::fixture::{BINARY, Mirror, SITE, server};

fn history(server: &Server, bucket: &str, query: &str) -> Response {
    asked(server, &format!("/v1/buckets/{bucket}/history?{query}"))
}

fn asked(server: &Server, path: &str) -> Response {
    let token = admin_json(server)["token"].as_str().unwrap().to_owned();
    let address = server.admin();
    let request = Request::new("GET", path).header("Host", &address.to_string());
    exchange(address, &request.header("Authorization", &format!("Bearer {token}"))).unwrap()
}

/// Stops in order, which writes the present minute, and starts again.
fn start_again(server: &mut Server) {
    server.terminate().unwrap();
    server.restart().unwrap();
}

/// The sums of everything.
fn total(server: &Server, bucket: &str) -> Value {
    let answer = history(server, bucket, &format!("last=3600&to={}", u32::MAX));
    expect(200, &answer);
    let answer: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(answer["spans"], serde_json::json!([]), "far in the future");
    let answer = history(server, bucket, &format!("from=0&to={}&step=minute", u32::MAX));
    expect(200, &answer);
    let answer: Value = serde_json::from_str(&answer.text()).unwrap();
    assert!((1..=3).contains(&answer["spans"].as_array().unwrap().len()), "{answer}");
    answer["total"].clone()
}

#[track_caller]
fn check(total: &Value, expected: &[(&str, u64)]) {
    for (name, expected) in expected {
        assert_eq!(total[name], *expected, "{name} of {total}");
    }
}

#[test]
fn requests_of_a_bucket_are_counted_by_class_and_stay_after_a_restart() {
    let (mut server, oss) = server();
    oss.put_bucket("photos", "public-read");
    oss.put_bucket("quiet", "private");
    let body = vec![7; 100_000];
    oss.put("photos", "a", &body);
    for _ in 0..2 {
        assert_eq!(oss.get("photos", "a").body, body);
    }
    expect(200, &oss.head("photos", "a"));
    expect(404, &oss.call(oss.request("GET", "/photos/none")));
    start_again(&mut server);
    let counted = total(&server, "photos");
    check(
        &counted,
        &[
            ("hits", 3),
            ("mirrored", 0),
            ("client_errors", 1),
            ("server_errors", 0),
            ("received_bytes", 100_000),
            ("fetches", 0),
        ],
    );
    let sent = counted["sent_bytes"].as_u64().unwrap();
    assert!((200_000..202_000).contains(&sent), "two bodies and a document of an error: {counted}");
    // The restart has begun another process: it adds to what was counted before.
    let oss = Oss::new(&server);
    assert_eq!(oss.get("photos", "a").body, body);
    start_again(&mut server);
    check(&total(&server, "photos"), &[("hits", 4)]);
    let quiet: Value = serde_json::from_str(&history(&server, "quiet", "step=hour").text()).unwrap();
    assert_eq!(quiet["spans"], serde_json::json!([]));

    assert_eq!(shown(&server, &["photos"])["step"], "minute");
    for (query, status) in [
        ("", 200),
        ("step=hour&from=5&to=5", 200),
        ("step=day", 400),
        ("from=2&to=1", 400),
        ("from=x", 400),
        ("last=0", 400),
        ("to=253402300800", 400),
        ("to=99999999999999999999", 400),
    ] {
        expect(status, &history(&server, "photos", query));
    }
    expect(404, &history(&server, "no-such-bucket", ""));
    expect(400, &history(&server, "NO", ""));
    let metrics = exchange(server.admin(), &Request::new("GET", "/-/metrics").header("Host", "localhost")).unwrap();
    assert!(metrics.text().contains("coho_history_write_failures_total 0"), "{metrics:?}");
}

fn shown(server: &Server, bucket: &[&str]) -> Value {
    let output = Command::new(BINARY)
        .args(["stats", "--last", "1d", "--output", "json"])
        .args(bucket)
        .env("COHO_DATA_DIR", server.data_dir())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn the_counts_of_all_buckets_add_up_and_stay_when_one_of_them_goes() {
    let (mut server, oss) = server();
    for bucket in ["photos", "videos"] {
        oss.put_bucket(bucket, "private");
        oss.put(bucket, "a", &[7; 1000]);
        assert_eq!(oss.get(bucket, "a").body, [7; 1000]);
        expect(204, &oss.call(oss.request("DELETE", &format!("/{bucket}/a"))));
    }
    start_again(&mut server);
    let oss = Oss::new(&server);
    expect(204, &oss.call(oss.request("DELETE", "/videos/")));
    let path = format!("/v1/history?from=0&to={}&step=minute", u32::MAX);
    let answer = asked(&server, &path);
    expect(200, &answer);
    let answer: Value = serde_json::from_str(&answer.text()).unwrap();
    check(&answer["total"], &[("hits", 2), ("received_bytes", 2000), ("sent_bytes", 2000), ("client_errors", 0)]);
    check(&shown(&server, &[])["total"], &[("hits", 2)]);
    check(&shown(&server, &["photos"])["total"], &[("hits", 1)]);
    for query in ["last=0", "step=day", "until=1", "last=1&last=2"] {
        expect(400, &asked(&server, &format!("/v1/history?{query}")));
    }
}

#[test]
fn fetches_count_with_their_bytes_and_failures() {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/a", Script::ok(vec![1; 50_000]));
    mirror.origin.route("/old/broken", Script::status(503));
    for key in ["a", "a", "none", "broken"] {
        let _any = mirror.get(key);
        mirror.server.wait_until_idle();
    }
    start_again(&mut mirror.server);
    check(
        &total(&mirror.server, SITE),
        &[
            ("mirrored", 1),
            ("hits", 1),
            // The origin has one of them not; the other failure is 424.
            ("client_errors", 2),
            ("fetches", 3),
            ("fetch_failures", 1),
            ("origin_bytes", 50_000),
        ],
    );
}
