//! Requests to buckets: in which order they are refused, and how a bucket is made, listed and asked for its region.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use coho_testkit::oss::{Scheme, expect};
use coho_testkit::{Credentials, Oss, Server};

use crate::fixture::{expect_error, options, server};
use crate::protocol::{call, with_bucket};

#[test]
fn the_bucket_is_looked_up_before_the_key_and_the_feature() {
    let server = Server::start(options()).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "k", b"v");
    let unknown = Oss::with_credentials(oss.address(), Credentials::new("unknown", "x"));
    for (method, rest, there) in [
        ("GET", "", (403, "InvalidAccessKeyId")),
        ("GET", "?versions", (403, "InvalidAccessKeyId")),
        ("GET", "?cors", (403, "InvalidAccessKeyId")),
        ("GET", "k", (403, "InvalidAccessKeyId")),
        ("HEAD", "k", (403, "InvalidAccessKeyId")),
        ("HEAD", "", (403, "InvalidAccessKeyId")),
        ("PUT", "?cors", (403, "InvalidAccessKeyId")),
    ] {
        for oss in [unknown.clone(), unknown.clone().scheme(Scheme::V1)] {
            for name in ["missing-b", "BadName", "x"] {
                let answer = call(&oss, method, &format!("/{name}/{rest}"), "");
                expect_error(404, "NoSuchBucket", &answer);
            }
            expect_error(there.0, there.1, &call(&oss, method, &format!("/bucket-b/{rest}"), ""));
        }
    }
    for target in ["/missing-b/", "/missing-b/?acl"] {
        expect_error(403, "InvalidAccessKeyId", &call(&unknown, "PUT", target, ""));
    }
    for (method, rest) in [
        ("PUT", "?inventory"),
        ("PUT", "?unheard-of"),
        ("GET", "?asyncFetch"),
        ("GET", "k?x-oss-process=image"),
        ("PUT", "k?live"),
        ("PUT", "k?retention"),
    ] {
        let (there, missing) = (format!("/bucket-b/{rest}"), format!("/missing-b/{rest}"));
        expect_error(400, "NotImplemented", &call(&oss, method, &there, ""));
        expect_error(404, "NoSuchBucket", &call(&oss, method, &missing, ""));
        expect_error(403, "AccessDenied", &oss.anonymous(&oss.request(method, &there).body("")));
        expect_error(404, "NoSuchBucket", &oss.anonymous(&oss.request(method, &missing).body("")));
    }
    let encrypted =
        |target: &str| oss.call(oss.request("PUT", target).header("x-oss-server-side-encryption", "AES256").body(""));
    expect_error(404, "NoSuchBucket", &encrypted("/missing-b/k"));
    expect_error(400, "NotImplemented", &encrypted("/missing-b/"));
    for target in ["/BadName/", "/BadName/k", "/x/?acl"] {
        expect_error(404, "NoSuchBucket", &call(&oss, "GET", target, ""));
    }
    expect_error(400, "InvalidBucketName", &call(&oss, "PUT", "/BadName/", ""));
}

#[test]
fn a_foreign_bucket_is_refused_before_the_feature() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let entry = |id: &str, owner: &str| {
        format!("[[credentials]]\naccess_key_id = \"{id}\"\naccess_key_secret = \"s\"\nowner = \"{owner}\"\n")
    };
    fs::write(&file, entry("one", "1001") + &entry("two", "1002")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let options = options().generated_credentials().flag("--credentials-file", file.to_str().unwrap());
    let server = Server::start(options).unwrap();
    let [one, two] = ["one", "two"].map(|id| Oss::with_credentials(server.endpoint(), Credentials::new(id, "s")));
    one.put_bucket("private-b", "private");
    one.put_bucket("public-b", "public-read");
    one.put("public-b", "k", b"v");
    for (method, target, status, code) in [
        ("PUT", "/private-b/?cors", 403, "AccessDenied"),
        ("PUT", "/private-b/?acl", 403, "AccessDenied"),
        ("POST", "/private-b/?metaQuery", 403, "AccessDenied"),
        ("GET", "/private-b/k?x-oss-process=image", 403, "AccessDenied"),
        ("GET", "/private-b/k?versionId=abc", 403, "AccessDenied"),
        ("PUT", "/private-b/k?tagging", 403, "AccessDenied"),
        ("PUT", "/public-b/k?tagging", 403, "AccessDenied"),
        ("GET", "/public-b/?accessPoint", 403, "AccessDenied"),
        // What it may read, it may know not to be processed.
        ("GET", "/public-b/k?x-oss-process=image", 400, "NotImplemented"),
    ] {
        expect_error(status, code, &call(&two, method, target, ""));
    }
    expect_error(400, "NotImplemented", &call(&one, "PUT", "/private-b/?inventory", ""));
}

#[test]
fn a_bucket_is_made_by_its_acl() {
    let (_server, oss) = server();
    let put_acl = |bucket: &str, acl: &[&str]| {
        let request = oss.request("PUT", &format!("/{bucket}/?acl")).body("");
        oss.call(acl.iter().fold(request, |request, acl| request.header("x-oss-acl", acl)))
    };
    for (bucket, acl, grant) in [
        ("bucket-b", &["public-read"][..], "public-read"),
        ("bucket-b", &[], "public-read"),
        ("bucket-b", &["private"], "private"),
        ("bucket-c", &[], "private"),
    ] {
        let answer = put_acl(bucket, acl);
        expect(200, &answer);
        assert_eq!(answer.get("location"), Some(format!("/{bucket}").as_str()), "{answer:?}");
        let granted = call(&oss, "GET", &format!("/{bucket}/?acl"), "").element("Grant");
        assert_eq!(granted.as_deref(), Some(grant), "{bucket} {acl:?}");
    }
    expect_error(400, "InvalidArgument", &put_acl("bucket-d", &["nonsense"]));
    expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("PUT", "/bucket-d/?acl").body("")));
    expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("PUT", "/bucket-b/?acl").body("")));
    expect_error(404, "NoSuchBucket", &call(&oss, "GET", "/bucket-d/?acl", ""));
}

#[test]
fn a_head_of_a_bucket_names_its_region() {
    let (_server, oss) = with_bucket();
    let answer = call(&oss, "HEAD", "/bucket-b/", "");
    expect(200, &answer);
    assert_eq!(answer.get("x-oss-bucket-region"), Some("oss-cn-hangzhou"), "{answer:?}");
    assert!(answer.body.is_empty());
    expect_error(404, "NoSuchBucket", &call(&oss, "HEAD", "/missing-b/", ""));
    expect_error(403, "AccessDenied", &oss.anonymous(&oss.request("HEAD", "/bucket-b/")));
    expect_error(405, "MethodNotAllowed", &call(&oss, "HEAD", "/bucket-b/?acl", ""));
}

#[test]
fn a_preflight_is_never_authenticated() {
    let (_server, oss) = with_bucket();
    for target in ["/bucket-b/k", "/bucket-b/", "/bucket-b/k?OSSAccessKeyId=x&Signature=x&Expires=1"] {
        for authorization in [None, Some("OSS unknown:signature"), Some("nonsense")] {
            let request = oss.request("OPTIONS", target).header("Origin", "http://a.example");
            let request = request.header("Access-Control-Request-Method", "GET");
            let request = authorization.iter().fold(request, |request, value| request.header("Authorization", value));
            expect_error(403, "AccessForbidden", &oss.anonymous(&request));
        }
    }
}

#[test]
fn buckets_are_listed_by_any_prefix() {
    let (_server, oss) = with_bucket();
    for (prefix, is_listed) in [
        ("", true),
        ("b", true),
        ("bucket-b", true),
        ("B", false),
        ("bucket_", false),
        ("-", false),
        ("~", false),
        ("%E4%B8%AD", false),
    ] {
        let answer = call(&oss, "GET", &format!("/?prefix={prefix}"), "");
        expect(200, &answer);
        assert_eq!(answer.text().contains("<Name>bucket-b</Name>"), is_listed, "{prefix}: {answer:?}");
    }
}
