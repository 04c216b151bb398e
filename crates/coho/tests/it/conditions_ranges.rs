//! Ranges and conditions of GET and HEAD, as tables: OSS ignores a bad range unless asked to be standard.

use coho_testkit::http::Response;
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Server};

use crate::fixture::{expect_error, server};

const BODY: &[u8] = b"0123456789";

fn with_object() -> (Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "k", BODY);
    (server, oss)
}

fn get(oss: &Oss, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(oss.request("GET", "/bucket-b/k"), |request, (n, v)| request.header(n, v));
    oss.call(request)
}

#[test]
fn a_valid_range_is_206_and_a_bad_one_is_the_whole_object() {
    let (_server, oss) = with_object();
    for (range, part) in [
        ("bytes=0-4", Some((0, 4))),
        ("bytes=5-", Some((5, 9))),
        ("bytes=9-9", Some((9, 9))),
        ("bytes=-3", Some((7, 9))),
        ("bytes=0-9", Some((0, 9))),
        ("bytes=0-10", None),
        ("bytes=10-", None),
        ("bytes=10-20", None),
        ("bytes=4-2", None),
        ("bytes=0-4/10", None),
        ("bytes=a-b", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", Some((0, 1))),
        ("bytes=1-2,", Some((1, 2))),
        ("bytes=1-2,abc", Some((1, 2))),
        ("0-4", None),
        ("items=0-4", None),
        ("bytes=0-99999999999999999999999", None),
    ] {
        let answer = get(&oss, &[("Range", range)]);
        let crc = answer.get("x-oss-hash-crc64ecma").map(str::to_owned);
        assert_eq!(
            crc.as_deref(),
            oss.head("bucket-b", "k").get("x-oss-hash-crc64ecma"),
            "{range}: of the whole object"
        );
        match part {
            Some((first, last)) => {
                expect(206, &answer);
                assert_eq!(answer.get("content-range"), Some(format!("bytes {first}-{last}/10").as_str()), "{range}");
                assert_eq!(answer.body, BODY[first..=last], "{range}");
            }
            None => {
                assert_eq!((answer.status(), answer.get("content-range")), (200, None), "{range}: {answer:?}");
                assert_eq!(answer.body, BODY, "{range}");
            }
        }
    }
}

#[test]
fn a_suffix_of_no_bytes_is_refused() {
    let (_server, oss) = with_object();
    for behavior in ["", "standard"] {
        let answer = get(&oss, &[("Range", "bytes=-0"), ("x-oss-range-behavior", behavior)]);
        expect_error(416, "InvalidRange", &answer);
        assert_eq!(answer.get("content-range"), Some("bytes */10"));
    }
}

#[test]
fn standard_behaviour_clips_the_end_and_refuses_a_start_beyond_it() {
    let (_server, oss) = with_object();
    let standard = |range| get(&oss, &[("Range", range), ("x-oss-range-behavior", "standard")]);
    for (range, content_range, body) in [
        ("bytes=0-4", "bytes 0-4/10", b"01234".as_slice()),
        ("bytes=5-100", "bytes 5-9/10", b"56789"),
        ("bytes=-100", "bytes 0-9/10", BODY),
    ] {
        let answer = standard(range);
        expect(206, &answer);
        assert_eq!((answer.get("content-range"), answer.body.as_slice()), (Some(content_range), body), "{range}");
    }
    for range in ["bytes=10-", "bytes=10-20", "bytes=100-"] {
        expect_error(416, "InvalidRange", &standard(range));
    }
}

#[test]
fn conditions_decide_between_200_304_and_412() {
    const PAST: &str = "Wed, 01 Jan 2020 00:00:00 GMT";
    const FUTURE: &str = "Thu, 01 Jan 2032 00:00:00 GMT";
    let (_server, oss) = with_object();
    let head = oss.head("bucket-b", "k");
    let etag = head.get("etag").unwrap().to_owned();
    let bare = etag.trim_matches('"').to_owned();
    let lower = etag.to_ascii_lowercase();
    let modified = head.get("last-modified").unwrap().to_owned();
    let other = "\"00000000000000000000000000000000\"";
    let cases: Vec<(u16, Vec<(&str, &str)>)> = vec![
        (200, vec![("If-Modified-Since", PAST)]),
        (304, vec![("If-Modified-Since", FUTURE)]),
        (304, vec![("If-Modified-Since", &modified)]),
        (200, vec![("If-Modified-Since", "yesterday")]),
        (412, vec![("If-Unmodified-Since", PAST)]),
        (200, vec![("If-Unmodified-Since", FUTURE)]),
        (200, vec![("If-Unmodified-Since", &modified)]),
        (200, vec![("If-Unmodified-Since", "tomorrow")]),
        (200, vec![("If-Match", &etag)]),
        (200, vec![("If-Match", &bare)]),
        (200, vec![("If-Match", &lower)]),
        (412, vec![("If-Match", other)]),
        (304, vec![("If-None-Match", &etag)]),
        (304, vec![("If-None-Match", &bare)]),
        (200, vec![("If-None-Match", other)]),
        (412, vec![("If-Match", other), ("If-None-Match", other)]),
        (304, vec![("If-Match", &etag), ("If-Modified-Since", FUTURE)]),
        // An entity tag beats a date, as in HTTP.
        (200, vec![("If-Match", &etag), ("If-Unmodified-Since", PAST)]),
    ];
    for (status, headers) in cases {
        let answer = get(&oss, &headers);
        assert_eq!(answer.status(), status, "{headers:?}: {answer:?}");
        match status {
            304 => assert!(answer.body.is_empty(), "{headers:?}"),
            412 => assert_eq!(answer.error("Code").as_deref(), Some("PreconditionFailed"), "{headers:?}"),
            _ => assert_eq!(answer.body, BODY, "{headers:?}"),
        }
        let request = headers.iter().fold(oss.request("HEAD", "/bucket-b/k"), |r, (n, v)| r.header(n, v));
        assert_eq!(oss.call(request).status(), status, "HEAD {headers:?}");
    }
}

#[test]
fn a_condition_is_looked_at_before_a_range() {
    let (_server, oss) = with_object();
    let other = ("If-Match", "\"00000000000000000000000000000000\"");
    expect_error(412, "PreconditionFailed", &get(&oss, &[("Range", "bytes=0-1"), other]));
}
