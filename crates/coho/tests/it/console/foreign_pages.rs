//! What pages of other origins, and clients without a session, get: nothing but the page and its files.

use super::{Browser, cookie, expect_problem, request, server};
use crate::fixture::expect_error;
use coho_testkit::http::exchange;
use coho_testkit::oss::expect;

/// Changes through every API of the listener. None may happen in these tests.
const CHANGES: [(&str, &str); 9] = [
    ("PUT", "/oss/new-bucket"),
    ("PUT", "/oss/bucket-b/k"),
    ("POST", "/oss/bucket-b/?delete"),
    ("DELETE", "/oss/bucket-b/kept"),
    ("OPTIONS", "/oss/bucket-b/kept"),
    ("PUT", "/api/v1/buckets/bucket-b/website"),
    ("DELETE", "/api/v1/buckets/bucket-b/mirror/missing"),
    ("DELETE", "/session"),
    ("DELETE", "/sessions"),
];

#[test]
fn a_change_needs_the_token_of_its_own_session() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "kept", b"v");
    let (browser, other) = (Browser::sign_in(&server), Browser::sign_in(&server));
    let shortened = &browser.csrf[1..];
    for (method, target) in CHANGES {
        for token in [None, Some(""), Some("x"), Some(shortened), Some(&*other.csrf), Some(browser.secret())] {
            let asked = browser.request(method, target);
            let asked = token.iter().fold(asked, |asked, token| asked.header("X-Coho-Csrf", token));
            let answer = browser.send(&asked.body("<x/>"));
            match target.starts_with("/oss") {
                true => expect_error(403, "CsrfTokenRequired", &answer),
                false => expect_problem(403, "CsrfTokenRequired", &answer),
            }
        }
        let twice = browser.change(method, target).header("X-Coho-Csrf", &browser.csrf).body("<x/>");
        expect(403, &browser.send(&twice));
    }
    assert_eq!(oss.keys("bucket-b"), ["kept"]);
    expect(404, &oss.call(oss.request("GET", "/new-bucket/?acl")));
    expect(404, &oss.call(oss.request("GET", "/bucket-b/?website")));
    assert!(browser.has_session() && other.has_session());
}

#[test]
fn a_client_without_a_session_gets_nothing_of_either_api() {
    let (server, oss) = server();
    oss.put_bucket("public", "public-read-write");
    oss.put("public", "k", b"secret-value");
    let token = format!("Bearer {}", server.admin_token());
    let reads = [
        ("GET", "/oss/"),
        ("GET", "/oss/public/k"),
        ("HEAD", "/oss/public/k"),
        ("GET", "/api/v1/status"),
        ("GET", "/api/-/metrics"),
        ("GET", "/api/-/healthz"),
        ("GET", "/api/-/events"),
        ("GET", "/api/-/openapi.json"),
        ("GET", "/session"),
        ("GET", "/sessions"),
    ];
    for (method, target) in reads.into_iter().chain(CHANGES) {
        // Neither the token of the admin address nor a signature of the API counts here.
        for asked in [
            request(method, target),
            request(method, target).header("Authorization", &token),
            oss.signed(request(method, target)),
            request(method, target).header("Cookie", &cookie(&server, "")).header("X-Coho-Csrf", ""),
        ] {
            let answer = exchange(server.console(), &asked.body("")).unwrap();
            assert_eq!(answer.status(), 401, "{method} {target}: {answer:?}");
            assert!(!answer.text().contains("secret-value"));
            match target.starts_with("/oss") {
                true => expect_error(401, "SessionRequired", &answer),
                false => expect_problem(401, "SessionRequired", &answer),
            }
        }
    }
    for target in ["/-/healthz", "/v1/status", "/public/k", "/index.html", "/favicon.ico", "//", "/api2/", "/assets"] {
        expect_problem(404, "NoSuchRoute", &exchange(server.console(), &request("GET", target)).unwrap());
    }
    assert_eq!(oss.keys("public"), ["k"]);
}

#[test]
fn a_page_of_another_origin_is_refused_even_with_the_cookie() {
    let (server, oss) = server();
    oss.put_bucket("bucket-b", "private");
    oss.put("bucket-b", "k.js", b"alert(1)");
    let browser = Browser::sign_in(&server);
    for (site, destination, allowed) in [
        ("same-origin", "empty", true),
        ("same-origin", "image", true),
        ("none", "document", true),
        ("same-site", "empty", false),
        ("same-site", "document", false),
        ("cross-site", "image", false),
        // An uploaded script is no script of the console.
        ("same-origin", "script", false),
        ("same-origin", "style", false),
        ("same-origin", "serviceworker", false),
        ("same-origin", "worker", false),
    ] {
        let asked = browser.request("GET", "/oss/bucket-b/k.js");
        let answer = browser.send(&asked.header("Sec-Fetch-Site", site).header("Sec-Fetch-Dest", destination));
        match allowed {
            true => expect(200, &answer),
            false => expect_error(403, "CrossOriginRequest", &answer),
        }
    }
    for target in ["/api/v1/status", "/session", "/sessions"] {
        let answer = browser.send(&browser.request("GET", target).header("Sec-Fetch-Site", "same-site"));
        expect_problem(403, "CrossOriginRequest", &answer);
        assert_eq!(answer.get("access-control-allow-origin"), None);
    }
}

#[test]
fn another_host_name_is_refused_for_everything() {
    let (server, _oss) = server();
    let browser = Browser::sign_in(&server);
    let ask = |target: &str, host: &str| {
        let asked = coho_testkit::http::Request::new("GET", target).header("Host", host);
        browser.send(&asked.header("Cookie", &browser.cookie))
    };
    for target in ["/", "/assets/app.js", "/session", "/api/v1/status", "/oss/", "/nothing"] {
        for host in
            ["evil.example.com", "evil.example.com:9020", "localhost.evil.example.com", "127.0.0.1.evil.com", "[x]", ""]
        {
            expect_problem(421, "HostNotAllowed", &ask(target, host));
        }
    }
    for host in ["localhost", "127.0.0.1:9020", "[::1]:1", "console.localhost"] {
        expect(200, &ask("/session", host));
    }
    // A target of its own does not hide the name, and no header of a proxy is trusted.
    expect(421, &ask("http://evil.example.com/session", "localhost"));
    let forwarded = browser.request("GET", "/session").header("X-Forwarded-Host", "evil.example.com");
    expect(200, &browser.send(&forwarded));
    let twice = browser.request("GET", "/session").header("Host", "evil.example.com");
    expect(400, &browser.send(&twice));
    let twice = browser.request("GET", "/oss/").header("Host", "evil.example.com");
    expect(400, &browser.send(&twice));
}
