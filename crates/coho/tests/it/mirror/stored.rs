//! The main road: fetched once, stored, served from the store ever after.

use coho_testkit::body::generated;
use coho_testkit::http::{End, Request};
use coho_testkit::oss::{encode, expect};
use coho_testkit::{Origin, Oss, Script, Server};

use crate::fixture::{LOOPBACK, Mirror, SITE, expect_error, mirror_rule, options};

/// Below the inline threshold, around it, and a body of several pieces.
const SIZES: [usize; 5] = [0, 1, 40_000, 300_000, 5_000_000];

fn tag(url: &str) -> String {
    let encoded = encode(url, b"-_.~");
    let mut lower = String::new();
    let mut rest = encoded.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        lower.push_str(before);
        lower.push('%');
        lower.push_str(&after[..2].to_ascii_lowercase());
        rest = &after[2..];
    }
    format!("MIRROR {lower}{rest}")
}

#[test]
fn a_missing_object_is_fetched_and_then_served_with_the_origin_switched_off() {
    let mirror = Mirror::start();
    for size in SIZES {
        let path = format!("/old/dir/{size}.bin");
        mirror.origin.route(&path, Script::generated("x", size as u64).header("Content-Type", "text/x-test"));
    }
    for pass in ["from the origin", "from the store"] {
        for size in SIZES {
            let key = format!("dir/{size}.bin");
            let answer = mirror.get(&key);
            expect(200, &answer);
            assert_eq!(answer.end, End::Complete, "{pass}: {answer:?}");
            assert!(answer.body == generated("x", size), "{pass}: other bytes for {key}");
            assert_eq!(answer.get("content-type"), Some("text/x-test"), "{pass}");
            assert_eq!(answer.get("content-length"), Some(size.to_string().as_str()), "{pass}");
            let url = mirror.origin.url(&format!("/old/{key}"));
            assert_eq!(answer.get("x-oss-tag"), Some(tag(&url).as_str()), "{pass}");
        }
        mirror.origin.stop();
    }
    assert_eq!(mirror.origin.requests().len(), SIZES.len());
}

/// `"<32 upper-case hex digits>-1"`.
fn is_multipart_form(etag: &str) -> bool {
    let digest = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix("-1\""));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    digest.is_some_and(|digest| digest.len() == 32 && digest.bytes().all(is_hex))
}

#[test]
fn a_mirrored_object_is_an_object_like_any_other() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a.txt", Script::ok("hello world"));
    expect(200, &mirror.get("a.txt"));
    let head = mirror.oss.head(SITE, "a.txt");
    expect(200, &head);
    assert_eq!(head.get("content-length"), Some("11"));
    let etag = head.get("etag").unwrap();
    assert!(is_multipart_form(etag), "{etag} must not look like an MD5");
    assert_eq!(mirror.get("a.txt").get("etag"), Some(etag), "it stays");
    assert_eq!(head.get("content-md5"), None, "the tag is not an MD5");
    assert_eq!(head.get("x-oss-hash-crc64ecma"), Some("5981764153023615706"));
    assert_eq!(head.get("x-oss-object-type"), Some("Normal"));
    assert!(head.get("x-oss-tag").is_some_and(|tag| tag.starts_with("MIRROR ")), "{head:?}");
    assert_eq!(mirror.keys(), ["a.txt"]);
}

#[test]
fn a_mirrored_object_outlives_a_restart() {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/a.txt", Script::ok("kept"));
    expect(200, &mirror.get("a.txt"));
    mirror.server.wait_until_idle();
    mirror.origin.stop();
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    let answer = mirror.get("a.txt");
    expect(200, &answer);
    assert_eq!(answer.body, b"kept");
    assert!(answer.get("x-oss-tag").is_some_and(|tag| tag.starts_with("MIRROR ")), "{answer:?}");
}

#[test]
fn an_orderly_stop_makes_what_was_mirrored_a_moment_ago_durable() {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/small", Script::ok("small"));
    mirror.origin.route("/old/large", Script::ok(generated("large", 3_000_000)));
    for key in ["large", "small"] {
        expect(200, &mirror.get(key));
    }
    mirror.server.terminate().unwrap();
    mirror.origin.stop();
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    assert_eq!(mirror.get("small").body, b"small");
    assert_eq!(mirror.get("large").body, generated("large", 3_000_000));
}

/// Killed at a moment between the last byte and the sync: the object is stored whole or is fetched again.
#[test]
fn a_kill_right_after_a_fetch_leaves_no_damaged_object() {
    let mut mirror = Mirror::start();
    for round in 0..4 {
        let (key, body) = (format!("x{round}"), generated("x", 3_000_000 + round));
        mirror.origin.route(&format!("/old/{key}"), Script::ok(body.clone()));
        expect(200, &mirror.get(&key));
        mirror.server.restart().unwrap();
        mirror.oss = Oss::new(&mirror.server);
        assert_eq!(mirror.get(&key).body, body);
    }
    mirror.server.wait_until_idle();
    mirror.origin.stop();
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    assert_eq!(mirror.get("x3").body, generated("x", 3_000_003));
}

#[test]
fn an_overwritten_object_loses_its_tag_and_a_deleted_one_is_fetched_anew() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a.txt", Script::ok("from the origin"));
    expect(200, &mirror.get("a.txt"));
    mirror.oss.put(SITE, "a.txt", b"put");
    let answer = mirror.get("a.txt");
    assert_eq!((answer.body.as_slice(), answer.get("x-oss-tag")), (b"put".as_slice(), None), "{answer:?}");
    mirror.oss.delete(SITE, "a.txt");
    mirror.assert_absent("a.txt");
    let answer = mirror.get("a.txt");
    assert_eq!(answer.body, b"from the origin");
    assert_eq!(mirror.origin.hits("/old/a.txt"), 2);
}

/// A client that has read the last byte must not get 404, although the object is not stored yet.
#[test]
fn a_reader_of_an_object_finds_it_with_every_operation() {
    let mirror = Mirror::start();
    let (header, body) = (|name, value| move |request: Request| request.header(name, value), generated("x", 3_000_000));
    let plain = |request: Request| request;
    let forbid = |request: Request| header("x-oss-forbid-overwrite", "true")(request.body("other"));
    let from = |key: &str| format!("/{SITE}/{key}");
    type With<'a> = &'a dyn Fn(Request) -> Request;
    for (number, (method, query, with, expected)) in [
        ("HEAD", "", &plain as With, 200),
        ("GET", "?objectMeta", &plain, 200),
        ("GET", "?acl", &plain, 200),
        ("PUT", "?acl", &header("x-oss-object-acl", "private"), 200),
        ("PUT", "", &forbid, 409),
        ("POST", "?uploadId=", &|request: Request| header("x-oss-complete-all", "yes")(request.body("")), 409),
        ("GET", "", &header("If-None-Match", "*"), 304),
    ]
    .into_iter()
    .enumerate()
    {
        for round in 0..3 {
            let key = format!("{number}-{round}");
            mirror.origin.route(&format!("/old/{key}"), Script::ok(body.clone()));
            let begun = header("x-oss-forbid-overwrite", "true")(
                mirror.oss.request("POST", &format!("{}?uploads", from(&key))),
            );
            let begun = mirror.oss.call(begun);
            expect(200, &begun);
            let upload = begun.element("UploadId").unwrap();
            expect(200, &mirror.get(&key));
            let query = query.replace("uploadId=", &format!("uploadId={upload}"));
            let request = with(mirror.oss.request(method, &format!("{}{query}", from(&key))));
            let answer = mirror.oss.call(request);
            assert_eq!(answer.status(), expected, "{method} {query}: {answer:?}");
            let copied =
                mirror.oss.request("PUT", &from(&format!("copy-{key}"))).header("x-oss-copy-source", &from(&key));
            expect(200, &mirror.oss.call(copied));
        }
    }
}

/// The same of the operations on its bucket.
#[test]
fn a_reader_of_an_object_finds_it_in_its_bucket() {
    let mirror = Mirror::start();
    for round in 0..10 {
        let key = format!("a/{round}");
        mirror.origin.route(&format!("/old/{key}"), Script::generated("x", 3_000_000));
        expect(200, &mirror.get(&key));
        for query in ["", "?list-type=2", "?prefix=a/"] {
            let listed = mirror.oss.call(mirror.oss.request("GET", &format!("/{SITE}/{query}")));
            assert!(listed.text().contains(&format!("<Key>{key}</Key>")), "{query}: {listed:?}");
        }
        mirror.oss.delete(SITE, &key);
        mirror.origin.route("/old/last", Script::generated("x", 3_000_000));
        expect(200, &mirror.get("last"));
        let gone = mirror.oss.call(mirror.oss.request("DELETE", &format!("/{SITE}/")));
        expect_error(409, "BucketNotEmpty", &gone);
        mirror.oss.delete(SITE, "last");
    }
}

#[test]
fn the_key_reaches_the_origin_encoded_once() {
    let mirror = Mirror::start();
    for (key, path) in [
        ("a b/c.txt", "/old/a%20b/c.txt"),
        ("\u{fc}/\u{4f60}.txt", "/old/%C3%BC/%E4%BD%A0.txt"),
        ("100%.txt", "/old/100%25.txt"),
        ("q?x=1.txt", "/old/q%3Fx%3D1.txt"),
        ("hash#1.txt", "/old/hash%231.txt"),
    ] {
        // Whether `=` is escaped in a path is the client's freedom.
        for path in [path.to_owned(), path.replace("%3D", "=")] {
            mirror.origin.route(&path, Script::ok(key));
        }
        let answer = mirror.get(key);
        expect(200, &answer);
        assert_eq!(answer.text(), key);
    }
}

#[test]
fn a_404_of_the_origin_is_no_such_key_and_is_asked_again() {
    let mirror = Mirror::start();
    for count in [1, 2] {
        expect_error(404, "NoSuchKey", &mirror.get("missing"));
        assert_eq!(mirror.origin.hits("/old/missing"), count);
    }
    mirror.assert_absent("missing");
}

#[test]
fn a_head_and_sub_resources_fetch_nothing() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a.txt", Script::ok("x"));
    let target = format!("/{SITE}/a.txt");
    for (method, query) in
        [("HEAD", ""), ("HEAD", "?objectMeta"), ("GET", "?acl"), ("GET", "?objectMeta"), ("GET", "?versionId=null")]
    {
        let answer = mirror.oss.call(mirror.oss.request(method, &format!("{target}{query}")));
        expect_error(404, "NoSuchKey", &answer);
    }
    assert_eq!(mirror.origin.requests().len(), 0);
}

#[test]
fn an_anonymous_get_in_a_private_bucket_never_reaches_the_origin() {
    let origin = Origin::start().unwrap();
    origin.route("/old/a.txt", Script::ok("secret"));
    let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("private-site", "private");
    expect(200, &oss.put_website("private-site", &mirror_rule("", &origin.url("/old/"))));
    expect_error(403, "AccessDenied", &oss.get_anonymous("private-site", "a.txt"));
    assert_eq!(origin.requests().len(), 0);
    let answer = oss.get("private-site", "a.txt");
    expect(200, &answer);
    assert_eq!(answer.body, b"secret");
    expect_error(403, "AccessDenied", &oss.get_anonymous("private-site", "a.txt"));
}

#[test]
fn an_address_that_is_not_admitted_is_not_called() {
    let mirror = Mirror::start();
    let other = Origin::start().unwrap();
    other.route("/old/a.txt", Script::ok("internal"));
    mirror.oss.put_bucket("guarded", "public-read");
    // The admission of `--mirror` is for its own bucket alone.
    for url in [other.url("/old/"), mirror.origin.url("/old/"), other.url("/old/").replace("127.0.0.1", "localhost")] {
        expect_error(400, "InvalidArgument", &mirror.oss.put_website("guarded", &mirror_rule("", &url)));
    }
    // A spelling that only the resolver understands is stored, and refused where it is connected to.
    let odd = other.url("/old/").replace("127.0.0.1", "127.1");
    expect(200, &mirror.oss.put_website("guarded", &mirror_rule("", &odd)));
    expect_error(424, "MirrorFailed", &mirror.oss.get_anonymous("guarded", "a.txt"));
    assert_eq!((other.requests().len(), mirror.origin.requests().len()), (0, 0));
}
