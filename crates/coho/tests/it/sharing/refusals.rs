//! Every operation refuses a request without a signature, one of an unknown key, and one for a bucket that does not exist.

use coho_oss::Operation;
use coho_testkit::{Credentials, Oss, http::Response};

use super::operations::{headers_and_body, is_about_a_bucket, request_of};
use super::{Accounts, send, send_unsigned};
use crate::fixture::expect_error;

/// What asks for the operations that [`request_of`] does not know: those of the service, and the creation of a bucket.
const OTHERS: &[(&str, &str)] = &[
    ("ListBuckets", "GET /"),
    ("GetPublicAccessBlock", "GET /?publicAccessBlock"),
    ("PutPublicAccessBlock", "PUT /?publicAccessBlock"),
    ("DeletePublicAccessBlock", "DELETE /?publicAccessBlock"),
    ("PutBucket", "PUT /new-b/"),
];

/// The method and the target that ask for an operation; nothing for a preflight, which has no sender, and for a form, whose fields sign
/// it.
fn asks_for(operation: Operation) -> Option<(&'static str, &'static str)> {
    let name = operation.name();
    if matches!(operation, Operation::OptionObject | Operation::PostObject) {
        return None;
    }
    let other = OTHERS.iter().find(|(of, _)| *of == name).map(|(_, request)| *request);
    other.or_else(|| is_about_a_bucket(operation).then(|| request_of(name)))?.split_once(' ')
}

#[track_caller]
fn check(name: &str, status: u16, code: &str, answer: &Response) {
    assert_eq!((answer.status(), answer.error("Code").as_deref()), (status, Some(code)), "{name}: {answer:?}");
}

#[test]
fn each_operation_refuses_requests_without_a_signature_and_of_unknown_keys() {
    let Accounts { server, owner, .. } = Accounts::start();
    let stranger = Oss::with_credentials(server.endpoint(), Credentials::new("unknown", "s"));
    for bucket in ["source-b", "ops-b"] {
        owner.put_bucket(bucket, "private");
        owner.put(bucket, "k", b"v");
    }
    let mut asked = 0;
    for operation in Operation::ALL {
        let Some((method, target)) = asks_for(*operation) else { continue };
        let (name, (headers, body)) = (operation.name(), headers_and_body(operation.name()));
        check(name, 403, "AccessDenied", &send_unsigned(&owner, method, target, headers));
        check(name, 403, "InvalidAccessKeyId", &send(&stranger, method, target, headers, body));
        asked += 1;
    }
    assert_eq!(asked, Operation::ALL.len() - 2, "all but the preflight and the form");
    assert_eq!((owner.get("ops-b", "k").body, owner.keys("ops-b")), (b"v".to_vec(), vec!["k".to_owned()]));
    expect_error(404, "NoSuchBucket", &send(&owner, "GET", "/new-b/", &[], ""));
}

#[test]
fn each_operation_on_a_missing_bucket_names_the_bucket() {
    let Accounts { server: _server, owner, .. } = Accounts::start();
    owner.put_bucket("source-b", "private");
    owner.put("source-b", "k", b"v");
    // PutBucketAcl makes a missing bucket, as in OSS.
    let needs_it = |operation: &Operation| is_about_a_bucket(*operation) && *operation != Operation::PutBucketAcl;
    let (mut asked, mut wrong) = (0, Vec::new());
    for operation in Operation::ALL.iter().copied().filter(needs_it) {
        let (name, (headers, body)) = (operation.name(), headers_and_body(operation.name()));
        let Some((method, target)) = asks_for(operation) else { panic!("{name} has no row") };
        let answer = send(&owner, method, &target.replace("/ops-b/", "/missing-b/"), headers, body);
        let seen = (answer.status(), answer.error("Code"), answer.error("BucketName"));
        if seen != (404, Some("NoSuchBucket".into()), Some("missing-b".into())) {
            wrong.push((name, seen));
        }
        asked += 1;
    }
    assert_eq!(wrong, [], "of {asked} operations");
    assert!(asked > 50, "the filter keeps most operations: {asked}");
    assert_eq!(owner.get("missing-b", "k").status(), 404, "no request has made it");
}
