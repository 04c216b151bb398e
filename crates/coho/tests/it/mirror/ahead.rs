//! A range far ahead of the fill is fetched at once, and its bytes are not fetched a second time.

use std::{sync::Arc, thread};

use coho_testkit::{
    Script,
    body::generated,
    http::{Client, End, Request, Response, exchange},
    oss::expect,
};

use super::metrics;
use crate::fixture::Mirror;

const LENGTH: u64 = 40_000_000;
/// Offset of the origin's pause: the fill brings no byte after it.
const GATE: u64 = 1_000_000;
const MIB: u64 = 1 << 20;

fn script(gate: u64) -> Script {
    Script::generated("x", LENGTH).header("ETag", "\"v1\"").ranges().gated_body(gate)
}

fn ranged(mirror: &Mirror, range: &str) -> Response {
    let address = mirror.address();
    let request = Request::new("GET", "/site/x").header("Host", &address.to_string()).header("Range", range);
    exchange(address, &request).unwrap()
}

/// A reader of the whole object.
fn whole_reader(mirror: &Mirror) -> thread::JoinHandle<Response> {
    let address = mirror.address();
    thread::spawn(move || {
        let request = Request::new("GET", "/site/x").header("Host", &address.to_string());
        exchange(address, &request).unwrap()
    })
}

/// Which ranges the origin was asked for; the first request is for the whole.
fn asked(mirror: &Mirror) -> Vec<String> {
    let requests = mirror.origin.requests();
    requests.iter().map(|request| request.header("range").unwrap_or("whole").to_owned()).collect()
}

fn check(ranges: &[(u64, u64)], expected: &[&str]) {
    check_far_ranges(GATE, ranges, expected);
}

fn check_far_ranges(gate: u64, ranges: &[(u64, u64)], expected: &[&str]) {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", script(gate));
    let whole = Arc::new(generated("x", LENGTH as usize));
    for (start, end) in ranges {
        let answer = ranged(&mirror, &format!("bytes={start}-{}", end - 1));
        expect(206, &answer);
        assert_eq!(answer.end, End::Complete);
        assert_eq!(answer.get("content-range"), Some(&*format!("bytes {start}-{}/{LENGTH}", end - 1)));
        assert!(answer.body == whole[*start as usize..*end as usize], "{start}-{end}: other bytes");
        assert_eq!(mirror.origin.hits("/old/x"), asked(&mirror).len());
    }
    let reader = whole_reader(&mirror);
    mirror.origin.release("/old/x");
    let answer = reader.join().unwrap();
    expect(200, &answer);
    assert!(answer.body == *whole, "the reader of the whole got other bytes");
    mirror.server.wait_until_idle();
    let stored = mirror.get("x");
    assert!(stored.body == *whole, "stored other bytes");
    assert_eq!(asked(&mirror), expected, "{ranges:?}");
    mirror.origin.route("/old/same", Script::generated("x", LENGTH));
    mirror.get("same");
    mirror.server.wait_until_idle();
    let same = mirror.get("same");
    let digest = "x-oss-hash-crc64ecma";
    assert_eq!(stored.get(digest), same.get(digest), "it is that of what is stored");
}

#[test]
fn a_range_far_ahead_is_answered_while_the_fill_waits() {
    // A short one is written over when the fill gets there; a long one is not fetched again.
    check(&[(30 * MIB, 30 * MIB + 65_536)], &["whole", "bytes=31457280-31522815"]);
    // Also if nothing of the whole but its head has come.
    check_far_ranges(0, &[(30 * MIB, 30 * MIB + 65_536)], &["whole", "bytes=31457280-31522815"]);
    check(
        &[(10 * MIB, 20 * MIB), (12 * MIB, 21 * MIB)],
        &["whole", "bytes=10485760-20971519", "bytes=20971520-22020095", "bytes=22020096-"],
    );
}

/// A range request whose head is read and whose body is not.
fn begin(mirror: &Mirror, start: u64, length: u64) -> Client {
    let mut client = Client::connect(mirror.address()).unwrap();
    let range = format!("bytes={start}-{}", start + length - 1);
    let request = Request::new("GET", "/site/x").header("Host", &mirror.address().to_string());
    client.send(&request.header("Range", &range)).unwrap();
    assert_eq!(client.read_head().unwrap().status, 206);
    client
}

#[test]
fn ranges_that_are_done_leave_their_place_to_others() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", script(GATE));
    let whole = generated("x", LENGTH as usize);
    let starts: Vec<u64> = (0..40).map(|number| 6 * MIB + number * MIB / 2).collect();
    for start in &starts {
        let (answer, at) = (ranged(&mirror, &format!("bytes={start}-{start}")), *start as usize);
        assert!(answer.end == End::Complete && answer.body == whole[at..=at], "{start}");
    }
    assert_eq!(mirror.origin.hits("/old/x"), 1 + starts.len());
    // One request for all of them, not one for each piece between them.
    let answer = ranged(&mirror, "bytes=6000000-35999999");
    assert!(answer.end == End::Complete && answer.body == whole[6_000_000..36_000_000]);
    assert_eq!(asked(&mirror).last().map(String::as_str), Some("bytes=6000000-35999999"));
    let reader = whole_reader(&mirror);
    mirror.origin.release("/old/x");
    assert!(reader.join().unwrap().body == whole);
    mirror.server.wait_until_idle();
    assert!(mirror.get("x").body == whole);
}

#[test]
fn ranges_above_the_limit_wait_and_are_counted_and_logged() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", script(GATE).ranged(Script::status(503).gated_head()));
    let far = |number: u64| begin(&mirror, 6 * MIB + number * MIB, 1);
    let mut readers: Vec<Client> = (0..16).map(far).collect();
    mirror.origin.wait_for_hits("/old/x", 17);
    assert!(!mirror.server.log().contains("max_ahead_ranges"));
    readers.push(far(16));
    mirror.server.wait_for_log("max_ahead_ranges");
    let metrics = metrics(&mirror);
    assert!(metrics.contains("outcome=\"max_ahead_ranges\"} 1"), "{metrics}");
    assert_eq!(mirror.origin.hits("/old/x"), 17);
    mirror.origin.release("/old/x");
    let whole = generated("x", LENGTH as usize);
    for (number, mut reader) in readers.into_iter().enumerate() {
        let at = 6 * MIB as usize + number * MIB as usize;
        assert_eq!(reader.read_body(), (whole[at..=at].to_vec(), End::Complete), "{number}");
    }
}

/// One open-ended range would keep all later ones waiting for its bytes.
#[test]
fn a_range_far_within_a_running_one_is_fetched_at_once() {
    let mirror = Mirror::start();
    let whole = generated("x", LENGTH as usize);
    mirror.origin.route("/old/x", script(GATE).drip(64 * 1024, std::time::Duration::from_millis(3)));
    let mut first = begin(&mirror, 6_000_000, LENGTH - 6_000_000);
    mirror.origin.wait_for_hits("/old/x", 2);
    assert!(ranged(&mirror, "bytes=30000000-30000099").body == whole[30_000_000..30_000_100]);
    // The first one gets its bytes too: what was cut off is requested again.
    let (body, end) = first.read_body();
    assert!(end == End::Complete && body == whole[6_000_000..]);
    let expected = ["whole", "bytes=6000000-39999999", "bytes=30000000-30000099", "bytes=30000100-39999999"];
    assert_eq!(asked(&mirror), expected);
    mirror.origin.release("/old/x");
    mirror.server.wait_until_idle();
    assert!(mirror.get("x").body == whole);
}

#[test]
fn a_range_up_to_the_end_leaves_the_fill_nothing_more_to_fetch() {
    check(&[(20 * MIB, LENGTH)], &["whole", "bytes=20971520-39999999"]);
}

#[test]
fn an_origin_without_ranges_is_asked_once_and_its_reader_waits() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", LENGTH).header("ETag", "\"v1\"").gated_body(GATE));
    let address = mirror.address();
    let far = thread::spawn(move || {
        let request = Request::new("GET", "/site/x").header("Host", &address.to_string());
        exchange(address, &request.header("Range", "bytes=30000000-30000009")).unwrap()
    });
    mirror.origin.wait_for_hits("/old/x", 2);
    mirror.origin.release("/old/x");
    let answer = far.join().unwrap();
    expect(206, &answer);
    assert!(answer.body == generated("x", LENGTH as usize)[30_000_000..30_000_010]);
    assert_eq!(mirror.origin.hits("/old/x"), 2);
}

#[test]
fn a_range_whose_chunks_end_early_is_not_asked_for_again_and_again() {
    let mirror = Mirror::start();
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 30000000-30000009/{LENGTH}\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let empty = Script::raw(head, "0\r\n\r\n");
    let script = Script::generated("x", LENGTH).header("ETag", "\"v1\"").gated_body(GATE).ranged(empty);
    mirror.origin.route("/old/x", script);
    let address = mirror.address();
    let far = thread::spawn(move || {
        let request = Request::new("GET", "/site/x").header("Host", &address.to_string());
        exchange(address, &request.header("Range", "bytes=30000000-30000009")).unwrap()
    });
    mirror.origin.wait_for_hits("/old/x", 2);
    mirror.origin.release("/old/x");
    let answer = far.join().unwrap();
    expect(206, &answer);
    assert!(answer.body == generated("x", LENGTH as usize)[30_000_000..30_000_010]);
    assert_eq!(mirror.origin.hits("/old/x"), 2);
}

#[test]
fn an_origin_without_a_rest_after_a_range_is_read_on_where_it_paused() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", script(GATE));
    let whole = generated("x", LENGTH as usize);
    let reader = whole_reader(&mirror);
    mirror.origin.wait_for_hits("/old/x", 1);
    let (start, end) = (10 * MIB, 30 * MIB);
    let answer = ranged(&mirror, &format!("bytes={start}-{}", end - 1));
    assert!(answer.body == whole[start as usize..end as usize]);
    // From now on it has no ranges. The answer that is under way goes on.
    mirror.origin.route("/old/x", Script::generated("x", LENGTH).header("ETag", "\"v1\"").ranged(Script::status(503)));
    let answer = reader.join().unwrap();
    assert!(answer.end == End::Complete && answer.body == whole, "{:?}", answer.end);
    mirror.server.wait_until_idle();
    assert!(mirror.get("x").body == whole);
    assert_eq!(mirror.keys(), ["x"]);
}

/// Of two rules that fetch one key at the same time, each has its own bytes, also for a range.
#[test]
fn a_part_comes_from_where_the_fill_comes_from() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/x", script(GATE));
    let whole = generated("x", LENGTH as usize);
    let reader = whole_reader(&mirror);
    mirror.origin.wait_for_hits("/old/x", 1);
    // Other bytes with the same tag.
    mirror.origin.route("/other/x", Script::generated("y", LENGTH).header("ETag", "\"v1\"").ranges());
    let rule = crate::fixture::mirror_rule("", &mirror.origin.url("/other/"));
    expect(200, &mirror.oss.put_website(crate::fixture::SITE, &rule));
    let answer = ranged(&mirror, "bytes=20000000-29999999");
    assert!(answer.body == generated("y", LENGTH as usize)[20_000_000..30_000_000]);
    mirror.origin.release("/old/x");
    assert!(reader.join().unwrap().body == whole);
    assert!(mirror.get("x").body == generated("y", LENGTH as usize), "the rule that counts now has stored it");
}

/// The end of an object that came before the rest is the end for its readers: after the last byte the object is found
/// by every request.
#[test]
fn the_reader_of_the_whole_finds_the_object_also_if_its_end_came_first() {
    let mirror = Mirror::start();
    let whole = generated("x", LENGTH as usize);
    // The origin is slow: without the range ahead the fill would still run.
    let slow = script(30_000_000).drip(64 * 1024, std::time::Duration::from_millis(3));
    mirror.origin.route(
        "/old/x",
        slow.ranged(
            Script::answer(206, &whole[36_500_000..])
                .header("Content-Range", &format!("bytes 36500000-{}/{LENGTH}", LENGTH - 1))
                .header("ETag", "\"v1\""),
        ),
    );
    let reader = whole_reader(&mirror);
    mirror.origin.wait_for_hits("/old/x", 1);
    assert!(ranged(&mirror, "bytes=-3500000").body == whole[36_500_000..]);
    mirror.origin.release("/old/x");
    assert!(reader.join().unwrap().body == whole);
    expect(200, &mirror.oss.head(crate::fixture::SITE, "x"));
    assert!(mirror.get("x").body == whole);
    assert_eq!(asked(&mirror), ["whole", "bytes=36500000-39999999"]);
}
