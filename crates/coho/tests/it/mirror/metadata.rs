//! Which headers cross: none of the client's to the origin, seven of the origin's into the store.

use coho_testkit::oss::expect;
use coho_testkit::{Origin, Oss, Script, Server};

use crate::fixture::{LOOPBACK, Mirror, expect_error, mirror_rule, options};

const STORED: [(&str, &str); 7] = [
    ("Content-Type", "text/x-stored; charset=utf-8"),
    ("Content-Encoding", "gzip"),
    ("Content-Disposition", "attachment; filename=\"a.txt\""),
    ("Cache-Control", "max-age=77"),
    ("Expires", "Thu, 01 Jan 2032 00:00:00 GMT"),
    ("Content-Language", "de"),
    ("Access-Control-Allow-Origin", "https://example.com"),
];

const DROPPED: [(&str, &str); 10] = [
    ("Set-Cookie", "origin=1"),
    ("X-Custom", "origin"),
    ("X-Oss-Meta-A", "origin"),
    ("X-Oss-Object-Acl", "public-read-write"),
    ("X-Oss-Request-Id", "origin"),
    ("ETag", "\"origin\""),
    ("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT"),
    ("Server", "origin"),
    ("Strict-Transport-Security", "max-age=1"),
    ("Vary", "origin"),
];

#[test]
fn the_seven_headers_are_stored_and_only_those() {
    let mirror = Mirror::start();
    let script =
        STORED.iter().chain(&DROPPED).fold(Script::ok("body"), |script, (name, value)| script.header(name, value));
    mirror.origin.route("/old/a", script);
    let first = mirror.get("a");
    mirror.origin.stop();
    for (pass, answer) in [("first", first), ("stored", mirror.get("a")), ("head", mirror.oss.head("site", "a"))] {
        expect(200, &answer);
        for (name, value) in STORED {
            assert_eq!(answer.get(name), Some(value), "{pass}: {answer:?}");
        }
        for (name, value) in DROPPED {
            assert_ne!(answer.get(name), Some(value), "{pass}: {answer:?}");
        }
        assert_eq!((answer.get("set-cookie"), answer.get("x-custom"), answer.get("x-oss-meta-a")), (None, None, None));
    }
}

#[test]
fn an_origin_without_a_content_type_gives_the_default_one() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a", Script::ok("body"));
    assert_eq!(mirror.get("a").get("content-type"), Some("application/octet-stream"));
    assert_eq!(mirror.get("a").get("content-type"), Some("application/octet-stream"));
}

#[test]
fn nothing_of_the_client_reaches_the_origin() {
    let origin = Origin::start().unwrap();
    let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "private");
    expect(200, &oss.put_website("bucket-b", &mirror_rule("", &origin.url("/o/"))));
    origin.route("/o/a", Script::ok("body"));
    let request = oss.request("GET", "/bucket-b/a?response-content-type=text%2Fplain&x=secret");
    let request = [
        ("Cookie", "session=secret"),
        ("Referer", "http://secret.example/"),
        ("X-Secret", "secret"),
        ("Accept-Encoding", "gzip, br"),
        ("User-Agent", "secret-agent"),
        ("X-Oss-Meta-Secret", "secret"),
        ("If-None-Match", "\"secret\""),
        ("X-Forwarded-For", "192.0.2.1"),
    ]
    .into_iter()
    .fold(request, |request, (name, value)| request.header(name, value));
    expect(200, &oss.call(request));

    let seen = origin.requests();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("GET", "/o/a"));
    assert_eq!(seen[0].header("host"), Some(origin.address().to_string().as_str()));
    for (name, value) in &seen[0].headers {
        let name = name.to_ascii_lowercase();
        assert!(
            !["authorization", "cookie", "referer", "date", "range", "if-none-match"].contains(&name.as_str()),
            "{name}"
        );
        assert!(!name.starts_with("x-oss-date") && !name.starts_with("x-oss-meta"), "{name}");
        assert!(!value.contains("secret") && !value.contains(&server.credentials().access_key_id), "{name}: {value}");
    }
    let encoding = seen[0].header("accept-encoding").unwrap_or("identity");
    assert_eq!(encoding, "identity", "the origin must be asked for the real bytes");
}

/// A head of any size that one object has says nothing about the others of its origin.
#[test]
fn an_origin_may_send_many_headers_and_more_are_the_failure_of_that_object() {
    let mirror = Mirror::start();
    let with = |count: usize| {
        (0..count).fold(Script::ok("body"), |script, number| script.header(&format!("X-Header-{number}"), "v"))
    };
    mirror.origin.route("/old/many", with(90));
    assert_eq!(mirror.get("many").body, b"body");
    // More often than makes the breaker open.
    for number in 0..12 {
        mirror.origin.route(&format!("/old/{number}"), with(101));
        let answer = mirror.get(&number.to_string());
        expect_error(424, "MirrorFailed", &answer);
        assert_eq!(answer.error("Message").as_deref(), Some("Meta is too large."));
    }
    mirror.origin.route("/old/few", Script::ok("body"));
    assert_eq!(mirror.get("few").body, b"body");
}
