//! Pages of other origins: preflights, and the headers of every other answer.

use coho_testkit::http::Response;
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script};

use super::{Accounts, send, send_unsigned};
use crate::fixture::{Mirror, SITE, expect_error, server};

const PAGE: (&str, &str) = ("Origin", "https://app.test");

fn rules(vary: &str) -> String {
    format!(
        "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
         <AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-oss-*</AllowedHeader><AllowedHeader>Authorization</AllowedHeader>\
         <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-oss-request-id</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds>\
         </CORSRule><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule>{vary}\
         </CORSConfiguration>"
    )
}

fn put_rules(oss: &Oss, bucket: &str, vary: &str) {
    expect(200, &send(oss, "PUT", &format!("/{bucket}/?cors"), &[], &rules(vary)));
}

#[track_caller]
fn allows(answer: &Response, origin: Option<&str>) {
    assert_eq!(answer.get("access-control-allow-origin"), origin, "{answer:?}");
    let exposed = origin.filter(|origin| *origin != "*").map(|_| "ETag, x-oss-request-id");
    assert_eq!(answer.get("access-control-expose-headers"), exposed, "{answer:?}");
}

#[test]
fn a_preflight_is_answered_by_the_first_rule_that_fits() {
    let (_server, oss) = server();
    oss.put_bucket("page-b", "private");
    let ask = |target: &str, headers: &[(&str, &str)]| send_unsigned(&oss, "OPTIONS", target, headers);
    let wants = |method: &'static str| ("Access-Control-Request-Method", method);
    let refused = ask("/page-b/k", &[PAGE, wants("GET")]);
    expect_error(403, "AccessForbidden", &refused);
    assert_eq!(refused.get("x-oss-ec"), Some("0003-00000601"), "{refused:?}");
    put_rules(&oss, "page-b", "");
    for target in ["/page-b/k", "/page-b/", "/page-b/k?acl", "/page-b/k?x-oss-process=image", "/page-b/k?uploadId=1"] {
        let asked = ("Access-Control-Request-Headers", "x-oss-date, authorization");
        let answer = ask(target, &[PAGE, wants("PUT"), asked]);
        expect(200, &answer);
        allows(&answer, Some("https://app.test"));
        for (name, value) in [
            ("access-control-allow-methods", "PUT"),
            ("access-control-allow-headers", "x-oss-date, authorization"),
            ("access-control-max-age", "60"),
            ("content-length", "0"),
        ] {
            assert_eq!(answer.get(name), Some(value), "{target} {answer:?}");
        }
    }
    let any = ask("/page-b/k", &[("Origin", "null"), wants("HEAD")]);
    expect(200, &any);
    allows(&any, Some("*"));
    for headers in [
        &[PAGE, wants("DELETE")][..],
        &[("Origin", "http://app.test"), wants("GET")],
        &[PAGE, wants("GET"), ("Access-Control-Request-Headers", "x-oss-date, range")],
    ] {
        let refused = ask("/page-b/k", headers);
        expect_error(403, "AccessForbidden", &refused);
        assert_eq!(refused.get("x-oss-ec"), Some("0003-00000602"), "{refused:?}");
        allows(&refused, None);
    }
    for (headers, ec) in [(&[wants("GET")][..], "0034-00000101"), (&[PAGE], "0034-00000102")] {
        let refused = ask("/page-b/k", headers);
        expect_error(400, "BadRequest", &refused);
        assert_eq!(refused.get("x-oss-ec"), Some(ec), "{refused:?}");
    }
    expect_error(404, "NoSuchBucket", &ask("/missing-b/k", &[PAGE, wants("GET")]));
    expect_error(403, "AccessForbidden", &ask("/", &[PAGE, wants("GET")]));
    expect(204, &send(&oss, "DELETE", "/page-b/?cors", &[], ""));
    expect_error(403, "AccessForbidden", &ask("/page-b/k", &[PAGE, wants("GET")]));
    expect_error(404, "NoSuchCORSConfiguration", &send(&oss, "GET", "/page-b/?cors", &[], ""));
}

#[test]
fn a_page_may_read_answers_and_errors_alike() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("page-b", "public-read");
    owner.put("page-b", "k", b"0123456789");
    put_rules(&owner, "page-b", "");
    let tag = owner.head("page-b", "k").get("etag").unwrap().to_owned();
    let allowed = Some("https://app.test");
    for (headers, status) in [
        (&[PAGE][..], 200),
        (&[PAGE, ("Range", "bytes=2-3")], 206),
        (&[PAGE, ("If-None-Match", &tag)], 304),
        (&[PAGE, ("If-Match", "\"other\"")], 412),
    ] {
        let answer = send_unsigned(&owner, "GET", "/page-b/k", headers);
        expect(status, &answer);
        allows(&answer, allowed);
    }
    for (answer, status) in [
        (send_unsigned(&owner, "GET", "/page-b/missing", &[PAGE]), 404),
        (send_unsigned(&owner, "PUT", "/page-b/k", &[PAGE]), 403),
        (send(&owner, "PUT", "/page-b/new", &[PAGE], "v"), 200),
        (send(&owner, "GET", "/page-b/", &[PAGE], ""), 200),
        (send(&other, "GET", "/page-b/?acl", &[PAGE], ""), 403),
        // Refused before the bucket is looked up: a signature that does not hold, a feature that is not there.
        (send_unsigned(&owner, "GET", "/page-b/k?OSSAccessKeyId=one&Expires=1&Signature=x", &[PAGE]), 403),
        (send_unsigned(&owner, "GET", "/page-b/k?x-oss-process=image", &[PAGE]), 400),
    ] {
        expect(status, &answer);
        allows(&answer, allowed);
    }
    let head = send_unsigned(&owner, "HEAD", "/page-b/k", &[("Origin", "http://elsewhere.example")]);
    expect(200, &head);
    allows(&head, Some("*"));
    for headers in [&[][..], &[("Origin", "http://app.test")]] {
        let answer = send_unsigned(&owner, "GET", "/page-b/k", headers);
        expect(200, &answer);
        allows(&answer, None);
        assert_eq!(answer.get("vary"), None);
    }
    put_rules(&owner, "page-b", "<ResponseVary>true</ResponseVary>");
    for (target, headers) in [("/page-b/k", &[][..]), ("/page-b/missing", &[("Origin", "http://app.test")])] {
        let answer = send_unsigned(&owner, "GET", target, headers);
        assert_eq!(answer.get("vary"), Some("Origin"), "{answer:?}");
    }
}

#[test]
fn a_page_may_read_what_comes_from_an_origin_or_leads_elsewhere() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/k", Script::ok("from the origin"));
    put_rules(&mirror.oss, SITE, "");
    for (key, status) in [("k", 200), ("k", 200), ("missing", 404)] {
        let answer = send_unsigned(&mirror.oss, "GET", &format!("/{SITE}/{key}"), &[PAGE]);
        expect(status, &answer);
        allows(&answer, Some("https://app.test"));
    }
    let redirect = "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber>\
                    <Condition><KeyPrefixEquals>k</KeyPrefixEquals></Condition><Redirect>\
                    <RedirectType>External</RedirectType><HostName>elsewhere.test</HostName></Redirect></RoutingRule>\
                    </RoutingRules></WebsiteConfiguration>";
    expect(200, &mirror.oss.put_website(SITE, redirect));
    let answer = send_unsigned(&mirror.oss, "GET", &format!("/{SITE}/k"), &[PAGE]);
    assert_eq!(answer.status() / 100, 3, "{answer:?}");
    allows(&answer, Some("https://app.test"));
}

#[test]
fn too_many_rules_or_what_is_no_rule_is_refused() {
    let (_server, oss) = server();
    oss.put_bucket("page-b", "private");
    let rule = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>";
    let put = |content: &str| {
        send(&oss, "PUT", "/page-b/?cors", &[], &format!("<CORSConfiguration>{content}</CORSConfiguration>"))
    };
    expect_error(400, "CORSRuleBeyondLimit", &put(&rule.repeat(11)));
    expect_error(400, "MalformedXML", &put(""));
    expect_error(400, "InvalidArgument", &put(&rule.replace("GET", "PATCH")));
    expect_error(400, "InvalidArgument", &put(&rule.replace('*', "http://*.*")));
    expect_error(400, "EntityTooLarge", &put(&rule.repeat(200)));
    expect(200, &put(&rule.repeat(10)));
}
