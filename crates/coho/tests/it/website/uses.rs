//! The three uses that the feature is documented for.

use std::fs;
use std::path::Path;

use coho_testkit::body::generated;
use coho_testkit::oss::expect;

use super::site::{
    Access, BUCKET, EVERY_ACCESS, Site, code, element, expect_page, expect_redirect, external, prefix, rule,
};
use crate::fixture::expect_error;

/// Too large for the metadata: its bytes are in a file of their own.
const BLOB_BYTES: usize = 100_000;

#[test]
fn data_that_is_not_migrated_yet_is_read_from_its_old_place_until_it_is_here() {
    let site = Site::start();
    site.rules(&rule(
        1,
        &code(404),
        &external(
            "<Protocol>https</Protocol><HostName>old.example.com</HostName><HttpRedirectCode>302</HttpRedirectCode>\
             <PassQueryString>true</PassQueryString>",
        ),
    ));
    let target = "data/a%20b.txt?v=1&amp=%2F&c";
    // What signs a presigned URL stays here.
    for (access, query) in
        [(Access::Anonymous, "?v=1&amp=%2F&c"), (Access::Signed, "?v=1&amp=%2F&c"), (Access::Presigned, "?v=1")]
    {
        let target = if access == Access::Presigned { "data/a%20b.txt?v=1" } else { target };
        let location = format!("https://old.example.com/data/a%20b.txt{query}");
        expect_redirect(302, &location, &site.get_as(access, target));
    }
    expect_redirect(302, "https://old.example.com/data/a%20b.txt?v=1&amp=%2F&c", &site.head(target));

    site.oss.put(BUCKET, "data/a b.txt", b"migrated");
    for access in EVERY_ACCESS {
        let answer = site.get_as(access, "data/a%20b.txt?v=1");
        assert_eq!((answer.status(), answer.body.as_slice()), (200, b"migrated".as_slice()), "{access:?}: {answer:?}");
        assert_eq!(answer.get("location"), None, "{access:?}");
    }
    site.oss.delete(BUCKET, "data/a b.txt");
    expect_redirect(302, "https://old.example.com/data/a%20b.txt", &site.get("data/a%20b.txt"));
    assert_eq!(site.origin.requests().len(), 0);
}

#[test]
fn a_page_hides_the_objects_below_a_prefix_from_every_client() {
    let site = Site::start();
    let notice = "<Protocol>https</Protocol><HostName>www.example.com</HostName>\
                  <HttpRedirectCode>302</HttpRedirectCode><ReplaceKeyWith>notice.html</ReplaceKeyWith>";
    site.rules(&rule(1, &prefix("private/"), &external(notice)));
    for key in ["private/there.txt", "public/there.txt", "privately.txt", "public/private/there.txt"] {
        site.oss.put(BUCKET, key, b"there");
    }
    for access in EVERY_ACCESS {
        for key in ["private/there.txt", "private/missing.txt", "private/"] {
            expect_redirect(302, "https://www.example.com/notice.html", &site.get_as(access, key));
        }
        for key in ["public/there.txt", "privately.txt", "public/private/there.txt"] {
            assert_eq!(site.get_as(access, key).body, b"there", "{access:?} {key}");
        }
        expect_error(404, "NoSuchKey", &site.get_as(access, "public/missing.txt"));
    }
    expect_redirect(302, "https://www.example.com/notice.html", &site.head("private/there.txt"));
    expect_redirect(302, "https://www.example.com/notice.html", &site.oss.head(BUCKET, "private/there.txt"));
    // A rule is about reading the object. Its owner still manages it.
    for target in ["private/there.txt?acl", "private/there.txt?objectMeta"] {
        expect(200, &site.oss.call(site.request("GET", target)));
    }
    assert_eq!(site.oss.keys(BUCKET).len(), 4);
    site.oss.delete(BUCKET, "private/there.txt");
}

#[test]
fn the_page_that_hides_may_be_one_of_the_same_bucket() {
    let site = Site::start();
    let internal = "<RedirectType>Internal</RedirectType><ReplaceKeyWith>notice.html</ReplaceKeyWith>";
    site.rules(&rule(1, &prefix("private/"), internal));
    site.oss.put(BUCKET, "private/there.txt", b"there");
    expect_error(404, "NoSuchKey", &site.get("private/there.txt"));
    site.page("notice.html", "closed");
    for access in EVERY_ACCESS {
        expect_page(200, "closed", &site.get_as(access, "private/there.txt"));
    }
}

#[test]
fn a_404_is_a_preset_page() {
    let site = Site::start();
    let to_page = "<HostName>www.example.com</HostName><HttpRedirectCode>302</HttpRedirectCode>\
                   <ReplaceKeyWith>404.html</ReplaceKeyWith>";
    site.rules(&rule(1, &code(404), &external(to_page)));
    site.oss.put(BUCKET, "there", b"there");
    expect_redirect(302, "http://www.example.com/404.html", &site.get("missing"));
    expect_redirect(302, "http://www.example.com/404.html", &site.head("missing"));
    assert_eq!(site.get("there").body, b"there");
}

/// Removes the files below a folder that hold at least this number of bytes.
fn remove_files_from(folder: &Path, least_bytes: u64) -> usize {
    let mut removed = 0;
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        if metadata.is_dir() {
            removed += remove_files_from(&path, least_bytes);
        } else if metadata.len() >= least_bytes {
            fs::remove_file(path).unwrap();
            removed += 1;
        }
    }
    removed
}

/// A site with an object that is known and cannot be read any more.
fn with_a_lost_object() -> Site {
    let mut site = Site::start();
    site.oss.put(BUCKET, "lost", &generated("lost", BLOB_BYTES));
    site.oss.put(BUCKET, "small", b"small");
    assert_eq!(site.get("lost").body.len(), BLOB_BYTES);
    site.server.terminate().unwrap();
    let removed = remove_files_from(&site.server.data_dir().join("blobs"), BLOB_BYTES as u64);
    assert_eq!(removed, 1, "the object has one file");
    site.start_again();
    site
}

#[test]
fn an_object_that_cannot_be_read_is_an_internal_error_before_an_answer_begins() {
    let site = with_a_lost_object();
    // Without a configuration, and with one that says nothing about it.
    for document in ["", "<WebsiteConfiguration><ErrorDocument><Key>small</Key></ErrorDocument></WebsiteConfiguration>"]
    {
        if !document.is_empty() {
            site.document(document);
        }
        for access in EVERY_ACCESS {
            let answer = site.get_as(access, "lost");
            expect_error(500, "InternalError", &answer);
            assert_eq!(answer.get("content-type"), Some("application/xml"), "{answer:?}");
        }
    }
    assert_eq!(site.get("small").body, b"small");
}

#[test]
fn a_500_is_a_preset_page() {
    let site = with_a_lost_object();
    let to_page = "<HostName>www.example.com</HostName><HttpRedirectCode>302</HttpRedirectCode>\
                   <ReplaceKeyWith>sorry.html</ReplaceKeyWith>";
    let other = external("<HostName>other.example.com</HostName>");
    site.rules(&format!("{}{}", rule(1, &code(404), &other), rule(2, &code(500), &external(to_page))));
    for access in EVERY_ACCESS {
        expect_redirect(302, "http://www.example.com/sorry.html", &site.get_as(access, "lost"));
    }
    assert_eq!(site.get("small").body, b"small");
    expect_redirect(301, "http://other.example.com/missing", &site.get("missing"));

    // A page of the same bucket, and one that cannot be read either.
    let internal = |key: &str| format!("<RedirectType>Internal</RedirectType>{}", element("ReplaceKeyWith", key));
    site.rules(&rule(1, &code(500), &internal("small")));
    assert_eq!(site.get("lost").body, b"small");
    site.rules(&rule(1, &code(500), &internal("lost")));
    expect_error(500, "InternalError", &site.get("lost"));
}

#[test]
fn the_operator_sees_what_a_page_hides_from_clients() {
    let mut site = with_a_lost_object();
    site.rules(&rule(1, &code(500), &external("<HostName>www.example.com</HostName>")));
    expect_redirect(301, "http://www.example.com/lost", &site.get("lost"));
    let log = site.server.whole_log().unwrap();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("a failure was answered with a page")).collect();
    assert!(matches!(lines[..], [line] if line.contains("ERROR")), "the lost object has one line: {log:?}");
}
