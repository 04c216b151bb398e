//! The page of the root and of directories.

use coho_testkit::http::Response;
use coho_testkit::oss::{Scheme, expect};
use coho_testkit::{Oss, Script};

use super::site::{
    Access, BUCKET, ELSEWHERE, EVERY_ACCESS, Site, code, element, expect_page, expect_redirect, external, mirror,
    prefix, rule,
};
use crate::fixture::expect_error;

/// A document with an index page of these elements, and rules.
fn index(elements: &str, rules: &str) -> String {
    format!(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix>{elements}</IndexDocument>\
         <RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>"
    )
}

const SUB_DIR: &str = "<SupportSubDir>true</SupportSubDir>";

fn with_pages(elements: &str) -> Site {
    let site = Site::start();
    site.document(&index(elements, ""));
    site.page("index.html", "root page");
    site.page("sub/index.html", "sub page");
    site.page("sub/deep/index.html", "deep page");
    site
}

#[track_caller]
fn expect_listing(answer: &Response) {
    expect(200, answer);
    assert!(answer.text().contains("<ListBucketResult"), "{answer:?}");
}

#[test]
fn the_root_is_a_page_to_visitors_and_a_listing_to_sdks() {
    let site = with_pages("");
    for target in ["", "?v=1", "?utm_source=a%20b"] {
        expect_page(200, "root page", &site.get(target));
        expect_listing(&site.get_as(Access::Signed, target));
    }
    // Without the slash the page's relative links would name other buckets.
    for (target, location) in [("", "/site/"), ("?v=1&utm=a%20b", "/site/?v=1&utm=a%20b")] {
        for method in ["GET", "HEAD"] {
            let request = site.oss.request(method, &format!("/{BUCKET}{target}"));
            expect_redirect(302, location, &site.oss.anonymous(&request));
        }
    }
    expect_listing(&site.oss.call(site.oss.request("GET", &format!("/{BUCKET}"))));
    let mut virtual_host = site.oss.request("GET", "/");
    virtual_host.headers[0].1 = format!("{BUCKET}.oss.localhost");
    expect_page(200, "root page", &site.oss.anonymous(&virtual_host));
}

#[test]
fn list_parameters_ask_for_a_listing_in_any_case() {
    let site = with_pages("");
    for target in ["?prefix=sub/", "?delimiter=/", "?marker=a", "?max-keys=1", "?encoding-type=url", "?list-type=2"] {
        expect_error(403, "AccessDenied", &site.get(target));
        expect_listing(&site.get_as(Access::Signed, target));
    }
    // An anonymous request may list a public bucket.
    let open = Site::with_acl("public-read-write");
    open.document(&index("", ""));
    open.page("index.html", "root page");
    expect_page(200, "root page", &open.get(""));
    expect_listing(&open.get("?prefix="));
}

#[test]
fn a_head_of_a_page_is_its_get_without_the_body() {
    let site = with_pages(SUB_DIR);
    for target in ["", "sub/", "sub/deep/", "sub/?v=1"] {
        let (get, head) = (site.get(target), site.head(target));
        expect(200, &get);
        assert_eq!((head.status(), head.body.len()), (200, 0), "{target}: {head:?}");
        for name in ["content-length", "content-type", "etag", "last-modified", "x-oss-hash-crc64ecma"] {
            assert_eq!(head.get(name), get.get(name), "{target} {name}");
        }
    }
}

#[test]
fn a_head_of_the_root_with_a_query_is_its_get_without_the_body() {
    let site = with_pages("");
    for target in ["?v=1", "?utm_source=a&utm_medium=b"] {
        expect_page(200, "root page", &site.get(target));
        let head = site.head(target);
        assert_eq!((head.status(), head.get("content-length")), (200, Some("9")), "{target}: {head:?}");
    }
    // What asks for a listing, or for another resource of the bucket, has no HEAD.
    for target in ["?prefix=", "?acl", "?website", "?list-type=2"] {
        let head = site.head(target);
        assert!((400..500).contains(&head.status()), "{target}: {head:?}");
    }
}

#[test]
fn a_directory_shows_the_root_page_or_its_own() {
    for (elements, sub, deep, none) in [
        ("", "root page", "root page", Some("root page")),
        ("<SupportSubDir>false</SupportSubDir>", "root page", "root page", Some("root page")),
        (SUB_DIR, "sub page", "deep page", None),
        ("<SupportSubDir>True</SupportSubDir><Type>1</Type>", "sub page", "deep page", None),
    ] {
        let site = with_pages(elements);
        for access in [Access::Anonymous, Access::Presigned] {
            expect_page(200, sub, &site.get_as(access, "sub/"));
            expect_page(200, deep, &site.get_as(access, "sub/deep/"));
            let missing = site.get_as(access, "none/");
            match none {
                Some(page) => expect_page(200, page, &missing),
                None => expect_error(404, "NoSuchKey", &missing),
            }
        }
        expect_page(200, "root page", &site.get(""));
    }
}

#[test]
fn to_an_sdk_a_key_that_ends_in_a_slash_is_its_page_or_else_an_object() {
    let site = with_pages(SUB_DIR);
    for key in ["sub/", "empty/"] {
        site.oss.put(BUCKET, key, b"folder");
    }
    for scheme in [Scheme::V1, Scheme::V2, Scheme::V4] {
        let oss = site.oss.clone().scheme(scheme);
        expect_page(200, "sub page", &oss.get(BUCKET, "sub/"));
        assert_eq!(oss.get(BUCKET, "empty/").body, b"folder");
        expect_error(404, "NoSuchKey", &oss.get(BUCKET, "none/"));
        // Whether a folder exists is asked with a HEAD.
        assert_eq!(oss.head(BUCKET, "sub/").get("content-length"), Some("6"));
        expect_error(404, "NoSuchKey", &oss.head(BUCKET, "sub/deep/"));
    }
    expect_page(200, "sub page", &site.get("sub/"));
    site.document(&index("", ""));
    expect_page(200, "root page", &site.get_as(Access::Signed, "sub/deep/"));
}

#[test]
fn a_missing_root_page_is_an_error_and_a_private_one_a_refusal() {
    let site = Site::start();
    site.document(&index("", ""));
    expect_error(404, "NoSuchKey", &site.get(""));
    expect_error(404, "NoSuchKey", &site.head(""));
    site.page("index.html", "root page");
    let acl = site.request("PUT", "index.html?acl").header("x-oss-object-acl", "private").body("");
    expect(200, &site.oss.call(acl));
    expect_error(403, "AccessDenied", &site.get(""));
    let private = Site::with_acl("private");
    private.document(&index("", ""));
    private.page("index.html", "root page");
    expect_error(403, "AccessDenied", &private.get(""));
    let acl = private.request("PUT", "index.html?acl").header("x-oss-object-acl", "public-read").body("");
    expect(200, &private.oss.call(acl));
    expect_page(200, "root page", &private.get(""));
}

#[test]
fn without_an_index_page_the_root_is_a_listing() {
    let site = Site::start();
    site.document("<WebsiteConfiguration><ErrorDocument><Key>e.html</Key></ErrorDocument></WebsiteConfiguration>");
    site.page("e.html", "error page");
    expect_error(403, "AccessDenied", &site.get(""));
    expect_listing(&site.get_as(Access::Signed, ""));
    let head = site.head("");
    assert!((400..500).contains(&head.status()), "{head:?}");
}

#[test]
fn conditions_and_ranges_are_about_the_page() {
    let site = with_pages(SUB_DIR);
    let etag = site.get("sub/").get("etag").unwrap().to_owned();
    let future = "Fri, 01 Jan 2055 00:00:00 GMT";
    let past = "Sat, 01 Jan 2000 00:00:00 GMT";
    for (name, value, status) in [
        ("If-None-Match", etag.as_str(), 304),
        ("If-None-Match", "\"other\"", 200),
        ("If-Match", etag.as_str(), 200),
        ("If-Match", "\"other\"", 412),
        ("If-Modified-Since", future, 304),
        ("If-Modified-Since", past, 200),
        ("If-Unmodified-Since", past, 412),
        ("If-Unmodified-Since", future, 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = site.oss.anonymous(&site.request(method, "sub/").header(name, value));
            assert_eq!(answer.status(), status, "{method} {name}: {answer:?}");
            if status == 304 {
                assert_eq!((answer.get("etag"), answer.body.len()), (Some(etag.as_str()), 0), "{answer:?}");
            }
        }
    }
    for (range, status, body, content_range) in [
        ("bytes=0-2", 206, "sub", Some("bytes 0-2/8")),
        ("bytes=-4", 206, "page", Some("bytes 4-7/8")),
        ("bytes=100-", 200, "sub page", None),
    ] {
        let answer = site.oss.anonymous(&site.request("GET", "sub/").header("Range", range));
        assert_eq!((answer.status(), answer.text().as_str()), (status, body), "{range}: {answer:?}");
        assert_eq!(answer.get("content-range"), content_range, "{range}");
    }
}

#[test]
fn rules_are_about_the_directory_that_was_asked_for() {
    let site = Site::start();
    let to_login = external("<HostName>n.test</HostName><ReplaceKeyWith>login</ReplaceKeyWith>");
    site.document(&index(SUB_DIR, &rule(1, &prefix("old/"), ELSEWHERE)));
    site.page("index.html", "root page");
    site.page("old/index.html", "old page");
    expect_redirect(301, "http://n.test/old/", &site.get("old/"));
    expect_page(200, "root page", &site.get(""));
    site.document(&index(SUB_DIR, &rule(1, &prefix("index"), ELSEWHERE)));
    expect_page(200, "root page", &site.get(""));
    expect_redirect(301, "http://n.test/index.html", &site.get("index.html"));
    site.document(&index(SUB_DIR, &rule(1, "", ELSEWHERE)));
    expect_redirect(301, "http://n.test/", &site.get(""));
    site.document(&index(SUB_DIR, &rule(1, &code(404), &to_login)));
    expect_page(200, "root page", &site.get(""));
    site.oss.delete(BUCKET, "index.html");
    expect_redirect(301, "http://n.test/login", &site.get(""));
    expect_redirect(301, "http://n.test/login", &site.get("none/"));
}

#[test]
fn a_missing_page_is_fetched_and_stored_under_its_own_name() {
    let site = Site::start();
    let html = |body: &str| Script::ok(body).header("Content-Type", "text/html");
    site.origin.route("/old/index.html", html("root page"));
    site.origin.route("/old/docs/a%20b/index.html", html("docs page"));
    site.document(&index(SUB_DIR, &rule(1, &element("KeySuffixEquals", ".html"), &mirror("/old/", ""))));
    // A HEAD fetches nothing.
    expect_error(404, "NoSuchKey", &site.head(""));
    assert_eq!(site.origin.requests().len(), 0);
    for _ in 0..2 {
        expect_page(200, "root page", &site.get(""));
        expect_page(200, "docs page", &site.get("docs/a%20b/"));
        site.assert_stored("index.html");
        site.assert_stored("docs/a b/index.html");
    }
    assert_eq!(site.oss.keys(BUCKET), ["docs/a b/index.html", "index.html"]);
    assert_eq!(site.origin.requests().len(), 2);
    assert!(site.get("").get("x-oss-tag").is_some_and(|tag| tag.starts_with("MIRROR ")));
    expect_error(404, "NoSuchKey", &site.get("none/"));
    assert_eq!(site.origin.requests().last().unwrap().target, "/old/none/index.html");
}

#[test]
fn a_changed_page_is_the_next_answer() {
    let site = with_pages("");
    for access in EVERY_ACCESS {
        assert_eq!(site.get_as(access, "index.html").body, b"root page");
    }
    site.page("index.html", "second");
    expect_page(200, "second", &site.get(""));
    site.page("start.html", "third");
    let document = index("", "").replace("index.html", "start.html");
    site.document(&document);
    expect_page(200, "third", &site.get(""));
    let oss: &Oss = &site.oss;
    expect(204, &oss.call(oss.request("DELETE", &format!("/{BUCKET}/?website"))));
    expect_error(403, "AccessDenied", &site.get(""));
}
