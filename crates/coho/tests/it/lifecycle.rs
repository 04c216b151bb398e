//! Lifecycle rules against the binary. A mirrored object has the origin's `Last-Modified`, so that it may be old at once.

use std::{path::Path, process::Command};

use coho_testkit::Script;
use coho_testkit::http::Response;
use coho_testkit::oss::expect;

use crate::fixture::{BINARY, Mirror, SITE, expect_error, mirror_rule, options, server};

/// A rule that fetches from the origin and keeps its `Last-Modified`.
fn keep_last_modified(mirror: &Mirror) {
    let rule = mirror_rule("", &mirror.origin.url("/old/"));
    let rule = rule.replace("</MirrorURL>", "</MirrorURL><MirrorUserLastModified>true</MirrorUserLastModified>");
    expect(200, &mirror.oss.put_website(SITE, &rule));
}

const OLD: &str = "Wed, 01 Jan 2020 12:00:00 GMT";

/// Runs a command with the data folder of the store; gives what it prints.
fn coho(data_dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(BINARY).args(args).arg("--data-dir").arg(data_dir).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

fn put(oss: &coho_testkit::Oss, bucket: &str, rules: &str) -> Response {
    put_with(oss, bucket, rules, None)
}

fn put_with(oss: &coho_testkit::Oss, bucket: &str, rules: &str, overlap: Option<&str>) -> Response {
    let body = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    let mut request = oss.request("PUT", &format!("/{bucket}/?lifecycle")).body(body.as_bytes());
    if let Some(overlap) = overlap {
        request = request.header("x-oss-allow-same-action-overlap", overlap);
    }
    oss.call(request)
}

fn expires(id: &str, prefix: &str, days: u32) -> String {
    format!(
        "<Rule><ID>{id}</ID><Prefix>{prefix}</Prefix><Status>Enabled</Status>\
         <Expiration><Days>{days}</Days></Expiration></Rule>"
    )
}

#[test]
fn rules_are_put_returned_and_deleted() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "public-read");
    let get = || oss.call(oss.request("GET", "/bucket-b/?lifecycle"));
    expect_error(404, "NoSuchLifecycle", &get());
    let rules = expires("r", "logs/", 30);
    expect(200, &put(&oss, "bucket-b", &rules));
    assert!(
        get().text().ends_with(&format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")),
        "{:?}",
        get()
    );
    expect(200, &put(&oss, "bucket-b", &rules.replace("<ID>r</ID>", "")));
    let text = get().text();
    let id = text.split("<ID>").nth(1).and_then(|rest| rest.split("</ID>").next()).unwrap();
    assert_eq!(id.len(), "6f36f853-7a57-4ccb-80ee-9704db11a39d".len(), "{text}");
    expect(204, &oss.call(oss.request("DELETE", "/bucket-b/?lifecycle")));
    expect(204, &oss.call(oss.request("DELETE", "/bucket-b/?lifecycle")));
    expect_error(404, "NoSuchLifecycle", &get());
    let anonymous = |method| oss.anonymous(&oss.request(method, "/bucket-b/?lifecycle"));
    for method in ["GET", "PUT", "DELETE"] {
        expect_error(403, "AccessDenied", &anonymous(method));
    }
    expect_error(404, "NoSuchBucket", &put(&oss, "missing-b", &rules));
}

#[test]
fn rules_that_contradict_each_other_are_refused_and_nothing_changes() {
    let (_server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    expect(200, &put(&oss, "bucket-b", &expires("first", "a/", 3)));
    let overlapping = expires("1", "dir1/", 180) + &expires("2", "dir1/dir2/", 30);
    let answer = put(&oss, "bucket-b", &overlapping);
    expect_error(400, "InvalidRequest", &answer);
    assert_eq!(answer.error("Message").as_deref(), Some("Overlap for same action type Expiration"));
    assert_eq!(answer.error("EC").as_deref(), Some("0014-00000084"));
    expect_error(400, "InvalidArgument", &put_with(&oss, "bucket-b", &overlapping, Some("perhaps")));
    expect_error(400, "MalformedXML", &put(&oss, "bucket-b", ""));
    expect_error(400, "MalformedXML", &put(&oss, "bucket-b", "<Rule>"));
    let newer = "<Rule><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>\
                 <NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration></Rule>";
    expect_error(400, "MalformedXML", &put(&oss, "bucket-b", newer));
    let access = "<Rule><Status>Enabled</Status><Transition><Days>1</Days><StorageClass>IA</StorageClass>\
                  <IsAccessTime>true</IsAccessTime></Transition></Rule>";
    expect_error(400, "NotImplemented", &put(&oss, "bucket-b", access));
    assert!(oss.call(oss.request("GET", "/bucket-b/?lifecycle")).text().contains("<ID>first</ID>"));
    expect(200, &put_with(&oss, "bucket-b", &overlapping, Some("true")));
}

#[test]
fn an_answer_names_the_time_and_the_rule_of_the_expiration() {
    let mirror = Mirror::start();
    keep_last_modified(&mirror);
    mirror.origin.route("/old/logs/a", Script::ok("old").header("Last-Modified", OLD));
    expect(200, &mirror.get("logs/a"));
    mirror.server.wait_until_idle();
    assert_eq!(mirror.get("logs/a").get("x-oss-expiration"), None);
    expect(200, &put(&mirror.oss, SITE, &expires("my rule", "logs/", 30)));
    let expected = Some("expiry-date=\"Sat, 01 Feb 2020 00:00:00 GMT\", rule-id=\"my rule\"");
    assert_eq!(mirror.get("logs/a").get("x-oss-expiration"), expected);
    assert_eq!(mirror.oss.head(SITE, "logs/a").get("x-oss-expiration"), expected);
    mirror.oss.put(SITE, "docs/a", b"x");
    assert_eq!(mirror.get("docs/a").get("x-oss-expiration"), None);
}

#[test]
fn a_run_deletes_what_is_due_and_a_dry_run_lists_it() {
    let mirror = Mirror::start();
    keep_last_modified(&mirror);
    for key in ["a", "b"] {
        mirror.origin.route(&format!("/old/logs/{key}"), Script::ok("old").header("Last-Modified", OLD));
        expect(200, &mirror.get(&format!("logs/{key}")));
    }
    mirror.oss.put(SITE, "logs/new", b"new");
    mirror.server.wait_until_idle();
    expect(200, &put(&mirror.oss, SITE, &expires("r", "logs/", 30)));
    mirror.origin.stop();
    let data_dir = mirror.server.data_dir();
    let (code, text) = coho(data_dir, &["lifecycle", "run", "--dry-run", "--bucket", SITE]);
    assert_eq!(code, Some(0), "{text}");
    let expected = "delete  site/logs/a  rule r  due since 2020-02-01T00:00:00.000Z, last modified 2020-01-01T12:00:00.000Z, 3 bytes";
    assert!(text.contains(expected) && text.contains("2 changes"), "{text}");
    let (_, text) = coho(data_dir, &["lifecycle", "run", "--dry-run", "--at", "2100-01-01T00:00:00Z"]);
    assert!(text.contains("site/logs/new") && text.contains("3 changes"), "{text}");
    assert_eq!(mirror.keys(), ["logs/a", "logs/b", "logs/new"]);
    let (code, text) = coho(data_dir, &["lifecycle", "run"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("expired: 2") && text.contains("expired_bytes: 6"), "{text}");
    assert_eq!(mirror.keys(), ["logs/new"]);
    let (_, text) = coho(data_dir, &["lifecycle", "status", "--output", "json"]);
    assert!(text.contains("\"running\": null") && text.contains("\"interval_seconds\": 86400"), "{text}");
    let (code, text) = coho(data_dir, &["lifecycle", "run", "--bucket", "missing-b"]);
    assert!(code == Some(1) && text.contains("NoSuchBucket"), "{text}");
}

#[test]
fn noncurrent_versions_and_lone_delete_markers_are_removed() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    expect(200, &oss.call(oss.request("PUT", "/bucket-b/?versioning").body(versioning)));
    for (key, body) in [("logs/a", "old"), ("logs/a", "new"), ("docs/a", "old"), ("docs/a", "new")] {
        oss.put("bucket-b", key, body.as_bytes());
    }
    expect(204, &oss.call(oss.request("DELETE", "/bucket-b/logs/never")));
    let rules = "<Rule><ID>r</ID><Prefix>logs/</Prefix><Status>Enabled</Status>\
                 <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
                 <NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration></Rule>";
    expect(200, &put(&oss, "bucket-b", rules));
    assert_eq!(oss.call(oss.request("HEAD", "/bucket-b/logs/a")).get("x-oss-expiration"), None);
    let data_dir = server.data_dir();
    let (code, text) = coho(data_dir, &["lifecycle", "run", "--dry-run", "--at", "2100-01-01T00:00:00Z"]);
    assert_eq!(code, Some(0), "{text}");
    let removed = text.lines().find(|line| line.starts_with("delete version CAEQ")).unwrap_or_else(|| panic!("{text}"));
    assert!(removed.contains("  bucket-b/logs/a  rule r  due since 20"), "{text}");
    assert!(removed.contains(", noncurrent since 20") && removed.ends_with(", 3 bytes"), "{text}");
    assert!(text.contains("remove marker CAEQ") && text.contains("bucket-b/logs/never"), "{text}");
    assert!(text.contains("2 changes"), "{text}");
    let (code, text) = coho(data_dir, &["lifecycle", "run"]);
    assert_eq!(code, Some(0), "{text}");
    // The version is not old enough yet.
    assert!(text.contains("markers_removed: 1") && text.contains("versions_removed: 0"), "{text}");
    let listed = oss.call(oss.request("GET", "/bucket-b/?versions")).text();
    assert_eq!((listed.matches("<Version>").count(), listed.matches("<DeleteMarker>").count()), (4, 0), "{listed}");
}

/// Killed in the middle, the run goes on by itself at the next start, and what is not due stays.
#[test]
fn a_run_survives_kill_9() {
    const OBJECTS: usize = 400;
    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("coho.toml");
    std::fs::write(&slow, "[lifecycle]\nchanges_per_second = 64\n").unwrap();
    let mut mirror = Mirror::start_with(options().flag("--config", slow.to_str().unwrap()));
    keep_last_modified(&mirror);
    for number in 0..OBJECTS {
        let key = format!("logs/{number:03}");
        mirror.origin.route(&format!("/old/{key}"), Script::ok("old").header("Last-Modified", OLD));
        expect(200, &mirror.get(&key));
    }
    mirror.oss.put(SITE, "logs/new", b"new");
    mirror.server.wait_until_idle();
    expect(200, &put(&mirror.oss, SITE, &expires("r", "logs/", 30)));
    let status = |mirror: &Mirror| {
        let (_, text) = coho(mirror.server.data_dir(), &["lifecycle", "status", "--output", "json"]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let asked = coho_admin_run(&mirror);
    assert_eq!(asked, 202);
    // Some are gone, and the file says that a run is under way.
    while status(&mirror)["running"]["expired"].as_u64().is_some_and(|expired| expired < 64) {}
    mirror.server.kill9().unwrap();
    std::fs::write(&slow, "[lifecycle]\nchanges_per_second = 100000\n").unwrap();
    mirror.server.restart().unwrap();
    mirror.oss = coho_testkit::Oss::new(&mirror.server);
    mirror.server.wait_for_log("lifecycle rules were run");
    while !status(&mirror)["running"].is_null() {}
    assert_eq!(mirror.oss.keys(SITE), ["logs/new"]);
}

/// The same among versions: delete markers that are alone go, and every version of an object stays.
#[test]
fn a_run_among_versions_survives_kill_9() {
    const MARKERS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("coho.toml");
    std::fs::write(&config, "[lifecycle]\nchanges_per_second = 64\n").unwrap();
    let options = options().flag("--config", config.to_str().unwrap());
    let mut server = coho_testkit::Server::start(options).unwrap();
    let mut oss = coho_testkit::Oss::new(&server);
    oss.put_bucket("bucket-b", "private");
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    expect(200, &oss.call(oss.request("PUT", "/bucket-b/?versioning").body(versioning)));
    for number in 0..MARKERS {
        expect(204, &oss.call(oss.request("DELETE", &format!("/bucket-b/logs/{number:03}"))));
    }
    // A marker over a version, and a noncurrent version that is not old enough.
    for body in ["old", "new"] {
        oss.put("bucket-b", "logs/100-kept", body.as_bytes());
        oss.put("bucket-b", "logs/200-deleted", body.as_bytes());
    }
    expect(204, &oss.call(oss.request("DELETE", "/bucket-b/logs/200-deleted")));
    let rules = "<Rule><ID>r</ID><Prefix>logs/</Prefix><Status>Enabled</Status>\
                 <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
                 <NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration></Rule>";
    expect(200, &put(&oss, "bucket-b", rules));
    let status = |server: &coho_testkit::Server| {
        let (_, text) = coho(server.data_dir(), &["lifecycle", "status", "--output", "json"]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(begin_run(&server), 202);
    while status(&server)["running"]["markers_removed"].as_u64().is_some_and(|removed| removed < 64) {}
    server.kill9().unwrap();
    std::fs::write(&config, "[lifecycle]\nchanges_per_second = 100000\n").unwrap();
    server.restart().unwrap();
    oss = coho_testkit::Oss::new(&server);
    server.wait_for_log("lifecycle rules were run");
    while !status(&server)["running"].is_null() {}
    let listed = oss.call(oss.request("GET", "/bucket-b/?versions")).text();
    assert_eq!((listed.matches("<Version>").count(), listed.matches("<DeleteMarker>").count()), (4, 1), "{listed}");
    assert_eq!(oss.get("bucket-b", "logs/100-kept").body, b"new");
}

/// Begins a run without waiting for its end.
fn coho_admin_run(mirror: &Mirror) -> u16 {
    begin_run(&mirror.server)
}

fn begin_run(server: &coho_testkit::Server) -> u16 {
    let body: &[u8] = b"{}";
    let request = coho_testkit::http::Request::new("POST", "/v1/lifecycle/run")
        .header("Host", &server.admin().to_string())
        .header("Authorization", &format!("Bearer {}", server.admin_token()))
        .header("Content-Type", "application/json")
        .body(body);
    coho_testkit::http::exchange(server.admin(), &request).unwrap().status()
}
