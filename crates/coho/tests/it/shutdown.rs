//! Stopping: drained within ten seconds with exit code 0, also under clients that do not cooperate.

use coho_testkit::body::generated;
use coho_testkit::http::{Client, End};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script, Server};

use crate::fixture::{Mirror, SITE, options, server};

#[test]
fn term_and_interrupt_both_stop_an_idle_server() {
    let (mut server, _oss) = server();
    let address = server.endpoint();
    let idle = Client::connect(address).unwrap();
    server.terminate().unwrap();
    drop(idle);
    assert!(Client::connect(address).is_err());
    server.restart().unwrap();
    server.signal("INT").unwrap();
    assert!(server.wait_for_exit().unwrap().success());
}

#[test]
fn a_request_that_is_being_received_is_answered_and_kept() {
    let (mut server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let body = generated("x", 3_000_000);
    let request = oss.request("PUT", "/bucket-b/k").header("Expect", "100-continue").body(body.clone());
    let mut client = Client::connect(oss.address()).unwrap();
    client.send_raw(&oss.signed(request).head()).unwrap();
    assert_eq!(client.read_head().unwrap().status, 100, "the operation has begun");
    client.send_raw(&body[..1_000_000]).unwrap();
    server.signal("TERM").unwrap();
    client.send_raw(&body[1_000_000..]).unwrap();
    assert_eq!(client.read_response(false).unwrap().status(), 200);
    assert!(server.wait_for_exit().unwrap().success());
    server.restart().unwrap();
    assert!(Oss::new(&server).get("bucket-b", "k").body == body);
}

#[test]
fn an_answer_that_is_being_sent_is_sent_to_its_end() {
    let (mut server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let body = generated("x", 30_000_000);
    oss.put("bucket-b", "k", &body);
    let mut client = Client::connect(oss.address()).unwrap();
    client.send(&oss.signed(oss.request("GET", "/bucket-b/k"))).unwrap();
    assert_eq!(client.read_head().unwrap().status, 200);
    server.signal("TERM").unwrap();
    let (got, end) = client.read_body();
    assert_eq!(end, End::Complete);
    assert!(got == body);
    assert!(server.wait_for_exit().unwrap().success());
}

#[test]
fn a_client_that_never_finishes_does_not_hold_the_server_up() {
    let (mut server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let request = oss.signed(oss.request("PUT", "/bucket-b/k").header("Content-Length", "1000"));
    let mut client = Client::connect(oss.address()).unwrap();
    client.send_raw(&request.head()).unwrap();
    client.send_raw(b"half").unwrap();
    server.terminate().unwrap();
    server.restart().unwrap();
    let oss = Oss::new(&server);
    expect(404, &oss.head("bucket-b", "k"));
}

#[test]
fn an_origin_that_never_answers_does_not_hold_the_server_up() {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/k", Script::generated("x", 1_000_000).gated_body(500_000));
    let mut client = Client::connect(mirror.address()).unwrap();
    client.send(&mirror.oss.request("GET", &format!("/{SITE}/k"))).unwrap();
    mirror.origin.wait_for_hits("/old/k", 1);
    mirror.server.terminate().unwrap();
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    mirror.assert_absent("k");
}

#[test]
fn a_data_folder_in_use_is_refused() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let error = Server::start(options().data_dir(server.data_dir())).unwrap_err();
    assert!(!format!("{error:#}").contains("panicked"), "{error:#}");
    oss.put("bucket-b", "k", b"v");
}
