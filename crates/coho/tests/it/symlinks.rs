//! Symbolic links.

use coho_testkit::Oss;
use coho_testkit::http::Response;
use coho_testkit::oss::{encode, expect, object};

use crate::fixture::{Mirror, SITE, expect_error};
use crate::protocol::{call, with_bucket};

const BUCKET: &str = "bucket-b";

fn put_link(oss: &Oss, bucket: &str, key: &str, target: &str, headers: &[(&str, &str)]) -> Response {
    let request = oss.request("PUT", &format!("{}?symlink", object(bucket, key)));
    let request = request.header("x-oss-symlink-target", &encode(target, b"-_.~"));
    oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)).body(""))
}

#[test]
fn a_link_shows_the_bytes_of_its_target_and_headers_of_its_own() {
    let (_server, oss) = with_bucket();
    let body = "0123456789".repeat(5000);
    let request = oss.request("PUT", "/bucket-b/target").header("x-oss-meta-of", "target").header("Expires", "x");
    let target = oss.call(request.header("x-oss-tagging", "a=1").body(&*body));
    let put = put_link(&oss, BUCKET, "link", "target", &[("x-oss-meta-of", "link"), ("x-oss-storage-class", "IA")]);
    expect(200, &put);
    for method in ["GET", "HEAD"] {
        let answer = call(&oss, method, "/bucket-b/link", "");
        expect(200, &answer);
        assert!(method == "HEAD" || answer.text() == body);
        for header in ["etag", "content-md5", "x-oss-hash-crc64ecma"] {
            assert_eq!(answer.get(header), target.get(header), "{header}: {answer:?}");
        }
        for (header, value) in [
            ("content-length", Some("50000")),
            ("x-oss-object-type", Some("Symlink")),
            ("x-oss-storage-class", Some("IA")),
            ("x-oss-meta-of", Some("link")),
            ("content-type", Some("application/octet-stream")),
            ("expires", None),
            ("x-oss-tagging-count", None),
        ] {
            assert_eq!(answer.get(header), value, "{header}: {answer:?}");
        }
    }
    let part = oss.call(oss.request("GET", "/bucket-b/link").header("Range", "bytes=2-4"));
    assert_eq!((part.status(), part.text(), part.get("content-range")), (206, "234".into(), Some("bytes 2-4/50000")));
    let tag = target.get("etag").unwrap();
    expect(304, &oss.call(oss.request("GET", "/bucket-b/link").header("If-None-Match", tag)));
    // What the link itself is: its own size and entity tag.
    let meta = call(&oss, "HEAD", "/bucket-b/link?objectMeta", "");
    assert_eq!((meta.get("content-length"), meta.get("etag")), (Some("0"), put.get("etag")), "{meta:?}");
    let listed = call(&oss, "GET", "/bucket-b/?prefix=link", "").text();
    assert!(listed.contains("<Type>Symlink</Type><Size>0</Size>"), "{listed}");
    let stat = call(&oss, "GET", "/bucket-b/?stat", "");
    assert_eq!(
        (stat.element("ObjectCount").as_deref(), stat.element("Storage").as_deref()),
        (Some("2"), Some("50000"))
    );
    // The date is the later one, and the bytes are those that the target has now.
    let later = |answer: &Response| answer.get("last-modified").map(str::to_owned);
    let before = later(&meta);
    while later(&oss.head(BUCKET, "target")) <= before {
        oss.put(BUCKET, "target", b"new");
    }
    let answer = oss.get(BUCKET, "link");
    assert_eq!((answer.text(), later(&answer)), ("new".into(), later(&oss.head(BUCKET, "target"))));
}

#[test]
fn a_link_tells_its_target_and_is_kept_by_copies() {
    let (_server, oss) = with_bucket();
    oss.put_bucket("bucket-c", "private");
    let target = "oss/+< >[]/\u{4e16}\u{754c}%.txt";
    let put = put_link(&oss, BUCKET, "a+b", target, &[("x-oss-tagging", "t=1"), ("x-oss-object-acl", "public-read")]);
    expect(200, &put);
    let shown = |oss: &Oss, bucket: &str, key: &str| call(oss, "GET", &format!("{}?symlink", object(bucket, key)), "");
    let get = shown(&oss, BUCKET, "a+b");
    expect(200, &get);
    assert_eq!(get.get("x-oss-symlink-target"), Some(&*encode(target, b"-_.~")));
    assert_eq!((get.get("etag"), get.get("content-length")), (put.get("etag"), Some("0")), "{get:?}");
    let plus = oss.request("PUT", "/bucket-b/plus?symlink").header("x-oss-symlink-target", "a+b%2Bc").body("");
    expect(200, &oss.call(plus));
    assert_eq!(shown(&oss, BUCKET, "plus").get("x-oss-symlink-target"), Some("a%20b%2Bc"));
    let copy = |to: &str, headers: &[(&str, &str)]| {
        let request = oss.request("PUT", to).header("x-oss-copy-source", "/bucket-b/a%2Bb").body("");
        oss.call(headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    expect(200, &copy("/bucket-c/copy", &[]));
    let copied = shown(&oss, "bucket-c", "copy");
    assert_eq!(copied.get("x-oss-symlink-target"), get.get("x-oss-symlink-target"));
    assert_eq!(copied.get("etag"), put.get("etag"));
    assert!(call(&oss, "GET", "/bucket-c/copy?tagging", "").text().contains("<Key>t</Key>"));
    // New metadata and tags leave it a link.
    expect(200, &copy("/bucket-b/a%2Bb", &[("x-oss-metadata-directive", "REPLACE"), ("x-oss-meta-a", "b")]));
    expect(204, &call(&oss, "DELETE", "/bucket-b/a%2Bb?tagging", ""));
    assert_eq!(shown(&oss, BUCKET, "a+b").get("x-oss-symlink-target"), get.get("x-oss-symlink-target"));
    // A part copies the bytes.
    oss.put(BUCKET, target, b"bytes");
    let upload = call(&oss, "POST", "/bucket-b/whole?uploads", "").element("UploadId").unwrap();
    expect(200, &copy(&format!("/bucket-b/whole?partNumber=1&uploadId={upload}"), &[]));
    let done = oss.request("POST", &format!("/bucket-b/whole?uploadId={upload}")).header("x-oss-complete-all", "yes");
    expect(200, &oss.call(done.body("")));
    assert_eq!(oss.get(BUCKET, "whole").body, b"bytes");
}

#[test]
fn a_link_without_a_target_or_to_a_link_is_refused_when_it_is_read() {
    let (_server, oss) = with_bucket();
    for (key, target) in [("dangling", "none"), ("itself", "itself"), ("chain", "dangling")] {
        expect(200, &put_link(&oss, BUCKET, key, target, &[]));
    }
    for (key, status, code) in [
        ("dangling", 404, "SymlinkTargetNotExist"),
        ("itself", 400, "InvalidTargetType"),
        ("chain", 400, "InvalidTargetType"),
    ] {
        expect_error(status, code, &oss.get(BUCKET, key));
        expect_error(status, code, &oss.head(BUCKET, key));
    }
    assert_eq!(oss.get(BUCKET, "chain").get("x-oss-ec"), Some("0026-00000011"));
    oss.put(BUCKET, "none", b"v");
    assert_eq!(oss.get(BUCKET, "dangling").body, b"v");
    expect_error(409, "FileAlreadyExists", &put_link(&oss, BUCKET, "none", "x", &[("x-oss-forbid-overwrite", "true")]));
    expect_error(400, "NotSymlink", &call(&oss, "GET", "/bucket-b/none?symlink", ""));
    expect_error(404, "NoSuchKey", &call(&oss, "GET", "/bucket-b/missing?symlink", ""));
    let put = |target: Option<&str>| {
        let request = oss.request("PUT", "/bucket-b/new?symlink").body("");
        oss.call(target.into_iter().fold(request, |request, target| request.header("x-oss-symlink-target", target)))
    };
    let long = "a".repeat(1024);
    for (target, code) in [
        (None, "MissingArgument"),
        (Some(""), "MissingArgument"),
        (Some("%zz"), "InvalidArgument"),
        (Some("%ff"), "InvalidArgument"),
        (Some("%2Fa"), "InvalidObjectName"),
        (Some("%5Ca"), "InvalidObjectName"),
        (Some(&*long), "InvalidObjectName"),
    ] {
        expect_error(400, code, &put(target));
    }
    expect(404, &oss.head(BUCKET, "new"));
}

#[test]
fn who_reads_through_a_link_needs_the_right_to_both() {
    let (_server, oss) = with_bucket();
    let public = ("x-oss-object-acl", "public-read");
    oss.put(BUCKET, "private", b"secret");
    expect(200, &oss.call(oss.request("PUT", "/bucket-b/public").header(public.0, public.1).body("open")));
    for (link, target, headers) in [
        ("open-to-open", "public", &[public][..]),
        ("open-to-private", "private", &[public]),
        ("open-to-none", "none", &[public]),
        ("private-to-open", "public", &[]),
    ] {
        expect(200, &put_link(&oss, BUCKET, link, target, headers));
    }
    assert_eq!(oss.get_anonymous(BUCKET, "open-to-open").body, b"open");
    for link in ["open-to-private", "open-to-none", "private-to-open"] {
        let answer = oss.get_anonymous(BUCKET, link);
        expect_error(403, "AccessDenied", &answer);
        assert!(!answer.text().contains("secret"));
    }
    let shown = |link: &str| oss.anonymous(&oss.request("GET", &format!("/bucket-b/{link}?symlink")));
    expect(200, &shown("open-to-private"));
    expect_error(403, "AccessDenied", &shown("private-to-open"));
    let put = oss.request("PUT", "/bucket-b/mine?symlink").header("x-oss-symlink-target", "private").body("");
    expect_error(403, "AccessDenied", &oss.anonymous(&put));
}

#[test]
fn nothing_is_fetched_for_the_target_of_a_link() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/target", coho_testkit::Script::ok("from the origin"));
    mirror.origin.route("/old/link", coho_testkit::Script::ok("wrong"));
    expect(200, &put_link(&mirror.oss, SITE, "link", "target", &[]));
    expect_error(404, "SymlinkTargetNotExist", &mirror.get("link"));
    assert_eq!(mirror.origin.requests().len(), 0);
    // After a fetch of its own, the link shows it too.
    expect(200, &mirror.get("target"));
    mirror.server.wait_until_idle();
    let answer = mirror.get("link");
    assert_eq!((answer.text(), answer.get("x-oss-object-type")), ("from the origin".into(), Some("Symlink")));
}
