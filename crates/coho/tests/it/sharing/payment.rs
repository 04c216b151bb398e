//! Who pays for requests.

use coho_testkit::oss::expect;

use super::{Accounts, send, send_unsigned};
use crate::fixture::expect_error;

const PAYER: (&str, &str) = ("x-oss-request-payer", "requester");

#[test]
fn a_request_of_another_account_says_that_it_pays() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("paid-b", "public-read-write");
    owner.put_bucket("free-b", "public-read-write");
    owner.put("paid-b", "k", b"v");
    let document = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    expect(200, &send(&owner, "PUT", "/paid-b/?requestPayment", &[], document));
    let copied = ("x-oss-copy-source", "/paid-b/k");
    for (method, target, headers) in [
        ("GET", "/paid-b/k", &[][..]),
        ("HEAD", "/paid-b/k", &[]),
        ("PUT", "/paid-b/new", &[]),
        ("GET", "/paid-b/", &[]),
        ("DELETE", "/paid-b/missing", &[]),
        ("PUT", "/free-b/copy", &[copied]),
    ] {
        let charged = if target.starts_with("/paid") { Some("requester") } else { None };
        let refused = send(&other, method, target, headers, "v");
        expect_error(403, "AccessDenied", &refused);
        let message = refused.error("Message");
        assert_eq!(message.as_deref(), Some("Access denied for requester pay bucket"), "{refused:?}");
        assert_eq!(refused.get("x-oss-ec"), Some("0003-00000703"));
        let wrong = [headers, &[("x-oss-request-payer", "BucketOwner")]].concat();
        expect_error(403, "AccessDenied", &send(&other, method, target, &wrong, "v"));
        let paying = send(&other, method, target, &[headers, &[PAYER]].concat(), "v");
        assert!(paying.status() < 300, "{method} {target}: {paying:?}");
        assert_eq!(paying.get("x-oss-request-charged"), charged, "{method} {target}: {paying:?}");
    }
    expect(200, &send(&other, "GET", "/paid-b/k?x-oss-request-payer=requester", &[], ""));
    for headers in [&[][..], &[PAYER]] {
        expect_error(403, "AccessDenied", &send_unsigned(&owner, "GET", "/paid-b/k", headers));
    }
    // The owner is not charged, and what is missing is missing for everyone.
    let own = owner.get("paid-b", "k");
    expect(200, &own);
    assert_eq!(own.get("x-oss-request-charged"), None);
    expect_error(404, "NoSuchBucket", &send(&other, "GET", "/missing-b/k", &[], ""));
    let document = document.replace("Requester</", "BucketOwner</");
    expect(200, &send(&owner, "PUT", "/paid-b/?requestPayment", &[], &document));
    expect(200, &send_unsigned(&owner, "GET", "/paid-b/k", &[]));
}
