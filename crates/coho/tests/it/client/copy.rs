//! `coho object cp` between files, pipes and objects.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use coho_testkit::body::generated;

use super::{User, store};

fn write(user: &User, name: &str, bytes: &[u8]) {
    let path = user.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn read(user: &User, name: &str) -> Vec<u8> {
    fs::read(user.home().join(name)).unwrap()
}

#[test]
fn a_file_of_any_length_goes_up_and_comes_back() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    for length in [0, 1, 102_399, 102_400, 102_401, 1_000_000] {
        let bytes = generated("f", length);
        write(&user, "f", &bytes);
        let cp =
            |from: &str, to: &str| user.run(&["object", "cp", from, to, "--part-size", "100K", "--force"]).expect(0);
        let summary = cp("f", "oss://photos/a b+ü").out;
        assert!(summary.starts_with("copied 1 ("), "{summary}");
        assert_eq!(oss.get("photos", "a b+ü").body, bytes, "{length}");
        cp("oss://photos/a b+ü", "back");
        assert_eq!(read(&user, "back"), bytes, "{length}");
    }
    assert!(
        fs::read_dir(user.home()).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().contains(".part"))
    );
    assert_eq!(fs::read_dir(user.home().join(".cache/coho/uploads")).unwrap().count(), 0);
}

#[test]
fn names_of_targets_come_from_the_source_where_they_are_folders() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    write(&user, "d/a.html", b"<p>");
    let cp = |from: &str, to: &str| user.run(&["object", "cp", from, to]);
    cp("d/a.html", "oss://photos").expect(0);
    cp("d/a.html", "oss://photos/x/").expect(0);
    cp("d/a.html", "oss://photos/y").expect(0);
    cp("oss://photos/x/a.html", "oss://photos/z/").expect(0);
    assert_eq!(oss.keys("photos"), ["a.html", "x/a.html", "y", "z/a.html"]);
    for (key, expected) in [("a.html", "text/html"), ("z/a.html", "text/html"), ("y", "application/octet-stream")] {
        assert_eq!(oss.head("photos", key).get("content-type"), Some(expected), "{key}");
    }
    cp("oss://photos/x/a.html", ".").expect(0);
    assert_eq!(read(&user, "a.html"), b"<p>");
    cp("oss://photos/x/a.html", "new/").expect(1);
    cp("oss://photos/y", "d").expect(0);
    assert_eq!(read(&user, "d/y"), b"<p>");
    cp("oss://photos/y", "oss://photos/y").expect(1);
    cp("d", "oss://photos/").expect(1);
    cp("missing", "oss://photos/").expect(1);
    cp("oss://photos/missing", "m").expect(3);
    cp("a.html", "b.html").expect(1);
    assert!(!user.home().join("m").exists());
}

#[test]
fn headers_and_metadata_of_new_objects_are_set_and_those_of_a_source_stay() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    write(&user, "a.html", b"<p>");
    let cp = |from: &str, to: &str, options: &[&str]| user.run(&[&["object", "cp", from, to], options].concat());
    let options =
        ["--header", "Cache-Control: no-cache", "--meta", "Owner=me", "--meta", "b=2", "--acl", "public-read"];
    cp("a.html", "oss://photos/a.html", &options).expect(0);
    let check = |key: &str, expected: &[(&str, Option<&str>)]| {
        let head = oss.head("photos", key);
        for (name, value) in expected {
            assert_eq!(head.get(name), *value, "{name} of {key}");
        }
    };
    let first = [("content-type", Some("text/html")), ("cache-control", Some("no-cache")), ("x-oss-meta-b", Some("2"))];
    check("a.html", &first);
    check("a.html", &[("x-oss-meta-owner", Some("me"))]);
    cp("oss://photos/a.html", "oss://photos/same", &[]).expect(0);
    check("same", &first);
    cp("oss://photos/a.html", "oss://photos/other", &["--meta", "owner=you", "--content-type", "a/b"]).expect(0);
    check("other", &[("content-type", Some("a/b")), ("x-oss-meta-owner", Some("you")), ("x-oss-meta-b", Some("2"))]);
    check("other", &[("cache-control", Some("no-cache"))]);
    for bad in [["--header", "Host: x"], ["--meta", "a_b=c"], ["--acl", "public"]] {
        cp("a.html", "oss://photos/bad", &bad).expect(2);
    }
    assert_eq!(oss.keys("photos"), ["a.html", "other", "same"]);
}

#[test]
fn pipes_are_places_too() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    for length in [0, 5, 102_400, 250_000] {
        let bytes = generated("pipe", length);
        let mut command = user.command(&["object", "cp", "-", "oss://photos/piped", "--part-size", "100K", "--force"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert!(child.wait_with_output().unwrap().status.success());
        assert_eq!(oss.get("photos", "piped").body, bytes, "{length}");
        let output = user.command(&["object", "cp", "oss://photos/piped", "-"]).output().unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(0), bytes));
    }
    user.run(&["object", "cp", "-", "-"]).expect(1);
    user.run(&["object", "cp", "-", "oss://photos/piped"]).expect(1);
}

#[test]
fn what_exists_is_overwritten_only_on_purpose() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    oss.put("photos", "k", b"old");
    oss.put("photos", "source", b"new");
    write(&user, "f", b"new");
    write(&user, "large", &generated("large", 300_000));
    write(&user, "t", b"old");
    for (from, to) in [
        ("f", "oss://photos/k"),
        ("large", "oss://photos/k"),
        ("oss://photos/source", "oss://photos/k"),
        ("oss://photos/source", "t"),
    ] {
        let refused = user.run(&["object", "cp", from, to, "--part-size", "100K"]).expect(1);
        assert!(refused.err.contains("exist"), "{refused:?}");
    }
    assert_eq!((oss.get("photos", "k").body, read(&user, "t")), (b"old".to_vec(), b"old".to_vec()));
    // The objects are younger than nothing: they have the length of the file and are not older.
    let skipped = |from: &str, to: &str| {
        user.run(&["object", "cp", from, to, "--update", "--output", "json"]).expect(0).json()["skipped"].clone()
    };
    assert_eq!(skipped("oss://photos/k", "t"), 1);
    write(&user, "longer", b"longer");
    assert_eq!(skipped("longer", "oss://photos/k"), 0);
    assert_eq!(oss.get("photos", "k").body, b"longer");
    assert_eq!(skipped("oss://photos/k", "t"), 0);
    assert_eq!(read(&user, "t"), b"longer");
    user.run(&["object", "cp", "oss://photos/source", "t", "--force"]).expect(0);
    assert_eq!(read(&user, "t"), b"new");
    user.run(&["object", "cp", "f", "oss://photos/k", "--force", "--update"]).expect(2);
}

#[test]
fn a_tree_is_copied_in_every_direction() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    oss.put_bucket("second", "private");
    let names = ["a.jpg", "d/b.jpg", "d/c.txt", "d/e/ü f", "empty", "z.map"];
    for name in names {
        write(&user, &format!("tree/{name}"), if name == "empty" { b"" } else { name.as_bytes() });
    }
    let large = generated("large", 300_000);
    write(&user, "tree/d/large", &large);
    let dry = user.run(&["object", "cp", "-r", "tree", "oss://photos/p", "--dry-run"]).expect(0).out;
    assert!(dry.contains("would copy tree/d/b.jpg to oss://photos/p/d/b.jpg\n") && dry.lines().count() == 7, "{dry}");
    assert_eq!(oss.keys("photos"), Vec::<String>::new());

    let up = [
        "object",
        "cp",
        "-r",
        "tree",
        "oss://photos/p",
        "--exclude",
        "*.map",
        "--part-size",
        "100K",
        "--output",
        "json",
    ];
    let summary = user.run(&up).expect(0).json();
    assert_eq!((&summary["copied"], &summary["failed"]), (&6.into(), &0.into()));
    assert_eq!(oss.keys("photos"), ["p/a.jpg", "p/d/b.jpg", "p/d/c.txt", "p/d/e/ü f", "p/d/large", "p/empty"]);
    assert_eq!(oss.get("photos", "p/d/large").body, large);
    let again = user.run(&up).expect(5);
    assert!(again.err.contains("6 of 6 failed") && again.err.contains("FileAlreadyExists"), "{again:?}");
    assert_eq!(user.run(&[&up[..], &["--update"]].concat()).expect(0).json()["skipped"], 6);

    user.run(&["object", "cp", "-r", "oss://photos/p/", "oss://second/q/", "--include", "*.jpg"]).expect(0);
    assert_eq!(oss.keys("second"), ["q/a.jpg", "q/d/b.jpg"]);

    oss.put("photos", "p/folder/", b"");
    let down = ["object", "cp", "-r", "oss://photos/p", "back", "--parallel", "2"];
    let dry = user.run(&[&down[..], &["--dry-run"]].concat()).expect(0).out;
    assert!(dry.contains("would copy oss://photos/p/d/b.jpg to back/p/d/b.jpg\n"), "{dry}");
    assert!(!user.home().join("back").exists());
    user.run(&down).expect(0);
    assert_eq!(
        (read(&user, "back/p/d/large"), read(&user, "back/p/d/e/ü f"), read(&user, "back/p/empty")),
        (large, "d/e/ü f".into(), vec![])
    );
    assert!(user.home().join("back/p/folder").is_dir());
    user.run(&["object", "cp", "-r", "oss://photos/p/d/", "back"]).expect(0);
    assert_eq!(read(&user, "back/c.txt"), b"d/c.txt");
    user.run(&["object", "cp", "-r", "tree/a.jpg", "oss://photos/"]).expect(1);
    user.run(&["object", "cp", "a", "oss://photos/", "--include", "x"]).expect(2);
}

#[test]
fn files_that_cannot_be_keys_are_told_and_the_rest_is_copied() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    write(&user, "tree/good", b"1");
    fs::write(user.home().join("tree").join(OsStr::from_bytes(b"bad\xff")), "1").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", user.home().join("tree/link")).unwrap();
    let done = user.run(&["object", "cp", "-r", "tree", "oss://photos/"]).expect(5);
    assert!(done.err.contains("not UTF-8") && done.err.contains("a symbolic link: left out"), "{done:?}");
    assert_eq!(done.out, "copied 1 (1 B), skipped 1, failed 1\n");
    assert_eq!(oss.keys("photos"), ["good"]);
}
