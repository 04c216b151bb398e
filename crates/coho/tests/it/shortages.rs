//! What the system refuses: threads, syncs, what a runtime needs. A library that is preloaded into the server makes calls of
//! the C library fail.

use crate::fixture::{Mirror, SITE, expect_error, options};
use coho_testkit::{
    Oss, Script, Server,
    body::generated,
    http::{Request, Response, exchange},
    oss::expect,
};
use std::{fs, os::unix::process::ExitStatusExt, path::Path, process::Command};
use tempfile::TempDir;

/// SIGABRT.
const ABORTED: i32 = 6;
/// Larger than an inline body, so that its fetch makes a file.
const BLOB_BYTES: u64 = 300_000;

/// The folder that says which calls fail.
struct Faults(TempDir);

impl Faults {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/faults/faults.c");
        let library = folder.path().join("faults.so");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").output();
        let built = built.unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self(folder)
    }

    fn options(&self) -> coho_testkit::Options {
        let folder = self.0.path();
        let options = options().flag("--log-format", "json").env("FAULTS_FOLDER", folder.to_str().unwrap());
        options.env("LD_PRELOAD", folder.join("faults.so").to_str().unwrap())
    }

    /// From now on the call fails in threads whose names begin like this.
    fn fail(&self, call: &str, threads: &str) {
        // At once: the server reads it at any time.
        let written = self.0.path().join("written");
        fs::write(&written, threads).unwrap();
        fs::rename(written, self.0.path().join(call)).unwrap();
    }

    fn mend(&self, call: &str) {
        fs::remove_file(self.0.path().join(call)).unwrap();
    }
}

fn admin(server: &Server, path: &str) -> Response {
    exchange(server.admin(), &Request::new("GET", path).header("Host", "localhost")).unwrap()
}

/// The value of a metric of one resource.
#[track_caller]
fn metric(server: &Server, name: &str, resource: &str) -> u64 {
    let metrics = admin(server, "/-/metrics").text();
    let wanted = format!("{name}{{resource=\"{resource}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&wanted));
    value.unwrap_or_else(|| panic!("no {wanted} in {metrics}")).parse().unwrap()
}

#[test]
fn without_further_threads_objects_are_stored_and_readyz_warns_while_it_lasts() {
    let faults = Faults::new();
    let mirror = Mirror::start_with(faults.options());
    let server = &mirror.server;
    mirror.origin.route("/old/first", Script::generated("x", BLOB_BYTES));
    mirror.origin.route("/old/second", Script::generated("y", BLOB_BYTES));
    assert_eq!(admin(server, "/-/readyz").text(), "ready\n");
    assert_eq!((metric(server, "coho_shortage", "thread"), metric(server, "coho_shortages_total", "thread")), (0, 0));
    faults.fail("pthread_create", "");
    for (key, name) in [("first", "x"), ("second", "y")] {
        let answer = mirror.get(key);
        expect(200, &answer);
        assert!(answer.body == generated(name, BLOB_BYTES as usize));
    }
    assert_eq!(mirror.keys(), ["first", "second"], "stored without another thread");
    let ready = admin(server, "/-/readyz");
    assert_eq!(ready.status(), 200, "{ready:?}");
    assert!(ready.text().starts_with("ready\nwarning: thread: "), "{ready:?}");
    assert_eq!(metric(server, "coho_shortage", "thread"), 1);
    let refused = metric(server, "coho_shortages_total", "thread");
    assert!(refused > 0);
    server.wait_for_log("shortage: the system refuses further threads");
    faults.mend("pthread_create");
    assert_eq!(admin(server, "/-/readyz").text(), "ready\n");
    assert_eq!(
        (metric(server, "coho_shortage", "thread"), metric(server, "coho_shortages_total", "thread")),
        (0, refused)
    );
}

#[test]
fn after_a_failed_commit_readyz_takes_the_node_out_and_reads_go_on() {
    let faults = Faults::new();
    let server = Server::start(faults.options()).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "small", b"small");
    faults.fail("fsync", "coho-meta-write");
    let put = || oss.call(oss.request("PUT", "/bucket-b/other").body("x"));
    expect_error(500, "InternalError", &put());
    expect_error(503, "ServiceUnavailable", &put());
    let ready = admin(&server, "/-/readyz");
    assert_eq!(ready.status(), 503, "{ready:?}");
    assert!(ready.text().starts_with("not ready: read-only: a commit failed; start the store again\n"), "{ready:?}");
    assert_eq!(
        (metric(&server, "coho_shortage", "metadata"), metric(&server, "coho_shortages_total", "metadata")),
        (1, 2)
    );
    assert_eq!(oss.get("bucket-b", "small").body, b"small");
}

/// The fault is an error of the poll of a runtime, for which tokio panics.
#[track_caller]
fn check_end(threads: &str) {
    let faults = Faults::new();
    let mut server = Server::start(faults.options()).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "private");
    faults.fail("epoll_wait", threads);
    // They wake the threads; the one that meets the fault answers or does not.
    let _ = oss.try_call(oss.request("GET", "/"));
    let _ = exchange(server.admin(), &Request::new("GET", "/-/healthz").header("Host", "localhost"));
    let status = server.wait_for_exit().unwrap();
    assert_eq!(status.signal(), Some(ABORTED), "{threads}: {status}");
    let log = server.log();
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let fields = &last["fields"];
    assert_eq!(fields["message"], "a shared thread panicked; the process ends, start it again", "{log}");
    assert!(fields["thread"].as_str().unwrap().starts_with(threads), "{log}");
    faults.mend("epoll_wait");
    server.restart().unwrap();
    expect(200, &Oss::new(&server).call(oss.request("GET", "/bucket-b")));
}

#[test]
fn a_panic_of_a_connection_worker_ends_a_running_server() {
    check_end("coho-conn");
}

#[test]
fn a_panic_of_the_runtime_ends_a_running_server() {
    check_end("coho-runtime");
}

#[test]
fn a_start_without_what_a_runtime_needs_fails_and_says_so() {
    let faults = Faults::new();
    faults.fail("eventfd", "");
    let error = format!("{:#}", Server::start(faults.options()).unwrap_err());
    for part in ["exit status: 1", "the runtime cannot be started", "No space left on device"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

/// The bytes of fetched objects that wait for the disk are bounded by the durability backlog.
#[test]
fn a_disk_that_hangs_holds_new_fetches_up_and_refuses_none() {
    /// Most files that wait to be synced.
    const BACKLOG_FILES: usize = 512;
    let faults = Faults::new();
    let config = faults.0.path().join("coho.toml");
    // Every body has a file.
    fs::write(&config, "[storage]\ninline_bytes = 0\n").unwrap();
    let mirror = Mirror::start_with(faults.options().flag("--config", config.to_str().unwrap()));
    let server = &mirror.server;
    faults.fail("fsync_of_files", "");
    for at in 0..BACKLOG_FILES {
        mirror.origin.route(&format!("/old/{at}"), Script::ok("x"));
        expect(200, &mirror.get(&at.to_string()));
        server.wait_for("fill_ended", SITE, &at.to_string());
    }
    mirror.origin.route("/old/late", Script::ok("late"));
    let address = mirror.address();
    let request = Request::new("GET", &format!("/{SITE}/late")).header("Host", &address.to_string());
    let late = std::thread::spawn(move || exchange(address, &request).unwrap());
    let hit = server.events().wait_for("the backlog", |event| event.name == "limit_hit");
    assert_eq!((hit.data["bucket"].as_str(), hit.data["limit"].as_str()), (Some(SITE), Some("backlog")));
    let metrics = admin(server, "/-/metrics").text();
    let unpersisted = format!("coho_mirror_unpersisted {BACKLOG_FILES}");
    assert!(metrics.lines().any(|line| line == unpersisted), "{metrics}");
    let waited = |line: &str| line.contains("outcome=\"backlog\"") && line.ends_with(" 1");
    assert!(metrics.lines().any(waited), "{metrics}");
    // What is stored is read, and the late request has neither an answer nor a fetch.
    expect(200, &mirror.get("0"));
    assert!(!late.is_finished() && mirror.origin.hits("/old/late") == 0);
    faults.mend("fsync_of_files");
    let answer = late.join().unwrap();
    expect(200, &answer);
    assert_eq!(answer.body, b"late");
    assert_eq!(mirror.keys().len(), BACKLOG_FILES + 1);
}
