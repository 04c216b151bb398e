//! The two APIs for a browser that has signed in.

use super::{Browser, server};
use crate::fixture::{LOOPBACK, expect_error, options};
use coho_testkit::http::{Client, End};
use coho_testkit::oss::expect;
use coho_testkit::{Credentials, Origin, Oss, Script, Server};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Two accounts; the first one is the console's.
fn two_accounts() -> (tempfile::TempDir, Server, Oss, Oss) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let entry = |id: &str, owner: &str| {
        format!("[[credentials]]\naccess_key_id = \"{id}\"\naccess_key_secret = \"s\"\nowner = \"{owner}\"\n")
    };
    fs::write(&file, format!("{}{}", entry("one", "1001"), entry("two", "1002"))).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let options = options().console().generated_credentials().flag("--credentials-file", file.to_str().unwrap());
    let server = Server::start(options).unwrap();
    let account = |id: &str| Oss::with_credentials(server.endpoint(), Credentials::new(id, "s"));
    let (one, two) = (account("one"), account("two"));
    (dir, server, one, two)
}

#[test]
fn the_administrator_owns_the_buckets_of_every_account() {
    let (_dir, server, one, two) = two_accounts();
    one.put_bucket("bucket-one", "private");
    two.put_bucket("bucket-two", "private");
    two.put("bucket-two", "k", b"v");
    let browser = Browser::sign_in(&server);
    let change = |method, target: &str, body: &str| browser.send(&browser.change(method, target).body(body));
    let list = browser.get("/oss/").text();
    assert!(list.contains("<Name>bucket-one</Name>") && list.contains("<Name>bucket-two</Name>"), "{list}");
    let page = browser.get("/oss/?max-keys=1").text();
    assert!(page.contains("<Name>bucket-one</Name>") && page.contains("<NextMarker>bucket-one</NextMarker>"), "{page}");
    assert_eq!(browser.get("/oss/bucket-two/k").body, b"v");
    expect(200, &change("PUT", "/oss/bucket-two/from-console", "w"));
    expect(200, &change("PUT", "/oss/bucket-two/?acl", ""));
    expect(200, &browser.get("/oss/bucket-two/?acl"));
    let copied = browser.change("PUT", "/oss/bucket-one/copy").header("x-oss-copy-source", "/bucket-two/k").body("");
    expect(200, &browser.send(&copied));
    expect(204, &change("DELETE", "/oss/bucket-two/k", ""));
    assert_eq!(
        (two.keys("bucket-two"), one.keys("bucket-one")),
        (vec!["from-console".to_owned()], vec!["copy".to_owned()])
    );
    // A bucket of the console belongs to the first account.
    expect(200, &change("PUT", "/oss/bucket-new", ""));
    expect(200, &one.call(one.request("GET", "/bucket-new/?acl")));
    expect(403, &two.call(two.request("GET", "/bucket-new/?acl")));
    expect_error(409, "BucketAlreadyExists", &change("PUT", "/oss/bucket-two", ""));
}

#[test]
fn the_path_is_that_of_the_api_in_path_style_whatever_the_host_is() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "dir/a b+%", b"v");
    let browser = Browser::sign_in(&server);
    assert_eq!(browser.get("/oss/bucket-b/dir/a%20b+%25").body, b"v");
    for (target, status) in [
        ("/oss", 200),
        ("/oss/bucket-b", 200),
        ("/oss/bucket-b/?list-type=2&prefix=dir%2F", 200),
        ("/oss/bucket-b/dir/a%20b%2B%25", 200),
        ("/oss/bucket-b/dir/../k", 404),
        ("/oss/bucket-b/%", 400),
        ("/oss/bucket-b/%ff", 400),
        // As at the API, an empty bucket is the service.
        ("/oss//bucket-b/x", 200),
        ("/oss/no-such-bucket/k", 404),
        ("/oss/../api/v1/status", 404),
    ] {
        assert_eq!(browser.get(target).status(), status, "{target}");
    }
    let host = coho_testkit::http::Request::new("GET", "/oss/bucket-b/dir/a%20b+%25");
    let answer = browser.send(&host.header("Host", "other.oss.localhost").header("Cookie", &browser.cookie));
    assert_eq!(answer.body, b"v");
}

#[test]
fn an_uploaded_page_is_in_a_sandbox_and_keeps_only_harmless_headers() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let browser = Browser::sign_in(&server);
    let page = "<script>fetch('/session')</script>";
    let put = browser.change("PUT", "/oss/bucket-b/evil.html").header("Content-Type", "text/html").body(page);
    expect(200, &browser.send(&put));
    for (method, target, status) in [
        ("GET", "/oss/bucket-b/evil.html", 200),
        ("HEAD", "/oss/bucket-b/evil.html", 200),
        ("GET", "/oss/bucket-b/missing", 404),
        ("GET", "/oss/", 200),
    ] {
        let answer = browser.send(&browser.request(method, target));
        assert_eq!(answer.status(), status, "{answer:?}");
        for (name, value) in [
            ("content-security-policy", "sandbox"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            let found: Vec<_> = answer.head.headers.iter().filter(|(found, _)| found == name).collect();
            // The head of an object is shown as it is stored.
            let is_left_out = name == "cache-control" && method == "HEAD";
            assert_eq!(found.len(), usize::from(!is_left_out), "{name}: {answer:?}");
            assert!(found.iter().all(|(_, found)| found == value), "{answer:?}");
        }
    }
    let cached = browser.change("PUT", "/oss/bucket-b/k").header("Cache-Control", "max-age=5").body("v");
    expect(200, &browser.send(&cached));
    assert_eq!(browser.get("/oss/bucket-b/k").get("cache-control"), Some("max-age=5"));
}

#[test]
fn a_head_tells_the_custom_headers_by_which_a_copy_keeps_them() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let browser = Browser::sign_in(&server);
    let custom = "myheader1:bXl2YWx1ZTE=,content-security-policy:ZGVmYXVsdC1zcmMgJ25vbmUn";
    let put = browser.change("PUT", "/oss/bucket-b/k").header("x-oss-persistent-headers", custom).body("v");
    expect(200, &browser.send(&put));
    let head = browser.send(&browser.request("HEAD", "/oss/bucket-b/k"));
    assert_eq!(head.get("content-security-policy"), Some("sandbox"));
    let told = head.get("x-coho-persistent-headers").unwrap().to_owned();
    let copy = browser.change("PUT", "/oss/bucket-b/k").header("x-oss-copy-source", "/bucket-b/k");
    let copy = copy.header("x-oss-metadata-directive", "REPLACE").header("x-oss-persistent-headers", &told);
    expect(200, &browser.send(&copy.body("")));
    let kept = oss.head("bucket-b", "k");
    assert_eq!(kept.get("myheader1"), Some("myvalue1"));
    assert_eq!(kept.get("content-security-policy"), Some("default-src 'none'"));
    expect(200, &browser.send(&browser.change("PUT", "/oss/bucket-b/plain").body("v")));
    for (method, target) in
        [("GET", "/oss/bucket-b/k"), ("HEAD", "/oss/bucket-b/plain"), ("HEAD", "/oss/bucket-b/missing")]
    {
        assert_eq!(
            browser.send(&browser.request(method, target)).get("x-coho-persistent-headers"),
            None,
            "{method} {target}"
        );
    }
}

#[test]
fn an_origin_never_gets_the_session() {
    let origin = Origin::start().unwrap();
    let server = Server::start(options().console().flag("--origin-allow", LOOPBACK)).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket("site", "public-read");
    let rule = format!(
        "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition>\
         <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect>\
         <RedirectType>Mirror</RedirectType><MirrorURL>{}</MirrorURL><MirrorHeaders><PassAll>true</PassAll>\
         </MirrorHeaders></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
        origin.url("/")
    );
    expect(200, &oss.put_website("site", &rule));
    let browser = Browser::sign_in(&server);
    for key in ["by-console", "by-api"] {
        origin.route(&format!("/{key}"), Script::ok("body"));
    }
    let asked = browser.change("GET", "/oss/site/by-console").header("X-Mine", "1").header("Authorization", "Bearer x");
    expect(200, &browser.send(&asked));
    // A browser sends the cookie to every port of the host.
    let asked = coho_testkit::http::Request::new("GET", "/site/by-api")
        .header("Host", "127.0.0.1")
        .header("Cookie", &format!("a=1; {}", browser.cookie))
        .header("X-Mine", "1");
    expect(200, &coho_testkit::http::exchange(server.endpoint(), &asked).unwrap());
    assert_eq!(origin.requests().len(), 2);
    for request in origin.requests() {
        let text = format!("{request:?}");
        assert!(text.contains("x-mine") || text.contains("X-Mine"), "{text}");
        for hidden in [browser.secret(), &*browser.csrf, "Bearer"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}

#[test]
fn large_bodies_stream_in_both_directions_and_ranges_work() {
    const BYTES: usize = 40 << 20;
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let browser = Browser::sign_in(&server);
    let body: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8).collect();
    let put = browser.change("PUT", "/oss/bucket-b/large").chunked_body(&body, 1 << 20);
    expect(200, &browser.send(&put));
    let whole = browser.get("/oss/bucket-b/large");
    assert!((whole.status(), whole.end) == (200, End::Complete) && whole.body == body);
    let part = browser.send(&browser.request("GET", "/oss/bucket-b/large").header("Range", "bytes=1000000-1000999"));
    assert_eq!((part.status(), part.get("content-range")), (206, Some("bytes 1000000-1000999/41943040")));
    assert_eq!(part.body, body[1_000_000..1_001_000]);
    let head = browser.send(&browser.request("HEAD", "/oss/bucket-b/large"));
    assert_eq!((head.status(), head.head.content_length()), (200, Some(BYTES as u64)));
}

#[test]
fn a_body_that_is_refused_is_not_asked_for_and_ends_its_connection() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    let browser = Browser::sign_in(&server);
    for target in ["/oss/bucket-b/k", "/api/v1/buckets/bucket-b/website", "/session"] {
        let method = if target == "/session" { "DELETE" } else { "PUT" };
        let asked =
            browser.request(method, target).header("Content-Length", "5000000").header("Expect", "100-continue");
        let mut client = Client::connect(browser.console).unwrap();
        client.send_raw(&asked.head()).unwrap();
        let head = client.read_head().unwrap();
        assert_eq!((head.status, head.get("connection")), (403, Some("close")), "{target}: {head:?}");
    }
}

#[test]
fn changes_of_the_admin_api_are_the_consoles_in_the_history() {
    const PAGES: &str =
        "<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix></IndexDocument></WebsiteConfiguration>";
    let (server, oss) = server();
    oss.put_bucket("site", "private");
    let browser = Browser::sign_in(&server);
    let put = |target: &str| browser.send(&browser.change("PUT", target).body(PAGES));
    expect(204, &put("/api/v1/buckets/site/website"));
    assert!(browser.get("/api/v1/buckets/site/website").text().contains("i.html"));
    expect(204, &browser.send(&browser.change("DELETE", "/api/v1/buckets/site/website")));
    expect(200, &put("/oss/site/?website"));
    let history = browser.get("/api/v1/buckets/site/website/history").text();
    assert_eq!(history.matches("\"author\":\"console\"").count(), 3, "{history}");
    let large = browser.change("PUT", "/api/v1/buckets/site/website").body(vec![b' '; (2 << 20) + 1]);
    assert_eq!(browser.send(&large).status(), 413);
    assert_eq!(browser.get("/api/v1/nothing").status(), 404);
    assert_eq!(browser.send(&browser.change("POST", "/api/v1/status").body("")).get("allow"), Some("GET, HEAD"));
}
