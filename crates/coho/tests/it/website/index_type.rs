//! `IndexDocument/Type`: what is done about a missing key that could be a directory.

use coho_testkit::Script;
use coho_testkit::oss::expect;

use super::site::{Access, BUCKET, ELSEWHERE, Site, expect_page, expect_redirect, mirror, prefix, rule};
use crate::fixture::expect_error;

fn document(elements: &str, rules: &str) -> String {
    format!(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix>{elements}</IndexDocument>\
         <ErrorDocument><Key>e.html</Key></ErrorDocument><RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>"
    )
}

fn of_type(number: &str) -> String {
    document(&format!("<SupportSubDir>true</SupportSubDir><Type>{number}</Type>"), "")
}

fn with_pages(xml: &str) -> Site {
    let site = Site::start();
    site.document(xml);
    site.page("index.html", "root page");
    site.page("abc/index.html", "abc page");
    site.page("a b/\u{4e2d}/index.html", "deep page");
    site.page("a\r\nX: y/index.html", "odd page");
    site.page("both", "object");
    site.page("both/index.html", "both page");
    site.page("e.html", "error page");
    site
}

const BROWSERS: [Access; 2] = [Access::Anonymous, Access::Presigned];

#[test]
fn type_0_redirects_to_the_directory() {
    for xml in [of_type("0"), document("<SupportSubDir>true</SupportSubDir>", "")] {
        let site = with_pages(&xml);
        for (target, location) in [
            ("abc", "/site/abc/"),
            ("abc?a=1", "/site/abc/"),
            ("a%20b/%E4%B8%AD", "/site/a%20b/%E4%B8%AD/"),
            ("a%20b/%e4%b8%ad", "/site/a%20b/%E4%B8%AD/"),
            ("a%0D%0AX:%20y", "/site/a%0D%0AX%3A%20y/"),
        ] {
            for access in BROWSERS {
                expect_redirect(302, location, &site.get_as(access, target));
            }
            expect_redirect(302, location, &site.head(target));
        }
        let mut virtual_host = site.oss.request("GET", "/a%20b/%E4%B8%AD");
        virtual_host.headers[0].1 = format!("{BUCKET}.oss.localhost:81");
        expect_redirect(302, "/a%20b/%E4%B8%AD/", &site.oss.anonymous(&virtual_host));
        expect_page(200, "abc page", &site.get("abc/"));
        expect_page(200, "object", &site.get("both"));
        expect_page(404, "error page", &site.get("none"));
    }
}

#[test]
fn a_presigned_reader_of_a_private_bucket_gets_the_page_in_place_of_a_redirect() {
    let site = Site::with_acl("private");
    site.document(&of_type("0"));
    site.page("abc/index.html", "abc page");
    // The signature of this address is not one of `abc/`.
    expect_page(200, "abc page", &site.get_as(Access::Presigned, "abc"));
    expect_page(200, "abc page", &site.get_as(Access::Presigned, "abc/"));
    expect_error(403, "AccessDenied", &site.get("abc"));
    expect_error(404, "NoSuchKey", &site.get_as(Access::Presigned, "none"));
}

#[test]
fn type_1_does_nothing() {
    let site = with_pages(&of_type("1"));
    for target in ["abc", "none"] {
        for access in BROWSERS {
            expect_page(404, "error page", &site.get_as(access, target));
        }
    }
    expect_page(200, "abc page", &site.get("abc/"));
    expect_page(200, "object", &site.get("both"));
}

#[test]
fn type_2_serves_the_page_of_the_directory() {
    let site = with_pages(&of_type("2"));
    for (target, body) in
        [("abc", "abc page"), ("a%20b/%E4%B8%AD", "deep page"), ("abc/", "abc page"), ("both", "object")]
    {
        for access in BROWSERS {
            expect_page(200, body, &site.get_as(access, target));
        }
        let head = site.head(target);
        assert_eq!(head.get("content-length"), Some(body.len().to_string().as_str()), "{head:?}");
    }
    expect_page(404, "error page", &site.get("none"));
    let ranged = site.oss.anonymous(&site.request("GET", "abc").header("Range", "bytes=0-2"));
    assert_eq!((ranged.status(), ranged.text().as_str()), (206, "abc"), "{ranged:?}");
}

#[test]
fn the_type_needs_support_sub_dir_and_is_not_for_sdks() {
    for number in ["0", "2"] {
        let site = with_pages(&document(&format!("<Type>{number}</Type>"), ""));
        expect_page(404, "error page", &site.get("abc"));
        site.document(&of_type(number));
        expect_error(404, "NoSuchKey", &site.get_as(Access::Signed, "abc"));
        let head = site.oss.head(BUCKET, "abc");
        expect_error(404, "NoSuchKey", &head);
    }
}

#[test]
fn rules_come_first() {
    let site = with_pages(&of_type("2"));
    let sub_dir = "<SupportSubDir>true</SupportSubDir><Type>2</Type>";
    site.document(&document(sub_dir, &rule(1, &prefix("abc"), ELSEWHERE)));
    expect_redirect(301, "http://n.test/abc", &site.get("abc"));
    site.document(&document(sub_dir, &rule(1, "", &mirror("/old/", ""))));
    // The origin has no such object: then the key may be a directory.
    expect_page(200, "abc page", &site.get("abc"));
    assert_eq!(site.origin.hits("/old/abc"), 1);
    site.origin.route("/old/abc", Script::ok("object").header("Content-Type", "text/html"));
    expect_page(200, "object", &site.get("abc"));
    site.assert_stored("abc");
}

#[test]
fn a_missing_page_of_a_directory_is_fetched_under_its_own_name() {
    let site = Site::start();
    let sub_dir = "<SupportSubDir>true</SupportSubDir><Type>2</Type>";
    site.document(&document(sub_dir, &rule(1, "<KeySuffixEquals>/index.html</KeySuffixEquals>", &mirror("/old/", ""))));
    site.origin.route("/old/docs/index.html", Script::ok("docs page").header("Content-Type", "text/html"));
    expect_page(200, "docs page", &site.get("docs"));
    site.assert_stored("docs/index.html");
    assert_eq!(site.oss.keys(BUCKET), ["docs/index.html"]);
    expect(200, &site.get("docs"));
    assert_eq!(site.origin.requests().len(), 1);
}
