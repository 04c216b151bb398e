//! Which pages may link to objects.

use coho_testkit::Script;
use coho_testkit::oss::expect;

use super::{send, send_unsigned};
use crate::fixture::{Mirror, SITE, expect_error, server};

fn document(allows_empty: bool, lists: &str) -> String {
    format!("<RefererConfiguration><AllowEmptyReferer>{allows_empty}</AllowEmptyReferer>{lists}</RefererConfiguration>")
}

const LISTS: &str = "<RefererList><Referer>http://*.good.test</Referer></RefererList>\
                     <RefererBlacklist><Referer>http://bad.good.test</Referer></RefererBlacklist>";

#[test]
fn a_read_without_a_signature_in_its_headers_needs_an_allowed_referer() {
    let (_server, oss) = server();
    oss.put_bucket("linked-b", "public-read-write");
    oss.put("linked-b", "k", b"v");
    expect(200, &send(&oss, "PUT", "/linked-b/?referer", &[], &document(false, LISTS)));
    let check = |referer: &str, is_allowed: bool| {
        let headers: &[_] = if referer.is_empty() { &[] } else { &[("Referer", referer)] };
        for method in ["GET", "HEAD"] {
            let answer = send_unsigned(&oss, method, "/linked-b/k", headers);
            if is_allowed {
                expect(200, &answer);
            } else {
                expect_error(403, "AccessDenied", &answer);
                let message = answer.error("Message");
                assert_eq!(message.as_deref(), Some("You are denied by bucket referer policy."), "{answer:?}");
                assert_eq!(answer.get("x-oss-ec"), Some("0003-00000503"));
            }
        }
    };
    check("http://www.good.test/page", true);
    check("http://bad.good.test/page", false);
    check("http://other.test/page", false);
    check("", false);
    // A signature in the header, and writes, are never sent by a link.
    expect(200, &oss.get("linked-b", "k"));
    expect(200, &send(&oss, "GET", "/linked-b/k", &[("Referer", "http://other.test")], ""));
    expect(200, &send_unsigned(&oss, "PUT", "/linked-b/new", &[]));
    expect(200, &send(&oss, "PUT", "/linked-b/?referer", &[], &document(true, LISTS)));
    check("", true);
    check("http://other.test", false);
    expect(200, &send(&oss, "PUT", "/linked-b/?referer", &[], &document(false, "<RefererList></RefererList>")));
    check("http://other.test", true);
    check("", true);
    for bad in ["", "<RefererConfiguration/>", &document(true, "<RefererList><Other/></RefererList>")] {
        expect_error(400, "MalformedXML", &send(&oss, "PUT", "/linked-b/?referer", &[], bad));
    }
}

#[test]
fn a_refused_link_causes_no_fetch() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/k", Script::ok("from the origin"));
    let target = format!("/{SITE}/?referer");
    expect(200, &send(&mirror.oss, "PUT", &target, &[], &document(false, LISTS)));
    let key = format!("/{SITE}/k");
    expect(403, &send_unsigned(&mirror.oss, "GET", &key, &[("Referer", "http://other.test")]));
    expect(403, &send_unsigned(&mirror.oss, "GET", &key, &[]));
    assert_eq!(mirror.origin.requests().len(), 0);
    let allowed = send_unsigned(&mirror.oss, "GET", &key, &[("Referer", "http://www.good.test")]);
    assert_eq!((allowed.status(), allowed.text().as_str()), (200, "from the origin"));
    let again = send_unsigned(&mirror.oss, "GET", &key, &[("Referer", "http://other.test")]);
    expect_error(403, "AccessDenied", &again);
}
