//! Bodies that end with their connection: delivered, stored only where the end is proved or the operator trusts it, and never with an
//! end that looks complete and is not known to be.

use coho_testkit::body::generated;
use coho_testkit::http::{Client, End, Request, Response};
use coho_testkit::origin::TLS_CERTIFICATE;
use coho_testkit::oss::expect;
use coho_testkit::{Fault, Origin, Oss, Script, Server};

use super::operating::{outcome, set};
use crate::fixture::{Mirror, SITE, options, website};

/// A body that no buffer swallows whole, one that may be buffered, and none.
const LENGTHS: [u64; 3] = [5_000_000, 2_000, 0];

fn with_tls() -> Mirror {
    let origin = Origin::start_tls().unwrap();
    let options = options().flag("--mirror", format!("{SITE}={}", origin.url("/old/")));
    let server = Server::start(options.env("SSL_CERT_FILE", TLS_CERTIFICATE)).unwrap();
    Mirror { oss: Oss::new(&server), origin, server }
}

/// Whether the client sees that it does not have the object.
fn is_broken(answer: &Response) -> bool {
    answer.status() == 424 || answer.end == End::Cut
}

/// Fetches twice. The reader has all that was sent, and the end is as expected; only what ended complete is stored.
#[track_caller]
fn check(mirror: &Mirror, key: &str, script: Script, whole: &[u8], expected: End) {
    let (path, what) = (format!("/old/{key}"), format!("{key}, {} bytes: {script:?}", whole.len()));
    mirror.origin.route(&path, script);
    for hits in [1, 2] {
        let answer = mirror.get(key);
        expect(200, &answer);
        assert!(answer.body == whole, "{} bytes came of {what}", answer.body.len());
        assert_eq!(answer.end, expected, "{what}");
        assert_eq!(answer.get("content-length").is_some(), hits == 2 && expected == End::Complete, "{what}");
        mirror.server.wait_until_idle();
        assert_eq!(mirror.origin.hits(&path), if expected == End::Complete { 1 } else { hits }, "{what}");
    }
    assert_eq!(mirror.keys().iter().any(|stored| stored == key), expected == End::Complete, "{what}");
}

#[test]
fn a_body_that_ends_with_its_connection_is_delivered_and_not_stored() {
    let mirror = Mirror::start();
    for length in LENGTHS {
        let body = generated("x", length as usize);
        check(&mirror, &format!("a{length}"), Script::generated("x", length).until_close(), &body, End::Cut);
        let old = Script::raw("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", &body);
        check(&mirror, &format!("b{length}"), old, &body, End::Cut);
    }
    assert_eq!(outcome(&mirror, "end_not_proved"), 12.0);
    assert!(mirror.server.log().contains("delivered, not stored: end not proved"));
}

#[test]
fn a_bucket_can_trust_its_origin_to_close_at_the_end() {
    let mirror = Mirror::start();
    set(&mirror, &["--trust-close", "true"]);
    for length in LENGTHS {
        let script = Script::generated("x", length).until_close();
        check(&mirror, &format!("a{length}"), script, &generated("x", length as usize), End::Complete);
    }
    let reset = Script::generated("x", 5_000_000).until_close().fault(Fault::Reset { after_bytes: 1_000_000 });
    mirror.origin.route("/old/reset", reset);
    let answer = mirror.get("reset");
    assert!(is_broken(&answer), "a reset is no end: {answer:?}");
    mirror.assert_absent("reset");
    set(&mirror, &["--trust-close", "false"]);
    check(&mirror, "again", Script::generated("x", 2_000).until_close(), &generated("x", 2_000), End::Cut);
}

#[test]
fn the_close_notify_of_tls_proves_the_end() {
    let mirror = with_tls();
    for length in LENGTHS {
        let (body, script) = (generated("x", length as usize), || Script::generated("x", length).until_close());
        check(&mirror, &format!("announced{length}"), script(), &body, End::Complete);
        check(&mirror, &format!("closed{length}"), script().fault(Fault::NoCloseNotify), &body, End::Cut);
        let half = Fault::Short { after_bytes: length / 2 };
        check(&mirror, &format!("half{length}"), script().fault(half), &body[..body.len() / 2], End::Cut);
    }
    // A body with an end of its own needs no other, and no other will do.
    mirror.origin.route("/old/chunked", Script::ok("chunked").chunked(3).closes().fault(Fault::NoLastChunk));
    assert!(is_broken(&mirror.get("chunked")));
    mirror.origin.route("/old/length", Script::ok("length").closes().fault(Fault::NoCloseNotify));
    assert_eq!((mirror.get("length").body, mirror.get("length").end), (b"length".to_vec(), End::Complete));
    set(&mirror, &["--trust-close", "true"]);
    let closed = Script::generated("x", 2_000).until_close().fault(Fault::NoCloseNotify);
    check(&mirror, "trusted", closed, &generated("x", 2_000), End::Complete);
}

#[test]
fn a_range_that_is_the_whole_has_its_end_in_its_head() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::partial(b"01234", 5).until_close());
    let answer = mirror.get("x");
    assert_eq!((&*answer.body, answer.end), (&b"01234"[..], End::Complete));
    assert_eq!(mirror.keys(), ["x"]);
    mirror.origin.route("/old/y", Script::partial(b"01234", 5).until_close().fault(Fault::Short { after_bytes: 4 }));
    assert!(is_broken(&mirror.get("y")));
    mirror.assert_absent("y");
}

#[test]
fn no_reader_gets_an_end_whatever_it_asks_for() {
    const LENGTH: usize = 1_000_000;
    let mirror = Mirror::start();
    let body = generated("x", LENGTH);
    mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64).until_close().gated_body(1_000));
    let host = mirror.address().to_string();
    let ask = |version: &str, range: &str| {
        let mut client = Client::connect(mirror.address()).unwrap();
        client.send_raw(format!("GET /site/x {version}\r\nHost: {host}\r\n{range}\r\n").as_bytes()).unwrap();
        let head = client.read_head().unwrap();
        assert_eq!((head.status, head.content_length(), head.get("content-range")), (200, None, None), "{range}");
        client
    };
    let first = ask("HTTP/1.1", "");
    // These join: with a range, of which nothing is known before the end, and without chunks.
    let others = [ask("HTTP/1.1", "Range: bytes=0-9\r\n"), ask("HTTP/1.1", "Range: bytes=-9\r\n")];
    let mut old = ask("HTTP/1.0", "");
    mirror.origin.release("/old/x");
    for mut client in [first].into_iter().chain(others) {
        let (read, end) = client.read_body();
        assert!(read == body && end == End::Cut, "{} bytes, {end:?}", read.len());
    }
    // A reset may overtake the last bytes.
    let (read, end) = old.read_body();
    assert!(body.starts_with(&read) && end == End::Cut, "{} bytes, {end:?}", read.len());
    assert_eq!(mirror.origin.hits("/old/x"), 1);
    mirror.assert_absent("x");
}

#[test]
fn a_head_of_such_an_object_has_no_length() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", 2_000).until_close());
    let rule = format!(
        "<RoutingRule><RuleNumber>1</RuleNumber><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>\
         </Condition><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>{}</MirrorURL>\
         <MirrorAllowHeadObject>true</MirrorAllowHeadObject></Redirect></RoutingRule>",
        mirror.origin.url("/old/")
    );
    expect(200, &mirror.oss.put_website(SITE, &website(&rule)));
    let request = Request::new("HEAD", "/site/x").header("Host", &mirror.address().to_string());
    let answer = {
        let mut client = Client::connect(mirror.address()).unwrap();
        client.send(&request).unwrap();
        client.read_response(true).unwrap()
    };
    assert_eq!((answer.status(), answer.get("content-length"), answer.get("etag").is_some()), (200, None, true));
    assert!(mirror.keys().is_empty());
}
