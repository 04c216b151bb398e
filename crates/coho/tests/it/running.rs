//! A running process: its log, reloading by SIGHUP, and the limits of the admin address.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use coho_testkit::events::Event;
use coho_testkit::http::{Client, Request, TIMEOUT, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Credentials, Origin, Oss, Script, Server};
use serde_json::Value;

use crate::fixture::{Mirror, mirror_rule, options};

/// Connections that the admin address serves at a time.
const ADMIN_CONNECTIONS: usize = 64;

fn write_key(file: &Path, id: &str) {
    let text = format!("[[credentials]]\naccess_key_id = \"{id}\"\naccess_key_secret = \"secret\"\n");
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn reload(server: &Server) {
    server.signal("HUP").unwrap();
    let is_reload = |event: &Event| event.name == "configuration_changed" && event.data["what"] == "reload";
    server.events().wait_for("the reload", is_reload);
}

#[test]
fn a_hangup_reads_the_keys_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    write_key(&file, "old");
    let options = options().generated_credentials().flag("--credentials-file", file.to_str().unwrap());
    let mut server = Server::start(options).unwrap();
    let status = |server: &Server, id: &str| {
        let oss = Oss::with_credentials(server.endpoint(), Credentials::new(id, "secret"));
        oss.call(oss.request("GET", "/")).status()
    };
    assert_eq!((status(&server, "old"), status(&server, "new")), (200, 403));
    write_key(&file, "new");
    reload(&server);
    assert_eq!((status(&server, "old"), status(&server, "new")), (403, 200));
    server.terminate().unwrap();
}

#[test]
fn a_hangup_reads_networks_and_log_level_again_and_a_fault_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("coho.toml");
    fs::write(&file, "log = 'warn'\n").unwrap();
    let mut server = Server::start(options().flag("--config", file.to_str().unwrap())).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("site", "private");
    let rule = mirror_rule("", "http://127.0.0.1:1/");
    expect(400, &oss.put_website("site", &rule));
    fs::write(&file, "log = 'info'\norigin_allow = ['127.0.0.0/8']\n").unwrap();
    reload(&server);
    expect(200, &oss.put_website("site", &rule));
    fs::write(&file, "log = 'verbose'\n").unwrap();
    server.signal("HUP").unwrap();
    server.wait_for_log("nothing changes");
    expect(200, &oss.put_website("site", &rule));
    let log = server.whole_log().unwrap();
    assert!(log.contains("neither a level"), "{log}");
    assert!(!log.contains(" started "), "the level was warn at the start: {log}");
}

#[track_caller]
fn check_json(log: &str) -> Vec<Value> {
    assert!(!log.is_empty());
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn every_line_of_a_json_log_is_json_and_the_first_says_what_runs() {
    let mirror = Mirror::start_with(options().flag("--log-format", "json").flag("--log", "debug"));
    mirror.origin.route("/old/a", Script::ok("a"));
    mirror.origin.route("/old/bad", Script::status(500));
    expect(200, &mirror.get("a"));
    expect(424, &mirror.get("bad"));
    let mut server = mirror.server;
    server.wait_until_idle();
    let endpoint = server.endpoint().to_string();
    server.terminate().unwrap();
    let lines = check_json(&server.log());
    let started = lines.iter().find(|line| line["fields"]["message"] == "started").unwrap();
    let text = started.to_string();
    for part in [&*endpoint, env!("CARGO_PKG_VERSION"), "cn-hangzhou", "max_connections", "persist_delay", "site="] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(lines.last().unwrap()["fields"]["message"], "stopped");
}

#[test]
fn a_start_that_fails_is_a_json_line_too() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(crate::fixture::BINARY)
        .args([
            "serve",
            "--log-format",
            "json",
            "--admin-listen",
            "127.0.0.1:0",
            "--console-listen",
            "off",
            "--data-dir",
        ])
        .arg(dir.path().join("data"))
        .args(["--listen", &taken.local_addr().unwrap().to_string()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let lines = check_json(&String::from_utf8_lossy(&output.stderr));
    assert!(lines.last().unwrap().to_string().contains("--listen"), "{lines:?}");
}

#[test]
fn idle_connections_of_the_admin_address_take_nothing_and_go() {
    let server = Server::start(options()).unwrap();
    let oss = Oss::new(&server);
    let idle: Vec<_> = (0..2 * ADMIN_CONNECTIONS).map(|_| Client::connect(server.admin()).unwrap()).collect();
    oss.put_bucket("bucket-b", "private");
    // The time for a head ends them. Until then a request waits, or is refused in a place for refusals that was free first.
    let request = Request::new("GET", "/-/healthz").header("Host", "localhost");
    let patience = Instant::now() + TIMEOUT;
    let answer = loop {
        let answer = exchange(server.admin(), &request).unwrap();
        if answer.status() != 503 || Instant::now() > patience {
            break answer;
        }
    };
    expect(200, &answer);
    drop(idle);
}

#[test]
fn the_admin_address_answers_under_its_own_names_alone() {
    let server = Server::start(options().flag("--admin-host", "coho.internal")).unwrap();
    for (host, status) in [
        (server.admin().to_string(), 200),
        ("localhost".to_owned(), 200),
        ("coho.internal:9010".to_owned(), 200),
        ("rebound.example.com".to_owned(), 421),
    ] {
        for path in ["/-/healthz", "/-/metrics"] {
            let answer = exchange(server.admin(), &Request::new("GET", path).header("Host", &host)).unwrap();
            assert_eq!(answer.status(), status, "{host}{path}");
        }
    }
}

#[test]
fn the_admin_address_refuses_ambiguous_messages() {
    let server = Server::start(options()).unwrap();
    for (headers, status) in [
        (&[("Host", "localhost")][..], 200),
        (&[], 400),
        (&[("Host", "localhost"), ("Host", "localhost")], 400),
        (&[("Host", "localhost"), ("Host", "rebound.example.com")], 400),
        (&[("Host", "localhost"), ("Transfer-Encoding", "gzip, chunked")], 400),
    ] {
        let request = headers
            .iter()
            .fold(Request::new("GET", "/-/healthz"), |request, (name, value)| request.header(name, value));
        let answer = exchange(server.admin(), &request).unwrap();
        assert_eq!(answer.status(), status, "{headers:?}: {answer:?}");
        assert_eq!(answer.get("connection"), (status == 400).then_some("close"), "{headers:?}");
        assert!(answer.get("date").is_some_and(|date| date.ends_with(" GMT")), "{answer:?}");
    }
}

/// The answer to a GET that is sent as soon as the address accepts connections.
fn get_early(address: std::net::SocketAddr, path: &str) -> u16 {
    let mut client = loop {
        match Client::connect(address) {
            Ok(client) => break client,
            Err(_) => std::thread::yield_now(),
        }
    };
    client.send(&Request::new("GET", path).header("Host", &address.to_string())).unwrap();
    client.read_head().unwrap().status
}

#[test]
fn the_first_request_finds_the_rule_of_every_mirror() {
    let origin = Origin::start().unwrap();
    origin.route("/old/a", Script::ok("a"));
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Many, so that setting them up takes a while.
    let options = (0..50).fold(options().flag("--listen", address.to_string()), |options, number| {
        options.flag("--mirror", format!("site-{number}={}", origin.url("/old/")))
    });
    let early = std::thread::spawn(move || get_early(address, "/site-49/a"));
    let _server = Server::start(options).unwrap();
    assert_eq!(early.join().unwrap(), 200);
}

#[test]
fn a_refused_request_is_found_in_the_log_by_its_id() {
    let (server, oss) = crate::fixture::server();
    oss.put_bucket("bucket-b", "private");
    for answer in [oss.get("bucket-b", "missing"), oss.get_anonymous("bucket-b", "missing")] {
        let id = answer.get("x-oss-request-id").unwrap();
        server.wait_for_log(id);
        let log = server.log();
        let line = log.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id}: {log}"));
        assert!(line.contains("GetObject") && line.contains(&answer.status().to_string()), "{line}");
    }
}

#[test]
fn a_fetch_has_the_id_of_its_request_and_a_dead_origin_one_line() {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/a", Script::ok("a"));
    let fetched = mirror.get("a");
    mirror.server.wait_for("fill_ended", "site", "a");
    let id = fetched.get("x-oss-request-id").unwrap();
    mirror.server.wait_for_log("mirrored");
    let log = mirror.server.log();
    assert!(log.lines().any(|line| line.contains(id) && line.contains("mirrored")), "{id}: {log}");
    for key in ["x", "y", "z"] {
        mirror.origin.route(&format!("/old/{key}"), Script::status(500));
        let refused = mirror.get(key);
        mirror.server.wait_for("fill_failed", "site", key);
        let id = refused.get("x-oss-request-id").unwrap();
        mirror.server.wait_for_log(id);
    }
    let log = mirror.server.whole_log().unwrap();
    assert_eq!(log.matches("mirroring failed").count(), 1, "{log}");
}
