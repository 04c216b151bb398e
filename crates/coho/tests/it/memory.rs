//! The sum limits on memory: what many connections hold together is refused or broken, and others are served.

use std::{
    io::Write,
    net::{Shutdown, TcpStream},
    time::Instant,
};

use coho_testkit::body::generated;
use coho_testkit::http::{Client, Request, TIMEOUT, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Server};

use crate::fixture::{expect_error, options};

/// The smallest sum limits.
const LIMIT_BYTES: usize = 8 << 20;
/// Connections that exceed them in each of these tests.
const CONNECTIONS: usize = 100;

/// A server with the smallest limits and the bucket `bucket-b` that everybody may write.
fn small_server() -> (Server, Oss) {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("coho.toml");
    let keys = ["heads_bytes", "documents_bytes", "waiting_output_bytes"];
    let limits: String = keys.iter().map(|key| format!("{key} = {LIMIT_BYTES}\n")).collect();
    std::fs::write(&config, format!("[limits]\n{limits}")).unwrap();
    let server = Server::start(options().flag("--config", config.to_str().unwrap())).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "public-read-write");
    oss.put("bucket-b", "k", b"v");
    (server, oss)
}

/// The value of a metric, 0 if it is not there.
fn metric(server: &Server, name: &str) -> usize {
    let request = Request::new("GET", "/-/metrics").header("Host", "localhost");
    let page = exchange(server.admin(), &request).unwrap();
    let text = page.text();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |value| value.trim().parse().unwrap())
}

fn in_use(server: &Server, purpose: &str) -> usize {
    metric(server, &format!("coho_http_memory_bytes{{purpose=\"{purpose}\"}}"))
}

fn refusals(server: &Server, purpose: &str) -> usize {
    metric(server, &format!("coho_http_memory_refusals_total{{purpose=\"{purpose}\",limit=\"client\"}}"))
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn heads_that_never_end_are_refused_together() {
    let (server, oss) = small_server();
    let head = [b"GET /bucket-b/k HTTP/1.1\r\nHost: h\r\nx-a: ", &*vec![b'a'; 120_000]].concat();
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| Client::connect(oss.address()).unwrap()).collect();
    for client in &mut clients {
        // Refused in the midst of it, or not.
        let _ = client.send_raw(&head);
    }
    wait_until("a refusal", || refusals(&server, "heads") > 0);
    assert!(in_use(&server, "heads") <= LIMIT_BYTES / 2);
    wait_until("a log line", || server.log().contains("no more room in memory"));
    assert_eq!(oss.get("bucket-b", "k").body, b"v", "small heads are no matter of this limit");
    let answer = clients.last_mut().unwrap().read_response(false).unwrap();
    expect_error(503, "SlowDown", &answer);
    assert_eq!((answer.get("connection"), answer.get("retry-after")), (Some("close"), Some("1")));
    assert!(answer.get("date").is_some() && answer.get("x-oss-request-id").is_some(), "{answer:?}");
    drop(clients);
    wait_until("the room comes back", || in_use(&server, "heads") == 0);
}

#[test]
fn documents_that_never_end_are_refused_together() {
    let (server, oss) = small_server();
    let document = vec![b' '; 1_900_000];
    let post = "POST /bucket-b/?delete HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n";
    let mut held = Vec::new();
    let mut refused = loop {
        let mut client = Client::connect(oss.address()).unwrap();
        client.send_raw(post.as_bytes()).unwrap();
        let before = in_use(&server, "documents");
        let _ = client.send_raw(&document);
        let is_refused = || refusals(&server, "documents") > 0;
        wait_until("it is held or refused", || is_refused() || in_use(&server, "documents") >= before + document.len());
        if is_refused() {
            break client;
        }
        held.push(client);
    };
    assert!((1..5).contains(&held.len()), "{} documents are held", held.len());
    let answer = refused.read_response(false).unwrap();
    expect_error(503, "SlowDown", &answer);
    assert_eq!((answer.get("connection"), answer.get("retry-after")), (Some("close"), Some("1")));
    drop((held, refused));
    wait_until("the room comes back", || in_use(&server, "documents") == 0);
    let delete = "<Delete><Object><Key>k</Key></Object></Delete>";
    expect(200, &oss.call(oss.request("POST", "/bucket-b/?delete").body(delete)));
}

#[test]
fn answers_that_nobody_reads_are_broken_the_longest_waiting_first() {
    let (server, oss) = small_server();
    // Its answer has more than 1 MB, and nothing is stored for it.
    let keys: String = (0..1000).map(|n| format!("<Object><Key>{n:a>1000}</Key></Object>")).collect();
    let document = format!("<Delete>{keys}</Delete>");
    let head = format!("POST /bucket-b/?delete HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", document.len());
    let post = format!("{head}{document}");
    let mut stopped = Vec::new();
    let is_broken = || refusals(&server, "waiting_output") > 0;
    while !is_broken() {
        assert!(stopped.len() < CONNECTIONS, "nothing is broken");
        let before = in_use(&server, "waiting_output");
        let stream = TcpStream::connect(oss.address()).unwrap();
        let (mut sender, post) = (stream.try_clone().unwrap(), post.clone());
        // As many as the buffers of the sockets take, and more.
        let sending = std::thread::spawn(move || while sender.write_all(post.as_bytes()).is_ok() {});
        stopped.push((stream, sending));
        wait_until("its answer waits", || is_broken() || in_use(&server, "waiting_output") > before);
    }
    // A write is counted before others are broken for it.
    wait_until("the sum is within its limit", || in_use(&server, "waiting_output") <= LIMIT_BYTES / 2);
    let large = generated("large", 3 << 20);
    oss.put("bucket-b", "large", &large);
    assert!(oss.get("bucket-b", "large").body == large, "a client that reads is served");
    for (stream, sending) in stopped {
        // It may be broken already.
        let _ = stream.shutdown(Shutdown::Both);
        sending.join().unwrap();
    }
    wait_until("the room comes back", || in_use(&server, "waiting_output") == 0);
}
