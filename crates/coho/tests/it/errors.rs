//! What every answer carries, and what an error looks like in a body and on a HEAD.

use coho_testkit::http::{Request, Response};
use coho_testkit::oss::expect;
use coho_testkit::{Credentials, Oss};

use crate::fixture::{expect_error, server};

/// Headers on every answer, good or bad.
#[track_caller]
fn check_common(answer: &Response) {
    let id = answer.get("x-oss-request-id").unwrap_or_default();
    let upper_hex = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    assert!(id.len() == 24 && id.chars().all(upper_hex), "request id {id:?} in {answer:?}");
    let date = answer.get("date").unwrap_or_default();
    assert!(date.len() == 29 && date.ends_with(" GMT"), "date {date:?} in {answer:?}");
    assert!(answer.get("server").is_some_and(|server| !server.is_empty()), "{answer:?}");
}

/// An error document as OSS writes it.
#[track_caller]
fn check_error(status: u16, code: &str, ec: Option<&str>, host: &str, answer: &Response) {
    check_common(answer);
    expect_error(status, code, answer);
    assert!(answer.error("Message").is_some_and(|message| !message.is_empty()), "{answer:?}");
    assert_eq!(answer.error("RequestId").as_deref(), answer.get("x-oss-request-id"), "{answer:?}");
    assert_eq!(answer.error("HostId").as_deref(), Some(host), "{answer:?}");
    assert_eq!(answer.error("EC").as_deref(), answer.get("x-oss-ec"), "{answer:?}");
    assert!(answer.get("x-oss-ec").is_some_and(|ec| ec.len() == 13), "{answer:?}");
    if let Some(ec) = ec {
        assert_eq!(answer.get("x-oss-ec"), Some(ec), "{answer:?}");
    }
    let xml = answer.error_xml().unwrap_or_default();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{xml}");
    assert!(xml.contains("<Error>") && !xml.contains("xmlns"), "{xml}");
}

#[test]
fn every_answer_carries_request_id_date_and_server() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "public-read");
    oss.put("bucket-b", "k", b"v");
    for (method, target) in [
        ("GET", "/bucket-b/k"),
        ("HEAD", "/bucket-b/k"),
        ("GET", "/bucket-b/missing"),
        ("HEAD", "/bucket-b/missing"),
        ("GET", "/"),
        ("GET", "/bucket-b/"),
        ("PUT", "/bucket-b/k2"),
        ("DELETE", "/bucket-b/k2"),
        ("OPTIONS", "/bucket-b/k"),
        ("PATCH", "/bucket-b/k"),
        ("GET", "/no%2f%2Fsuch..bucket/k"),
    ] {
        let request = oss.request(method, target);
        let request = if method == "PUT" { request.body("x") } else { request };
        check_common(&oss.call(request));
    }
}

#[test]
fn request_ids_differ() {
    let (_server, oss) = server();
    let ids: std::collections::HashSet<_> =
        (0..50).map(|_| oss.get("bucket-b", "k").get("x-oss-request-id").map(str::to_owned)).collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn errors_have_their_code_status_and_ec_in_a_body() {
    let (_server, oss) = server();
    let host = oss.address().to_string();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "k", b"v");
    let signed = |method: &str, target: &str| oss.call(oss.request(method, target));
    for (answer, status, code, ec) in [
        (signed("GET", "/bucket-b/missing"), 404, "NoSuchKey", Some("0026-00000001")),
        (signed("GET", "/missing-b/k"), 404, "NoSuchBucket", Some("0015-00000101")),
        (signed("GET", "/missing-b/?acl"), 404, "NoSuchBucket", Some("0015-00000101")),
        (signed("GET", "/bucket-b/?website"), 404, "NoSuchWebsiteConfiguration", None),
        (signed("DELETE", "/bucket-b/"), 409, "BucketNotEmpty", Some("0015-00000301")),
        (signed("PUT", "/UPPER/"), 400, "InvalidBucketName", None),
        (signed("GET", "/bucket-b/?cors"), 404, "NoSuchCORSConfiguration", None),
        (signed("PUT", "/bucket-b/?inventory"), 400, "NotImplemented", None),
        (oss.get_anonymous("bucket-b", "k"), 403, "AccessDenied", None),
        (oss.get_anonymous("bucket-b", "missing"), 403, "AccessDenied", None),
        (signed("GET", "/bucket-b/?max-keys=0"), 400, "InvalidArgument", None),
        (signed("GET", "/bucket-b/?max-keys=1001"), 400, "InvalidArgument", None),
    ] {
        assert_eq!(answer.get("content-type"), Some("application/xml"), "{answer:?}");
        check_error(status, code, ec, &host, &answer);
    }
    assert_eq!(signed("GET", "/bucket-b/missing").error("Key").as_deref(), Some("missing"));
    assert_eq!(signed("GET", "/missing-b/k").error("BucketName").as_deref(), Some("missing-b"));
}

#[test]
fn a_head_carries_the_error_in_a_header() {
    let (_server, oss) = server();
    let host = oss.address().to_string();
    oss.put_bucket("bucket-b", "private");
    for (answer, status, code) in [
        (oss.head("bucket-b", "missing"), 404, "NoSuchKey"),
        (oss.head("missing-b", "k"), 404, "NoSuchBucket"),
        (oss.anonymous(&oss.request("HEAD", "/bucket-b/k")), 403, "AccessDenied"),
    ] {
        assert!(answer.body.is_empty() && answer.get("x-oss-err").is_some(), "{answer:?}");
        check_error(status, code, None, &host, &answer);
    }
}

#[test]
fn authentication_errors_say_what_is_wrong() {
    let (_server, oss) = server();
    let host = oss.address().to_string();
    let stranger = Oss::with_credentials(oss.address(), Credentials::new("nobody", "x"));
    let answer = stranger.call(stranger.request("GET", "/"));
    check_error(403, "InvalidAccessKeyId", Some("0002-00000902"), &host, &answer);

    let id = "testkey";
    let forger = Oss::with_credentials(oss.address(), Credentials::new(id, "wrong"));
    let answer = forger.call(forger.request("GET", "/"));
    check_error(403, "SignatureDoesNotMatch", Some("0002-00000040"), &host, &answer);
    assert_eq!(answer.error("OSSAccessKeyId").as_deref(), Some(id));
    assert!(answer.error("StringToSign").is_some() && answer.error("SignatureProvided").is_some(), "{answer:?}");

    let v1 = oss.clone().scheme(coho_testkit::oss::Scheme::V1);
    let request = v1.request("GET", "/").header("Date", "Mon, 23 Nov 2020 08:00:00 GMT");
    check_error(403, "RequestTimeTooSkewed", Some("0002-00000504"), &host, &v1.call(request));

    let request = oss.request("GET", "/").header("Authorization", "OSS");
    check_error(400, "InvalidArgument", None, &host, &oss.anonymous(&request));

    let answer = oss.anonymous(&oss.request("GET", "/"));
    check_error(403, "AccessDenied", None, &host, &answer);
}

#[test]
fn a_presigned_url_works_until_it_expires_or_is_changed() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "a b", b"v");
    let presign = |target: &str| {
        coho_testkit::sign::presigned_v4_get(target, server.credentials(), "cn-hangzhou", "bucket-b", "a b", 60)
    };
    let target = presign("/bucket-b/a%20b");
    expect(200, &oss.anonymous(&oss.request("GET", &target)));
    expect_error(403, "SignatureDoesNotMatch", &oss.anonymous(&oss.request("PUT", &target).body("x")));
    let other = target.replace("/bucket-b/a%20b", "/bucket-b/other");
    expect_error(403, "SignatureDoesNotMatch", &oss.anonymous(&oss.request("GET", &other)));
    let answer = oss.anonymous(&oss.request("GET", &presign("/bucket-b/a%20b?response-content-type=text%2Fx")));
    expect(200, &answer);
    assert_eq!(answer.get("content-type"), Some("text/x"));
    // In the header and in the URL at once.
    expect_error(400, "InvalidArgument", &oss.call(oss.request("GET", &target)));
}

#[test]
fn response_overrides_need_a_signature() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "public-read");
    oss.put("bucket-b", "k", b"v");
    let request = oss.request("GET", "/bucket-b/k?response-content-type=text%2Fhtml");
    expect_error(400, "InvalidRequest", &oss.anonymous(&request));
    assert_eq!(oss.call(request).get("content-type"), Some("text/html"));
}

#[test]
fn what_is_not_supported_is_refused_by_name_and_never_with_5xx() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "k", b"v");
    for (method, target) in
        [("PUT", "/bucket-b/?logging"), ("PUT", "/bucket-b/?inventory"), ("POST", "/bucket-b/?metaQuery")]
    {
        let request = oss.request(method, target);
        let request = if method == "GET" { request } else { request.body("<x/>") };
        expect_error(400, "NotImplemented", &oss.call(request));
    }
    for (name, value) in [
        ("x-oss-server-side-encryption-context", "e30="),
        ("x-oss-object-worm-mode", "COMPLIANCE"),
        ("If-Modified-Since", "Mon, 23 Nov 2020 08:00:00 GMT"),
    ] {
        let request = oss.request("PUT", "/bucket-b/k").header(name, value).body("other");
        let answer = oss.call(request);
        expect_error(400, "NotImplemented", &answer);
        let header = answer.error("Header").unwrap_or_default();
        assert!(header.eq_ignore_ascii_case(name), "{answer:?}");
    }
    assert_eq!(oss.get("bucket-b", "k").body, b"v");
}

#[test]
fn a_request_that_is_not_http_is_answered_or_closed_and_the_server_lives() {
    let (_server, oss) = server();
    for bytes in [
        b"\r\n\r\n".as_slice(),
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /%zz/%ff HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: wat\r\n\r\n",
    ] {
        let mut client = coho_testkit::http::Client::connect(oss.address()).unwrap();
        client.send_raw(bytes).unwrap();
        client.finish_sending().unwrap();
        if let Ok(head) = client.read_head() {
            assert!((400..500).contains(&head.status), "{head:?} for {bytes:?}");
        }
    }
    expect(200, &oss.call(Request::new("GET", "/").header("Host", "h")));
}
