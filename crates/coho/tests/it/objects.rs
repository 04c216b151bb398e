//! Objects and uploads on the wire, where an SDK would hide the detail.

use coho_testkit::body::generated;
use coho_testkit::oss::{Scheme, expect};
use coho_testkit::{Oss, Server};

use crate::fixture::{expect_error, server};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

fn with_bucket() -> (Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    (server, oss)
}

#[test]
fn what_was_put_is_what_is_got_whatever_its_size_and_framing() {
    let (_server, oss) = with_bucket();
    for scheme in [Scheme::V1, Scheme::V2, Scheme::V4] {
        let oss = oss.clone().scheme(scheme);
        for size in [0, 1, 4_095, 32_768, 32_769, 100_000, 1_048_576, 5_000_001] {
            let body = generated("put", size);
            let answer = oss.call(oss.request("PUT", "/bucket-b/length").body(body.clone()));
            expect(200, &answer);
            let chunked = oss.call(oss.request("PUT", "/bucket-b/chunked").chunked_body(&body, 10_007));
            expect(200, &chunked);
            for key in ["length", "chunked"] {
                let got = oss.get("bucket-b", key);
                expect(200, &got);
                assert!(got.body == body, "{key} of {size}");
                for header in ["etag", "x-oss-hash-crc64ecma", "content-md5"] {
                    assert!(got.get(header).is_some(), "{header}: {got:?}");
                    assert_eq!(got.get(header), answer.get(header), "{header} of {size}");
                    assert_eq!(got.get(header), chunked.get(header), "{header} of {size}");
                }
                assert_eq!(got.get("accept-ranges"), Some("bytes"));
                assert_eq!(got.get("x-oss-object-type"), Some("Normal"));
                assert_eq!(got.get("x-oss-storage-class"), Some("Standard"));
            }
        }
    }
}

#[test]
fn checksums_that_do_not_match_are_refused_and_leave_the_old_object() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "k", b"old");
    let put = |name, value| oss.call(oss.request("PUT", "/bucket-b/k").header(name, value).body("hello world"));
    expect_error(400, "InvalidDigest", &put("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="));
    expect_error(400, "InvalidDigest", &put("Content-MD5", "junk"));
    expect_error(400, "InvalidCRC64", &put("x-oss-hash-crc64ecma", "1"));
    assert_eq!(oss.get("bucket-b", "k").body, b"old");
    expect(200, &put("Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww=="));
    expect(200, &put("x-oss-hash-crc64ecma", "5981764153023615706"));
    assert_eq!(oss.get("bucket-b", "k").body, b"hello world");
}

#[test]
fn a_put_without_a_length_is_411_and_one_cut_short_is_not_stored() {
    let (_server, oss) = with_bucket();
    expect_error(411, "MissingContentLength", &oss.call(oss.request("PUT", "/bucket-b/k")));
    for (name, value) in [("Content-Length", "1000000"), ("Transfer-Encoding", "chunked")] {
        let request = oss.signed(oss.request("PUT", "/bucket-b/k").header(name, value));
        let mut client = coho_testkit::http::Client::connect(oss.address()).unwrap();
        client.send_raw(&request.head()).unwrap();
        client.send_raw(b"10\r\nhalf").unwrap();
        client.finish_sending().unwrap();
        if let Ok(head) = client.read_head() {
            assert!((400..500).contains(&head.status), "{head:?}");
        }
    }
    expect(404, &oss.head("bucket-b", "k"));
}

#[test]
fn metadata_and_stored_headers_come_back() {
    let (_server, oss) = with_bucket();
    let headers = [
        ("Content-Type", "text/x-test; charset=utf-8"),
        ("Cache-Control", "no-cache"),
        ("Content-Disposition", "attachment"),
        ("Content-Encoding", "x-none"),
        ("Content-Language", "de"),
        ("Expires", "Thu, 01 Jan 2032 00:00:00 GMT"),
        ("x-oss-meta-colour", "blue"),
        ("x-oss-meta-Mixed-Case", "Value"),
        ("x-oss-storage-class", "IA"),
    ];
    let request = headers.iter().fold(oss.request("PUT", "/bucket-b/k"), |r, (n, v)| r.header(n, v)).body("v");
    expect(200, &oss.call(request));
    for answer in [oss.get("bucket-b", "k"), oss.head("bucket-b", "k")] {
        for (name, value) in headers {
            assert_eq!(answer.get(name), Some(value), "{answer:?}");
        }
    }
    oss.put("bucket-b", "k", b"v");
    let answer = oss.head("bucket-b", "k");
    assert_eq!(answer.get("content-type"), Some("application/octet-stream"));
    assert_eq!((answer.get("x-oss-meta-colour"), answer.get("cache-control")), (None, None), "{answer:?}");
}

#[test]
fn persistent_headers_come_back_and_are_kept_or_replaced_by_copies() {
    let (_server, oss) = with_bucket();
    // myvalue1; and two words with a comma.
    let header = ("x-oss-persistent-headers", "myheader1:bXl2YWx1ZTE=,X-Second:YSwgYg==");
    let send = |method: &str, target: &str, headers: &[(&str, &str)]| {
        let request = headers.iter().fold(oss.request(method, target), |request, (n, v)| request.header(n, v));
        oss.call(request.body("v"))
    };
    let check = |key: &str, first: Option<&str>, second: Option<&str>| {
        for answer in [oss.get("bucket-b", key), oss.head("bucket-b", key)] {
            assert_eq!((answer.get("myheader1"), answer.get("x-second")), (first, second), "{key}: {answer:?}");
        }
    };
    expect(200, &send("PUT", "/bucket-b/k", &[header]));
    check("k", Some("myvalue1"), Some("a, b"));
    let upload = send("POST", "/bucket-b/parts?uploads", &[header]).element("UploadId").unwrap();
    expect(200, &send("PUT", &format!("/bucket-b/parts?partNumber=1&uploadId={upload}"), &[]));
    let complete =
        oss.request("POST", &format!("/bucket-b/parts?uploadId={upload}")).header("x-oss-complete-all", "yes");
    expect(200, &oss.call(complete.body("")));
    check("parts", Some("myvalue1"), Some("a, b"));
    let copy = |to: &str, headers: &[(&str, &str)]| {
        let headers = [&[("x-oss-copy-source", "/bucket-b/k")], headers].concat();
        let request = headers.iter().fold(oss.request("PUT", to), |request, (n, v)| request.header(n, v));
        oss.call(request.body(""))
    };
    let other = ("x-oss-persistent-headers", "myheader1:b3RoZXI=");
    for (to, headers, first, second) in [
        ("copy", &[][..], Some("myvalue1"), Some("a, b")),
        ("copy", &[other], Some("myvalue1"), Some("a, b")),
        ("copy", &[("x-oss-metadata-directive", "REPLACE"), other], Some("other"), None),
        ("copy", &[("x-oss-metadata-directive", "REPLACE")], None, None),
        ("k", &[], Some("myvalue1"), Some("a, b")),
        ("k", &[other], Some("other"), None),
    ] {
        expect(200, &copy(&format!("/bucket-b/{to}"), headers));
        check(to, first, second);
    }
    for wrong in ["a", "a:%", "Host:YQ==", "a:DQo=", "x-oss-tag:YQ==", "a:YQ==,a:YQ=="] {
        expect_error(400, "InvalidArgument", &send("PUT", "/bucket-b/new", &[("x-oss-persistent-headers", wrong)]));
    }
    let many = format!("a:{}", "YWFh".repeat(3000));
    assert_eq!(send("PUT", "/bucket-b/new", &[("x-oss-persistent-headers", &many)]).status(), 400);
    expect(404, &oss.head("bucket-b", "new"));
}

#[test]
fn forbid_overwrite_keeps_the_first_object() {
    let (_server, oss) = with_bucket();
    let put =
        |body: &str| oss.call(oss.request("PUT", "/bucket-b/k").header("x-oss-forbid-overwrite", "true").body(body));
    expect(200, &put("first"));
    expect_error(409, "FileAlreadyExists", &put("second"));
    assert_eq!(oss.get("bucket-b", "k").body, b"first");
}

#[test]
fn a_delete_is_204_with_or_without_an_object() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "k", b"v");
    oss.delete("bucket-b", "k");
    oss.delete("bucket-b", "k");
    expect_error(404, "NoSuchKey", &oss.get("bucket-b", "k"));
}

#[test]
fn acls_of_bucket_and_object_decide_what_anonymous_may_do() {
    let (_server, oss) = server();
    for (bucket_acl, object_acl, get, put) in [
        ("private", "default", 403, Some(403)),
        ("public-read", "default", 200, Some(403)),
        ("public-read-write", "default", 200, Some(200)),
        ("private", "public-read", 200, Some(403)),
        // OSS does not document whether the ACL of the object or of the bucket decides over an overwrite.
        ("public-read-write", "private", 403, None),
        ("private", "public-read-write", 200, None),
    ] {
        oss.put_bucket("acl-bucket", bucket_acl);
        let request = oss.request("PUT", "/acl-bucket/k").header("x-oss-object-acl", object_acl).body("v");
        expect(200, &oss.call(request));
        let case = format!("bucket {bucket_acl}, object {object_acl}");
        assert_eq!(oss.get_anonymous("acl-bucket", "k").status(), get, "GET, {case}");
        let put_answer = oss.anonymous(&oss.request("PUT", "/acl-bucket/k").body("w"));
        if let Some(put) = put {
            assert_eq!(put_answer.status(), put, "PUT, {case}: {put_answer:?}");
        }
    }
}

#[test]
fn a_multipart_upload_becomes_one_object() {
    let (_server, oss) = with_bucket();
    let begun = oss.call(oss.request("POST", "/bucket-b/k?uploads").header("x-oss-meta-a", "1").body(""));
    expect(200, &begun);
    let id = begun.element("UploadId").unwrap();
    let sizes = [102_400, 150_000, 7];
    let mut list = String::new();
    for (number, size) in (1..).zip(sizes) {
        let target = format!("/bucket-b/k?partNumber={number}&uploadId={id}");
        let answer = oss.call(oss.request("PUT", &target).body(generated(&format!("part {number}"), size)));
        expect(200, &answer);
        let etag = answer.get("etag").unwrap();
        list.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
    }
    expect_error(404, "NoSuchKey", &oss.get("bucket-b", "k"));
    let target = format!("/bucket-b/k?uploadId={id}");
    let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let done = oss.call(oss.request("POST", &target).body(body));
    expect(200, &done);
    assert!(done.element("ETag").is_some_and(|etag| etag.contains("-3")), "{done:?}");
    let got = oss.get("bucket-b", "k");
    let whole: Vec<u8> =
        (1..).zip(sizes).flat_map(|(number, size)| generated(&format!("part {number}"), size)).collect();
    assert!(got.body == whole);
    assert_eq!((got.get("x-oss-meta-a"), got.get("x-oss-object-type")), (Some("1"), Some("Multipart")));
    assert_eq!(got.get("x-oss-hash-crc64ecma"), done.get("x-oss-hash-crc64ecma"));
    expect_error(404, "NoSuchUpload", &oss.call(oss.request("DELETE", &target)));
}

#[test]
fn a_wrong_completion_is_refused_and_the_upload_stays() {
    let (_server, oss) = with_bucket();
    let begun = oss.call(oss.request("POST", "/bucket-b/k?uploads").body(""));
    let id = begun.element("UploadId").unwrap();
    let mut etags = Vec::new();
    for number in [1, 2] {
        let target = format!("/bucket-b/k?partNumber={number}&uploadId={id}");
        etags.push(oss.call(oss.request("PUT", &target).body("small")).get("etag").unwrap().to_owned());
    }
    let complete = |parts: &[(u32, &str)]| {
        let part =
            |(number, etag): &(u32, &str)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
        let list: String = parts.iter().map(part).collect();
        let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        oss.call(oss.request("POST", &format!("/bucket-b/k?uploadId={id}")).body(body))
    };
    let other = "\"00000000000000000000000000000000\"";
    expect_error(400, "InvalidPartOrder", &complete(&[(2, &etags[1]), (1, &etags[0])]));
    expect_error(400, "InvalidPart", &complete(&[(1, other)]));
    expect_error(400, "InvalidPart", &complete(&[(1, &etags[0]), (3, &etags[1])]));
    expect_error(400, "EntityTooSmall", &complete(&[(1, &etags[0]), (2, &etags[1])]));
    for number in ["0", "10001", "x"] {
        let target = format!("/bucket-b/k?partNumber={number}&uploadId={id}");
        expect_error(400, "InvalidArgument", &oss.call(oss.request("PUT", &target).body("x")));
    }
    expect(200, &complete(&[(2, &etags[1])]));
    assert_eq!(oss.get("bucket-b", "k").body, b"small");
}

#[test]
fn a_sequential_upload_takes_parts_in_order_and_its_object_has_an_md5() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "source", b"last");
    let begun = oss.call(oss.request("POST", "/bucket-b/k?sequential&uploads").body(""));
    let id = begun.element("UploadId").unwrap();
    let target = |number: u32| format!("/bucket-b/k?partNumber={number}&uploadId={id}");
    let first = generated("first", 102_400);
    let put = |number| oss.call(oss.request("PUT", &target(number)).body(first.clone()));
    let copy = |number| oss.call(oss.request("PUT", &target(number)).header("x-oss-copy-source", "/bucket-b/source"));
    for early in [put(2), copy(2)] {
        expect_error(400, "PartNotSequential", &early);
        assert_eq!(early.element("PartNumber").as_deref(), Some("2"), "{early:?}");
    }
    let part = put(1);
    expect(200, &part);
    for late in [put(1), copy(1)] {
        expect_error(409, "PartAlreadyExist", &late);
        assert_eq!(late.element("PartNumber").as_deref(), Some("1"), "{late:?}");
        assert_eq!(late.element("PartEtag").as_deref(), part.get("etag"), "{late:?}");
    }
    expect(200, &copy(2));
    let all = oss.request("POST", &format!("/bucket-b/k?uploadId={id}")).header("x-oss-complete-all", "yes").body("");
    expect(200, &oss.call(all));
    let whole = [&first[..], b"last"].concat();
    oss.put("bucket-b", "same", &whole);
    let same = oss.get("bucket-b", "same");
    let acl = oss.call(oss.request("PUT", "/bucket-b/k?acl").header("x-oss-object-acl", "private").body(""));
    expect(200, &acl);
    for method in ["GET", "HEAD"] {
        let got = oss.call(oss.request(method, "/bucket-b/k"));
        assert_eq!(got.get("content-md5"), same.get("content-md5"), "{method}: {got:?}");
        assert_eq!(got.get("x-oss-object-type"), Some("Multipart"), "{method}: {got:?}");
    }
}

#[test]
fn an_empty_continuation_token_and_marker_mean_none() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "a", b"1");
    for scheme in [Scheme::V1, Scheme::V2, Scheme::V4] {
        let oss = oss.clone().scheme(scheme);
        let v2 =
            "/bucket-b/?list-type=2&prefix=&delimiter=&continuation-token=&start-after=&fetch-owner=false&max-keys=10";
        for target in [v2, "/bucket-b/?prefix=&delimiter=&marker=&max-keys=10&encoding-type=url"] {
            let answer = oss.call(oss.request("GET", target));
            expect(200, &answer);
            assert_eq!(answer.element("Key").as_deref(), Some("a"), "{target}");
        }
    }
}

#[test]
fn an_empty_live_channel_list_and_versions_answer_for_cleaning_up() {
    let (_server, oss) = with_bucket();
    oss.put("bucket-b", "a", b"1");
    let live = oss.call(oss.request("GET", "/bucket-b/?live"));
    expect(200, &live);
    assert_eq!(live.element("IsTruncated").as_deref(), Some("false"), "{live:?}");
    assert!(live.text().contains("<ListLiveChannelResult"), "{live:?}");
    let versions = oss.call(oss.request("GET", "/bucket-b/?versions"));
    expect(200, &versions);
    assert_eq!(versions.element("VersionId").as_deref(), Some("null"), "{versions:?}");
}

/// The file of the only blob of this server.
fn only_blob(server: &Server) -> PathBuf {
    let mut pending = vec![server.data_dir().join("blobs")];
    while let Some(path) = pending.pop() {
        if path.is_file() {
            return path;
        }
        pending.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
    }
    panic!("there are no blobs");
}

#[test]
fn a_blob_file_that_was_changed_from_outside_is_500_and_named_in_the_log() {
    let replace = |path: &Path| std::fs::remove_file(path).unwrap();
    /// The text in the log, whether the file is open before, and the change.
    type Case<'a> = (&'a str, bool, &'a dyn Fn(&Path));
    let cases: [Case<'_>; 5] = [
        ("is missing", false, &replace),
        ("is not a regular file", false, &|path| {
            replace(path);
            std::os::unix::fs::symlink("/etc/hostname", path).unwrap();
        }),
        ("is not a regular file", false, &|path| {
            replace(path);
            std::fs::create_dir(path).unwrap();
        }),
        ("ends at 99999", false, &|path| File::options().write(true).open(path).unwrap().set_len(99_999).unwrap()),
        // Also if it is open already.
        ("ends at 99999", true, &|path| File::options().write(true).open(path).unwrap().set_len(99_999).unwrap()),
    ];
    for (expected, is_open, change) in cases {
        let (server, oss) = with_bucket();
        oss.put("bucket-b", "k", &generated("blob", 100_000));
        if is_open {
            expect(200, &oss.get("bucket-b", "k"));
        }
        let blob = only_blob(&server);
        change(&blob);
        expect_error(500, "InternalError", &oss.get("bucket-b", "k"));
        server.wait_for_log(&format!("blob {} {expected}", blob.file_name().unwrap().to_str().unwrap()));
    }
}
