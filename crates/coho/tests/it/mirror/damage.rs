//! A mirrored object whose stored bytes are damaged is fetched again; what a client has written never is.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    thread,
};

use coho_testkit::{
    Oss, Script,
    body::generated,
    http::{End, Request, exchange},
    oss::expect,
};

use super::metrics;
use crate::fixture::{Mirror, SITE, expect_error};

const LENGTH: usize = 300_000;

/// The file of the only blob.
fn only_blob(folder: PathBuf) -> PathBuf {
    let mut pending = vec![folder];
    while let Some(path) = pending.pop() {
        if path.is_file() {
            return path;
        }
        pending.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
    }
    panic!("there are no blobs");
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// Changes the only blob while the server is stopped, since open files are read on.
fn damage(mirror: &mut Mirror, change: impl Fn(&Path)) {
    mirror.server.wait_until_idle();
    mirror.server.terminate().unwrap();
    change(&only_blob(mirror.server.data_dir().join("blobs")));
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
}

/// A mirrored object `x` whose file is gone.
fn damaged() -> Mirror {
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64));
    expect(200, &mirror.get("x"));
    damage(&mut mirror, remove);
    mirror
}

#[test]
fn a_mirrored_object_with_any_damage_is_fetched_again_and_once() {
    /// Its name, and the change of the file.
    type Case<'a> = (&'a str, &'a dyn Fn(&Path));
    let cases: [Case<'_>; 4] = [
        ("missing", &remove),
        ("a link", &|path| {
            remove(path);
            symlink("/etc/hostname", path).unwrap();
        }),
        ("a folder", &|path| {
            remove(path);
            fs::create_dir(path).unwrap();
        }),
        ("short", &|path| File::options().write(true).open(path).unwrap().set_len(99_999).unwrap()),
    ];
    for (name, change) in cases {
        let mut mirror = Mirror::start();
        mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64));
        expect(200, &mirror.get("x"));
        damage(&mut mirror, change);
        expect(200, &mirror.oss.head(SITE, "x"));
        assert_eq!(mirror.origin.hits("/old/x"), 1, "{name}: a HEAD reads nothing");
        let part = Request::new("GET", "/site/x").header("Host", &mirror.address().to_string());
        let part = exchange(mirror.address(), &part.header("Range", "bytes=100000-100009")).unwrap();
        expect(206, &part);
        assert!(part.body == generated("x", LENGTH)[100_000..100_010], "{name}");
        mirror.server.wait_for("damaged", SITE, "x");
        mirror.server.wait_for_log("the stored bytes of a mirrored object are damaged");
        for _ in 0..2 {
            let answer = mirror.get("x");
            assert!(answer.end == End::Complete && answer.body == generated("x", LENGTH), "{name}: {answer:?}");
            mirror.server.wait_until_idle();
        }
        assert_eq!(mirror.origin.hits("/old/x"), 2, "{name}");
        let metrics = metrics(&mirror);
        for outcome in ["damaged", "repaired"] {
            assert!(metrics.contains(&format!("outcome=\"{outcome}\"}} 1\n")), "{name}: {metrics}");
        }
        mirror.server.restart().unwrap();
        mirror.oss = Oss::new(&mirror.server);
        mirror.origin.stop();
        assert!(mirror.get("x").body == generated("x", LENGTH), "{name}: it is stored");
        assert_eq!(mirror.keys(), ["x"]);
    }
}

/// Small bodies that are fetched together are stored in one file, with a checksum for each.
#[test]
fn small_bodies_in_a_damaged_segment_are_fetched_again() {
    const BYTES: usize = 8192;
    let mut mirror = Mirror::start();
    let keys: Vec<String> = (0..60).map(|number| format!("{number}")).collect();
    for key in &keys {
        mirror.origin.route(&format!("/old/{key}"), Script::generated(key, BYTES as u64));
        expect(200, &mirror.get(key));
    }
    mirror.server.wait_until_idle();
    mirror.server.terminate().unwrap();
    let files: Vec<_> = fs::read_dir(mirror.server.data_dir().join("meta/coho.sqlite-segments")).unwrap().collect();
    assert!(!files.is_empty(), "the bodies are in segments");
    for file in files {
        let path = file.unwrap().path();
        let length = fs::metadata(&path).unwrap().len() as usize;
        fs::write(&path, vec![b'x'; length]).unwrap();
    }
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    let mut repaired = 0;
    for key in &keys {
        expect(200, &mirror.oss.head(SITE, key));
        let answer = mirror.get(key);
        assert!(answer.body == generated(key, BYTES), "{key}: {answer:?}");
        mirror.server.wait_until_idle();
        assert!(mirror.get(key).body == generated(key, BYTES), "{key}");
        repaired += mirror.origin.hits(&format!("/old/{key}")) - 1;
    }
    assert!((1..=keys.len()).contains(&repaired), "{repaired}");
    assert!(metrics(&mirror).contains(&format!("outcome=\"repaired\"}} {repaired}\n")));
    assert_eq!(mirror.keys().len(), keys.len());
}

#[test]
fn many_readers_of_a_damaged_object_cause_one_fetch() {
    let mirror = damaged();
    mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64).gated_body(1000));
    let oss = &mirror.oss;
    thread::scope(|scope| {
        let readers: Vec<_> = (0..8).map(|_| scope.spawn(|| oss.get_anonymous(SITE, "x"))).collect();
        mirror.origin.wait_for_hits("/old/x", 2);
        mirror.origin.release("/old/x");
        for reader in readers {
            let answer = reader.join().unwrap();
            expect(200, &answer);
            assert!(answer.body == generated("x", LENGTH));
        }
    });
    assert_eq!(mirror.origin.hits("/old/x"), 2);
}

#[test]
fn a_fetch_that_fails_changes_nothing() {
    let mirror = damaged();
    for script in
        [Script::status(404), Script::status(503), Script::generated("x", 9).fault(coho_testkit::Fault::CutHead)]
    {
        mirror.origin.route("/old/x", script);
        expect_error(500, "InternalError", &mirror.get("x"));
        expect(200, &mirror.oss.head(SITE, "x"));
        assert_eq!(mirror.keys(), ["x"]);
        let forget = std::process::Command::new(crate::fixture::BINARY)
            .args(["mirror", "forget", SITE, "--data-dir"])
            .arg(mirror.server.data_dir())
            .output()
            .unwrap();
        assert!(forget.status.success(), "{forget:?}");
    }
    mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64));
    let answer = mirror.get("x");
    assert!(answer.body == generated("x", LENGTH), "{answer:?}");
    assert_eq!(mirror.keys(), ["x"]);
}

#[test]
fn what_a_client_has_written_is_never_replaced() {
    // An object of a client, and mirrored ones that have an ACL or headers of their own by a client.
    let mut mirror = Mirror::start();
    mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64));
    mirror.oss.put(SITE, "x", &generated("put", LENGTH));
    damage(&mut mirror, remove);
    expect_error(500, "InternalError", &mirror.get("x"));
    assert_eq!(mirror.origin.hits("/old/x"), 0);

    let mirror = damaged();
    let acl = mirror.oss.request("PUT", &format!("/{SITE}/x?acl")).header("x-oss-object-acl", "private");
    expect(200, &mirror.oss.call(acl));
    expect_error(403, "AccessDenied", &mirror.get("x"));
    expect_error(500, "InternalError", &mirror.oss.get(SITE, "x"));
    assert_eq!(mirror.origin.hits("/old/x"), 1);

    let mirror = damaged();
    let headers = mirror.oss.request("PUT", &format!("/{SITE}/x")).header("x-oss-copy-source", &format!("/{SITE}/x"));
    expect(200, &mirror.oss.call(headers.header("x-oss-meta-of", "a client").body("")));
    expect_error(500, "InternalError", &mirror.get("x"));
    assert_eq!(mirror.origin.hits("/old/x"), 1);
}

#[test]
fn a_client_that_writes_during_the_fetch_wins() {
    for deletes in [false, true] {
        let mirror = damaged();
        mirror.origin.route("/old/x", Script::generated("x", LENGTH as u64).gated_body(1000));
        let oss = &mirror.oss;
        thread::scope(|scope| {
            let reader = scope.spawn(|| oss.get_anonymous(SITE, "x"));
            mirror.origin.wait_for_hits("/old/x", 2);
            if deletes {
                mirror.oss.delete(SITE, "x")
            } else {
                mirror.oss.put(SITE, "x", b"put")
            }
            mirror.origin.release("/old/x");
            assert!(reader.join().unwrap().body == generated("x", LENGTH), "it began before");
        });
        assert_eq!(mirror.keys(), if deletes { vec![] } else { vec!["x"] });
        if !deletes {
            assert_eq!(mirror.get("x").body, b"put");
        }
    }
}

#[test]
fn without_a_rule_that_leads_to_it_a_damaged_object_is_an_error() {
    let mirror = damaged();
    let other = crate::fixture::mirror_rule("other/", &mirror.origin.url("/old/"));
    expect(200, &mirror.oss.put_website(SITE, &other));
    expect_error(500, "InternalError", &mirror.get("x"));
    expect(204, &mirror.oss.call(mirror.oss.request("DELETE", &format!("/{SITE}/?website"))));
    expect_error(500, "InternalError", &mirror.get("x"));
    assert_eq!(mirror.origin.hits("/old/x"), 1);
}
