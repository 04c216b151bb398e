//! The page that stands for a 404.

use coho_testkit::Script;
use coho_testkit::oss::expect;

use super::site::{Access, BUCKET, ELSEWHERE, Site, code, expect_page, expect_redirect, mirror, prefix, rule};
use crate::fixture::expect_error;

fn error_page(status: &str, rules: &str) -> String {
    let status = if status.is_empty() { String::new() } else { format!("<HttpStatus>{status}</HttpStatus>") };
    format!(
        "<WebsiteConfiguration><ErrorDocument><Key>pages/e.html</Key>{status}</ErrorDocument>\
         <RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>"
    )
}

const BROWSERS: [Access; 2] = [Access::Anonymous, Access::Presigned];

fn with_page(xml: &str) -> Site {
    let site = Site::start();
    site.document(xml);
    site.page("pages/e.html", "error page");
    site
}

#[test]
fn what_is_missing_is_the_page_with_the_documented_status() {
    for (configured, status) in [("", 404), ("404", 404), ("200", 200)] {
        let site = with_page(&error_page(configured, ""));
        site.page("there", "there");
        for access in BROWSERS {
            for target in ["missing", "a%20b/missing.js", "dir/"] {
                expect_page(status, "error page", &site.get_as(access, target));
            }
            expect_page(200, "there", &site.get_as(access, "there"));
            expect_page(200, "error page", &site.get_as(access, "pages/e.html"));
        }
        let head = site.head("missing");
        assert_eq!((head.status(), head.body.len()), (status, 0), "{head:?}");
        assert_eq!((head.get("content-length"), head.get("content-type")), (Some("10"), Some("text/html")), "{head:?}");
        expect_error(404, "NoSuchKey", &site.get_as(Access::Signed, "missing"));
        expect_error(404, "NoSuchKey", &site.oss.head(BUCKET, "missing"));
    }
}

#[test]
fn a_single_page_application_is_served_on_every_route() {
    let site = Site::start();
    site.document(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>\
         <ErrorDocument><Key>index.html</Key><HttpStatus>200</HttpStatus></ErrorDocument></WebsiteConfiguration>",
    );
    expect_error(404, "NoSuchKey", &site.get("route"));
    expect_error(404, "NoSuchKey", &site.get(""));
    site.page("index.html", "app");
    site.page("app.js", "script");
    for target in ["", "route", "route/deep?x=1", "route/"] {
        expect_page(200, "app", &site.get(target));
    }
    expect_page(200, "script", &site.get("app.js"));
}

#[test]
fn conditions_and_ranges_are_about_a_page_only_where_it_stands_for_the_object() {
    let (site, of_200) = (with_page(&error_page("404", "")), with_page(&error_page("200", "")));
    let etag = site.get("pages/e.html").get("etag").unwrap().to_owned();
    // After the header: the status where the page is sent with 200, as a cache or a player expects of an object.
    for (name, value, status) in [
        ("If-None-Match", etag.as_str(), 304),
        ("If-None-Match", "*", 304),
        ("If-Match", "\"other\"", 412),
        ("If-Modified-Since", "Fri, 01 Jan 2055 00:00:00 GMT", 304),
        ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 412),
        ("Range", "bytes=0-2", 206),
        ("Range", "bytes=100-", 200),
    ] {
        let answer = site.oss.anonymous(&site.request("GET", "missing").header(name, value));
        expect_page(404, "error page", &answer);
        assert_eq!(answer.get("content-range"), None, "{name}: {answer:?}");
        let answer = of_200.oss.anonymous(&of_200.request("GET", "missing").header(name, value));
        assert_eq!(answer.status(), status, "{name}: {answer:?}");
    }
}

#[test]
fn a_page_that_is_missing_or_private_leaves_the_plain_error() {
    let site = Site::start();
    site.document(&error_page("", ""));
    expect_error(404, "NoSuchKey", &site.get("missing"));
    expect_error(404, "NoSuchKey", &site.get("pages/e.html"));
    site.page("pages/e.html", "error page");
    let acl = site.request("PUT", "pages/e.html?acl").header("x-oss-object-acl", "private").body("");
    expect(200, &site.oss.call(acl));
    expect_error(404, "NoSuchKey", &site.get("missing"));
    expect_error(403, "AccessDenied", &site.get("pages/e.html"));
}

#[test]
fn the_page_is_not_for_refusals_and_not_for_sub_resources() {
    let site = Site::with_acl("private");
    site.document(&error_page("200", ""));
    site.page("pages/e.html", "error page");
    let acl = site.request("PUT", "pages/e.html?acl").header("x-oss-object-acl", "public-read").body("");
    expect(200, &site.oss.call(acl));
    expect_error(403, "AccessDenied", &site.get("missing"));
    expect_error(404, "NoSuchKey", &site.oss.call(site.request("GET", "missing?acl")));
    expect_error(404, "NoSuchKey", &site.oss.call(site.request("GET", "missing?objectMeta")));
    expect_error(404, "NoSuchBucket", &site.oss.get_anonymous("no-such-bucket", "missing"));
}

#[test]
fn rules_come_first_and_are_not_about_the_page() {
    let site = with_page(&error_page("", &rule(1, &prefix("old/"), ELSEWHERE)));
    expect_redirect(301, "http://n.test/old/x", &site.get("old/x"));
    expect_page(404, "error page", &site.get("new/x"));
    site.document(&error_page("", &rule(1, &prefix("pages/"), ELSEWHERE)));
    expect_page(404, "error page", &site.get("new/x"));
    site.document(&error_page("", &rule(1, &code(404), ELSEWHERE)));
    expect_redirect(301, "http://n.test/new/x", &site.get("new/x"));
}

#[test]
fn what_the_origin_lacks_is_the_page_and_what_it_fails_is_not() {
    let site = with_page(&error_page("", &rule(1, "", &mirror("/old/", ""))));
    expect_page(404, "error page", &site.get("missing"));
    assert_eq!(site.origin.hits("/old/missing"), 1);
    site.origin.route("/old/broken", Script::status(500));
    expect_error(424, "MirrorFailed", &site.get("broken"));
}

#[test]
fn a_missing_page_is_fetched_and_stored_under_its_own_name() {
    for (configured, status) in [("", 404), ("200", 200)] {
        let site = Site::start();
        site.document(&error_page(configured, &rule(1, "", &mirror("/old/", ""))));
        site.origin.route("/old/pages/e.html", Script::ok("error page").header("Content-Type", "text/html"));
        for missing in ["one", "two"] {
            expect_page(status, "error page", &site.get(missing));
            site.assert_stored("pages/e.html");
        }
        assert_eq!(site.oss.keys(BUCKET), ["pages/e.html"]);
        assert_eq!(site.origin.hits("/old/pages/e.html"), 1);
        assert_eq!((site.origin.hits("/old/one"), site.origin.hits("/old/two")), (1, 1));
        expect_page(200, "error page", &site.get("pages/e.html"));
    }
}

/// A range and conditions are not about a page that is fetched either.
#[test]
fn a_page_that_is_fetched_is_sent_whole() {
    for (name, value) in [("Range", "bytes=0-2"), ("If-None-Match", "*"), ("If-Match", "\"other\"")] {
        let site = Site::start();
        site.document(&error_page("", &rule(1, "", &mirror("/old/", ""))));
        site.origin.route("/old/pages/e.html", Script::ok("error page").header("Content-Type", "text/html"));
        expect_page(404, "error page", &site.oss.anonymous(&site.request("GET", "missing").header(name, value)));
        site.assert_stored("pages/e.html");
    }
}
