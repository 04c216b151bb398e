//! A body that breaks off is gone on with, and its readers do not notice; or it breaks visibly, and nothing is stored.

use coho_testkit::Script;
use coho_testkit::body::generated;
use coho_testkit::http::{End, Request, exchange};
use coho_testkit::oss::expect;

use crate::fixture::Mirror;

const LENGTH: u64 = 1_000_000;

fn script() -> Script {
    Script::generated("x", LENGTH).header("ETag", "\"v1\"").ranges()
}

#[test]
fn a_body_that_breaks_off_is_gone_on_with_where_it_broke() {
    // From "in the first piece" to "before the last byte"; the smallest needs all the tries there are.
    for cut in [112_000, 130_001, 262_144, 333_333, 500_000, 999_999] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/x", script().cut_each(cut));
        let answer = mirror.get("x");
        expect(200, &answer);
        assert_eq!(answer.end, End::Complete, "cut after {cut}");
        assert!(answer.body == generated("x", LENGTH as usize), "cut after {cut}: other bytes");
        assert_eq!(mirror.keys(), ["x"]);
        assert!(mirror.get("x").body == generated("x", LENGTH as usize), "cut after {cut}: stored other bytes");
        let requests = mirror.origin.requests();
        assert_eq!(requests.len() as u64, LENGTH.div_ceil(cut), "cut after {cut}");
        for (at, request) in requests.iter().enumerate().skip(1) {
            // Every byte is fetched once.
            assert_eq!(request.header("range"), Some(&*format!("bytes={}-", at as u64 * cut)));
            assert_eq!(request.header("if-range"), Some("\"v1\""));
        }
    }
}

#[test]
fn what_cannot_be_gone_on_with_breaks_visibly_and_is_not_stored() {
    let cut = 400_000;
    for (what, first, then) in [
        ("no validator", Script::generated("x", LENGTH).ranges().cut_each(cut), None),
        ("a weak tag", Script::generated("x", LENGTH).header("ETag", "W/\"v1\"").ranges().cut_each(cut), None),
        ("an origin without ranges", Script::generated("x", LENGTH).header("ETag", "\"v1\"").cut_each(cut), None),
        ("too many breaks", script().cut_each(50_000), None),
        ("another version", script().gated_body(cut).cut_each(cut), Some(("\"v2\"", script()))),
    ] {
        let mirror = Mirror::start();
        mirror.origin.route("/old/x", first);
        let answer = std::thread::scope(|scope| {
            let address = mirror.address();
            let request = Request::new("GET", "/site/x").header("Host", &address.to_string());
            let reader = scope.spawn(move || exchange(address, &request).unwrap());
            if let Some((etag, _)) = &then {
                mirror.origin.wait_for_hits("/old/x", 1);
                // The gate of the first script opens when another takes its place.
                let changed = Script::generated("y", LENGTH).header("ETag", etag).ranges();
                mirror.origin.route("/old/x", changed);
            }
            reader.join().unwrap()
        });
        assert!(answer.status() == 424 || answer.end != End::Complete, "{what} looks whole: {}", answer.status());
        if answer.status() == 200 {
            assert!(generated("x", LENGTH as usize).starts_with(&answer.body), "{what}: invented bytes");
        }
        mirror.assert_absent("x");
    }
}
