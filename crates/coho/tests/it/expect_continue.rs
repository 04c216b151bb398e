//! `Expect: 100-continue`: only a permitted request is asked for its body.

use std::time::Duration;

use coho_testkit::http::{Client, Request};
use coho_testkit::oss::expect;
use coho_testkit::{Credentials, Oss};

use crate::fixture::server;

fn put(oss: &Oss) -> Request {
    oss.signed(oss.request("PUT", "/bucket-b/k").header("Expect", "100-continue").header("Content-Length", "4"))
}

#[test]
fn a_good_request_gets_100_before_its_body() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let mut client = Client::connect(oss.address()).unwrap();
    client.send_raw(&put(&oss).head()).unwrap();
    assert_eq!(client.read_head().unwrap().status, 100);
    client.send_raw(b"body").unwrap();
    assert_eq!(client.read_response(false).unwrap().status(), 200);
    assert_eq!(oss.get("bucket-b", "k").body, b"body");
}

#[test]
fn a_refused_request_gets_its_error_and_never_100() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "public-read");
    let address = oss.address();
    let forger = Oss::with_credentials(address, Credentials::new("testkey", "wrong"));
    let stranger = Oss::with_credentials(address, Credentials::new("nobody", "wrong"));
    let anonymous = oss.request("PUT", "/bucket-b/k").header("Expect", "100-continue").header("Content-Length", "4");
    let missing = oss.request("PUT", "/missing-b/k").header("Expect", "100-continue").header("Content-Length", "4");
    let too_large = oss
        .request("PUT", "/bucket-b/k")
        .header("Expect", "100-continue")
        .header("Content-Length", &(6_u64 << 30).to_string());
    for (request, status) in [
        (put(&forger), 403),
        (put(&stranger), 403),
        (anonymous, 403),
        (oss.signed(missing), 404),
        (oss.signed(too_large), 400),
    ] {
        let mut client = Client::connect(address).unwrap();
        client.send_raw(&request.head()).unwrap();
        assert_eq!(client.read_head().unwrap().status, status, "{request:?}");
    }
    expect(404, &oss.get("bucket-b", "k"));
}

#[test]
fn a_client_that_does_not_wait_is_served_too() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let mut client = Client::connect(oss.address()).unwrap();
    let mut request = put(&oss);
    request.body = b"body".to_vec();
    client.send(&request).unwrap();
    assert_eq!(client.read_response(false).unwrap().status(), 200);
}

#[test]
fn an_error_after_unread_bytes_does_not_become_the_next_request() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let forger = Oss::with_credentials(oss.address(), Credentials::new("testkey", "wrong"));
    let smuggled = b"DELETE /bucket-b/ HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut client = Client::connect(oss.address()).unwrap();
    client.set_timeout(Duration::from_secs(5)).unwrap();
    client.send(&forger.signed(forger.request("PUT", "/bucket-b/k").body(smuggled.to_vec()))).unwrap();
    assert_eq!(client.read_response(false).unwrap().status(), 403);
    // Either the connection is closed or the body was read away; a second answer would be to the body.
    assert!(client.read_head().is_err());
}
