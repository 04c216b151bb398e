//! Objects of archive classes on the wire: they are read only after a restore.

use crate::fixture::{LOOPBACK, expect_error, mirror_rule, options, server};
use coho_testkit::{Origin, Oss, Script, Server, http::Response, oss::expect};

const BUCKET: &str = "bucket-b";

fn put(oss: &Oss, key: &str, class: &str) {
    let request = oss.request("PUT", &format!("/{BUCKET}/{key}")).header("x-oss-storage-class", class);
    expect(200, &oss.call(request.body("archived")));
}

fn restore(oss: &Oss, key: &str, document: &str) -> Response {
    oss.call(oss.request("POST", &format!("/{BUCKET}/{key}?restore")).body(document))
}

fn clean(oss: &Oss, key: &str) -> Response {
    oss.call(oss.request("POST", &format!("/{BUCKET}/{key}?cleanRestoredObject")).body(""))
}

fn copy(oss: &Oss, from: &str, to: &str, class: &str) -> Response {
    let request = oss.request("PUT", &format!("/{BUCKET}/{to}")).header("x-oss-storage-class", class);
    oss.call(request.header("x-oss-copy-source", &format!("/{BUCKET}/{from}")).body(""))
}

/// A server on which a restore takes a day.
fn slow_server() -> (Server, Oss, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("coho.toml");
    std::fs::write(&config, "[storage]\nrestore_seconds = 86400\n").unwrap();
    let server = Server::start(options().flag("--config", config.display().to_string())).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket(BUCKET, "private");
    (server, oss, folder)
}

#[test]
fn an_archived_object_is_frozen_until_it_is_restored() {
    let (mut server, mut oss) = server();
    oss.put_bucket(BUCKET, "private");
    for class in ["Archive", "ColdArchive", "DeepColdArchive"] {
        put(&oss, class, class);
        expect_error(403, "InvalidObjectState", &oss.get(BUCKET, class));
        let ranged = oss.request("GET", &format!("/{BUCKET}/{class}")).header("Range", "bytes=0-1");
        expect_error(403, "InvalidObjectState", &oss.call(ranged));
        expect_error(403, "InvalidObjectState", &copy(&oss, class, "copy", "Standard"));
        expect_error(403, "InvalidObjectState", &copy(&oss, class, class, "Standard"));
        let head = oss.head(BUCKET, class);
        expect(200, &head);
        assert_eq!((head.get("x-oss-storage-class"), head.get("x-oss-restore")), (Some(class), None));
        expect_error(409, "ArchiveRestoreFileStale", &clean(&oss, class));
        let answer = restore(&oss, class, "<RestoreRequest><Days>3</Days></RestoreRequest>");
        expect(202, &answer);
        let priority = (class != "Archive").then_some("Standard");
        assert_eq!(answer.get("x-oss-object-restore-priority"), priority);
        server.restart().unwrap();
        oss = Oss::new(&server);
        let got = oss.get(BUCKET, class);
        assert_eq!(got.body, b"archived");
        let shown = got.get("x-oss-restore").unwrap().to_owned();
        assert!(shown.starts_with("ongoing-request=\"false\", expiry-date=\"") && shown.ends_with(" GMT\""), "{shown}");
        assert_eq!(oss.head(BUCKET, class).get("x-oss-restore"), Some(shown.as_str()));
        let listing = oss.call(oss.request("GET", &format!("/{BUCKET}/?prefix={class}"))).text();
        assert!(
            listing.contains("<RestoreInfo>ongoing-request=&quot;false&quot;, expiry-date=&quot;")
                || listing.contains("<RestoreInfo>ongoing-request=\"false\", expiry-date=\""),
            "{listing}"
        );
        expect(200, &restore(&oss, class, ""));
        assert_eq!(oss.head(BUCKET, class).get("x-oss-restore"), Some(shown.as_str()), "a day is less than three");
        expect(200, &copy(&oss, class, "copy", "Standard"));
        expect(200, &clean(&oss, class));
        expect_error(403, "InvalidObjectState", &oss.get(BUCKET, class));
        expect_error(409, "ArchiveRestoreFileStale", &clean(&oss, class));
        expect(202, &restore(&oss, class, ""));
        expect(200, &copy(&oss, class, class, "Standard"));
        let got = oss.get(BUCKET, class);
        assert_eq!((got.body.as_slice(), got.get("x-oss-restore")), (&b"archived"[..], None));
        expect(200, &copy(&oss, class, class, class));
        expect_error(403, "InvalidObjectState", &oss.get(BUCKET, class));
        oss.delete(BUCKET, class);
    }
}

#[test]
fn a_restore_that_takes_its_time_can_be_seen() {
    let (_server, oss, _folder) = slow_server();
    put(&oss, "k", "Archive");
    expect(202, &restore(&oss, "k", ""));
    assert_eq!(oss.head(BUCKET, "k").get("x-oss-restore"), Some("ongoing-request=\"true\""));
    expect_error(403, "InvalidObjectState", &oss.get(BUCKET, "k"));
    expect_error(409, "RestoreAlreadyInProgress", &restore(&oss, "k", ""));
    expect_error(409, "ArchiveRestoreNotFinished", &clean(&oss, "k"));
}

#[test]
fn a_restore_that_its_class_does_not_offer_is_refused() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    for class in ["Standard", "IA", "Archive", "DeepColdArchive"] {
        put(&oss, class, class);
    }
    for class in ["Standard", "IA"] {
        expect_error(400, "OperationNotSupported", &restore(&oss, class, ""));
        expect_error(400, "OperationNotSupported", &clean(&oss, class));
    }
    expect_error(404, "NoSuchKey", &restore(&oss, "missing", ""));
    expect_error(404, "NoSuchKey", &clean(&oss, "missing"));
    let bulk = "<RestoreRequest><JobParameters><Tier>Bulk</Tier></JobParameters></RestoreRequest>";
    for (key, document, code) in [
        ("Archive", "<RestoreRequest><Days>8</Days></RestoreRequest>", "InvalidArgument"),
        ("Archive", "<RestoreRequest><Days>0</Days></RestoreRequest>", "InvalidArgument"),
        ("Archive", "<RestoreRequest><Days>x</Days></RestoreRequest>", "InvalidArgument"),
        ("DeepColdArchive", bulk, "InvalidArgument"),
        ("Archive", "<RestoreRequest>", "MalformedXML"),
        ("Archive", "<Other/>", "MalformedXML"),
    ] {
        expect_error(400, code, &restore(&oss, key, document));
    }
    expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("POST", "/bucket-b/Archive?restore").body("")));
    expect_error(403, "InvalidObjectState", &oss.get(BUCKET, "Archive"));
}

#[test]
fn a_link_is_as_readable_as_its_target() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    put(&oss, "frozen", "Archive");
    put(&oss, "plain", "Standard");
    for (link, target, class) in [
        ("a", "plain", "Archive"),
        ("b", "plain", "ColdArchive"),
        ("c", "frozen", "Archive"),
        ("d", "frozen", "Standard"),
    ] {
        let request = oss.request("PUT", &format!("/{BUCKET}/{link}?symlink")).header("x-oss-symlink-target", target);
        expect(200, &oss.call(request.header("x-oss-storage-class", class).body("")));
        expect(200, &oss.head(BUCKET, link));
        expect(200, &copy(&oss, link, "copied-link", class));
        match target {
            "plain" => assert_eq!(oss.get(BUCKET, link).body, b"archived", "{link}"),
            _ => expect_error(403, "InvalidObjectState", &oss.get(BUCKET, link)),
        }
    }
    expect(202, &restore(&oss, "frozen", ""));
    for link in ["c", "d"] {
        assert_eq!(oss.get(BUCKET, link).body, b"archived", "{link}");
    }
}

#[test]
fn a_bucket_may_read_its_archive_objects_directly() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    put(&oss, "archive", "Archive");
    put(&oss, "cold", "ColdArchive");
    let target = format!("/{BUCKET}/?bucketArchiveDirectRead");
    let set = |enabled: &str| {
        let document =
            format!("<ArchiveDirectReadConfiguration><Enabled>{enabled}</Enabled></ArchiveDirectReadConfiguration>");
        oss.call(oss.request("PUT", &target).body(document))
    };
    let is_set = || oss.call(oss.request("GET", &target)).element("Enabled");
    assert_eq!(is_set().as_deref(), Some("false"));
    expect_error(400, "InvalidArgument", &set("perhaps"));
    expect(200, &set("true"));
    assert_eq!(is_set().as_deref(), Some("true"));
    assert_eq!(oss.get(BUCKET, "archive").body, b"archived");
    expect_error(403, "InvalidObjectState", &oss.get(BUCKET, "cold"));
    expect(200, &set("false"));
    expect_error(403, "InvalidObjectState", &oss.get(BUCKET, "archive"));
}

#[test]
fn a_fetched_object_can_be_read_whatever_the_class_of_its_bucket() {
    let origin = Origin::start().unwrap();
    origin.route("/k", Script::generated("x", 1_000));
    let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
    let oss = Oss::new(&server);
    let make = oss.request("PUT", "/site/").header("x-oss-acl", "public-read");
    let class = "<CreateBucketConfiguration><StorageClass>Archive</StorageClass></CreateBucketConfiguration>";
    expect(200, &oss.call(make.body(class)));
    expect(200, &oss.put_website("site", &mirror_rule("", &origin.url("/"))));
    for _ in 0..2 {
        let got = oss.get_anonymous("site", "k");
        expect(200, &got);
        assert_eq!(got.body.len(), 1_000);
        server.wait_until_idle();
    }
    assert_eq!(oss.head("site", "k").get("x-oss-storage-class"), Some("Standard"));
    oss.put("site", "own", b"v");
    expect_error(403, "InvalidObjectState", &oss.get_anonymous("site", "own"));
}

#[test]
fn a_restore_of_one_version_opens_that_version_alone() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    expect(200, &oss.call(oss.request("PUT", &format!("/{BUCKET}/?versioning")).body(enabled)));
    let version = |body: &str| {
        let request = oss.request("PUT", &format!("/{BUCKET}/k")).header("x-oss-storage-class", "Archive");
        oss.call(request.body(body)).get("x-oss-version-id").unwrap().to_owned()
    };
    let (old, new) = (version("old"), version("new"));
    let at = |method: &str, sub_resource: &str, version: &str| {
        let request = oss.request(method, &format!("/{BUCKET}/k?{sub_resource}versionId={version}"));
        oss.call(if method == "POST" { request.body("") } else { request })
    };
    let restored = at("POST", "restore&", &old);
    expect(202, &restored);
    assert_eq!(restored.get("x-oss-version-id"), Some(&*old));
    assert_eq!(at("GET", "", &old).body, b"old");
    expect_error(403, "InvalidObjectState", &at("GET", "", &new));
    let listing = oss.call(oss.request("GET", &format!("/{BUCKET}/?versions"))).text();
    let (of_new, of_old) = listing.split_once("</Version>").unwrap();
    assert!(of_new.contains(&new) && !of_new.contains("<RestoreInfo>"), "{listing}");
    assert!(of_old.contains(&old) && of_old.contains("<RestoreInfo>ongoing-request=\""), "{listing}");
    expect(202, &restore(&oss, "k", ""));
    assert_eq!(oss.get(BUCKET, "k").body, b"new");
    expect(200, &at("POST", "cleanRestoredObject&", &old));
    expect_error(403, "InvalidObjectState", &at("GET", "", &old));
    let deleted = oss.call(oss.request("DELETE", &format!("/{BUCKET}/k")));
    let marker = deleted.get("x-oss-version-id").unwrap().to_owned();
    for sub_resource in ["restore&", "cleanRestoredObject&"] {
        expect_error(405, "MethodNotAllowed", &at("POST", sub_resource, &marker));
        expect_error(400, "InvalidArgument", &at("POST", sub_resource, "%22%3E"));
        expect_error(404, "NoSuchVersion", &at("POST", sub_resource, &old.replace("CAEQ0", "CAEQ1")));
    }
    expect_error(404, "NoSuchKey", &restore(&oss, "k", ""));
}

#[test]
fn a_link_shows_an_archived_target_only_while_it_is_restored() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    put(&oss, "target", "Archive");
    let link = oss.request("PUT", &format!("/{BUCKET}/link?symlink")).header("x-oss-symlink-target", "target");
    expect(200, &oss.call(link.body("")));
    let started = oss.call(oss.request("POST", &format!("/{BUCKET}/k?uploads")).body(""));
    let upload = started.element("UploadId").unwrap();
    let part = || {
        let request = oss.request("PUT", &format!("/{BUCKET}/k?partNumber=1&uploadId={upload}"));
        oss.call(request.header("x-oss-copy-source", &format!("/{BUCKET}/link")).body(""))
    };
    let is_frozen = || {
        expect_error(403, "InvalidObjectState", &oss.get(BUCKET, "link"));
        let ranged = oss.request("GET", &format!("/{BUCKET}/link")).header("Range", "bytes=0-1");
        expect_error(403, "InvalidObjectState", &oss.call(ranged));
        expect_error(403, "InvalidObjectState", &part());
        // As for the target itself, its headers can be read.
        let head = oss.head(BUCKET, "link");
        assert_eq!((head.status(), head.get("content-length")), (200, Some("8")), "{head:?}");
    };
    is_frozen();
    expect(202, &restore(&oss, "target", ""));
    assert_eq!(oss.get(BUCKET, "link").text(), "archived");
    expect(200, &part());
    expect(200, &clean(&oss, "target"));
    is_frozen();
}
