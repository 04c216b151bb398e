//! The console's listener as a browser and an attacker see it.

mod files;
mod foreign_pages;
mod objects;
mod sessions;
mod sign_in;
mod start;

use crate::fixture::options;
use coho_testkit::http::{Client, Request, Response, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Server};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// A server with a console, and the owner of its buckets.
fn server() -> (Server, Oss) {
    let server = Server::start(options().console()).unwrap();
    let oss = Oss::new(&server);
    (server, oss)
}

fn request(method: &str, target: &str) -> Request {
    Request::new(method, target).header("Host", "localhost")
}

/// What a browser holds of its session.
#[derive(Debug, Clone)]
struct Browser {
    console: SocketAddr,
    id: String,
    cookie: String,
    csrf: String,
}

impl Browser {
    #[track_caller]
    fn sign_in(server: &Server) -> Self {
        let answer = sign_in(server, &server.admin_token());
        expect(200, &answer);
        Self::of_answer(server, &answer)
    }

    fn of_answer(server: &Server, answer: &Response) -> Self {
        let cookie = answer.get("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let session: Value = serde_json::from_slice(&answer.body).unwrap();
        let text = |name: &str| session[name].as_str().unwrap().to_owned();
        Self { console: server.console(), id: text("id"), cookie, csrf: text("csrf") }
    }

    /// The server has started again, on another port.
    fn follow(&mut self, server: &Server) {
        self.console = server.console();
    }

    /// What the cookie holds.
    fn secret(&self) -> &str {
        self.cookie.split_once('=').unwrap().1
    }

    /// A request with the cookie, which every request to this host carries.
    fn request(&self, method: &str, target: &str) -> Request {
        request(method, target).header("Cookie", &self.cookie)
    }

    /// With the token as well, which only a page of the console can send.
    fn change(&self, method: &str, target: &str) -> Request {
        self.request(method, target).header("X-Coho-Csrf", &self.csrf)
    }

    #[track_caller]
    fn send(&self, request: &Request) -> Response {
        exchange(self.console, request).unwrap()
    }

    #[track_caller]
    fn get(&self, target: &str) -> Response {
        self.send(&self.request("GET", target))
    }

    /// Whether it is signed in.
    #[track_caller]
    fn has_session(&self) -> bool {
        let answer = self.get("/session");
        match answer.status() {
            200 => true,
            401 => {
                expect_problem(401, "SessionRequired", &answer);
                false
            }
            _ => panic!("{answer:?}"),
        }
    }
}

/// The cookie of the server's console with this value. Its name is that of the data folder.
fn cookie(server: &Server, value: &str) -> String {
    let digest = Sha256::new().chain_update("coho console cookie").chain_update(server.admin_token()).finalize();
    let folder: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("coho_session_{folder}={value}")
}

fn sign_in_request(token: &str) -> Request {
    request("POST", "/session")
        .header("Content-Type", "application/json")
        .body(serde_json::json!({ "token": token }).to_string())
}

fn sign_in(server: &Server, token: &str) -> Response {
    exchange(server.console(), &sign_in_request(token)).unwrap()
}

#[track_caller]
fn expect_problem(status: u16, code: &str, answer: &Response) {
    assert_eq!((answer.status(), answer.get("content-type")), (status, Some("application/problem+json")), "{answer:?}");
    let problem: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()), "{answer:?}");
    assert!(problem["request_id"].as_str().is_some_and(|id| answer.get("x-oss-request-id") == Some(id)), "{answer:?}");
}

/// Reads an event stream until its first event.
#[track_caller]
fn follow(browser: &Browser) -> Client {
    let mut client = Client::connect(browser.console).unwrap();
    client.send(&browser.request("GET", "/api/-/events")).unwrap();
    let head = client.read_head().unwrap();
    assert_eq!((head.status, head.get("content-type")), (200, Some("text/event-stream")), "{head:?}");
    let (hello, _) = client.read_body_up_to(12);
    assert_eq!(hello, b"event: hello");
    client
}
