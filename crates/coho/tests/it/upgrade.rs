//! Data folders of other versions: earlier ones are upgraded and answer as before, newer ones are refused.
//!
//! `fixtures/data-1` was written by the release build of commit 392144a, with bodies in the table, in a segment and in files,
//! uploads in progress, rules, limits, ACLs and user metadata; `expected.json` is what that build answered.

use crate::fixture::{BINARY, options};
use coho_testkit::{Oss, Server, oss::expect};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{path::Path, process::Command};
use tempfile::TempDir;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/data-1");

/// A copy of the folder.
fn unpacked() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let archive = format!("{FIXTURE}/data.tar.gz");
    let status = Command::new("tar").args(["-xzf", &archive, "-C"]).arg(folder.path()).status().unwrap();
    assert!(status.success(), "tar unpacks {archive}");
    folder
}

fn expected() -> Value {
    serde_json::from_str(&std::fs::read_to_string(format!("{FIXTURE}/expected.json")).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Elements that differ from answer to answer: ids of requests, addresses, and the time of an answer.
const FLEETING: [&str; 5] = ["RequestId", "HostId", "ExtranetEndpoint", "IntranetEndpoint", "LastModifiedTime"];

/// The elements of a document that have a text, in order. Later versions may fill empty elements and add others.
fn texts(body: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut tags = body.split('<').peekable();
    while let Some(tag) = tags.next() {
        let Some((name, text)) = tag.split_once('>') else { continue };
        let is_leaf = tags.peek().is_some_and(|next| next.strip_prefix('/').is_some_and(|end| end.starts_with(name)));
        if is_leaf && !text.is_empty() && !FLEETING.contains(&name) {
            found.push((name, text));
        }
    }
    found
}

/// All that the earlier version has shown is shown, in the same order.
#[track_caller]
fn assert_shown(answer: &str, earlier: &str, target: &str) {
    let shown = texts(answer);
    let mut rest = shown.iter();
    for text in texts(earlier) {
        assert!(rest.any(|shown| *shown == text), "{target}: {text:?} is missing or misplaced in {answer}");
    }
}

fn check_answer(oss: &Oss, expected: &Value) {
    let target = text(&expected["target"]);
    let answer = oss.call(oss.request("GET", target));
    assert_eq!(Value::from(answer.status()), expected["status"], "{target}");
    if let Some(body) = expected.get("body") {
        assert_shown(&answer.text(), text(body), target);
    } else if answer.status() == 200 {
        assert_eq!(hex::encode(Sha256::digest(&answer.body)), text(&expected["sha256"]), "{target}");
        for (name, value) in expected["headers"].as_object().unwrap() {
            // The client shows a byte that is not UTF-8 as the replacement character.
            let shown = text(value).replace(|c: char| !c.is_ascii(), "\u{fffd}");
            assert_eq!(answer.get(name), Some(&*shown), "{name} of {target}");
        }
    }
}

/// Limits, timeouts and what is kept of misses.
fn check_mirror(data_dir: &Path, expected: &Value) {
    let mut command = Command::new(BINARY);
    let shown =
        command.args(["mirror", "limit", "site", "--output", "json", "--data-dir"]).arg(data_dir).output().unwrap();
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap_or_else(|error| panic!("{error}: {shown:?}"));
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
}

/// Earlier formats count no mirrored objects: the upgrade does, from the rows. A client has written the two pages of the site.
fn check_mirrored_counters(oss: &Oss) {
    let number = |text: Option<&str>| text.unwrap().parse::<u64>().unwrap();
    for (bucket, written) in [("site", Some((2, 24))), ("vault", None)] {
        let stat = oss.call(oss.request("GET", &format!("/{bucket}?stat")));
        let of = |name: &str| number(stat.element(name).as_deref());
        let (objects, bytes) =
            written.map_or((0, 0), |(objects, bytes)| (of("ObjectCount") - objects, of("Storage") - bytes));
        let counted = ["x-coho-mirrored-objects", "x-coho-mirrored-bytes"].map(|name| number(stat.get(name)));
        assert_eq!(counted, [objects, bytes], "{bucket}");
    }
}

fn complete_upload(oss: &Oss, upload: &Value) {
    let (key, id) = (text(&upload["key"]), text(&upload["id"]));
    let part =
        |part: &Value| format!("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", part[0], text(&part[1]));
    let parts: String = upload["parts"].as_array().unwrap().iter().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let completed = oss.call(oss.request("POST", &format!("/vault/{key}?uploadId={id}")).body(body));
    expect(200, &completed);
    let object = oss.get("vault", key);
    assert!(object.get("etag").unwrap().ends_with("-2\""), "of two parts, whose own tags were accepted");
    assert_eq!(object.get("content-type"), upload["content_type"].as_str());
    assert_eq!(object.get("x-oss-meta-r"), Some("2"));
    assert_eq!(hex::encode(Sha256::digest(&object.body)), text(&upload["sha256"]));
}

#[test]
fn a_folder_of_version_1_is_upgraded_and_answers_as_before() {
    let (folder, expected) = (unpacked(), expected());
    let data_dir = folder.path().join("data");
    let mut server = Server::start(options().data_dir(&data_dir)).unwrap();
    for round in ["after the upgrade", "after another start"] {
        let oss = Oss::new(&server);
        for answer in expected["answers"].as_array().unwrap() {
            check_answer(&oss, answer);
        }
        check_mirror(&data_dir, &expected["mirror"]);
        check_mirrored_counters(&oss);
        assert_eq!(std::fs::read_to_string(data_dir.join("FORMAT")).unwrap(), "coho data 3\n", "{round}");
        server.terminate().unwrap();
        let metadata = std::fs::read(data_dir.join("meta/coho.sqlite")).unwrap();
        let secret = b"originsecret";
        assert!(
            metadata.windows(secret.len()).any(|window| window == secret),
            "the secret of the origin is kept {round}"
        );
        server.restart().unwrap();
    }
    let oss = Oss::new(&server);
    complete_upload(&oss, &expected["upload"]);
    oss.put("vault", "inline", b"replaced");
    oss.delete("site", "m/91-40000");
    server.restart().unwrap();
    assert_eq!(Oss::new(&server).get("vault", "inline").body, b"replaced");
}

#[test]
fn objects_of_an_earlier_version_are_versions_null_once_versioning_is_enabled() {
    let folder = unpacked();
    let data_dir = folder.path().join("data");
    let mut server = Server::start(options().data_dir(&data_dir)).unwrap();
    let oss = Oss::new(&server);
    let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    expect(200, &oss.call(oss.request("PUT", "/vault?versioning").body(body)));
    let before = oss.get("vault", "inline");
    assert_eq!(before.get("x-oss-version-id"), Some("null"));
    oss.put("vault", "inline", b"replaced");
    oss.delete("vault", "inline");
    server.restart().unwrap();
    let oss = Oss::new(&server);
    expect(404, &oss.get("vault", "inline"));
    let version = oss.call(oss.request("GET", "/vault/inline?versionId=null"));
    expect(200, &version);
    assert_eq!(version.body, before.body);
    let stat = oss.call(oss.request("GET", "/vault?stat"));
    assert_eq!(stat.element("DeleteMarkerCount").as_deref(), Some("1"));
}

#[track_caller]
fn check_refused(format: &str, reasons: &[&str]) {
    let folder = unpacked();
    let data_dir = folder.path().join("data");
    std::fs::write(data_dir.join("FORMAT"), format).unwrap();
    let metadata = || std::fs::read(data_dir.join("meta/coho.sqlite")).unwrap();
    let before = metadata();
    let refused = Server::start(options().data_dir(&data_dir)).unwrap_err();
    let refused = format!("{refused:#}");
    for reason in reasons {
        assert!(refused.contains(reason), "{format:?}: {reason:?} is not in {refused}");
    }
    assert!(metadata() == before, "nothing was changed");
}

#[test]
fn a_folder_of_a_newer_version_is_refused_with_a_reason() {
    let advice = "start the Coho that wrote it, or a later one, or restore a backup from before its upgrade";
    check_refused("coho data 4\n", &["has version 4, and this version of Coho supports versions up to 3", advice]);
    for format in ["", "coho data x\n", "coho data 0\n", "another program\n"] {
        check_refused(format, &["which no version of Coho writes"]);
    }
}
