//! The page and its files: what a browser is told about them, and that nothing else can be read.

use super::{Browser, expect_problem, request, server};
use coho_testkit::Server;
use coho_testkit::http::{Response, exchange};
use coho_testkit::oss::expect;

fn get(server: &Server, target: &str, headers: &[(&str, &str)]) -> Response {
    let asked = headers.iter().fold(request("GET", target), |asked, (name, value)| asked.header(name, value));
    exchange(server.console(), &asked).unwrap()
}

#[test]
fn the_page_runs_only_its_own_scripts_and_is_shown_in_no_frame() {
    let (server, _oss) = server();
    let page = get(&server, "/", &[]);
    expect(200, &page);
    let policy = page.get("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "connect-src 'self'",
        "style-src 'self'",
    ] {
        assert!(policy.split("; ").any(|found| found == part), "{part}: {policy}");
    }
    let scripts = policy.split("; ").find(|part| part.starts_with("script-src ")).unwrap();
    assert!(scripts.starts_with("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(page.get(name), Some(value), "{name}");
    }
    // The import map is the one script without a file: its hash is in the policy.
    let text = page.text();
    let maps = text.matches("<script type=\"importmap\">").count();
    assert_eq!(scripts.matches("'sha256-").count(), maps, "{policy}");
    let with_file = text.matches("<script ").count() - maps;
    assert_eq!(text.matches(" src=\"").count(), with_file, "{text}");
    assert!(!text.contains("<script>") && !text.contains("<style") && !text.contains(" style="), "{text}");
    for target in ["/session", "/nothing", "/assets/nothing"] {
        let answer = get(&server, target, &[]);
        assert_eq!(answer.get("x-frame-options"), Some("DENY"), "{target}");
        assert_eq!(answer.get("x-content-type-options"), Some("nosniff"), "{target}");
        assert!(answer.get("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")));
    }
}

#[test]
fn a_file_is_read_by_its_exact_name_and_nothing_else_can_be() {
    let (server, _oss) = server();
    let file = get(&server, "/assets/app.js", &[]);
    expect(200, &file);
    assert_eq!(file.get("x-content-type-options"), Some("nosniff"));
    // The page is at `/` alone, with its policy.
    let versioned = final_path(&server, "app.js");
    for target in [
        "/assets/index.html",
        &versioned.replace("app.js", "index.html"),
        &versioned.replace("app.js", ""),
        &versioned.replace("app.js", "../app.js"),
        "/assets/",
        "/assets/../Cargo.toml",
        "/assets/../assets/app.js",
        "/assets/%2e%2e/Cargo.toml",
        "/assets/..%2fCargo.toml",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets/..\\Cargo.toml",
        "/assets/./app.js",
        "/assets/%61pp.js",
        "/assets//app.js",
        "/assets//etc/passwd",
        "/assets/app.js/",
        "/assets/app.js/.",
        "/assets/app.js%00.js",
        "/assets/.gitignore",
        "/assets/APP.JS",
        "//assets/app.js",
        "/../assets/app.js",
        "/assets/\u{e9}",
    ] {
        expect_problem(404, "NoSuchRoute", &get(&server, target, &[]));
    }
    // What is no target at all does not reach the files.
    for target in ["/assets/app.js\0", "assets/app.js"] {
        assert_eq!(get(&server, target, &[]).status(), 400, "{target:?}");
    }
}

/// The path of this file in the page, which has the version of all files.
fn final_path(server: &Server, name: &str) -> String {
    let page = get(server, "/", &[]).text();
    let start = page.find("\"/assets/").unwrap() + 1;
    let version = page[start..].split('/').nth(2).unwrap();
    format!("/assets/{version}/{name}")
}

#[test]
fn a_file_that_the_page_names_is_sent_once_and_never_asked_for_again() {
    let (server, _oss) = server();
    let path = final_path(&server, "app.js");
    let file = get(&server, &path, &[("Accept-Encoding", "gzip")]);
    expect(200, &file);
    for (name, value) in [
        ("cache-control", Some("public, max-age=31536000, immutable")),
        ("vary", Some("accept-encoding")),
        ("content-encoding", Some("gzip")),
        ("content-type", Some("text/javascript; charset=utf-8")),
        ("x-content-type-options", Some("nosniff")),
        // What a page may do is said by the page.
        ("content-security-policy", None),
        ("cross-origin-resource-policy", None),
        ("referrer-policy", None),
        ("x-frame-options", None),
        ("x-oss-request-id", None),
        ("etag", None),
        ("set-cookie", None),
    ] {
        assert_eq!(file.get(name), value, "{name}");
    }
    // A page of another build finds its files, and asks each time.
    let other = get(&server, "/assets/0123456789abcdef/app.js", &[("Accept-Encoding", "gzip")]);
    assert_eq!((other.get("cache-control"), &other.body), (Some("no-cache"), &file.body));
    let page = get(&server, "/", &[]);
    assert_eq!(page.get("cache-control"), Some("no-cache"));
    assert_eq!(get(&server, "/", &[("If-None-Match", page.get("etag").unwrap())]).status(), 304);
}

#[test]
fn a_file_is_sent_again_only_after_a_change_and_compressed_to_those_who_take_it() {
    let (server, _oss) = server();
    let plain = get(&server, "/assets/app.js", &[]);
    let etag = plain.get("etag").unwrap().to_owned();
    assert_eq!((plain.get("content-encoding"), plain.get("cache-control")), (None, Some("no-cache")));
    assert!(etag.starts_with('"') && plain.get("vary") == Some("accept-encoding"));
    let same = get(&server, "/assets/app.js", &[("If-None-Match", &etag)]);
    assert_eq!((same.status(), same.body.len(), same.get("etag")), (304, 0, Some(&*etag)));
    expect(200, &get(&server, "/assets/app.js", &[("If-None-Match", "\"other\"")]));
    let compressed = get(&server, "/assets/app.js", &[("Accept-Encoding", "br, gzip")]);
    assert_eq!(compressed.get("content-encoding"), Some("gzip"));
    assert!(compressed.body.starts_with(&[0x1f, 0x8b]) && compressed.body.len() < plain.body.len());
    let its = compressed.get("etag").unwrap();
    assert_ne!(its, etag, "two representations have two tags");
    let same = get(&server, "/assets/app.js", &[("Accept-Encoding", "gzip"), ("If-None-Match", its)]);
    assert_eq!(same.status(), 304);
    let head = exchange(server.console(), &request("HEAD", "/assets/app.js")).unwrap();
    assert_eq!((head.status(), head.head.content_length()), (200, Some(plain.body.len() as u64)));
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        for target in ["/", "/assets/app.js"] {
            let answer = exchange(server.console(), &request(method, target).body("")).unwrap();
            expect_problem(405, "MethodNotAllowed", &answer);
            assert_eq!(answer.get("allow"), Some("GET, HEAD"), "{method} {target}");
        }
    }
    let browser = Browser::sign_in(&server);
    assert_eq!(browser.get("/").text(), get(&server, "/", &[]).text(), "a session changes nothing of the page");
}
