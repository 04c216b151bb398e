//! A range far ahead of the fill is fetched at once, and its bytes are not fetched a second time.

use std::{sync::Arc, thread};

use coho_testkit::{
    Script,
    body::generated,
    http::{End, Request, Response, exchange},
    oss::expect,
};

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
