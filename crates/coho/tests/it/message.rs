//! Requests as messages: which are ambiguous, how their connection ends, and what a client sees of it.

use coho_testkit::Oss;
use coho_testkit::body::generated;
use coho_testkit::http::{Client, Response};
use coho_testkit::oss::expect;

use crate::fixture::{expect_error, options, server};

/// A server with the bucket `bucket-b` that everybody may write.
fn open_bucket() -> (coho_testkit::Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "public-read-write");
    (server, oss)
}

/// What comes back for these bytes, on a connection whose sending half may be closed then.
fn exchange(oss: &Oss, bytes: &[u8], half_close: bool) -> (Client, Response) {
    let mut client = Client::connect(oss.address()).unwrap();
    client.send_raw(bytes).unwrap();
    if half_close {
        client.finish_sending().unwrap();
    }
    let answer = client.read_response(false).unwrap();
    (client, answer)
}

#[test]
fn a_request_has_exactly_one_host() {
    let (_server, oss) = open_bucket();
    oss.put("bucket-b", "k", b"v");
    for (version, hosts, status) in [
        ("1.1", &[][..], 400),
        ("1.1", &["h"], 200),
        ("1.1", &[""], 200),
        ("1.1", &["h", "h"], 400),
        ("1.1", &["h", "other"], 400),
        ("1.0", &[], 200),
        ("1.0", &["h"], 200),
        ("1.0", &["h", "h"], 400),
    ] {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        for target in ["/bucket-b/k", "http://h/bucket-b/k"] {
            let (_, answer) = exchange(&oss, format!("GET {target} HTTP/{version}\r\n{hosts}\r\n").as_bytes(), false);
            assert_eq!(answer.status(), status, "{version} {target} {hosts:?}: {answer:?}");
            let dates = answer.head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("date"));
            assert_eq!(dates.count(), 1, "{answer:?}");
            if status == 400 {
                expect_error(400, "InvalidRequest", &answer);
                assert_eq!(answer.get("connection"), Some("close"));
            }
        }
    }
}

#[test]
fn the_answer_to_what_is_no_request_has_the_date_of_now() {
    let (_server, oss) = open_bucket();
    let long = format!("GET / HTTP/1.1\r\nHost: h\r\nx-a: {}\r\n\r\n", "a".repeat(200_000));
    for (bytes, status) in [("GET / HTTP/1.1\r\nno header\r\n\r\n", 400), ("no request\r\n\r\n", 400), (&*long, 431)] {
        let mut client = Client::connect(oss.address()).unwrap();
        // The end of a head that is too long is not read.
        let _ = client.send_raw(bytes.as_bytes());
        let answer = client.read_response(false).unwrap();
        assert_eq!((answer.status(), answer.get("connection")), (status, Some("close")), "{answer:?}");
        let dates = answer.head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("date"));
        let dates: Vec<_> = dates.map(|(_, date)| date).collect();
        assert!(matches!(&dates[..], [date] if date.ends_with(" GMT")), "{answer:?}");
    }
}

#[test]
fn a_body_with_another_coding_than_chunked_is_refused_and_not_stored() {
    let (_server, oss) = open_bucket();
    for (codings, status) in [
        (&["chunked"][..], 200),
        (&["CHUNKED "], 200),
        (&["gzip, chunked"], 400),
        (&["chunked, chunked"], 400),
        (&["chunked", "chunked"], 400),
        (&["gzip", "chunked"], 400),
        (&["x-unknown, chunked"], 400),
        (&[", chunked"], 400),
        (&["chunked, gzip"], 400),
        (&["identity"], 400),
    ] {
        let lines: String = codings.iter().map(|coding| format!("Transfer-Encoding: {coding}\r\n")).collect();
        let put = format!("PUT /bucket-b/k HTTP/1.1\r\nHost: h\r\n{lines}\r\n4\r\nbody\r\n0\r\n\r\n");
        let next = "GET /bucket-b/k HTTP/1.1\r\nHost: h\r\n\r\n";
        let (mut client, answer) = exchange(&oss, format!("{put}{next}").as_bytes(), false);
        assert_eq!(answer.status(), status, "{codings:?}: {answer:?}");
        if status == 200 {
            assert_eq!(client.read_response(false).unwrap().body, b"body", "{codings:?}");
            oss.delete("bucket-b", "k");
        } else {
            assert_eq!(answer.get("connection"), Some("close"), "{codings:?}");
            assert!(client.read_head().is_err(), "{codings:?}: the rest was served");
            expect(404, &oss.get("bucket-b", "k"));
        }
    }
}

#[test]
fn framing_without_data_has_a_limit() {
    let (_server, oss) = open_bucket();
    let head = b"PUT /bucket-b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (zeros, status) in [(1_000, 200), (10_000, 200), (100_000, 400), (2_000_000, 400)] {
        let bytes = [head, "0".repeat(zeros).as_bytes(), b"4\r\nbody\r\n0\r\n\r\n"].concat();
        let (_, answer) = exchange(&oss, &bytes, false);
        assert_eq!(answer.status(), status, "{zeros} zeros: {answer:?}");
        if status == 200 {
            oss.delete("bucket-b", "k");
        } else {
            assert_eq!(answer.get("connection"), Some("close"));
        }
    }
    expect(404, &oss.get("bucket-b", "k"));
    // Many small chunks with data stay within the limit on framing.
    let chunks = "1\r\nx\r\n".repeat(300_000);
    let (_, answer) = exchange(&oss, &[head, chunks.as_bytes(), b"0\r\n\r\n"].concat(), false);
    expect(200, &answer);
    assert_eq!(oss.get("bucket-b", "k").body.len(), 300_000);
}

#[test]
fn a_client_that_sends_its_whole_body_sees_an_early_refusal() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    for (length, closes) in [(0, false), (1_000, false), (1_000_000, false), (2_000_000, true), (48 << 20, true)] {
        let head = format!("PUT /bucket-b/k HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
        let body = generated("refused", length);
        let (mut client, answer) = exchange(&oss, &[head.as_bytes(), &body].concat(), false);
        expect_error(403, "AccessDenied", &answer);
        assert_eq!(answer.get("connection"), closes.then_some("close"), "{length} bytes");
        if closes {
            assert!(client.read_head().is_err(), "{length} bytes");
        } else {
            client.send_raw(b"GET /bucket-b/k HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
            assert_eq!(client.read_response(false).unwrap().status(), 403, "{length} bytes: the connection is kept");
        }
    }
}

#[test]
fn an_answer_before_an_unsent_body_closes_the_connection() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    for headers in ["Content-Length: 2000000\r\n", "Content-Length: 4\r\nExpect: 100-continue\r\n"] {
        let head = format!("PUT /bucket-b/k HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
        let (mut client, answer) = exchange(&oss, head.as_bytes(), false);
        expect_error(403, "AccessDenied", &answer);
        assert_eq!(answer.get("connection"), Some("close"), "{headers}");
        assert!(client.read_head().is_err(), "{headers}");
    }
}

#[test]
fn a_request_before_a_half_close_is_answered() {
    let (server, oss) = open_bucket();
    oss.put("bucket-b", "k", b"v");
    let large = generated("large", 3 << 20);
    let put = |key: &str, body: &[u8], length: usize| {
        [format!("PUT /bucket-b/{key} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n").as_bytes(), body]
            .concat()
    };
    let get = |connection: &str| format!("GET /bucket-b/k HTTP/1.1\r\nHost: h\r\n{connection}\r\n").into_bytes();
    for (name, bytes, status) in [
        ("GET", get(""), 200),
        ("GET and close", get("Connection: close\r\n"), 200),
        ("PUT of a small body", put("small", b"small", 5), 200),
        ("PUT of a large body", put("large", &large, large.len()), 200),
        ("PUT of half a body", put("half", b"half", 8), 400),
    ] {
        let (mut client, answer) = exchange(&oss, &bytes, true);
        assert_eq!(answer.status(), status, "{name}: {answer:?}");
        assert!(client.read_head().is_err(), "{name}: the connection ends");
    }
    assert_eq!(oss.get("bucket-b", "small").body, b"small");
    assert!(oss.get("bucket-b", "large").body == large);
    expect(404, &oss.get("bucket-b", "half"));
    let mut probe = Client::connect(server.admin()).unwrap();
    probe.send_raw(b"GET /-/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    probe.finish_sending().unwrap();
    assert_eq!(probe.read_response(false).unwrap().status(), 200);
}

#[test]
fn a_client_that_half_closes_and_does_not_read_is_disconnected() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("coho.toml");
    std::fs::write(&config, "[limits]\nsend_idle_timeout_ms = 1000\n").unwrap();
    let server = coho_testkit::Server::start(options().flag("--config", config.to_str().unwrap())).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "public-read");
    oss.put("bucket-b", "large", &generated("large", 64 << 20));
    let mut stopped = Client::connect(oss.address()).unwrap();
    stopped.send_raw(b"GET /bucket-b/large HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    stopped.finish_sending().unwrap();
    assert_eq!(stopped.read_head().unwrap().status, 200);
    wait_for_connections(&server, 0);
    assert!(stopped.read_body().0.len() < 64 << 20);
}

/// Waits until the metric of open connections has this value.
fn wait_for_connections(server: &coho_testkit::Server, count: usize) {
    let line = format!("coho_http_connections {count}\n");
    let deadline = std::time::Instant::now() + coho_testkit::http::TIMEOUT;
    loop {
        let request = coho_testkit::http::Request::new("GET", "/-/metrics").header("Host", "localhost");
        let metrics = coho_testkit::http::exchange(server.admin(), &request).unwrap();
        if metrics.text().contains(&line) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{metrics:?}");
        std::thread::yield_now();
    }
}
