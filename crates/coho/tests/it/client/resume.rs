//! `coho object cp` when things break: kills, damaged bytes, files that change, a full disk.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use coho_testkit::body::generated;
use coho_testkit::{Credentials, Origin, Oss, Script, Server};

use super::proxy::{Direction, Relay};
use super::{User, done};
use crate::fixture::{BINARY, server};

const LENGTH: usize = 1_500_000;

struct Rig {
    _server: Server,
    oss: Oss,
    relay: Relay,
    user: User,
    bytes: Vec<u8>,
}

/// A store with a bucket, a relay to it, and a file.
fn rig() -> Rig {
    let (server, oss) = server();
    let relay = Relay::start(server.endpoint());
    let user = User::of(&relay.url(), server.credentials());
    oss.put_bucket("photos", "private");
    let bytes = generated("resumed", LENGTH);
    fs::write(user.home().join("f"), &bytes).unwrap();
    Rig { _server: server, oss, relay, user, bytes }
}

const UPLOAD: [&str; 6] = ["object", "cp", "f", "oss://photos/k", "--part-size", "100K"];
const DOWNLOAD: [&str; 4] = ["object", "cp", "oss://photos/k", "back"];

fn started(user: &User, args: &[&str]) -> Child {
    user.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn kill9(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn parts_in_home(user: &User) -> usize {
    let names =
        fs::read_dir(user.home()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".coho-")).count()
}

/// Waits until a download has written this much.
fn wait_for_part(user: &User, length: u64) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let is_part = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".coho-");
    let written = || {
        let part = fs::read_dir(user.home()).unwrap().map(Result::unwrap).find(is_part);
        part.and_then(|part| part.metadata().ok()).map_or(0, |metadata| metadata.len())
    };
    while written() < length {
        assert!(Instant::now() < deadline, "only {} bytes were written", written());
        thread::yield_now();
    }
}

#[test]
fn an_upload_that_was_killed_continues() {
    let Rig { oss, relay, user, bytes, .. } = &rig();
    relay.hold(Direction::Up, 900_000);
    let child = started(user, &UPLOAD);
    relay.wait_until_held(Direction::Up);
    kill9(child);
    relay.release(Direction::Up);
    assert_eq!(oss.keys("photos"), Vec::<String>::new());
    let before = relay.passed(Direction::Up);
    user.run(&UPLOAD).expect(0);
    let sent = relay.passed(Direction::Up) - before;
    assert!(sent < 1_100_000, "parts that were stored are not sent again: {sent}");
    assert_eq!(oss.get("photos", "k").body, *bytes);
    assert_eq!(fs::read_dir(user.home().join(".cache/coho/uploads")).unwrap().count(), 0);
}

#[test]
fn an_upload_of_a_file_that_changed_since_begins_anew() {
    let Rig { oss, relay, user, .. } = &rig();
    relay.hold(Direction::Up, 900_000);
    let child = started(user, &UPLOAD);
    relay.wait_until_held(Direction::Up);
    kill9(child);
    relay.release(Direction::Up);
    let other = generated("other", LENGTH);
    fs::write(user.home().join("f"), &other).unwrap();
    user.run(&UPLOAD).expect(0);
    assert_eq!(oss.get("photos", "k").body, other);
    let listed = oss.call(oss.request("GET", "/photos/?uploads"));
    assert!(!listed.text().contains("<UploadId>"), "the first upload was ended: {listed:?}");
}

#[test]
fn a_file_that_changes_during_the_upload_is_not_stored() {
    let Rig { oss, relay, user, .. } = &rig();
    relay.hold(Direction::Up, 900_000);
    let child = started(user, &UPLOAD);
    relay.wait_until_held(Direction::Up);
    // In place: a file that is cut first would be found shorter by parts that are read at that moment.
    let mut file = fs::OpenOptions::new().write(true).open(user.home().join("f")).unwrap();
    file.write_all(&generated("other", LENGTH)).unwrap();
    drop(file);
    relay.release(Direction::Up);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), text.contains("changed while it was read")), (Some(1), true), "{text}");
    assert_eq!(oss.keys("photos"), Vec::<String>::new());
    assert!(!oss.call(oss.request("GET", "/photos/?uploads")).text().contains("<UploadId>"));
}

#[test]
fn a_download_that_was_killed_continues() {
    let Rig { oss, relay, user, bytes, .. } = &rig();
    oss.put("photos", "k", bytes);
    relay.hold(Direction::Down, 900_000);
    let child = started(user, &DOWNLOAD);
    wait_for_part(user, 500_000);
    kill9(child);
    relay.release(Direction::Down);
    assert!(!user.home().join("back").exists());
    assert_eq!(parts_in_home(user), 1);
    let before = relay.passed(Direction::Down);
    let log = user.run(&DOWNLOAD).expect(0);
    let kept = relay.passed(Direction::Down) - before;
    assert!(kept < 1_100_000, "bytes that were kept are not sent again: {kept}");
    assert_eq!(fs::read(user.home().join("back")).unwrap(), *bytes, "{log:?}");
    assert_eq!(parts_in_home(user), 0);
}

#[test]
fn bytes_of_an_earlier_run_that_were_damaged_are_found() {
    let Rig { oss, relay, user, bytes, .. } = &rig();
    oss.put("photos", "k", bytes);
    relay.hold(Direction::Down, 900_000);
    let child = started(user, &DOWNLOAD);
    wait_for_part(user, 500_000);
    kill9(child);
    relay.release(Direction::Down);
    let find = || {
        fs::read_dir(user.home())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().contains(".coho-"))
    };
    let part = find().unwrap();
    let mut kept = fs::read(&part).unwrap();
    assert!(!kept.is_empty());
    kept[0] ^= 1;
    fs::write(&part, &kept).unwrap();
    let damaged = user.run(&DOWNLOAD).expect(1);
    assert!(damaged.err.contains("checksum") && !user.home().join("back").exists(), "{damaged:?}");
    user.run(&DOWNLOAD).expect(0);
    assert_eq!(fs::read(user.home().join("back")).unwrap(), *bytes);
}

#[test]
fn bytes_that_are_damaged_on_their_way_are_sent_again() {
    let Rig { oss, relay, user, bytes, .. } = &rig();
    relay.damage(Direction::Up, 400_000);
    user.run(&UPLOAD).expect(0);
    assert_eq!(oss.get("photos", "k").body, *bytes);
    // One request: the store refuses it, and nothing damaged is ever stored.
    relay.damage(Direction::Up, 400_000);
    let refused = user.run(&["object", "cp", "f", "oss://photos/whole", "--part-size", "16M"]).expect(1);
    assert!(refused.err.contains("InvalidDigest"), "{refused:?}");
    assert_eq!(oss.keys("photos"), ["k"]);

    relay.damage(Direction::Down, 400_000);
    let damaged = user.run(&DOWNLOAD).expect(1);
    assert!(damaged.err.contains("damaged") && !user.home().join("back").exists(), "{damaged:?}");
    assert_eq!(parts_in_home(user), 0);
}

#[test]
fn a_scripted_store_with_another_checksum_is_not_believed() {
    let origin = Origin::start().unwrap();
    let user = User::of(&origin.url(""), &Credentials::new("k", "s"));
    fs::write(user.home().join("f"), "abc").unwrap();
    origin.route("/photos/k", Script::ok("").header("x-oss-hash-crc64ecma", "1").closes());
    let damaged = user.run(&["object", "cp", "f", "oss://photos/k", "--retries", "1"]).expect(1);
    assert!(damaged.err.contains("another checksum"), "{damaged:?}");
    assert_eq!(origin.hits("/photos/k"), 2);
}

#[test]
fn ctrl_c_ends_in_order_and_keeps_what_can_be_continued() {
    let Rig { oss, relay, user, bytes, .. } = &rig();
    relay.hold(Direction::Up, 900_000);
    let child = started(user, &UPLOAD);
    relay.wait_until_held(Direction::Up);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    relay.release(Direction::Up);
    user.run(&UPLOAD).expect(0);
    assert_eq!(oss.get("photos", "k").body, *bytes);
}

#[test]
fn a_disk_without_room_ends_everything_and_keeps_nothing() {
    let Rig { oss, relay: _, user, bytes, .. } = &rig();
    for key in ["d/1", "d/2", "d/3"] {
        oss.put("photos", key, bytes);
    }
    let mut command = Command::new("sh");
    user.prepare(&mut command);
    // The largest file that the shell allows stands for a full disk; the unit is 512 bytes or 1 KiB.
    let script = format!("trap '' XFSZ; ulimit -f 400; exec {BINARY} object cp -r oss://photos/d/ in --parallel 1");
    let full = done(command.arg("-c").arg(script));
    assert_eq!(full.code, Some(5), "{full:?}");
    assert!(full.err.contains("cannot be written") && full.out.contains("failed 1"), "{full:?}");
    assert_eq!(fs::read_dir(user.home().join("in")).unwrap().count(), 0);
}

#[test]
fn two_runs_of_one_upload_do_not_mix() {
    let Rig { oss, relay, user, bytes, .. } = &rig();
    // Without a look at the target, the second run needs no answer before it finds the first.
    let upload = [&UPLOAD[..], &["--force"]].concat();
    relay.hold(Direction::Up, 900_000);
    let first = started(user, &upload);
    relay.wait_until_held(Direction::Up);
    let second = user.run(&upload).expect(1);
    assert!(second.err.contains("another process"), "{second:?}");
    relay.release(Direction::Up);
    assert!(first.wait_with_output().unwrap().status.success());
    assert_eq!(oss.get("photos", "k").body, *bytes);
}
