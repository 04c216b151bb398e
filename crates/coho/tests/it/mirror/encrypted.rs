//! Fetched objects of a bucket that wants them encrypted: no plain byte is on the disk, also while they grow.

use coho_testkit::{
    Oss, Script,
    body::generated,
    http::{Client, End, Request, exchange},
    oss::expect,
};

use super::operating::{coho, set, status};
use crate::{
    encryption::is_on_disk,
    fixture::{Mirror, SITE},
};

const HEADER: &str = "x-oss-server-side-encryption";
const LENGTH: u64 = 9_000_000;
/// Offset of the origin's pause.
const GATE: u64 = 1_000_000;

/// A site that encrypts what it fetches, or not.
fn site(encrypts: bool) -> Mirror {
    let mirror = Mirror::start();
    set(&mirror, &["--encrypt", if encrypts { "true" } else { "false" }]);
    mirror
}

#[test]
fn a_fetched_object_is_in_no_file_and_every_range_of_it_is_right() {
    for encrypts in [true, false] {
        let mut mirror = site(encrypts);
        let bodies = [("empty", 0), ("segment", 3_000), ("file", 400_000), ("chunked", 400_000)];
        for (key, length) in bodies {
            let script = Script::generated(key, length as u64);
            let script = if key == "chunked" { script.chunked(10_000) } else { script };
            mirror.origin.route(&format!("/old/{key}"), script);
            let answer = mirror.get(key);
            assert!(answer.end == End::Complete && answer.body == generated(key, length), "{key}");
        }
        for restarted in [false, true] {
            mirror.server.wait_until_idle();
            for (key, length) in bodies {
                let (context, body) = (format!("{key}, {encrypts}, restarted: {restarted}"), generated(key, length));
                let stored = mirror.oss.get(SITE, key);
                assert!(stored.body == body, "{context}");
                let is_sealed = encrypts && length > 0;
                assert_eq!(stored.get(HEADER), is_sealed.then_some("AES256"), "{context}");
                if length == 0 {
                    continue;
                }
                assert_eq!(is_on_disk(mirror.server.data_dir(), &body), !encrypts, "{context}");
                for (first, last) in [(0, 0), (length / 2, length / 2 + 70), (length - 1, length - 1), (1, length - 2)]
                {
                    let request = mirror.oss.request("GET", &format!("/{SITE}/{key}"));
                    let part = mirror.oss.call(request.header("Range", &format!("bytes={first}-{last}")));
                    expect(206, &part);
                    assert!(part.body == body[first..=last], "{context}: {first}-{last}");
                }
                assert_eq!(mirror.origin.hits(&format!("/old/{key}")), 1, "{context}");
            }
            mirror.server.restart().unwrap();
            mirror.oss = Oss::new(&mirror.server);
        }
    }
}

#[test]
fn a_growing_object_is_read_by_all_and_is_in_no_file() {
    for encrypts in [true, false] {
        let mirror = site(encrypts);
        let whole = generated("x", LENGTH as usize);
        let script = Script::generated("x", LENGTH).header("ETag", "\"v1\"").ranges();
        mirror.origin.route("/old/x", script.gated_body(GATE));
        let address = mirror.address();
        let request = || Request::new("GET", "/site/x").header("Host", &address.to_string());
        let mut first = Client::connect(address).unwrap();
        first.send(&request()).unwrap();
        assert_eq!(first.read_head().unwrap().status, 200);
        assert!(first.read_body_up_to(GATE as usize).0 == whole[..GATE as usize]);
        // A range of what has arrived, and one far ahead of it.
        for (from, to) in [(10, 200_000), (8_000_000, 8_500_001)] {
            let part = exchange(address, &request().header("Range", &format!("bytes={from}-{}", to - 1))).unwrap();
            expect(206, &part);
            assert!(part.body == whole[from..to], "{encrypts}: {from}-{to}");
            // It was read from the file, which would have the plain bytes.
            assert_eq!(is_on_disk(mirror.server.data_dir(), &whole[from..to]), !encrypts, "{encrypts}: {from}-{to}");
        }
        mirror.origin.release("/old/x");
        assert!(first.read_body_up_to(LENGTH as usize).0 == whole[GATE as usize..], "{encrypts}");
        assert_eq!(mirror.keys(), ["x"]);
        assert!(mirror.get("x").body == whole, "{encrypts}");
        assert_eq!(is_on_disk(mirror.server.data_dir(), &whole), !encrypts);
    }
}

#[test]
fn a_fetch_that_breaks_is_resumed_and_one_that_is_killed_leaves_nothing_to_read() {
    let mut mirror = site(true);
    let whole = generated("x", LENGTH as usize);
    mirror.origin.route("/old/x", Script::generated("x", LENGTH).header("ETag", "\"v1\"").ranges().cut_each(2_000_001));
    let answer = mirror.get("x");
    assert!(answer.end == End::Complete && answer.body == whole);
    assert_eq!(mirror.keys(), ["x"]);
    assert!(mirror.get("x").body == whole);
    assert!(!is_on_disk(mirror.server.data_dir(), &whole));

    mirror.origin.route("/old/y", Script::generated("y", LENGTH).gated_body(GATE));
    let mut reader = Client::connect(mirror.address()).unwrap();
    reader.send(&Request::new("GET", "/site/y").header("Host", &mirror.address().to_string())).unwrap();
    assert_eq!(reader.read_head().unwrap().status, 200);
    reader.read_body_up_to(GATE as usize);
    mirror.server.kill9().unwrap();
    assert!(!is_on_disk(mirror.server.data_dir(), &generated("y", LENGTH as usize)[..GATE as usize]));
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    assert_eq!(mirror.oss.keys(SITE), ["x"]);
    mirror.origin.release("/old/y");
    assert!(mirror.get("y").body == generated("y", LENGTH as usize));
    assert!(!is_on_disk(mirror.server.data_dir(), &generated("y", LENGTH as usize)));
}

#[test]
fn the_setting_is_shown_and_is_for_later_fetches_alone() {
    let mirror = Mirror::start();
    let body = generated("x", 5_000);
    for (key, encrypts) in [("plain", "false"), ("sealed", "true"), ("later", "false")] {
        set(&mirror, &["--encrypt", encrypts]);
        mirror.origin.route(&format!("/old/{key}"), Script::ok(&body));
        assert!(mirror.get(key).body == body);
        assert_eq!(status(&mirror)["buckets"][SITE]["encrypt"], encrypts == "true", "{key}");
    }
    mirror.server.wait_until_idle();
    let algorithm = |key: &str| mirror.oss.head(SITE, key).get(HEADER).map(str::to_owned);
    assert_eq!(["plain", "sealed", "later"].map(algorithm), [None, Some("AES256".to_owned()), None]);
    assert!(!coho(&mirror, &["set", SITE, "--encrypt", "AES256"]).0);
}
