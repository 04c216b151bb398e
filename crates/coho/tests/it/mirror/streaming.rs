//! One fetch, many readers: bytes go out while they come in, framing is kept, and a reader may leave.

use std::net::SocketAddr;
use std::sync::{Arc, Barrier};
use std::thread;

use coho_testkit::Script;
use coho_testkit::body::generated;
use coho_testkit::http::{Client, End, Request, exchange};
use coho_testkit::oss::expect;

use crate::fixture::{Mirror, SITE};

const LEN: u64 = 4_000_000;
/// Bytes the origin sends before it waits.
const BEFORE_GATE: u64 = 1_000_000;
/// Bytes each reader must get while the origin waits.
const EARLY: usize = 500_000;

fn open(address: SocketAddr, key: &str) -> Client {
    let mut client = Client::connect(address).unwrap();
    let request = Request::new("GET", &format!("/{SITE}/{key}")).header("Host", &address.to_string());
    client.send(&request).unwrap();
    client
}

#[test]
fn many_readers_of_a_missing_object_make_one_request_and_all_get_the_bytes() {
    const READERS: usize = 40;
    let mirror = Mirror::start();
    mirror.origin.route("/old/big", Script::generated("x", LEN).gated_body(BEFORE_GATE));
    let address = mirror.address();
    let met = Arc::new(Barrier::new(READERS + 1));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let met = Arc::clone(&met);
            thread::spawn(move || {
                let mut client = open(address, "big");
                let head = client.read_head().unwrap();
                // The origin still waits: these bytes were handed on before the object is complete.
                let (mut body, _) = client.read_body_up_to(EARLY);
                met.wait();
                let (rest, end) = client.read_body();
                body.extend(rest);
                assert_eq!((head.status, end), (200, End::Complete));
                assert!(body == generated("x", LEN as usize), "a reader got other bytes");
            })
        })
        .collect();
    met.wait();
    mirror.origin.release("/old/big");
    for reader in readers {
        reader.join().unwrap();
    }
    assert_eq!(mirror.origin.hits("/old/big"), 1);
    mirror.origin.stop();
    assert!(mirror.get("big").body == generated("x", LEN as usize));
}

#[test]
fn readers_that_come_before_the_head_of_the_origin_share_the_fetch_too() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/small", Script::ok("small").gated_head());
    let mut clients: Vec<_> = (0..10).map(|_| open(mirror.address(), "small")).collect();
    mirror.origin.wait_for_hits("/old/small", 1);
    mirror.origin.release("/old/small");
    for client in &mut clients {
        assert_eq!(client.read_response(false).unwrap().body, b"small");
    }
    assert_eq!(mirror.origin.hits("/old/small"), 1);
}

#[test]
fn a_reader_that_leaves_does_not_stop_the_store() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/big", Script::generated("x", LEN).gated_body(BEFORE_GATE));
    let mut only = open(mirror.address(), "big");
    assert_eq!(only.read_head().unwrap().status, 200);
    assert_eq!(only.read_body_up_to(EARLY).0.len(), EARLY);
    drop(only);
    mirror.origin.release("/old/big");
    mirror.origin.wait_for_finished("/old/big", 1);
    let answer = mirror.get("big");
    expect(200, &answer);
    assert!(answer.body == generated("x", LEN as usize));
    assert_eq!(mirror.origin.hits("/old/big"), 1);
    mirror.origin.stop();
    assert!(mirror.get("big").body == generated("x", LEN as usize));
}

#[test]
fn a_slow_reader_holds_up_neither_the_store_nor_the_others() {
    const LARGE: u64 = 40_000_000;
    let mirror = Mirror::start();
    mirror.origin.route("/old/big", Script::generated("x", LARGE));
    let mut slow = open(mirror.address(), "big");
    assert_eq!(slow.read_head().unwrap().status, 200);
    // It reads nothing more; sockets and buffers on the way hold far less than the object.
    assert!(mirror.get("big").body == generated("x", LARGE as usize));
    mirror.origin.stop();
    assert!(mirror.get("big").body == generated("x", LARGE as usize));
    let (body, end) = slow.read_body();
    assert_eq!(end, End::Complete);
    assert!(body == generated("x", LARGE as usize));
}

#[test]
fn the_framing_of_the_origin_is_kept_on_the_first_answer() {
    for len in [2_000, LEN] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/length", Script::generated("x", len));
        mirror.origin.route("/old/chunked", Script::generated("x", len).chunked(7_000));
        let length = mirror.get("length");
        assert_eq!((length.head.content_length(), length.head.is_chunked()), (Some(len), false));
        let first = mirror.get("chunked");
        assert_eq!((first.head.content_length(), first.head.is_chunked()), (None, true), "{first:?}");
        assert_eq!(first.end, End::Complete);
        assert!(first.body == generated("x", len as usize));
        mirror.server.wait_until_idle();
        let second = mirror.get("chunked");
        assert_eq!(second.head.content_length(), Some(len), "stored, so its length is known");
        assert!(second.body == generated("x", len as usize));
    }
}

#[test]
fn a_range_or_a_condition_on_a_missing_object_stores_the_whole_object() {
    let mirror = Mirror::start();
    let whole = generated("x", 100_000);
    for (key, name, value) in [
        ("range", "Range", "bytes=1000-1999"),
        ("tail", "Range", "bytes=-10"),
        ("junk", "Range", "bytes=9-4"),
        ("since", "If-Modified-Since", "Thu, 01 Jan 2032 00:00:00 GMT"),
    ] {
        mirror.origin.route(&format!("/old/{key}"), Script::generated("x", 100_000));
        let request = mirror.oss.request("GET", &format!("/{SITE}/{key}")).header(name, value);
        let answer = mirror.oss.anonymous(&request);
        match answer.status() {
            200 => assert!(answer.body == whole, "{key}"),
            206 => assert!(answer.body == sliced(&whole, value), "{key}: {answer:?}"),
            304 => assert_eq!(key, "since"),
            _ => panic!("{answer:?}"),
        }
        assert!(mirror.get(key).body == whole, "{key}");
        assert_eq!(mirror.origin.hits(&format!("/old/{key}")), 1, "{key}");
    }
}

fn sliced<'a>(whole: &'a [u8], range: &str) -> &'a [u8] {
    match range {
        "bytes=1000-1999" => &whole[1000..2000],
        "bytes=-10" => &whole[whole.len() - 10..],
        _ => panic!("206 for {range}"),
    }
}

#[test]
fn different_keys_are_fetched_side_by_side() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/held", Script::ok("held").gated_head());
    mirror.origin.route("/old/free", Script::ok("free"));
    let mut held = open(mirror.address(), "held");
    mirror.origin.wait_for_hits("/old/held", 1);
    assert_eq!(mirror.get("free").body, b"free");
    mirror.origin.release("/old/held");
    assert_eq!(held.read_response(false).unwrap().body, b"held");
    assert_eq!(mirror.keys(), ["free", "held"]);
}

/// A client that knows no chunks takes the end of the connection for that of the body.
#[test]
fn an_old_client_sees_a_break_as_well() {
    use std::io::{ErrorKind, Read, Write};
    let whole = generated("x", 300_000);
    for (name, script, is_whole) in [
        ("whole", Script::generated("x", 300_000).chunked(10_000), true),
        ("broken", Script::generated("x", 300_000).chunked(10_000).cut_each(200_000), false),
    ] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/x", script);
        let mut client = std::net::TcpStream::connect(mirror.address()).unwrap();
        let request = format!("GET /site/x HTTP/1.0\r\nHost: {}\r\n\r\n", mirror.address());
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let end = client.read_to_end(&mut answer);
        if is_whole {
            end.unwrap();
            assert!(answer.starts_with(b"HTTP/1.0 200") && answer.ends_with(&whole), "{name}");
        } else {
            assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset, "{name}");
            mirror.assert_absent("x");
        }
    }
}

#[test]
fn a_head_with_a_range_says_what_a_get_would_and_an_if_range_of_another_version_has_the_whole_sent() {
    for length in [100_000, 3_000_000] {
        for (method, extra, status, count) in
            [("HEAD", None, 206, 10), ("GET", None, 206, 10), ("GET", Some(("If-Range", "\"another\"")), 200, length)]
        {
            let mirror = Mirror::start();
            let rule = crate::fixture::mirror_rule("", &mirror.origin.url("/old/"))
                .replace("</MirrorURL>", "</MirrorURL><MirrorAllowHeadObject>true</MirrorAllowHeadObject>");
            expect(200, &mirror.oss.put_website(SITE, &rule));
            mirror.origin.route("/old/x", Script::generated("x", length));
            let ask = || {
                let request = Request::new(method, "/site/x").header("Host", &mirror.address().to_string());
                let request = request.header("Range", "bytes=10-19");
                let request = extra.iter().fold(request, |request, (name, value)| request.header(name, value));
                exchange(mirror.address(), &request).unwrap()
            };
            for when in ["growing", "stored"] {
                let answer = ask();
                assert_eq!(answer.status(), status, "{method} {length} {extra:?} {when}: {answer:?}");
                assert_eq!(
                    answer.get("content-length"),
                    Some(&*count.to_string()),
                    "{method} {length} {extra:?} {when}"
                );
                mirror.server.wait_until_idle();
            }
        }
    }
}
