//! How bucket and key are named: path style, virtual host, Alibaba's own host names, and the client that
//! sends both. The signature covers the same resource in every style.

use coho_testkit::oss::{Scheme, expect};
use coho_testkit::{Oss, Server};

use crate::fixture::{expect_error, options, server};

struct Case {
    host: &'static str,
    target: &'static str,
}

/// A signed GET of `b`'s object `dir/a b` under this host and target gives the object.
#[track_caller]
fn check(oss: &Oss, case: &Case) {
    for scheme in [Scheme::V1, Scheme::V2, Scheme::V4] {
        let oss = oss.clone().scheme(scheme);
        let mut request = oss.request("GET", case.target);
        if !case.host.is_empty() {
            request.headers[0].1 = case.host.to_owned();
        }
        let answer = oss.anonymous(&oss.signed_as(request, Some("bucket-b"), Some("dir/a b")));
        assert_eq!((answer.status(), answer.body.as_slice()), (200, b"body".as_slice()), "{}: {answer:?}", case.host);
    }
}

fn with_object() -> (Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "dir/a b", b"body");
    (server, oss)
}

#[test]
fn every_style_reaches_the_same_object_with_the_same_signature() {
    let (_server, oss) = with_object();
    for case in [
        Case { host: "", target: "/bucket-b/dir/a%20b" },
        Case { host: "", target: "/bucket-b/dir%2Fa%20b" },
        Case { host: "bucket-b.oss.localhost", target: "/dir/a%20b" },
        Case { host: "bucket-b.oss.localhost:9000", target: "/dir%2fa%20b" },
        Case { host: "BUCKET-B.OSS.localhost", target: "/dir/a%20b" },
        Case { host: "oss.localhost", target: "/bucket-b/dir/a%20b" },
        Case { host: "bucket-b.oss-cn-hangzhou.aliyuncs.com", target: "/dir/a%20b" },
        Case { host: "bucket-b.oss-eu-west-1.aliyuncs.com", target: "/dir/a%20b" },
        // ali-oss with `sldEnable`: bucket in the host and in the path; the signature is over the path reading.
        Case { host: "bucket-b.oss-cn-hangzhou.aliyuncs.com", target: "/bucket-b/dir/a%20b" },
    ] {
        check(&oss, &case);
    }
}

#[test]
fn a_base_domain_of_ones_own_is_a_virtual_host_style_too() {
    let server = Server::start(options().flag("--base-domain", "store.example")).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "dir/a b", b"body");
    check(&oss, &Case { host: "bucket-b.store.example", target: "/dir/a%20b" });
    check(&oss, &Case { host: "store.example", target: "/bucket-b/dir/a%20b" });
}

#[test]
fn a_service_call_is_recognised_under_every_host() {
    let (_server, oss) = with_object();
    for host in ["", "oss.localhost", ".oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com"] {
        let mut request = oss.request("GET", "/");
        if !host.is_empty() {
            request.headers[0].1 = host.to_owned();
        }
        let answer = oss.anonymous(&oss.signed_as(request, None, None));
        expect(200, &answer);
        assert!(answer.text().contains("<Name>bucket-b</Name>"), "{host}: {answer:?}");
    }
}

#[test]
fn a_bucket_call_works_with_and_without_the_slash() {
    let (_server, oss) = with_object();
    for target in ["/bucket-b?acl", "/bucket-b/?acl", "/bucket-b/?acl="] {
        let answer = oss.call(oss.request("GET", target));
        expect(200, &answer);
        assert_eq!(answer.element("Grant").as_deref(), Some("private"), "{target}");
    }
    let mut request = oss.request("GET", "/?acl");
    request.headers[0].1 = "bucket-b.oss.localhost".to_owned();
    expect(200, &oss.anonymous(&oss.signed_as(request, Some("bucket-b"), None)));
}

#[test]
fn a_plus_in_the_path_is_a_plus_and_in_the_query_a_blank() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "a+b", b"plus");
    oss.put("bucket-b", "a b", b"blank");
    for (target, body) in [("/bucket-b/a+b", "plus"), ("/bucket-b/a%2Bb", "plus"), ("/bucket-b/a%20b", "blank")] {
        assert_eq!(oss.call(oss.request("GET", target)).text(), body, "{target}");
    }
    for (query, key) in [("prefix=a+", "a b"), ("prefix=a%20", "a b"), ("prefix=a%2B", "a+b")] {
        let answer = oss.call(oss.request("GET", &format!("/bucket-b/?{query}")));
        assert_eq!(answer.element("Key").as_deref(), Some(key), "{query}");
    }
}

#[test]
fn a_signature_for_one_bucket_does_not_open_another() {
    let (_server, oss) = with_object();
    oss.put_bucket("other-b", "private");
    oss.put("other-b", "dir/a b", b"other");
    for (host, target) in [("", "/other-b/dir/a%20b"), ("other-b.oss.localhost", "/dir/a%20b")] {
        let mut request = oss.request("GET", target);
        if !host.is_empty() {
            request.headers[0].1 = host.to_owned();
        }
        let answer = oss.anonymous(&oss.signed_as(request, Some("bucket-b"), Some("dir/a b")));
        expect_error(403, "SignatureDoesNotMatch", &answer);
    }
}
