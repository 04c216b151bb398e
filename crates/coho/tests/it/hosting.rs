//! The three uses that the feature was asked for, and static website hosting, request by request.

use std::fs;
use std::path::{Path, PathBuf};

use coho_testkit::http::Response;
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script, Server};

use crate::fixture::{LOOPBACK, expect_error, options, website};

/// A public bucket with this configuration.
struct Site {
    server: Server,
    oss: Oss,
}

const BUCKET: &str = "bucket-b";

impl Site {
    fn new(xml: &str) -> Self {
        let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
        let site = Self { oss: Oss::new(&server), server };
        site.oss.put_bucket(BUCKET, "public-read");
        site.configure(xml);
        site
    }

    fn configure(&self, xml: &str) {
        expect(200, &self.oss.put_website(BUCKET, xml));
    }

    fn put(&self, key: &str, body: &str) {
        self.oss.put(BUCKET, key, body.as_bytes());
    }

    /// Anonymous, by raw target below the bucket.
    fn get(&self, target: &str) -> Response {
        self.oss.anonymous(&self.oss.request("GET", &format!("/{BUCKET}/{target}")))
    }

    fn signed(&self, target: &str) -> Response {
        self.oss.call(self.oss.request("GET", &format!("/{BUCKET}/{target}")))
    }
}

fn rule(number: u32, condition: &str, redirect: &str) -> String {
    format!(
        "<RoutingRule><RuleNumber>{number}</RuleNumber><Condition>{condition}</Condition>\
         <Redirect>{redirect}</Redirect></RoutingRule>"
    )
}

fn external(rest: &str) -> String {
    format!("<RedirectType>External</RedirectType><HostName>old.example.com</HostName>{rest}")
}

const AT_404: &str = "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>";

#[track_caller]
fn check_redirect(answer: &Response, status: u16, location: &str) {
    assert_eq!((answer.status(), answer.get("location")), (status, Some(location)), "{answer:?}");
    assert_eq!((answer.get("content-length"), answer.body.len()), (Some("0"), 0), "{answer:?}");
    assert!(answer.get("x-oss-request-id").is_some(), "{answer:?}");
}

#[test]
fn what_is_not_migrated_yet_is_redirected_to_where_it_was() {
    let redirect = external("<HttpRedirectCode>302</HttpRedirectCode><PassQueryString>true</PassQueryString>");
    let site = Site::new(&website(&rule(1, AT_404, &redirect)));
    check_redirect(&site.get("dir/a%20b?v=1"), 302, "http://old.example.com/dir/a%20b?v=1");
    site.put("dir/a b", "migrated");
    assert_eq!(site.get("dir/a%20b?v=1").body, b"migrated");
}

#[test]
fn a_page_hides_the_objects_below_a_prefix() {
    let condition = "<KeyPrefixEquals>internal/</KeyPrefixEquals>";
    let page = external("<Protocol>https</Protocol><ReplaceKeyWith>sorry.html</ReplaceKeyWith>");
    let site = Site::new(&website(&rule(1, condition, &page)));
    site.put("internal/plan.txt", "secret");
    site.put("public.txt", "open");
    for answer in [site.get("internal/plan.txt"), site.signed("internal/plan.txt"), site.get("internal/missing")] {
        check_redirect(&answer, 301, "https://old.example.com/sorry.html");
    }
    assert_eq!(site.get("public.txt").body, b"open");
}

/// The only file below a folder, found in depth.
fn only_file(folder: &Path) -> PathBuf {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_preset_page_stands_for_404_and_for_500() {
    let rules = rule(1, AT_404, &external("<ReplaceKeyWith>404.html</ReplaceKeyWith>"));
    let mut site = Site::new(&website(&rules));
    check_redirect(&site.get("missing"), 301, "http://old.example.com/404.html");

    site.put("large", &"x".repeat(100_000));
    let data_dir = site.server.data_dir().to_owned();
    site.server.terminate().unwrap();
    fs::remove_file(only_file(&data_dir.join("blobs"))).unwrap();
    site.server.restart().unwrap();
    site.oss = Oss::new(&site.server);
    expect_error(500, "InternalError", &site.get("large"));
    let at_500 = "<HttpErrorCodeReturnedEquals>500</HttpErrorCodeReturnedEquals>";
    site.configure(&website(&rule(1, at_500, &external("<ReplaceKeyWith>500.html</ReplaceKeyWith>"))));
    check_redirect(&site.get("large"), 301, "http://old.example.com/500.html");
    expect_error(404, "NoSuchKey", &site.get("missing"));
}

#[test]
fn every_element_of_a_redirect_is_in_its_location() {
    let site = Site::new(&website(&rule(1, AT_404, &external(""))));
    let prefix = "<KeyPrefixEquals>a/</KeyPrefixEquals>";
    for (condition, rest, target, status, location) in [
        ("", "", "k", 301, "http://old.example.com/k"),
        (
            "",
            "<Protocol>https</Protocol><HttpRedirectCode>307</HttpRedirectCode>",
            "k",
            307,
            "https://old.example.com/k",
        ),
        ("", "", "%E4%B8%AD%2B%25?x=1", 301, "http://old.example.com/%E4%B8%AD%2B%25"),
        ("", "", "a%0d%0aSet-Cookie:x", 301, "http://old.example.com/a%0D%0ASet-Cookie%3Ax"),
        (prefix, "<ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith>", "a/k", 301, "http://old.example.com/b/k"),
        (prefix, "<EnableReplacePrefix>true</EnableReplacePrefix>", "a/k", 301, "http://old.example.com/k"),
        ("", "<ReplaceKeyWith>p/${key}.s</ReplaceKeyWith>", "k", 301, "http://old.example.com/p/k.s"),
        (
            "",
            "<PassQueryString>true</PassQueryString><HttpRedirectCode>308</HttpRedirectCode>",
            "k?a=1&b",
            308,
            "http://old.example.com/k?a=1&b",
        ),
    ] {
        site.configure(&website(&rule(1, &format!("{condition}{AT_404}"), &external(rest))));
        check_redirect(&site.get(target), status, location);
    }
}

#[test]
fn header_conditions_hold_together_and_the_first_rule_that_matches_decides() {
    let header = |key: &str, test: &str| format!("<IncludeHeader><Key>{key}</Key>{test}</IncludeHeader>");
    let both = header("X-A", "<Equals>1</Equals>") + &header("x-b", "<StartsWith>s</StartsWith><EndsWith>e</EndsWith>");
    let rules = rule(2, "", &external("<ReplaceKeyWith>second</ReplaceKeyWith>"))
        + &rule(1, &both, &external("<ReplaceKeyWith>first</ReplaceKeyWith>"));
    let site = Site::new(&website(&rules));
    for (headers, target) in [
        (vec![("x-a", "1"), ("X-B", "some")], "first"),
        (vec![("x-a", "1")], "second"),
        (vec![("x-a", "1"), ("x-b", "sad")], "second"),
        (vec![("x-a", "2"), ("x-b", "some")], "second"),
    ] {
        let request = site.oss.request("GET", &format!("/{BUCKET}/k"));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        check_redirect(&site.oss.anonymous(&request), 301, &format!("http://old.example.com/{target}"));
    }
}

fn pages(index: &str, error: &str) -> String {
    format!("<WebsiteConfiguration>{index}{error}</WebsiteConfiguration>")
}

#[test]
fn a_visitor_sees_pages_and_a_client_sees_the_bucket() {
    let index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";
    let error = "<ErrorDocument><Key>404.html</Key></ErrorDocument>";
    let site = Site::new(&pages(index, error));
    site.put("index.html", "home");
    site.put("404.html", "not here");
    site.put("sub/index.html", "sub home");
    assert_eq!(site.get("").body, b"home");
    assert!(site.signed("").text().contains("<ListBucketResult>"));
    // Without SupportSubDir every directory shows the root's page.
    assert_eq!(site.get("sub/").body, b"home");
    let missing = site.get("missing");
    assert_eq!((missing.status(), missing.body.as_slice()), (404, &b"not here"[..]));
    expect_error(404, "NoSuchKey", &site.signed("missing"));
    let head = site.oss.anonymous(&site.oss.request("HEAD", &format!("/{BUCKET}/")));
    assert_eq!((head.status(), head.get("content-length")), (200, Some("4")), "{head:?}");
}

#[test]
fn directories_have_pages_in_each_of_the_three_types() {
    let index = |kind: u8| {
        format!(
            "<IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir><Type>{kind}</Type></IndexDocument>"
        )
    };
    let error = "<ErrorDocument><Key>spa.html</Key><HttpStatus>200</HttpStatus></ErrorDocument>";
    let site = Site::new(&pages(&index(0), error));
    site.put("a b/index.html", "sub home");
    site.put("spa.html", "app");
    assert_eq!(site.get("a%20b/").body, b"sub home");
    let answer = site.get("a%20b");
    assert_eq!((answer.status(), answer.get("location")), (302, Some("/bucket-b/a%20b/")), "{answer:?}");
    site.configure(&pages(&index(1), error));
    let answer = site.get("a%20b");
    assert_eq!((answer.status(), answer.body.as_slice()), (200, &b"app"[..]));
    site.configure(&pages(&index(2), error));
    let answer = site.get("a%20b");
    assert_eq!((answer.status(), answer.body.as_slice()), (200, &b"sub home"[..]));
}

#[test]
fn a_page_that_is_missing_itself_is_mirrored_under_its_own_name() {
    let origin = coho_testkit::Origin::start().unwrap();
    origin.route("/o/index.html", Script::ok("mirrored home"));
    let mirror = format!("<RedirectType>Mirror</RedirectType><MirrorURL>{}</MirrorURL>", origin.url("/o/"));
    let site = Site::new(&format!(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules>{}</RoutingRules>\
         </WebsiteConfiguration>",
        rule(1, AT_404, &mirror)
    ));
    assert_eq!(site.get("").body, b"mirrored home");
    assert_eq!(site.get("index.html").body, b"mirrored home");
    assert_eq!(origin.hits("/o/index.html"), 1);
}

#[test]
fn rules_exclude_versioning_and_pages_alone_do_not() {
    let site = Site::new(&website(&rule(1, AT_404, &external(""))));
    let put = || {
        let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        site.oss.call(site.oss.request("PUT", &format!("/{BUCKET}/?versioning")).body(body))
    };
    expect_error(400, "InvalidArgument", &put());
    site.configure(&pages("<IndexDocument><Suffix>i</Suffix></IndexDocument>", ""));
    expect(200, &put());
    let rules = website(&rule(1, AT_404, &external("")));
    expect_error(400, "InvalidArgument", &site.oss.put_website(BUCKET, &rules));
    site.configure(&pages("<IndexDocument><Suffix>other</Suffix></IndexDocument>", ""));
}
