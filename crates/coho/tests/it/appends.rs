//! Appendable objects on the wire: AppendObject and SealAppendObject.

use crate::fixture::{Mirror, SITE, expect_error, server};
use coho_testkit::{
    Oss, Script, Server,
    body::generated,
    http::{Client, Request, Response},
    oss::expect,
};
use std::thread;

const BUCKET: &str = "bucket-b";

fn with_bucket() -> (Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    (server, oss)
}

fn request(oss: &Oss, key: &str, position: impl std::fmt::Display, body: &[u8]) -> Request {
    oss.request("POST", &format!("/{BUCKET}/{key}?append&position={position}")).body(body)
}

fn append(oss: &Oss, key: &str, position: usize, body: &[u8]) -> Response {
    oss.call(request(oss, key, position, body))
}

#[test]
fn appends_of_any_size_make_one_object_that_reads_show_whole() {
    let (mut server, mut oss) = with_bucket();
    let mut whole = Vec::new();
    for (round, size) in [0, 7, 100, 0, 70_000, 1, 300_000, 5].into_iter().enumerate() {
        let body = generated(&format!("append {round}"), size);
        let before = oss.head(BUCKET, "log").get("etag").map(str::to_owned);
        let answer = if round % 2 == 0 {
            append(&oss, "log", whole.len(), &body)
        } else {
            let chunked = oss.request("POST", &format!("/{BUCKET}/log?append&position={}", whole.len()));
            oss.call(chunked.chunked_body(&body, 10_007))
        };
        expect(200, &answer);
        whole.extend_from_slice(&body);
        let next = whole.len().to_string();
        assert_eq!(answer.get("x-oss-next-append-position"), Some(next.as_str()));
        for got in [oss.get(BUCKET, "log"), oss.head(BUCKET, "log")] {
            expect(200, &got);
            assert_eq!(got.get("x-oss-object-type"), Some("Appendable"));
            assert_eq!(got.get("x-oss-next-append-position"), Some(next.as_str()));
            assert_eq!(got.get("content-length"), Some(next.as_str()));
            for header in ["etag", "x-oss-hash-crc64ecma"] {
                assert_eq!(got.get(header), answer.get(header), "{header}");
            }
            assert_eq!(got.get("content-md5"), None);
        }
        assert_eq!(size == 0 && round > 0, before.as_deref() == answer.get("etag"), "only nothing leaves the tag");
        assert!(oss.get(BUCKET, "log").body == whole);
    }
    server.restart().unwrap();
    oss = Oss::new(&server);
    assert!(oss.get(BUCKET, "log").body == whole);
    let ranged = oss.call(oss.request("GET", &format!("/{BUCKET}/log")).header("Range", "bytes=50-70050"));
    expect(206, &ranged);
    assert!(ranged.body == whole[50..=70_050], "a range over several appends");
    let listing = oss.call(oss.request("GET", &format!("/{BUCKET}/")));
    assert!(listing.text().contains("<Type>Appendable</Type>"), "{}", listing.text());
    expect(200, &append(&oss, "log", whole.len(), b"!"));
}

#[test]
fn the_first_append_decides_about_headers_and_class_and_each_about_the_acl() {
    let (_server, oss) = with_bucket();
    let with = |request: Request, text: &str| {
        let request = request.header("Content-Type", text).header("x-oss-meta-a", text).header("Cache-Control", text);
        request.header("x-oss-object-acl", "public-read").header("x-oss-storage-class", "IA")
    };
    expect(200, &oss.call(with(request(&oss, "log", 0, b"one"), "first")));
    let answer = oss.call(with(request(&oss, "log", 3, b"two"), "second").header("x-oss-storage-class", "Standard"));
    expect(200, &answer);
    let got = oss.get_anonymous(BUCKET, "log");
    assert_eq!(got.body, b"onetwo");
    for (name, value) in [
        ("content-type", "first"),
        ("x-oss-meta-a", "first"),
        ("cache-control", "first"),
        ("x-oss-storage-class", "IA"),
    ] {
        assert_eq!(got.get(name), Some(value));
    }
    let acl = || oss.call(oss.request("GET", "/bucket-b/log?acl")).element("Grant").unwrap();
    assert_eq!(acl(), "public-read");
    expect(200, &oss.call(request(&oss, "log", 6, b"3").header("x-oss-object-acl", "private")));
    assert_eq!(acl(), "private");
}

#[test]
fn an_append_that_does_not_fit_is_refused_and_says_where_the_next_one_begins() {
    let (_server, oss) = with_bucket();
    let refused = append(&oss, "log", 1, b"x");
    expect_error(409, "PositionNotEqualToLength", &refused);
    assert_eq!(refused.get("x-oss-next-append-position"), Some("0"));
    expect(200, &append(&oss, "log", 0, b"abc"));
    for position in [0, 2, 4] {
        let refused = append(&oss, "log", position, b"x");
        expect_error(409, "PositionNotEqualToLength", &refused);
        assert_eq!(refused.get("x-oss-next-append-position"), Some("3"));
    }
    let careful = |key, position| oss.call(request(&oss, key, position, b"x").header("x-oss-forbid-overwrite", "true"));
    expect_error(409, "FileAlreadyExists", &careful("log", 3));
    expect(200, &careful("new", 0));
    oss.put(BUCKET, "normal", b"abc");
    expect_error(409, "ObjectNotAppendable", &append(&oss, "normal", 3, b"x"));
    expect_error(409, "ObjectNotAppendable", &append(&oss, "normal", 0, b""));
    for position in ["", "-1", "1.5", "x", "18446744073709551616"] {
        let code = if position.is_empty() { "MissingArgument" } else { "InvalidArgument" };
        expect_error(400, code, &oss.call(request(&oss, "log", position, b"x")));
    }
    let huge = 5_u64 << 30;
    expect_error(409, "PositionNotEqualToLength", &oss.call(request(&oss, "log", huge, b"x")));
    for (name, value, code) in [
        ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==", "InvalidDigest"),
        ("x-oss-hash-crc64ecma", "1", "InvalidCRC64"),
        ("x-oss-callback", "e30=", "NotImplemented"),
    ] {
        expect_error(400, code, &oss.call(request(&oss, "log", 3, b"hello world").header(name, value)));
    }
    expect_error(403, "AccessDenied", &oss.anonymous(&request(&oss, "log", 3, b"x")));
    expect_error(404, "NoSuchBucket", &oss.call(oss.request("POST", "/missing-b/k?append&position=0").body("x")));
    assert_eq!(oss.get(BUCKET, "log").body, b"abc", "nothing of this was stored");
    let right = request(&oss, "log", 3, b"hello world").header("Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww==");
    expect(200, &oss.call(right.header("x-oss-hash-crc64ecma", "5981764153023615706")));
}

#[test]
fn an_append_that_cannot_succeed_is_refused_before_its_body() {
    let (_server, oss) = with_bucket();
    oss.put(BUCKET, "normal", b"abc");
    expect(200, &append(&oss, "sealed", 0, b"abc"));
    expect(200, &oss.call(oss.request("POST", &format!("/{BUCKET}/sealed?seal&position=3")).body("")));
    expect(200, &append(&oss, "log", 0, b"abc"));
    let check = |key: &str, position: u64, forbids: &str, code: &str| {
        let request = request(&oss, key, position, b"defg").header("Expect", "100-continue");
        let mut client = Client::connect(oss.address()).unwrap();
        client.send_raw(&oss.signed(request.header("x-oss-forbid-overwrite", forbids)).head()).unwrap();
        expect_error(409, code, &client.read_response(false).unwrap());
    };
    check("normal", 3, "false", "ObjectNotAppendable");
    check("sealed", 3, "false", "ObjectNotAppendable");
    check("log", 2, "false", "PositionNotEqualToLength");
    check("log", 3, "true", "FileAlreadyExists");
    check("new", 3, "false", "PositionNotEqualToLength");
    for status in ["Enabled", "Suspended"] {
        let document = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        expect(200, &oss.call(oss.request("PUT", &format!("/{BUCKET}/?versioning")).body(&*document)));
        oss.delete(BUCKET, "log");
        check("log", 0, "false", "ObjectNotAppendable");
        check("log", 3, "false", "PositionNotEqualToLength");
    }
}

#[test]
fn of_appends_at_one_position_one_wins_and_the_others_follow() {
    const CLIENTS: usize = 4;
    const APPENDS: usize = 15;
    let (_server, oss) = with_bucket();
    expect(200, &append(&oss, "log", 0, b""));
    let follow = |client: usize| {
        let mut next = 0;
        let line = format!("{client:03}\n");
        for _ in 0..APPENDS {
            loop {
                let answer = append(&oss, "log", next, line.as_bytes());
                next = answer.get("x-oss-next-append-position").and_then(|text| text.parse().ok()).unwrap();
                match answer.status() {
                    200 => break,
                    _ => expect_error(409, "PositionNotEqualToLength", &answer),
                }
            }
        }
    };
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || follow(client));
        }
    });
    let got = oss.get(BUCKET, "log").text();
    for client in 0..CLIENTS {
        assert_eq!(got.lines().filter(|line| *line == format!("{client:03}")).count(), APPENDS, "{got}");
    }
    assert_eq!(got.len(), 4 * CLIENTS * APPENDS);
}

#[test]
fn a_put_a_copy_and_a_delete_treat_it_as_any_object() {
    let (_server, oss) = with_bucket();
    expect(200, &append(&oss, "log", 0, b"abc"));
    expect(200, &append(&oss, "log", 3, b"def"));
    let copy = |to: &str| {
        let request = oss.request("PUT", &format!("/{BUCKET}/{to}"));
        oss.call(request.header("x-oss-copy-source", &format!("/{BUCKET}/log")).header("x-oss-meta-a", "b").body(""))
    };
    expect(200, &copy("copy"));
    let got = oss.get(BUCKET, "copy");
    assert_eq!((got.body.as_slice(), got.get("x-oss-object-type")), (&b"abcdef"[..], Some("Normal")));
    assert_eq!(got.get("x-oss-hash-crc64ecma"), oss.head(BUCKET, "log").get("x-oss-hash-crc64ecma"));
    expect(200, &copy("log"));
    let got = oss.head(BUCKET, "log");
    assert_eq!((got.get("x-oss-object-type"), got.get("x-oss-meta-a")), (Some("Appendable"), Some("b")));
    expect(200, &append(&oss, "log", 6, b"g"));
    oss.put(BUCKET, "log", b"other");
    expect_error(409, "ObjectNotAppendable", &append(&oss, "log", 5, b"x"));
    oss.delete(BUCKET, "log");
    expect(200, &append(&oss, "log", 0, b"again"));
    assert_eq!(oss.get(BUCKET, "log").body, b"again");
}

#[test]
fn a_seal_ends_appends_and_keeps_its_first_time() {
    let (_server, oss) = with_bucket();
    let seal = |key: &str, rest: &str| oss.call(oss.request("POST", &format!("/{BUCKET}/{key}?seal{rest}")).body(""));
    expect_error(404, "NoSuchKey", &seal("log", "&position=0"));
    expect(200, &append(&oss, "log", 0, b"abc"));
    let open = oss.head(BUCKET, "log");
    assert_eq!(open.get("x-oss-sealed-time"), None);
    expect_error(400, "MissingArgument", &seal("log", ""));
    expect_error(409, "PositionNotEqualToLength", &seal("log", "&position=2"));
    let sealed = seal("log", "&position=3");
    expect(200, &sealed);
    let time = sealed.get("x-oss-sealed-time");
    assert!(time.is_some_and(|time| time.ends_with(" GMT")), "{sealed:?}");
    assert_eq!(seal("log", "&position=3").get("x-oss-sealed-time"), time);
    expect_error(409, "ObjectNotAppendable", &append(&oss, "log", 3, b"x"));
    let got = oss.get(BUCKET, "log");
    assert_eq!((got.body.as_slice(), got.get("x-oss-sealed-time")), (&b"abc"[..], time));
    assert_eq!((got.get("x-oss-next-append-position"), got.get("etag")), (None, open.get("etag")));
    oss.put(BUCKET, "normal", b"abc");
    expect_error(409, "ObjectNotAppendable", &seal("normal", "&position=3"));
    expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("POST", "/bucket-b/log?seal&position=3").body("")));
}

#[test]
fn an_append_beats_a_fetch_that_began_before_it() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/k", Script::generated("x", 1_000_000).gated_body(1_000));
    let append =
        |body: &[u8]| mirror.oss.call(mirror.oss.request("POST", &format!("/{SITE}/k?append&position=0")).body(body));
    thread::scope(|scope| {
        let oss = mirror.oss.clone();
        let reader = scope.spawn(move || oss.get_anonymous(SITE, "k"));
        mirror.origin.wait_for_hits("/old/k", 1);
        expect(200, &append(b"the client's"));
        mirror.origin.release("/old/k");
        drop(reader.join().unwrap());
    });
    mirror.server.wait_until_idle();
    assert_eq!(mirror.get("k").body, b"the client's");
    mirror.oss.delete(SITE, "k");
    mirror.origin.route("/old/k", Script::generated("x", 1_000));
    expect(200, &mirror.get("k"));
    expect_error(409, "ObjectNotAppendable", &append(b"x"));
}
