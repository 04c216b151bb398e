//! Signing in: by the token alone, in JSON alone, and not too often.

use super::{Browser, cookie, expect_problem, request, server, sign_in, sign_in_request};
use crate::keys::{by_token, key, made};
use coho_admin_api::access::IssuedAccessKey;
use coho_testkit::Server;
use coho_testkit::http::{Response, exchange};
use coho_testkit::oss::expect;

#[test]
fn the_token_of_the_data_folder_signs_in_and_nothing_else_does() {
    let (server, _oss) = server();
    let token = server.admin_token();
    for wrong in ["", "x", &token[1..], &format!("{token} "), &token.to_lowercase()] {
        let answer = sign_in(&server, wrong);
        expect_problem(401, "InvalidAdminToken", &answer);
        assert_eq!(answer.get("set-cookie"), None, "{answer:?}");
        assert!(wrong.len() < 9 || !answer.text().contains(wrong.trim()), "{answer:?}");
    }
    let answer = sign_in(&server, &token);
    expect(200, &answer);
    let line = answer.get("set-cookie").unwrap();
    let (pair, attributes) = line.split_once("; ").unwrap();
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/");
    let secret = pair.strip_prefix(&*cookie(&server, "")).unwrap_or_else(|| panic!("{line}"));
    assert_eq!(secret.len(), 43);
    assert!(!answer.text().contains(secret), "the secret is in the cookie alone: {answer:?}");
    assert_eq!(answer.get("cache-control"), Some("no-store"));
    assert!(Browser::of_answer(&server, &answer).has_session());
    let page = exchange(server.admin(), &request("GET", "/-/metrics")).unwrap().text();
    for line in [
        "coho_console_sign_ins_total{result=\"wrong\"} 5",
        "coho_console_sign_ins_total{result=\"accepted\"} 1",
        "coho_console_sessions 1",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

#[test]
fn a_body_that_a_form_can_send_signs_nobody_in() {
    let (server, _oss) = server();
    let body = serde_json::json!({ "token": server.admin_token() }).to_string();
    for media_type in [
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonx"),
        None,
    ] {
        let asked = request("POST", "/session");
        let asked = media_type.into_iter().fold(asked, |asked, value| asked.header("Content-Type", value));
        let answer = exchange(server.console(), &asked.body(body.clone())).unwrap();
        expect_problem(415, "UnsupportedMediaType", &answer);
        assert_eq!(answer.get("set-cookie"), None);
    }
    for (body, status, code) in [
        ("", 400, "MalformedJSON"),
        ("{}", 400, "MalformedJSON"),
        ("[]", 400, "MalformedJSON"),
        ("{\"token\":1}", 400, "MalformedJSON"),
        ("{\"token\":\"a\",\"x\":1}", 400, "MalformedJSON"),
        (&format!("{{\"token\":\"{}\"}}", "x".repeat(5000)), 413, "EntityTooLarge"),
    ] {
        let asked = request("POST", "/session").header("Content-Type", "application/json").body(body);
        expect_problem(status, code, &exchange(server.console(), &asked).unwrap());
    }
    let foreign = sign_in_request(&server.admin_token()).header("Sec-Fetch-Site", "cross-site");
    expect_problem(403, "CrossOriginRequest", &exchange(server.console(), &foreign).unwrap());
}

#[test]
fn guessing_locks_the_address_out_even_for_the_right_token() {
    let (mut server, _oss) = server();
    let before = Browser::sign_in(&server);
    for number in 0..10 {
        expect_problem(401, "InvalidAdminToken", &sign_in(&server, &format!("guess-{number}")));
    }
    for token in ["guess-10", &server.admin_token()] {
        let answer = sign_in(&server, token);
        expect_problem(429, "TooManySignIns", &answer);
        let seconds: u64 = answer.get("retry-after").unwrap().parse().unwrap();
        assert!((200..=301).contains(&seconds), "{seconds}");
        assert_eq!(answer.get("set-cookie"), None);
    }
    assert!(before.has_session(), "a lock-out ends no session");
    let page = exchange(server.admin(), &request("GET", "/-/metrics")).unwrap().text();
    assert!(page.contains("coho_console_sign_ins_total{result=\"locked_out\"} 2"), "{page}");
    let log = server.whole_log().unwrap();
    assert_eq!(log.matches("console sign-ins of a client are locked out").count(), 1, "{log}");
    assert!(!log.contains("guess-") && log.contains("signed in to the console client.address=\"127.0.0.1\""), "{log}");
}

#[test]
fn a_cookie_that_the_client_chose_is_never_adopted() {
    let (server, _oss) = server();
    let chosen = cookie(&server, &"A".repeat(43));
    let asked = sign_in_request(&server.admin_token()).header("Cookie", &chosen);
    let answer = exchange(server.console(), &asked).unwrap();
    expect(200, &answer);
    let browser = Browser::of_answer(&server, &answer);
    assert_ne!(browser.cookie, chosen);
    expect_problem(401, "SessionRequired", &browser.send(&request("GET", "/session").header("Cookie", &chosen)));
    // Another page of the host may have set one as well: the right one still counts.
    let both = format!("{chosen}; {}", browser.cookie);
    expect(200, &browser.send(&request("GET", "/session").header("Cookie", &both)));
}

#[test]
fn a_new_sign_in_ends_the_session_that_the_browser_had() {
    let (server, _oss) = server();
    let old = Browser::sign_in(&server);
    let other = Browser::sign_in(&server);
    let asked = sign_in_request(&server.admin_token()).header("Cookie", &old.cookie);
    let new = Browser::of_answer(&server, &exchange(server.console(), &asked).unwrap());
    assert_ne!((&new.cookie, &new.id, &new.csrf), (&old.cookie, &old.id, &old.csrf));
    assert_eq!([&old, &other, &new].map(Browser::has_session), [false, true, true]);
}

#[test]
fn two_consoles_of_one_host_leave_each_other_their_sessions() {
    let ((one, _oss), (two, _other)) = (server(), server());
    let first = Browser::sign_in(&one);
    // A browser sends the cookies of a host to all of its ports.
    let asked = sign_in_request(&two.admin_token()).header("Cookie", &first.cookie);
    let second = Browser::of_answer(&two, &exchange(two.console(), &asked).unwrap());
    let name = |browser: &Browser| browser.cookie.split_once('=').unwrap().0.to_owned();
    assert_ne!(name(&first), name(&second), "the second sign-in would replace the cookie of the first");
    for browser in [&first, &second] {
        let both = format!("{}; {}", first.cookie, second.cookie);
        expect(200, &browser.send(&request("GET", "/session").header("Cookie", &both)));
    }
}

fn sign_in_by_key(server: &Server, id: &str, secret: &str) -> Response {
    let body = serde_json::json!({ "access_key_id": id, "access_key_secret": secret }).to_string();
    let asked = request("POST", "/session").header("Content-Type", "application/json").body(body);
    exchange(server.console(), &asked).unwrap()
}

#[test]
fn an_access_key_signs_in_while_it_may_administer() {
    let (mut server, _oss) = server();
    let admin = key(&server, r#"{"rights": ["admin"]}"#);
    let path = format!("/v1/access-keys/{}", admin.key.id);
    let refused = |server: &Server, issued: &IssuedAccessKey| {
        let answer = sign_in_by_key(server, &issued.key.id, &issued.secret);
        expect_problem(401, "InvalidAdminToken", &answer);
        assert!(answer.get("set-cookie").is_none() && !answer.text().contains(&issued.secret), "{answer:?}");
    };
    let accepted = |server: &Server, issued: &IssuedAccessKey| {
        let answer = sign_in_by_key(server, &issued.key.id, &issued.secret);
        expect(200, &answer);
        assert!(answer.text().contains(&format!(r#""access_key_id":"{}""#, issued.key.id)), "{answer:?}");
        Browser::of_answer(server, &answer)
    };
    // Not every key that may do everything administers, nor does a temporary one.
    refused(&server, &key(&server, r#"{"rights": ["full"]}"#));
    refused(&server, &key(&server, r#"{"rights": ["admin"], "expires_seconds": 900}"#));
    refused(&server, &IssuedAccessKey { secret: "wrong".into(), ..admin.clone() });
    let configured = server.credentials().clone();
    let answer = sign_in_by_key(&server, &configured.access_key_id, &configured.access_key_secret);
    expect_problem(401, "InvalidAdminToken", &answer);

    let mut browser = accepted(&server, &admin);
    expect(200, &browser.get("/api/v1/access-keys"));
    server.restart().unwrap();
    browser.follow(&server);
    assert!(browser.has_session(), "a start ends no session");
    expect(200, &by_token(&server, "PATCH", &path, r#"{"enabled": false}"#));
    assert!(!browser.has_session());
    refused(&server, &admin);
    expect(200, &by_token(&server, "PATCH", &path, r#"{"enabled": true, "rights": ["full"]}"#));
    refused(&server, &admin);
    expect(200, &by_token(&server, "PATCH", &path, r#"{"rights": ["admin", "full"]}"#));
    let browser = accepted(&server, &admin);

    // The old secret signs in during the grace, and what it began ends with it.
    let rotated: IssuedAccessKey = made(&server, "POST", &format!("{path}/rotate"), r#"{"grace_seconds": 600}"#);
    assert!(browser.has_session());
    let (by_old, by_new) = (accepted(&server, &admin), accepted(&server, &rotated));
    let again: IssuedAccessKey = made(&server, "POST", &format!("{path}/rotate"), r#"{"grace_seconds": 600}"#);
    assert_eq!([&browser, &by_old, &by_new].map(Browser::has_session), [false, false, true]);
    refused(&server, &admin);
    accepted(&server, &again);
    expect(204, &by_token(&server, "DELETE", &path, ""));
    assert!(!by_new.has_session());
    refused(&server, &again);
}

#[test]
fn guessing_secrets_of_keys_locks_the_address_out() {
    let (server, _oss) = server();
    let admin = key(&server, r#"{"rights": ["admin"]}"#);
    for number in 0..10 {
        let id = if number % 2 == 0 { admin.key.id.clone() } else { format!("COHO{number}") };
        expect_problem(401, "InvalidAdminToken", &sign_in_by_key(&server, &id, &format!("guess-{number}")));
    }
    expect_problem(429, "TooManySignIns", &sign_in_by_key(&server, &admin.key.id, &admin.secret));
    expect_problem(429, "TooManySignIns", &sign_in(&server, &server.admin_token()));
}

#[test]
fn a_sign_in_has_one_whole_proof() {
    let (server, _oss) = server();
    for body in [
        r#"{"access_key_id": "a"}"#,
        r#"{"access_key_secret": "a"}"#,
        r#"{"token": "t", "access_key_id": "a", "access_key_secret": "b"}"#,
        r#"{"token": "t", "access_key_secret": "b"}"#,
        r#"{"access_key_id": 1, "access_key_secret": "b"}"#,
    ] {
        let asked = request("POST", "/session").header("Content-Type", "application/json").body(body);
        expect_problem(400, "MalformedJSON", &exchange(server.console(), &asked).unwrap());
    }
}
