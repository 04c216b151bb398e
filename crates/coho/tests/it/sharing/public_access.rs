//! Blocking public access, of a bucket and of an account.

use coho_testkit::http::Response;
use coho_testkit::oss::expect;
use coho_testkit::{Credentials, Oss};

use super::{Accounts, OTHER, send, send_unsigned};
use crate::fixture::expect_error;

fn block(oss: &Oss, target: &str, value: &str) -> Response {
    let body = format!(
        "<PublicAccessBlockConfiguration><BlockPublicAccess>{value}</BlockPublicAccess></PublicAccessBlockConfiguration>"
    );
    send(oss, "PUT", target, &[], &body)
}

#[track_caller]
fn refused(answer: &Response, message: &str) {
    expect_error(403, "AccessDenied", answer);
    assert_eq!(answer.error("Message").as_deref(), Some(message), "{answer:?}");
    assert_eq!(answer.get("x-oss-ec"), Some("0016-00000901"));
}

const PUBLIC: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:GetObject"],"Resource":["acs:oss:*:*:policy-b/*"]}]}"#;

#[test]
fn a_block_of_a_bucket_or_an_account_takes_away_what_everyone_had() {
    for (target, other_bucket) in [("/acl-b/?publicAccessBlock", 200), ("/?publicAccessBlock", 403)] {
        let Accounts { server: _server, owner, other, .. } = Accounts::start();
        owner.put_bucket("acl-b", "public-read-write");
        owner.put_bucket("policy-b", "private");
        for bucket in ["acl-b", "policy-b"] {
            owner.put(bucket, "k", b"v");
        }
        expect(200, &send(&owner, "PUT", "/policy-b/?policy", &[], PUBLIC));
        let get = |target: &str| send_unsigned(&owner, "GET", target, &[]).status();
        assert_eq!((get("/acl-b/k"), get("/policy-b/k")), (200, 200));
        expect(200, &block(&owner, target, "true"));
        assert_eq!((get("/acl-b/k"), get("/policy-b/k")), (403, other_bucket), "{target}");
        for (method, target) in [("GET", "/acl-b/k"), ("PUT", "/acl-b/k"), ("GET", "/acl-b/")] {
            expect(403, &send(&other, method, target, &[], "v"));
            expect(403, &send_unsigned(&owner, method, target, &[]));
        }
        expect(200, &owner.get("acl-b", "k"));
        assert_eq!(send(&owner, "GET", target, &[], "").element("BlockPublicAccess").as_deref(), Some("true"));
        refused(
            &send(&owner, "PUT", "/acl-b/?acl", &[("x-oss-acl", "public-read")], ""),
            "Put public bucket acl is not allowed",
        );
        refused(
            &send(&owner, "PUT", "/acl-b/", &[("x-oss-acl", "public-read")], ""),
            "Put public bucket acl is not allowed",
        );
        let object = "Put public object acl is not allowed";
        refused(&send(&owner, "PUT", "/acl-b/k?acl", &[("x-oss-object-acl", "public-read")], ""), object);
        refused(&send(&owner, "PUT", "/acl-b/new", &[("x-oss-object-acl", "public-read")], ""), object);
        refused(&send(&owner, "POST", "/acl-b/new?uploads", &[("x-oss-object-acl", "public-read-write")], ""), object);
        let policy = "Put public bucket policy is not allowed";
        refused(&send(&owner, "PUT", "/acl-b/?policy", &[], &PUBLIC.replace("policy-b", "acl-b")), policy);
        // What is not for everyone stays possible.
        expect(200, &send(&owner, "PUT", "/acl-b/k?acl", &[("x-oss-object-acl", "private")], ""));
        let named = PUBLIC.replace("\"*\"],\"Action", &format!("\"{OTHER}\"],\"Action")).replace("policy-b", "acl-b");
        expect(200, &send(&owner, "PUT", "/acl-b/?policy", &[], &named));
        expect(200, &send(&other, "GET", "/acl-b/k", &[], ""));
        expect(204, &send(&owner, "DELETE", target, &[], ""));
        assert_eq!(send(&owner, "GET", target, &[], "").element("BlockPublicAccess").as_deref(), Some("false"));
        assert_eq!(get("/policy-b/k"), 200);
        expect(200, &send(&owner, "PUT", "/acl-b/?acl", &[("x-oss-acl", "public-read")], ""));
    }
}

#[test]
fn a_block_of_an_account_is_its_own_and_is_kept() {
    let mut accounts = Accounts::start();
    let (owner, other) = (accounts.owner.clone(), accounts.other.clone());
    expect(200, &block(&owner, "/?publicAccessBlock", "true"));
    refused(
        &send(&owner, "PUT", "/new-b/", &[("x-oss-acl", "public-read")], ""),
        "Put public bucket acl is not allowed",
    );
    expect_error(404, "NoSuchBucket", &send(&owner, "GET", "/new-b/", &[], ""));
    other.put_bucket("other-b", "public-read");
    let of = |oss: &Oss| send(oss, "GET", "/?publicAccessBlock", &[], "").element("BlockPublicAccess").unwrap();
    assert_eq!((of(&owner).as_str(), of(&other).as_str()), ("true", "false"));
    expect_error(400, "MalformedXML", &block(&owner, "/?publicAccessBlock", "maybe"));
    for method in ["GET", "PUT", "DELETE"] {
        expect_error(403, "AccessDenied", &send_unsigned(&owner, method, "/?publicAccessBlock", &[]));
    }
    accounts.server.kill9().unwrap();
    accounts.server.restart().unwrap();
    let owner = Oss::with_credentials(accounts.server.endpoint(), Credentials::new("one", "s"));
    assert_eq!(of(&owner), "true");
    owner.put_bucket("new-b", "private");
    expect(200, &block(&owner, "/new-b/?publicAccessBlock", "true"));
    let info = send(&owner, "GET", "/new-b/?bucketInfo", &[], "");
    assert_eq!(info.element("BlockPublicAccess").as_deref(), Some("true"), "{info:?}");
}
