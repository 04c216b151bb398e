//! What is too much: refused with a clean answer or a closed connection, and the server goes on.

use coho_testkit::body::generated;
use coho_testkit::http::{Client, Request};
use coho_testkit::oss::{expect, object};
use coho_testkit::{Oss, Server};

use crate::fixture::{expect_error, server};

fn with_bucket() -> (Server, Oss) {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    (server, oss)
}

/// The request is refused with 4xx or by closing, and the next client is served.
#[track_caller]
fn check_refused(oss: &Oss, request: &Request) {
    let mut client = Client::connect(oss.address()).unwrap();
    if client.send(request).is_ok()
        && let Ok(head) = client.read_head()
    {
        assert!((400..500).contains(&head.status), "{head:?}");
    }
    expect(200, &oss.call(oss.request("GET", "/")));
}

#[test]
fn too_many_or_too_large_headers_are_refused() {
    let (_server, oss) = with_bucket();
    let many = (0..2_000).fold(oss.request("GET", "/bucket-b/k"), |r, n| r.header(&format!("x-h-{n}"), "v"));
    check_refused(&oss, &many);
    check_refused(&oss, &oss.request("GET", "/bucket-b/k").header("x-large", &"v".repeat(1_000_000)));
    check_refused(&oss, &oss.request("GET", &format!("/bucket-b/{}", "k".repeat(1_000_000))));
    let query: Vec<String> = (0..5_000).map(|n| format!("p{n}=1")).collect();
    check_refused(&oss, &oss.request("GET", &format!("/bucket-b/?{}", query.join("&"))));
    check_refused(&oss, &oss.request("GET", "/").header("Authorization", &format!("OSS {}", "a".repeat(60_000))));
}

#[test]
fn a_key_has_1_to_1023_bytes() {
    let (_server, oss) = with_bucket();
    for key in ["k".repeat(1023), "\u{fc}".repeat(511), format!("{}x", "\u{4f60}".repeat(340))] {
        oss.put("bucket-b", &key, b"v");
        assert_eq!(oss.get("bucket-b", &key).body, b"v", "{} bytes", key.len());
    }
    for key in ["k".repeat(1024), "\u{fc}".repeat(512), "/leading".to_owned(), "\\leading".to_owned()] {
        for (method, body) in [("PUT", "v"), ("GET", "")] {
            let request = oss.request(method, &object("bucket-b", &key));
            let request = if method == "PUT" { request.body(body) } else { request };
            expect_error(400, "InvalidObjectName", &oss.call(request));
        }
    }
    assert_eq!(oss.keys("bucket-b").len(), 3);
}

#[test]
fn a_bucket_name_keeps_to_its_grammar() {
    let (_server, oss) = server();
    let long = "b".repeat(63);
    for name in ["abc", "a-b", "0-0", long.as_str()] {
        oss.put_bucket(name, "private");
    }
    let too_long = "b".repeat(64);
    for name in ["ab", "-ab", "ab-", "Abc", "a_b", "a.b", "a%20b", too_long.as_str()] {
        let answer = oss.call(oss.request("PUT", &format!("/{name}/")).body(""));
        expect_error(400, "InvalidBucketName", &answer);
    }
}

#[test]
fn a_body_beyond_5_gb_is_refused_before_it_is_sent() {
    let (_server, oss) = with_bucket();
    let length = (5_u64 * 1024 * 1024 * 1024 + 1).to_string();
    let request = oss.signed(oss.request("PUT", "/bucket-b/k").header("Content-Length", &length));
    let mut client = Client::connect(oss.address()).unwrap();
    client.send_raw(&request.head()).unwrap();
    let answer = client.read_response(false).unwrap();
    expect_error(400, "EntityTooLarge", &answer);
}

#[test]
fn a_document_that_is_too_large_or_too_deep_is_refused() {
    let (_server, oss) = with_bucket();
    let padding = " ".repeat(8 * 1024 * 1024);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><Delete>&b;</Delete>";
    let keys = "<Object><Key>k</Key></Object>".repeat(1001);
    for (target, method) in [
        ("/bucket-b/?website", "PUT"),
        ("/bucket-b/?delete", "POST"),
        ("/bucket-b/k?uploadId=00000000000000000000000000000000", "POST"),
    ] {
        for body in [format!("<Delete>{padding}</Delete>"), deep.clone(), bomb.to_owned(), "\u{0}<".to_owned()] {
            let mut client = Client::connect(oss.address()).unwrap();
            client.send(&oss.signed(oss.request(method, target).body(body))).unwrap();
            if let Ok(head) = client.read_head() {
                assert!((400..500).contains(&head.status), "{head:?} for {target}");
            }
        }
    }
    let answer = oss.call(oss.request("POST", "/bucket-b/?delete").body(format!("<Delete>{keys}</Delete>")));
    expect_error(400, "MalformedXML", &answer);
}

#[test]
fn metadata_is_at_most_8_kb() {
    let (_server, oss) = with_bucket();
    let put = |bytes: usize| {
        let name = "x-oss-meta-a";
        // Names count too, with or without their prefix: both readings lie on the same side here.
        oss.call(oss.request("PUT", "/bucket-b/k").header(name, &"v".repeat(bytes)).body("v"))
    };
    expect(200, &put(8 * 1024 - 100));
    let answer = put(8 * 1024 + 100);
    expect(400, &answer);
    assert!(answer.error("Code").is_some(), "{answer:?}");
    assert_eq!(oss.head("bucket-b", "k").get("x-oss-meta-a").map(str::len), Some(8 * 1024 - 100));
}

#[test]
fn hundreds_of_idle_and_half_open_connections_do_not_lock_others_out() {
    let (_server, oss) = with_bucket();
    let mut held = Vec::new();
    for n in 0..300 {
        let mut client = Client::connect(oss.address()).unwrap();
        match n % 3 {
            0 => {}
            1 => client.send_raw(b"GET /bucket-b/k HTTP/1.1\r\nHo").unwrap(),
            _ => {
                let request = oss.signed(oss.request("PUT", "/bucket-b/held").header("Content-Length", "1000"));
                client.send_raw(&request.head()).unwrap();
                client.send_raw(b"half").unwrap();
            }
        }
        held.push(client);
    }
    oss.put("bucket-b", "k", b"v");
    assert_eq!(oss.get("bucket-b", "k").body, b"v");
}

#[test]
fn one_connection_serves_many_requests_also_pipelined() {
    let (_server, oss) = with_bucket();
    for n in 0..20 {
        oss.put("bucket-b", &format!("k{n}"), &generated(&format!("k{n}"), n * 1000));
    }
    let mut client = Client::connect(oss.address()).unwrap();
    for n in 0..20 {
        client.send(&oss.signed(oss.request("GET", &format!("/bucket-b/k{n}")))).unwrap();
    }
    for n in 0..20 {
        let answer = client.read_response(false).unwrap();
        expect(200, &answer);
        assert!(answer.body == generated(&format!("k{n}"), n * 1000), "answers out of order at {n}");
    }
}
