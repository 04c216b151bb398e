//! Each script against the raw client: what one sends, the other must report.

use std::net::TcpStream;
use std::time::Duration;

use super::{Fault, Origin, Script};
use crate::body::generated;
use crate::http::{Client, End, Request, Response, exchange};

const LEN: u64 = 300_000;

fn get(origin: &Origin, path: &str) -> Response {
    exchange(origin.address(), &Request::new("GET", path).header("Host", "origin")).unwrap()
}

fn check(script: Script, body_bytes: u64, end: End) {
    let origin = Origin::start().unwrap();
    origin.route("/x", script.clone());
    let answer = get(&origin, "/x");
    assert_eq!((answer.body.len() as u64, answer.end), (body_bytes, end), "{script:?}");
    assert_eq!(answer.body, generated("x", body_bytes as usize), "{script:?}");
}

#[test]
fn a_whole_body_arrives_in_every_framing() {
    check(Script::generated("x", LEN), LEN, End::Complete);
    check(Script::generated("x", LEN).chunked(10_000), LEN, End::Complete);
    check(Script::generated("x", LEN).until_close(), LEN, End::Complete);
    check(Script::generated("x", 0), 0, End::Complete);
    check(Script::generated("x", 0).chunked(10), 0, End::Complete);
    check(Script::generated("x", 40).drip(13, Duration::from_millis(1)), 40, End::Complete);
}

#[test]
fn a_broken_body_is_seen_as_cut() {
    check(Script::generated("x", LEN).fault(Fault::Short { after_bytes: 1000 }), 1000, End::Cut);
    check(Script::generated("x", LEN).chunked(100).fault(Fault::BadChunk { after_bytes: 1000 }), 1000, End::Cut);
    check(Script::generated("x", LEN).chunked(1000).fault(Fault::NoLastChunk), LEN, End::Cut);
}

#[test]
fn a_cut_chunk_delivers_what_came_of_it() {
    let origin = Origin::start().unwrap();
    origin.route("/x", Script::generated("x", LEN).chunked(100).fault(Fault::CutChunk { after_bytes: 1000 }));
    let answer = get(&origin, "/x");
    assert_eq!((answer.body.len(), answer.end), (1000, End::Cut));
}

#[test]
fn a_reset_is_an_error_even_where_the_body_has_no_length() {
    let origin = Origin::start().unwrap();
    origin.route("/x", Script::generated("x", LEN).until_close().fault(Fault::Reset { after_bytes: 1000 }));
    assert_eq!(get(&origin, "/x").end, End::Cut);
}

#[test]
fn a_body_that_is_too_long_is_complete_after_its_length() {
    check(Script::generated("x", 100).fault(Fault::Long { surplus_bytes: 50 }), 100, End::Complete);
}

#[test]
fn a_connection_closed_in_or_before_the_head_gives_no_answer() {
    let origin = Origin::start().unwrap();
    for fault in [Fault::CloseBeforeHead, Fault::CutHead] {
        origin.route("/x", Script::ok("x").fault(fault));
        assert!(exchange(origin.address(), &Request::new("GET", "/x")).is_err(), "{fault:?}");
    }
}

#[test]
fn a_gate_holds_the_body_until_it_is_released() {
    let origin = Origin::start().unwrap();
    origin.route("/x", Script::generated("x", LEN).gated_body(1000));
    let mut client = Client::connect(origin.address()).unwrap();
    client.send(&Request::new("GET", "/x")).unwrap();
    assert_eq!(client.read_head().unwrap().content_length(), Some(LEN));
    assert_eq!(client.read_body_up_to(1000).0, generated("x", 1000));
    client.set_timeout(Duration::from_millis(50)).unwrap();
    assert_eq!(client.read_body(), (Vec::new(), End::TimedOut));
    origin.release("/x");
    client.set_timeout(Duration::from_secs(10)).unwrap();
    let (rest, end) = client.read_body();
    assert_eq!((rest.len() as u64, end), (LEN - 1000, End::Complete));
    origin.wait_for_finished("/x", 1);
}

#[test]
fn a_gate_before_the_head_holds_everything() {
    let origin = Origin::start().unwrap();
    origin.route("/x", Script::ok("late").gated_head());
    let mut client = Client::connect(origin.address()).unwrap();
    client.send(&Request::new("GET", "/x")).unwrap();
    origin.wait_for_hits("/x", 1);
    client.set_timeout(Duration::from_millis(50)).unwrap();
    assert!(client.read_head().is_err());
    origin.release("/x");
    client.set_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(client.read_response(false).unwrap().body, b"late");
}

#[test]
fn requests_are_recorded_as_they_came_and_connections_are_kept() {
    let origin = Origin::start().unwrap();
    origin.route("/a%20b", Script::ok("1"));
    let mut client = Client::connect(origin.address()).unwrap();
    let request = Request::new("GET", "/a%20b?q=1").header("X-One", "1").header("x-two", "2");
    assert_eq!(client.exchange(&request).unwrap().body, b"1");
    assert_eq!(client.exchange(&Request::new("GET", "/missing")).unwrap().status(), 404);
    let seen = origin.requests();
    assert_eq!(seen[0].target, "/a%20b?q=1");
    assert_eq!(seen[0].headers, [("X-One".to_owned(), "1".to_owned()), ("x-two".to_owned(), "2".to_owned())]);
    assert_eq!((origin.hits("/a%20b"), origin.hits("/missing")), (1, 1));
}

#[test]
fn statuses_redirects_and_partial_answers_say_what_they_are() {
    let origin = Origin::start().unwrap();
    origin.route("/500", Script::status(500));
    origin.route("/moved", Script::redirect(302, "/there"));
    origin.route("/part", Script::partial(b"01234", 100));
    assert_eq!(get(&origin, "/500").status(), 500);
    assert_eq!(get(&origin, "/moved").get("location"), Some("/there"));
    let part = get(&origin, "/part");
    assert_eq!((part.status(), part.get("content-range")), (206, Some("bytes 0-4/100")));
}

#[test]
fn a_stopped_origin_breaks_what_runs_and_refuses_what_comes() {
    let origin = Origin::start().unwrap();
    origin.route("/x", Script::generated("x", LEN).gated_body(10));
    let mut client = Client::connect(origin.address()).unwrap();
    client.send(&Request::new("GET", "/x")).unwrap();
    client.read_head().unwrap();
    origin.stop();
    assert_eq!(client.read_body().1, End::Cut);
    assert!(TcpStream::connect(origin.address()).is_err());
}
