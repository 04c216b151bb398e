//! Rotation of master keys against the binary: what it touches, what it refuses, and what a kill in the middle leaves.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use coho_admin_api::{
    access::IssuedAccessKey,
    encryption::{EncryptionJobKind, EncryptionJobOutcome, EncryptionStatus, KeyFileState, SealedCount},
};
use coho_testkit::{
    Options, Oss, Server,
    body::generated,
    http::{Request, Response, exchange},
    oss::expect,
    server::Credentials,
};

use crate::{
    encryption::{files, write_in_every_way},
    fixture::{BINARY, options, server},
};

const BUCKET: &str = "bucket-b";
const HEADER: &str = "x-oss-server-side-encryption";

/// Runs `coho encryption …` and gives what it prints.
#[track_caller]
fn coho(server: &Server, args: &[&str]) -> (bool, String) {
    let mut command = Command::new(BINARY);
    command.arg("encryption").args(args).arg("--data-dir").arg(server.data_dir());
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[track_caller]
fn status(server: &Server) -> EncryptionStatus {
    let (done, text) = coho(server, &["status", "--output", "json"]);
    assert!(done, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn admin(server: &Server, method: &str, path: &str, body: &str) -> Response {
    let request = Request::new(method, path)
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", server.admin_token()));
    let request = if body.is_empty() { request } else { request.header("Content-Type", "application/json").body(body) };
    exchange(server.admin(), &request).unwrap()
}

fn put_encrypted(oss: &Oss, key: &str, body: &[u8]) {
    expect(200, &oss.call(oss.request("PUT", &format!("/{BUCKET}/{key}")).header(HEADER, "AES256").body(body)));
}

/// Length and time of the last change of every blob.
fn blobs(server: &Server) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let facts = |path: PathBuf| {
        let found = fs::metadata(&path).unwrap();
        (path, (found.len(), found.modified().unwrap()))
    };
    files(&server.data_dir().join("blobs")).into_iter().map(facts).collect()
}

fn keys_in_file(folder: &Path) -> usize {
    let text = fs::read_to_string(folder.join("encryption-keys.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["keys"].as_array().unwrap().len()
}

#[test]
fn a_rotation_writes_no_body_and_afterwards_the_old_key_can_go() {
    let (mut server, mut oss) = server();
    assert_eq!((status(&server).state, status(&server).active_key), (KeyFileState::Unused, None));
    oss.put_bucket(BUCKET, "private");
    let bodies = write_in_every_way(&oss, true);
    let issued: IssuedAccessKey =
        serde_json::from_slice(&admin(&server, "POST", "/v1/access-keys", "{}").body).unwrap();
    let request = oss.request("POST", &format!("/{BUCKET}/later?uploads")).header(HEADER, "AES256");
    let upload = oss.call(request.body("")).element("UploadId").unwrap();
    let part = generated("part", 200_000);
    let target = format!("/{BUCKET}/later?partNumber=1&uploadId={upload}");
    expect(200, &oss.call(oss.request("PUT", &target).body(part.as_slice())));
    let (before, old) = (blobs(&server), status(&server).active_key.unwrap());

    let (done, text) = coho(&server, &["rotate"]);
    assert!(done && text.contains("outcome: done"), "{text}");
    let shown = status(&server);
    let new = shown.active_key.clone().unwrap();
    assert_ne!(old, new);
    assert_eq!((shown.state, shown.keys.len()), (KeyFileState::Complete, 2));
    let sealed = |shown: &EncryptionStatus, id: &str| {
        let key = shown.keys.iter().find(|key| key.id == id).unwrap().clone();
        (key.is_active, key.sealed.unwrap(), key.access_keys)
    };
    assert_eq!(sealed(&shown, &old), (false, SealedCount::default(), 0));
    assert_eq!(sealed(&shown, &new), (true, SealedCount { objects: 5, uploads: 1 }, 1));
    assert_eq!(blobs(&server), before, "no body is written");

    let (done, text) = coho(&server, &["retire", &old]);
    assert!(!done && text.contains("temporary credentials"), "{text}");
    let (done, text) = coho(&server, &["retire", &new, "--end-sessions"]);
    assert!(!done && text.contains("is active"), "{text}");
    assert_eq!(keys_in_file(server.data_dir()), 2);
    let (done, text) = coho(&server, &["retire", &old, "--end-sessions"]);
    assert!(done && text.contains("outcome: done"), "{text}");
    assert_eq!(keys_in_file(server.data_dir()), 1);
    for restarted in [false, true] {
        for (key, body) in &bodies {
            assert!(oss.get(BUCKET, key).body == *body, "{key}, restarted: {restarted}");
        }
        server.restart().unwrap();
        oss = Oss::new(&server);
    }
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
        oss.call(oss.request("PUT", &target).body(part.as_slice())).get("etag").unwrap()
    );
    expect(200, &oss.call(oss.request("POST", &format!("/{BUCKET}/later?uploadId={upload}")).body(list)));
    let other = Oss::with_credentials(server.endpoint(), Credentials::new(&issued.key.id, &issued.secret));
    assert!(other.get(BUCKET, "later").body == part, "the access key still signs");
}

/// Killed again and again in the middle, the job goes on by itself, and in the end nothing needs the old key.
#[test]
fn a_rotation_survives_kill_9() {
    const OBJECTS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("coho.toml");
    let pace = |per_second: u32| {
        fs::write(&config, format!("[storage]\nencryption_changes_per_second = {per_second}\n")).unwrap();
    };
    pace(64);
    let mut server = Server::start(options().flag("--config", config.to_str().unwrap())).unwrap();
    let mut oss = Oss::new(&server);
    oss.put_bucket(BUCKET, "private");
    let body = |number: usize| generated(&format!("{number}"), if number.is_multiple_of(50) { 100_000 } else { 40 });
    for number in 0..OBJECTS {
        put_encrypted(&oss, &format!("{number:03}"), &body(number));
    }
    let old = status(&server).active_key.unwrap();
    let (done, text) = coho(&server, &["rotate", "--no-wait"]);
    assert!(done, "{text}");
    // At once, and then each time some more are sealed.
    for kill in 0..3 {
        server.kill9().unwrap();
        server.restart().unwrap();
        oss = Oss::new(&server);
        assert!(oss.get(BUCKET, "000").body == body(0), "kill {kill}");
        put_encrypted(&oss, &format!("new-{kill}"), b"new");
        while status(&server).job.is_some_and(|job| job.counts.resealed < 64 && job.counts.scanned == 0) {}
    }
    pace(100_000);
    server.restart().unwrap();
    while status(&server).job.is_some() {}
    let last = status(&server).last_job.unwrap();
    assert_eq!((last.kind, last.outcome), (EncryptionJobKind::Reseal, Some(EncryptionJobOutcome::Done)), "{last:?}");
    let (done, text) = coho(&server, &["retire", &old, "--end-sessions", "--no-wait"]);
    assert!(done, "{text}");
    server.restart().unwrap();
    oss = Oss::new(&server);
    while status(&server).job.is_some() {}
    assert_eq!(status(&server).last_job.unwrap().outcome, Some(EncryptionJobOutcome::Done));
    assert_eq!((keys_in_file(server.data_dir()), status(&server).state), (1, KeyFileState::Complete));
    for number in 0..OBJECTS {
        assert!(oss.get(BUCKET, &format!("{number:03}")).body == body(number), "{number}");
    }
    assert_eq!(oss.get(BUCKET, "new-2").body, b"new");
}

#[test]
fn what_cannot_be_rotated_or_retired_is_refused_by_its_code() {
    let (server, oss) = server();
    let check = |path: &str, body: &str, status: u16, code: &str, hint: &str| {
        let answer = admin(&server, "POST", path, body);
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status(), problem["code"].as_str()), (status, Some(code)), "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(hint), "{body}: {problem}");
    };
    let (rotate, retire) = ("/v1/encryption/rotate", "/v1/encryption/retire");
    check(rotate, "{\"new_key\":false}", 404, "NoSuchMasterKey", "ever encrypted");
    oss.put_bucket(BUCKET, "private");
    put_encrypted(&oss, "k", b"v");
    let active = status(&server).active_key.unwrap();
    for (path, body, status, code, hint) in [
        (rotate, "[]", 400, "MalformedJSON", "object"),
        (rotate, "{\"new_key\":1}", 400, "MalformedJSON", "new_key"),
        (rotate, "{\"key\":\"0\"}", 400, "MalformedJSON", "key"),
        (retire, "{}", 400, "MalformedJSON", "key"),
        (retire, "{\"key\":\"xyz\"}", 400, "InvalidArgument", "not the id of a master key"),
        (retire, "{\"key\":\"0123456789abcdef\"}", 404, "NoSuchMasterKey", "0123456789abcdef"),
        (retire, &format!("{{\"key\":\"{active}\"}}"), 409, "MasterKeyInUse", "is active"),
    ] {
        check(path, body, status, code, hint);
    }
    // A file that was changed since the start must not be overwritten.
    let path = server.data_dir().join("encryption-keys.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&active, "0123456789abcdef")).unwrap();
    check(rotate, "{}", 500, "KeyFileUnusable", "start again");
    fs::write(&path, "no key file").unwrap();
    check(rotate, "{}", 500, "KeyFileUnusable", "not the expected form");
    fs::write(&path, text).unwrap();
    assert_eq!(status(&server).active_key.as_deref(), Some(active.as_str()));
    assert_eq!(oss.get(BUCKET, "k").body, b"v");
    assert!(coho(&server, &["rotate"]).0);
}

#[test]
fn a_lost_key_is_shown_wherever_an_operator_looks() {
    let place = tempfile::tempdir().unwrap();
    let (keys, config) = (place.path().join("keys.json"), place.path().join("coho.toml"));
    fs::write(&config, format!("[storage]\nencryption_keys_file = \"{}\"\n", keys.display())).unwrap();
    let mut server = Server::start(Options::new(BINARY).flag("--config", config.display().to_string())).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket(BUCKET, "private");
    put_encrypted(&oss, "k", b"v");
    let lost = status(&server).active_key.unwrap();
    assert_eq!(status(&server).key_file.as_deref(), keys.to_str());
    fs::remove_file(&keys).unwrap();
    server.restart().unwrap();
    let oss = Oss::new(&server);
    let answer = oss.get(BUCKET, "k");
    assert_eq!((answer.status(), answer.error("Code").as_deref()), (500, Some("InternalError")), "{answer:?}");
    assert_eq!((answer.error("EC").as_deref(), answer.get("x-oss-ec")), (Some("9001-00000001"), Some("9001-00000001")));
    assert_eq!(answer.error("MasterKeyId").as_deref(), Some(lost.as_str()));
    assert!(answer.error("Message").unwrap().contains("key file"), "{answer:?}");
    let shown = status(&server);
    assert_eq!((shown.state, shown.active_key), (KeyFileState::Incomplete, None));
    assert!(shown.keys.len() == 1 && shown.keys[0].is_missing && shown.keys[0].id == lost);
    let attention: serde_json::Value = serde_json::from_slice(&admin(&server, "GET", "/v1/status", "").body).unwrap();
    let item = &attention["attention"][0];
    assert_eq!((item["kind"].as_str(), item["severity"].as_str()), (Some("master_key_missing"), Some("critical")));
    assert_eq!(item["subject"].as_str(), Some(lost.as_str()));
    let ready = exchange(server.admin(), &Request::new("GET", "/-/readyz").header("Host", "localhost")).unwrap();
    assert!(ready.status() == 200 && ready.text().contains(&format!("warning: master key {lost}")), "{}", ready.text());
    let page = exchange(server.admin(), &Request::new("GET", "/-/metrics").header("Host", "localhost")).unwrap().text();
    assert!(page.contains("coho_encryption_missing_master_keys 1"), "{page}");
    assert!(page.contains("coho_encryption_failures_total{reason=\"missing_key\"} 1"), "{page}");
    let refused = admin(&server, "POST", "/v1/encryption/rotate", "{}").text();
    assert!(refused.contains("MasterKeyMissing"), "{refused}");
}
