//! `coho object ls|stat|cat|du|rm|sign`.

use std::process::Stdio;

use coho_testkit::form::Form;
use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::{Fault, Origin, Oss, Script, Server};

use super::{User, done, store};
use crate::fixture::{LOOPBACK, options};

/// Keys that a careless client would change on their way.
const ODD_KEYS: [&str; 8] = ["a b+c%2", "ü/你", "../up", "a//b", "x/", "q?x=1&y", "tab\tnew\nline", "'\"<&>"];

#[test]
fn odd_keys_are_listed_read_and_removed_as_they_are() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    for key in ODD_KEYS {
        oss.put("photos", key, key.as_bytes());
    }
    let listed = user.run(&["object", "ls", "-r", "oss://photos", "--output", "json"]).expect(0).json();
    let mut keys: Vec<_> = listed.as_array().unwrap().iter().map(|object| object["key"].as_str().unwrap()).collect();
    let mut expected = ODD_KEYS.to_vec();
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    for key in ODD_KEYS {
        let url = format!("oss://photos/{key}");
        assert_eq!(user.run(&["object", "cat", &url]).expect(0).out, key);
        let stat = user.run(&["object", "stat", &url, "--output", "json"]).expect(0).json();
        assert_eq!((&stat["size"], &stat["key"]), (&key.len().into(), &key.into()));
    }
    let table = user.run(&["object", "ls", "-r", "oss://photos"]).expect(0).out;
    assert!(table.contains("tab\\u{9}new\\u{a}line") && table.lines().count() == ODD_KEYS.len(), "{table}");
    user.run(&["object", "rm", "-r", "oss://photos/", "--yes"]).expect(0);
    assert_eq!(oss.keys("photos"), Vec::<String>::new());
}

#[test]
fn folders_are_collapsed_and_a_limit_ends_the_listing() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    for key in ["a", "d/1", "d/2", "e/1", "log/x", "logs/y"] {
        oss.put("photos", key, b"12");
    }
    let shown = |args: &[&str]| {
        let listed = user.run(&[&["object", "ls", "--output", "json"], args].concat()).expect(0).json();
        let name = |entry: &serde_json::Value| entry["key"].as_str().or(entry["prefix"].as_str()).unwrap().to_owned();
        listed.as_array().unwrap().iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(shown(&["oss://photos"]), ["d/", "e/", "log/", "logs/", "a"]);
    assert_eq!(shown(&["oss://photos/d/"]), ["d/1", "d/2"]);
    assert_eq!(shown(&["oss://photos/log"]), ["log/", "logs/"]);
    assert_eq!(shown(&["oss://photos", "-r", "--limit", "2"]), ["a", "d/1"]);
    assert_eq!(shown(&["oss://photos/none"]), Vec::<String>::new());
    let sum = user.run(&["object", "du", "oss://photos/d/", "--output", "json"]).expect(0).json();
    assert_eq!(
        (&sum["objects"], &sum["bytes"], &sum["by_storage_class"]["Standard"]["bytes"]),
        (&2.into(), &4.into(), &4.into())
    );
    user.run(&["object", "ls", "oss://missing"]).expect(3);
}

#[test]
fn many_objects_are_removed_only_on_purpose() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    for n in 0..5 {
        oss.put("photos", &format!("d/{n}"), b"1");
    }
    oss.put("photos", "keep", b"1");
    let refused = user.run(&["object", "rm", "-r", "oss://photos/d/"]).expect(1);
    assert!(refused.err.contains("--yes") && refused.out.contains("oss://photos/d/0"), "{refused:?}");
    let dry = user.run(&["object", "rm", "-r", "oss://photos/d/", "--dry-run"]).expect(0);
    assert!(dry.out.ends_with("would remove 5 objects\n") && dry.out.lines().count() == 6, "{dry:?}");
    assert_eq!(oss.keys("photos").len(), 6);
    user.run(&["object", "rm", "oss://photos/d/0"]).expect(0);
    let removed = user.run(&["object", "rm", "-r", "oss://photos/d/", "--yes"]).expect(0);
    assert_eq!(removed.out, "removed 4 objects\n");
    assert_eq!(oss.keys("photos"), ["keep"]);
    user.run(&["object", "rm", "-r", "oss://photos/d/", "--yes"]).expect(0);
    user.run(&["object", "rm", "oss://photos/"]).expect(1);
}

#[test]
fn tags_of_an_object_are_set_shown_and_removed() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    oss.put("photos", "a b", b"v");
    let url = "oss://photos/a b";
    user.run(&["object", "tag", "set", url, "old=1"]).expect(0);
    user.run(&["object", "tag", "set", url, "team=red + blue", "k"]).expect(0);
    let shown = user.run(&["object", "tag", "get", url, "--output", "json"]).expect(0).json();
    assert_eq!(shown, serde_json::json!({"k": "", "team": "red + blue"}));
    user.run(&["object", "tag", "rm", url]).expect(0);
    assert_eq!(user.run(&["object", "tag", "get", url]).expect(0).out.trim(), "");
    user.run(&["object", "tag", "set", url, "a&b=1"]).expect(1);
    user.run(&["object", "tag", "set", url, "=1"]).expect(2);
    user.run(&["object", "tag", "set", url]).expect(2);
    user.run(&["object", "tag", "get", "oss://photos/none"]).expect(3);
}

#[test]
fn a_signed_address_needs_no_key_and_ends() {
    let (server, oss, user) = store();
    oss.put_bucket("photos", "private");
    oss.put("photos", "a b+c%2", b"secret");
    let call = |args: &[&str], method: &str| {
        let url = user.run(&[&["object", "sign", "oss://photos/a b+c%2"], args].concat()).expect(0).out;
        let target = url.trim_end().strip_prefix(&format!("http://{}", server.endpoint())).unwrap().to_owned();
        exchange(server.endpoint(), &Request::new(method, &target).header("Host", &server.endpoint().to_string()))
            .unwrap()
    };
    let answer = call(&["--attachment", "ü.txt"], "GET");
    assert_eq!((answer.status(), answer.body.as_slice()), (200, &b"secret"[..]));
    assert_eq!(answer.get("content-disposition"), Some("attachment; filename*=UTF-8''%C3%BC.txt"));
    assert_eq!(call(&[], "HEAD").status(), 403, "the signature covers the method");
    for version in ["V4", "V2", "V1"] {
        assert_eq!(call(&["--method", "HEAD", "--signature", version], "HEAD").status(), 200, "{version}");
        assert_eq!(call(&["--signature", version], "HEAD").status(), 403, "{version}");
    }
    user.run(&["object", "sign", "oss://photos/a", "--signature", "V3"]).expect(2);
    user.run(&["object", "sign", "oss://photos/a", "--expires", "8d"]).expect(2);
    let anonymous = User::new().variable("OSS_ENDPOINT", "http://127.0.0.1:1");
    anonymous.run(&["object", "sign", "oss://photos/a"]).expect(1);
}

#[test]
fn the_fields_of_a_form_upload_what_they_allow() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    for version in ["V4", "V2", "V1"] {
        let made = |args: &[&str]| {
            user.run(&[&["object", "form", "--output", "json", "--signature", version], args].concat()).expect(0).json()
        };
        let post = |made: &serde_json::Value, name: &str, content_type: &str, body: &[u8]| {
            let fields = made["fields"].as_object().unwrap();
            let form = Form::new().fields(fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())));
            assert_eq!(made["url"].as_str(), Some(&*format!("http://{}/photos/", oss.address())));
            form.file(name, content_type, body).post(&oss, "photos").status()
        };
        let images = made(&[
            "oss://photos/in/",
            "--max-size",
            "4",
            "--content-type",
            "image/",
            "--success-status",
            "200",
            "--acl",
            "public-read",
        ]);
        assert_eq!(post(&images, "ü.png", "image/png", b"1234"), 200, "{version}");
        assert_eq!(oss.get_anonymous("photos", "in/ü.png").body, b"1234", "{version}");
        assert_eq!(post(&images, "b.png", "image/png", b"12345"), 400, "{version}");
        assert_eq!(post(&images, "b.txt", "text/plain", b"1"), 403, "{version}");
        let one = made(&["oss://photos/one", "--content-type", "text/x-own"]);
        assert_eq!(post(&one, "whatever", "image/png", b""), 204, "{version}");
        assert_eq!(oss.head("photos", "one").get("content-type"), Some("text/x-own"), "{version}");
        let mut other = one.clone();
        other["fields"]["key"] = "two".into();
        assert_eq!(post(&other, "f", "a/b", b""), 403, "{version}");
        assert_eq!(oss.keys("photos"), ["in/ü.png", "one"], "{version}");
        oss.delete("photos", "in/ü.png");
    }
    user.run(&["object", "form", "oss://photos/a", "--min-size", "2", "--max-size", "1"]).expect(1);
    user.run(&["object", "form", "oss://photos/a", "--max-size", "6G"]).expect(1);
    user.run(&["object", "form", "oss://photos/a", "--expires", "8d"]).expect(2);
    let anonymous = User::new().variable("OSS_ENDPOINT", "http://127.0.0.1:1");
    anonymous.run(&["object", "form", "oss://photos/a"]).expect(1);
}

#[test]
fn an_upload_can_ask_for_a_callback() {
    let (receiver, folder) = (Origin::start().unwrap(), tempfile::tempdir().unwrap());
    receiver.route("/done", Script::ok("{}"));
    receiver.route("/bad", Script::answer(500, "{}"));
    let server = Server::start(options().flag("--callback-allow", LOOPBACK)).unwrap();
    let (oss, user) = (Oss::new(&server), User::of(&format!("http://{}", server.endpoint()), server.credentials()));
    oss.put_bucket("photos", "private");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let callback = |path: &str| serde_json::json!({"callbackUrl": receiver.url(path), "callbackBody": "${object} ${size} ${x:user}"});
    let (good, bad) = (
        write("good.json", callback("/done").to_string().as_bytes()),
        write("bad.json", callback("/bad").to_string().as_bytes()),
    );
    let (small, large) = (write("small", b"12345"), write("large", &vec![b'x'; 250_000]));
    let cp = |file: &str, to: &str, callback: &str| {
        user.run(&[
            "object",
            "cp",
            file,
            to,
            "--force",
            "--part-size",
            "100K",
            "--callback",
            callback,
            "--callback-var",
            "x:user=1",
        ])
    };
    let received = || String::from_utf8(receiver.requests().last().unwrap().body.clone()).unwrap();
    cp(&small, "oss://photos/small", &good).expect(0);
    assert_eq!(received(), "small 5 1");
    cp(&large, "oss://photos/large", &good).expect(0);
    assert_eq!(received(), "large 250000 1");
    assert_eq!(receiver.requests().len(), 2);
    let failed = cp(&small, "oss://photos/kept", &bad).expect(1);
    assert!(
        failed.err.contains("the object is stored, and its callback has failed: Error status : 500."),
        "{failed:?}"
    );
    assert_eq!(receiver.hits("/bad"), 1, "a callback is not repeated");
    assert_eq!(oss.get("photos", "kept").body, b"12345");
    cp("oss://photos/small", "oss://photos/copy", &good).expect(1);
}

#[test]
fn failures_have_codes_of_their_own() {
    let (server, oss, user) = store();
    oss.put_bucket("photos", "private");
    let missing = user.run(&["object", "cat", "oss://photos/missing"]).expect(3);
    assert!(missing.err.contains("NoSuchKey"), "{missing:?}");
    user.run(&["object", "stat", "oss://photos/missing"]).expect(3);
    let stranger = User::of(&format!("http://{}", server.endpoint()), &coho_testkit::Credentials::new("who", "x"));
    let refused = stranger.run(&["object", "ls", "oss://photos"]).expect(4);
    assert!(refused.err.contains("InvalidAccessKeyId"), "{refused:?}");
    let anonymous = User::new().variable("OSS_ENDPOINT", &format!("http://{}", server.endpoint()));
    anonymous.run(&["object", "ls", "oss://photos"]).expect(4);
    let gone = User::of("http://127.0.0.1:1", server.credentials());
    let unreachable = gone.run(&["object", "ls", "oss://photos", "--retries", "0"]).expect(1);
    assert!(unreachable.err.contains("127.0.0.1:1"), "{unreachable:?}");
}

/// A user of a scripted store.
fn scripted() -> (Origin, User) {
    let origin = Origin::start().unwrap();
    let user = User::of(&origin.url(""), &coho_testkit::Credentials::new("k", "s"));
    (origin, user)
}

#[test]
fn damaged_bytes_are_found_and_broken_answers_continue() {
    let (origin, user) = scripted();
    let crc = crc64(b"hello world");
    let body = || Script::ok("hello world").header("ETag", "\"v1\"").header("x-oss-hash-crc64ecma", &crc);
    origin.route("/photos/good", body());
    origin.route("/photos/cut", body().ranges().cut_each(4));
    origin.route("/photos/untagged", Script::ok("hello world").fault(Fault::Short { after_bytes: 4 }));
    origin.route("/photos/bad", Script::ok("hello_world").header("x-oss-hash-crc64ecma", &crc));
    let cat = |key: &str| user.run(&["object", "cat", &format!("oss://photos/{key}")]);
    assert_eq!(cat("good").expect(0).out, "hello world");
    assert_eq!(cat("cut").expect(0).out, "hello world");
    assert_eq!(origin.hits("/photos/cut"), 3);
    let cut = cat("untagged").expect(1);
    assert!(cut.err.contains("broke after 4 bytes"), "{cut:?}");
    let bad = cat("bad").expect(1);
    assert!(bad.err.contains("checksum"), "{bad:?}");
}

/// The CRC-64 of OSS as its header has it.
pub(crate) fn crc64(bytes: &[u8]) -> String {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes).to_string()
}

#[test]
fn an_object_that_changes_while_it_is_read_is_not_mixed() {
    let (origin, user) = scripted();
    let other = Script::partial(b"WORLD", 9).header("ETag", "\"v2\"");
    origin.route("/photos/a", Script::ok("hello world").header("ETag", "\"v1\"").cut_each(4).ranged(other));
    let changed = user.run(&["object", "cat", "oss://photos/a"]).expect(1);
    assert!(changed.err.contains("changed while it was read"), "{changed:?}");
    assert_eq!(changed.out, "hell");
}

#[test]
fn faults_that_pass_are_tried_again_a_bounded_number_of_times() {
    let (origin, user) = scripted();
    origin.route("/photos/busy", Script::status(503));
    origin.route("/photos/no", Script::status(501));
    user.run(&["object", "stat", "oss://photos/busy", "--retries", "2"]).expect(1);
    assert_eq!(origin.hits("/photos/busy"), 3);
    user.run(&["object", "stat", "oss://photos/no", "--retries", "2"]).expect(1);
    assert_eq!(origin.hits("/photos/no"), 1);
    origin.route("/photos/", Script::ok("<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"));
    let looping = user.run(&["object", "ls", "oss://photos"]).expect(1);
    assert!(looping.err.contains("does not advance"), "{looping:?}");
    origin.route("/photos/", Script::redirect(302, "http://127.0.0.1:1/"));
    user.run(&["object", "ls", "oss://photos"]).expect(1);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    oss.put("photos", "a", &vec![b'x'; 8 << 20]);
    let mut command = std::process::Command::new("sh");
    user.prepare(&mut command);
    let script = format!("{} object cat oss://photos/a | head -c 3; exec 1>&2", crate::fixture::BINARY);
    let read = done(command.arg("-c").arg(script).stderr(Stdio::piped()));
    assert_eq!((read.code, &*read.out, &*read.err), (Some(0), "xxx", ""));
}

#[test]
fn tags_restores_and_links_are_those_of_a_version() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    user.run(&["bucket", "versioning", "photos", "enabled"]).expect(0);
    let version = |answer: &Response| answer.get("x-oss-version-id").unwrap().to_owned();
    let put = |class: &str| {
        let request = oss.request("PUT", "/photos/k").header("x-oss-storage-class", class).body("v");
        version(&oss.call(request))
    };
    let (old, _new) = (put("Archive"), put("Standard"));
    let url = "oss://photos/k";
    user.run(&["object", "tag", "set", url, "--version-id", &old, "age=old"]).expect(0);
    assert_eq!(user.run(&["object", "tag", "get", url]).expect(0).out.trim(), "");
    assert_eq!(user.run(&["object", "tag", "get", url, "--version-id", &old]).expect(0).out, "age: old\n");
    user.run(&["object", "tag", "rm", url, "--version-id", &old]).expect(0);
    assert_eq!(user.run(&["object", "tag", "get", url, "--version-id", &old]).expect(0).out.trim(), "");

    user.run(&["object", "cat", url, "--version-id", &old]).expect(4);
    user.run(&["object", "restore", url]).expect(1);
    user.run(&["object", "restore", url, "--version-id", &old, "--days", "99"]).expect(1);
    user.run(&["object", "restore", url, "--version-id", &old, "--clean", "--days", "1"]).expect(2);
    let begun = user.run(&["object", "restore", url, "--version-id", &old, "--days", "2"]).expect(0);
    assert!(begun.out.contains("has begun"), "{begun:?}");
    assert_eq!(user.run(&["object", "cat", url, "--version-id", &old]).expect(0).out, "v");
    let longer = user.run(&["object", "restore", url, "--version-id", &old, "--days", "3"]).expect(0);
    assert!(longer.out.contains("for longer"), "{longer:?}");
    user.run(&["object", "restore", url, "--version-id", &old, "--clean"]).expect(0);
    user.run(&["object", "cat", url, "--version-id", &old]).expect(4);

    let link = "oss://photos/a link";
    let request = oss.request("PUT", "/photos/a%20link?symlink").header("x-oss-symlink-target", "first%20key");
    let first = version(&oss.call(request.body("")));
    user.run(&["object", "symlink", link, "--target", "k"]).expect(0);
    assert_eq!(user.run(&["object", "symlink", link]).expect(0).out, "k\n");
    assert_eq!(user.run(&["object", "symlink", link, "--version-id", &first]).expect(0).out, "first key\n");
    user.run(&["object", "symlink", link, "--version-id", &first, "--target", "k"]).expect(2);
    user.run(&["object", "symlink", url]).expect(1);
    user.run(&["object", "symlink", "oss://photos/none"]).expect(3);
}
