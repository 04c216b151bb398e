//! A growing object has the version that it will be stored with: its first answer shows the entity tag and the date,
//! and conditions, ranges and requests without a body agree with it.

use std::thread;

use coho_testkit::body::generated;
use coho_testkit::http::{Client, End, Head, Request, Response};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script};

use crate::fixture::{Mirror, SITE, expect_error};

const LENGTH: u64 = 3_000_000;
/// Body bytes that the origin sends before it waits for the test.
const GATE: u64 = 1_000_000;
const STRONG: (&str, &str) = ("ETag", "\"v1\"");

fn script() -> Script {
    Script::generated("x", LENGTH).gated_body(GATE)
}

fn tagged() -> Script {
    script().header(STRONG.0, STRONG.1).ranges()
}

/// A site whose rule fetches for HEAD as well, and whose origin has `x`.
fn site(script: Script) -> Mirror {
    let mirror = Mirror::start();
    let rule = crate::fixture::mirror_rule("", &mirror.origin.url("/old/"))
        .replace("</MirrorURL>", "</MirrorURL><MirrorAllowHeadObject>true</MirrorAllowHeadObject>");
    expect(200, &mirror.oss.put_website(SITE, &rule));
    mirror.origin.route("/old/x", script);
    mirror
}

/// A GET that has its head; its origin waits.
fn follow(mirror: &Mirror) -> (Client, Head) {
    let mut client = Client::connect(mirror.address()).unwrap();
    let request = Request::new("GET", "/site/x").header("Host", &mirror.address().to_string());
    client.send(&request).unwrap();
    let head = client.read_head().unwrap();
    (client, head)
}

fn ask(oss: &Oss, method: &str, query: &str, headers: &[(&str, &str)]) -> Response {
    let request = oss.request(method, &format!("/{SITE}/x{query}"));
    oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
}

fn assert_is_tag(tag: &str) {
    let hex = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix("-1\""));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    assert!(hex.is_some_and(|hex| hex.len() == 32 && hex.bytes().all(is_hex)), "{tag}");
}

/// The two headers that name a version.
fn version(answer: &Response) -> (Option<&str>, Option<&str>) {
    (answer.get("etag"), answer.get("last-modified"))
}

#[test]
fn every_answer_shows_the_version_that_the_first_reader_saw() {
    for (name, script) in [("strong", tagged()), ("no validator", script()), ("chunks", script().chunked(10_000))] {
        let is_length_known = name != "chunks";
        let mirror = site(script);
        let (mut reader, first) = follow(&mirror);
        let (etag, modified) = (first.get("etag").unwrap().to_owned(), first.get("last-modified").unwrap().to_owned());
        assert_is_tag(&etag);
        let (oss, etag, modified) = (&mirror.oss, &*etag, &*modified);
        let check = |when: &str, method: &str, query: &str, is_whole: bool| {
            let answer = ask(oss, method, query, &[]);
            expect(200, &answer);
            assert_eq!(version(&answer), (Some(etag), Some(modified)), "{name}, {when}: {method} {query}");
            assert_eq!(answer.get("x-oss-hash-crc64ecma").is_some(), is_whole, "{name}, {when}: {method} {query}");
            assert_eq!(answer.get("content-md5"), None, "{name}, {when}: {method} {query}");
            if method == "HEAD" {
                assert_eq!(answer.get("content-length"), Some(&*LENGTH.to_string()), "{name}, {when}: {query}");
            }
        };
        if is_length_known {
            check("growing", "HEAD", "", false);
            check("growing", "HEAD", "?objectMeta", false);
            check("growing", "GET", "?objectMeta", false);
            assert_eq!(mirror.oss.keys(SITE), Vec::<String>::new(), "{name}: it is not stored yet");
        } else {
            // A HEAD waits for the length, and so for the end.
            thread::scope(|scope| {
                let waiting =
                    ["", "?objectMeta"].map(|query| scope.spawn(move || check("waiting", "HEAD", query, true)));
                mirror.origin.release("/old/x");
                waiting.into_iter().for_each(|waiting| waiting.join().unwrap());
            });
        }
        mirror.origin.release("/old/x");
        let (body, end) = reader.read_body();
        assert!(end == End::Complete && body == generated("x", LENGTH as usize), "{name}");
        assert_eq!(mirror.keys(), ["x"]);
        for (method, query) in [("GET", ""), ("HEAD", ""), ("HEAD", "?objectMeta")] {
            check("stored", method, query, true);
        }
        let listed = mirror.oss.call(mirror.oss.request("GET", &format!("/{SITE}/")));
        assert!(listed.text().contains(&etag.replace('"', "&quot;")) || listed.text().contains(etag), "{listed:?}");
        assert_eq!(listed.element("Type").as_deref(), Some("Normal"));
        assert_eq!(mirror.origin.hits("/old/x"), 1, "{name}");
    }
}

#[test]
fn a_condition_decides_at_once_and_the_fetch_runs_to_its_end() {
    const PAST: &str = "Thu, 01 Jan 2015 00:00:00 GMT";
    const FUTURE: &str = "Thu, 01 Jan 2037 00:00:00 GMT";
    for (name, value, status) in [
        ("If-None-Match", "*", 304),
        ("If-None-Match", "\"another\"", 200),
        ("If-Match", "\"another\"", 412),
        ("If-Match", "*", 200),
        ("If-Modified-Since", FUTURE, 304),
        ("If-Modified-Since", PAST, 200),
        ("If-Unmodified-Since", PAST, 412),
        ("If-Unmodified-Since", FUTURE, 200),
    ] {
        for method in ["GET", "HEAD"] {
            let mirror = site(tagged());
            // The first request of all, which begins the fetch.
            let mut first = Client::connect(mirror.address()).unwrap();
            let request = Request::new(method, "/site/x").header("Host", &mirror.address().to_string());
            first.send(&request.header(name, value)).unwrap();
            let head = first.read_head().unwrap();
            assert_eq!(head.status, status, "{method} {name}: {value}");
            if status == 304 {
                assert_is_tag(head.get("etag").unwrap());
            }
            mirror.origin.release("/old/x");
            assert_eq!(mirror.keys(), ["x"], "{method} {name}: {value}");
            assert!(mirror.get("x").body == generated("x", LENGTH as usize));
            assert_eq!(mirror.origin.hits("/old/x"), 1, "{method} {name}: {value}");
        }
    }
}

#[test]
fn later_requests_may_name_the_version_that_grows() {
    let mirror = site(tagged());
    let (_reader, first) = follow(&mirror);
    let (etag, modified) = (first.get("etag").unwrap(), first.get("last-modified").unwrap());
    let range = ("Range", "bytes=1000-1999");
    for (headers, status) in [
        (vec![("If-None-Match", etag)], 304),
        (vec![("If-Match", etag), range], 206),
        (vec![("If-Match", "\"another\""), range], 412),
        (vec![("If-Range", etag), range], 206),
        (vec![("If-Range", modified), range], 206),
        (vec![("If-Range", "\"another\""), range], 200),
        (vec![("If-Range", "Thu, 01 Jan 2015 00:00:00 GMT"), range], 200),
    ] {
        for method in ["HEAD", "GET"] {
            let mut client = Client::connect(mirror.address()).unwrap();
            let request = Request::new(method, "/site/x").header("Host", &mirror.address().to_string());
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            client.send(&request).unwrap();
            let head = client.read_head().unwrap();
            assert_eq!(head.status, status, "{method} {headers:?}");
            if status == 206 {
                assert_eq!(head.get("content-range"), Some(&*format!("bytes 1000-1999/{LENGTH}")));
                assert_eq!(head.get("etag"), Some(etag));
            }
            if (status, method) == (206, "GET") {
                assert!(client.read_body().0 == generated("x", LENGTH as usize)[1000..2000]);
            }
        }
    }
    mirror.origin.release("/old/x");
    mirror.server.wait_until_idle();
    assert_eq!(mirror.origin.hits("/old/x"), 1);
}

/// The object that is written meanwhile is the stored one; the fetch only serves its readers.
#[test]
fn after_a_write_requests_without_a_body_show_the_write() {
    let mirror = site(tagged());
    let (_reader, first) = follow(&mirror);
    let etag = first.get("etag").unwrap().to_owned();
    mirror.oss.put(SITE, "x", b"put");
    for query in ["", "?objectMeta"] {
        let answer = ask(&mirror.oss, "HEAD", query, &[]);
        expect(200, &answer);
        assert_eq!(answer.get("content-length"), Some("3"), "{query}");
        assert_ne!(answer.get("etag"), Some(&*etag), "{query}");
    }
    mirror.oss.delete(SITE, "x");
    expect_error(404, "NoSuchKey", &ask(&mirror.oss, "HEAD", "?objectMeta", &[]));
    mirror.origin.release("/old/x");
    assert_eq!(mirror.keys(), Vec::<String>::new(), "the fetch that was overtaken leaves nothing");
}

#[test]
fn a_fetch_after_a_crash_gives_the_same_version_the_same_tag() {
    const DATE: (&str, &str) = ("Date", "Thu, 01 Jan 2026 00:01:00 GMT");
    let with = |headers: &[(&str, &str)]| {
        headers.iter().fold(script().ranges(), |script, (name, value)| script.header(name, value))
    };
    let old = ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
    let young = ("Last-Modified", DATE.1);
    for (name, before, after, is_same) in [
        ("the same tag", with(&[STRONG]), with(&[STRONG]), true),
        ("another tag", with(&[STRONG]), with(&[("ETag", "\"v2\"")]), false),
        ("the same date", with(&[old, DATE]), with(&[old, DATE]), true),
        ("another date", with(&[old, DATE]), with(&[("Last-Modified", "Thu, 01 Jan 2026 00:00:30 GMT"), DATE]), false),
        ("a date as young as its answer", with(&[young, DATE]), with(&[young, DATE]), false),
        ("a weak tag", with(&[("ETag", "W/\"v1\"")]), with(&[("ETag", "W/\"v1\"")]), false),
        ("nothing", with(&[]), with(&[]), false),
        ("a coding", with(&[STRONG]), with(&[STRONG, ("Content-Encoding", "gzip")]), false),
    ] {
        let mut mirror = site(before);
        let (reader, first) = follow(&mirror);
        mirror.server.restart().unwrap();
        drop(reader);
        mirror.oss = Oss::new(&mirror.server);
        mirror.origin.route("/old/x", after);
        let (_reader, second) = follow(&mirror);
        assert_eq!(first.get("etag") == second.get("etag"), is_same, "{name}");
        mirror.origin.release("/old/x");
        mirror.server.wait_until_idle();
        assert_eq!(ask(&mirror.oss, "HEAD", "", &[]).get("etag"), second.get("etag"), "{name}");
    }
}

/// As SDKs download: a HEAD, then ranges side by side, each on the condition that it is of the version of the HEAD.
#[test]
fn several_clients_download_a_cold_object_in_ranges_side_by_side() {
    const CLIENTS: usize = 3;
    const RANGE: u64 = 500_000;
    for is_gated in [true, false] {
        let large = 8 * LENGTH;
        let script = Script::generated("x", large).header(STRONG.0, STRONG.1).ranges();
        let mirror = site(if is_gated { script.gated_body(GATE) } else { script });
        let (oss, whole) = (&mirror.oss, generated("x", large as usize));
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| download(oss, large, RANGE))).collect();
            mirror.origin.wait_for_hits("/old/x", 1);
            mirror.origin.release("/old/x");
            for client in clients {
                assert!(client.join().unwrap() == whole, "gated: {is_gated}");
            }
        });
        assert_eq!(mirror.keys(), ["x"]);
    }
}

fn download(oss: &Oss, length: u64, range: u64) -> Vec<u8> {
    let head = ask(oss, "HEAD", "", &[]);
    expect(200, &head);
    assert_eq!(head.get("content-length"), Some(&*length.to_string()));
    let etag = head.get("etag").unwrap();
    thread::scope(|scope| {
        let starts = (0..length).step_by(range as usize);
        let parts: Vec<_> = starts
            .map(|start| {
                scope.spawn(move || {
                    let wanted = format!("bytes={start}-{}", (start + range).min(length) - 1);
                    let answer = ask(oss, "GET", "", &[("If-Match", etag), ("Range", &wanted)]);
                    expect(206, &answer);
                    assert_eq!(answer.get("etag"), Some(etag));
                    answer.body
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}
