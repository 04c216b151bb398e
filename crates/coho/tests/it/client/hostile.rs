//! Keys and folders of people who mean harm.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use coho_testkit::{Credentials, Origin, Script};

use super::User;

/// A store whose listing has these keys, as they are encoded in it; every object has one byte.
fn store_with(keys: &[&str]) -> (Origin, User) {
    let origin = Origin::start().unwrap();
    let entries: String = keys
        .iter()
        .map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size><ETag>\"v\"</ETag></Contents>"))
        .collect();
    let list = format!(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
    );
    origin.route("/photos/", Script::ok(list));
    for key in keys {
        let path = key.replace("%2F", "/");
        origin.route(&format!("/photos/{path}"), Script::ok("x").header("ETag", "\"v\""));
    }
    let user = User::of(&origin.url(""), &Credentials::new("k", "s"));
    (origin, user)
}

/// Every file below a folder, without following links.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn no_key_writes_outside_of_the_folder() {
    let bad =
        ["..%2Fup", "a%2F..%2F..%2Fup", "%2Fetc%2Fevil", "a%2F%2Fb", ".%2Fa", "..", "a%2F..", "nul%00byte", "..%2F"];
    let keys = [&bad[..], &["good", "a%5C..%5Cb", "...", "d%2Fe"]].concat();
    let (_origin, user) = store_with(&keys);
    fs::create_dir_all(user.home().join("in/ner")).unwrap();
    let done = user.run(&["object", "cp", "-r", "oss://photos", "in/ner"]).expect(5);
    assert!(done.err.contains(&format!("{} of {} failed", bad.len(), keys.len())), "{done:?}");
    assert_eq!(files(user.home()), ["in/ner/...", "in/ner/a\\..\\b", "in/ner/d/e", "in/ner/good"]);
}

#[test]
fn no_link_in_the_way_is_followed() {
    let (_origin, user) = store_with(&["link%2Fx", "file%2Fx", "target", "dir", "fifo", "ok"]);
    let at = |name: &str| user.home().join(name);
    fs::create_dir_all(at("out")).unwrap();
    fs::create_dir_all(at("in/dir")).unwrap();
    fs::write(at("victim"), "victim").unwrap();
    fs::write(at("in/file"), "file").unwrap();
    symlink(at("out"), at("in/link")).unwrap();
    symlink(at("victim"), at("in/target")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("in/fifo")).status().unwrap().success());
    let done = user.run(&["object", "cp", "-r", "oss://photos", "in", "--force"]).expect(5);
    assert_eq!(done.err.matches("in the way").count(), 5, "{done:?}");
    assert_eq!(done.out, "copied 1 (1 B), failed 5\n");
    assert_eq!(fs::read_to_string(at("victim")).unwrap(), "victim");
    assert_eq!(fs::read_dir(at("out")).unwrap().count(), 0);
    for target in ["in/target", "in/fifo", "/dev/null"] {
        let done = user.run(&["object", "cp", "oss://photos/ok", target, "--force"]).expect(1);
        assert!(done.err.contains("in the way"), "{done:?}");
    }
    // A folder that the user names may be a link.
    symlink(at("out"), at("mine")).unwrap();
    user.run(&["object", "cp", "oss://photos/ok", "mine"]).expect(0);
    assert_eq!(files(&at("out")), ["ok"]);
}

#[test]
fn what_no_file_system_can_hold_is_told_and_the_rest_is_copied() {
    let long = "n".repeat(300);
    let (_origin, user) = store_with(&["folder%2F", "f", "f%2Fbelow", &long, "ok"]);
    let done = user.run(&["object", "cp", "-r", "oss://photos", "in", "--parallel", "1"]).expect(5);
    assert!(done.err.contains("the name of a folder, and 1 bytes"), "{done:?}");
    assert_eq!(files(&user.home().join("in")), ["f", "ok"]);
    assert_eq!(done.out, "copied 2 (2 B), failed 3\n");
}

#[test]
fn control_characters_of_keys_reach_no_terminal() {
    let (_origin, user) = store_with(&["a%1B%5B2Jb", "..%2F%1B"]);
    for args in [&["object", "ls", "oss://photos"][..], &["object", "cp", "-r", "oss://photos", "in", "--dry-run"]] {
        let done = user.run(args).expect(0);
        assert!(!done.out.contains('\u{1b}') && done.out.contains("\\u{1b}"), "{done:?}");
    }
    let done = user.run(&["object", "cp", "-r", "oss://photos", "in"]);
    assert!(!done.err.contains('\u{1b}'), "{done:?}");
    let done = user.run(&["object", "rm", "-r", "oss://photos"]).expect(1);
    assert!(!done.out.contains('\u{1b}') && !done.err.contains('\u{1b}'), "{done:?}");
}
