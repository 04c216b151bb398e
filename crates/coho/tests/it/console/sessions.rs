//! The life of a session: over a restart, until its time is over, until it is ended.

use super::{Browser, cookie, expect_problem, follow, server};
use coho_testkit::Server;
use coho_testkit::http::End;
use coho_testkit::oss::expect;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn file(server: &Server) -> PathBuf {
    server.data_dir().join("console-sessions.json")
}

/// Stops the server without warning, changes what is kept of sessions, and starts it again.
fn rewrite(server: &mut Server, change: impl FnOnce(&mut Value)) {
    server.kill9().unwrap();
    let mut document: Value = serde_json::from_slice(&fs::read(file(server)).unwrap()).unwrap();
    change(&mut document);
    fs::write(file(server), document.to_string()).unwrap();
    server.restart().unwrap();
}

#[test]
fn a_session_survives_a_kill_and_its_secret_is_not_in_the_file() {
    let (mut server, _oss) = server();
    let mut browser = Browser::sign_in(&server);
    let text = fs::read_to_string(file(&server)).unwrap();
    let secret = &browser.secret().to_owned();
    for hidden in [secret, &browser.csrf, &server.admin_token()] {
        assert!(!text.contains(hidden), "{text}");
    }
    assert_eq!(fs::metadata(file(&server)).unwrap().permissions().mode() & 0o777, 0o600);
    server.restart().unwrap();
    browser.follow(&server);
    let answer = browser.get("/session");
    expect(200, &answer);
    let session: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&session["csrf"], &session["id"]), (&browser.csrf.as_str().into(), &browser.id.as_str().into()));
    let log = server.whole_log().unwrap();
    assert!(!log.contains(secret) && !log.contains(&browser.csrf), "{log}");
}

#[test]
fn a_session_ends_after_its_time() {
    const HOUR_MS: i64 = 3_600_000;
    for (created_hours, used_hours, lasts) in
        [(100, 11, true), (100, 13, false), (167, 0, true), (169, 0, false), (1, -1000, false)]
    {
        let (mut server, _oss) = server();
        let mut browser = Browser::sign_in(&server);
        rewrite(&mut server, |document| {
            let session = &mut document["sessions"][0];
            for (name, hours) in [("created_ms", created_hours), ("last_used_ms", used_hours)] {
                let now = session[name].as_i64().unwrap();
                session[name] = (now - hours * HOUR_MS).into();
            }
        });
        browser.follow(&server);
        assert_eq!(browser.has_session(), lasts, "begun {created_hours} h ago, used {used_hours} h ago");
    }
}

#[test]
fn another_admin_token_ends_every_session() {
    let (mut server, _oss) = server();
    let mut browser = Browser::sign_in(&server);
    server.kill9().unwrap();
    let path = server.data_dir().join("admin.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&server.admin_token(), &"N".repeat(40))).unwrap();
    server.restart().unwrap();
    browser.follow(&server);
    assert!(!browser.has_session());
    server.wait_for_log("the admin token has changed");
}

#[test]
fn a_damaged_file_of_sessions_costs_a_sign_in_and_not_the_start() {
    let (mut server, _oss) = server();
    for damaged in [
        &b""[..],
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{\"version\":9,\"token_sha256\":\"\",\"sessions\":[]}",
        &vec![b' '; 1 << 20],
    ] {
        let mut browser = Browser::sign_in(&server);
        server.kill9().unwrap();
        fs::write(file(&server), damaged).unwrap();
        server.restart().unwrap();
        browser.follow(&server);
        assert!(!browser.has_session());
        server.wait_for_log("the sessions of the console cannot be read");
        assert!(Browser::sign_in(&server).has_session());
        // The next damage must be logged anew.
        server.terminate().unwrap();
        server.restart().unwrap();
    }
    let log = server.whole_log().unwrap();
    assert_eq!(log.matches("the sessions of the console cannot be read").count(), 6, "{log}");
}

#[test]
fn signing_out_ends_the_session_also_for_a_copy_of_its_cookie_and_after_a_kill() {
    let (mut server, _oss) = server();
    let (mut browser, mut other) = (Browser::sign_in(&server), Browser::sign_in(&server));
    let answer = browser.send(&browser.change("DELETE", "/session"));
    expect(204, &answer);
    let removed = format!("{}; HttpOnly; SameSite=Strict; Path=/; Max-Age=0", cookie(&server, ""));
    assert_eq!(answer.get("set-cookie"), Some(&*removed), "{answer:?}");
    server.restart().unwrap();
    browser.follow(&server);
    other.follow(&server);
    assert_eq!([browser.has_session(), other.has_session()], [false, true]);
}

#[test]
fn sessions_are_listed_and_ended_one_by_one_and_all_at_once() {
    let (server, _oss) = server();
    let [one, two, three] = [(); 3].map(|()| Browser::sign_in(&server));
    let list: Value = serde_json::from_slice(&one.get("/sessions").body).unwrap();
    let list = list["sessions"].as_array().unwrap();
    assert_eq!(list.len(), 3);
    let current: Vec<_> = list.iter().filter(|session| session["is_current"] == true).collect();
    assert_eq!((current.len(), &current[0]["id"]), (1, &one.id.as_str().into()));
    let text = one.get("/sessions").text();
    for hidden in [&one.csrf, &two.csrf, &two.secret().to_owned()] {
        assert!(!text.contains(hidden), "{text}");
    }
    let end = |id: &str| one.send(&one.change("DELETE", &format!("/sessions/{id}")));
    expect(204, &end(&two.id));
    expect_problem(404, "NoSuchSession", &end(&two.id));
    for id in ["", "x", "../session", "%00", &"a".repeat(5000)] {
        expect_problem(404, "NoSuchSession", &end(id));
    }
    assert_eq!([&one, &two, &three].map(Browser::has_session), [true, false, true]);
    expect(204, &three.send(&three.change("DELETE", "/sessions")));
    assert_eq!([&one, &three].map(Browser::has_session), [false, false]);
}

#[test]
fn an_event_stream_ends_with_its_session() {
    let (server, _oss) = server();
    let (watched, by) = (Browser::sign_in(&server), Browser::sign_in(&server));
    let (mut ended, mut goes_on) = (follow(&watched), follow(&by));
    expect(204, &by.send(&by.change("DELETE", &format!("/sessions/{}", watched.id))));
    assert_eq!(ended.read_body().1, End::Complete);
    // The other stream still brings events.
    expect(200, &by.send(&by.change("PUT", "/oss/bucket-b")));
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).contains("configuration_changed") {
        let (more, end) = goes_on.read_body_up_to(1);
        assert_eq!(end, End::Complete, "{}", String::from_utf8_lossy(&text));
        text.extend(more);
    }
}

#[test]
fn the_hundred_and_first_session_ends_the_one_that_was_not_used_for_longest() {
    let (mut server, _oss) = server();
    let mut first = Browser::sign_in(&server);
    rewrite(&mut server, |document| {
        let session = &mut document["sessions"][0];
        session["last_used_ms"] = (session["last_used_ms"].as_i64().unwrap() - 3_600_000).into();
    });
    first.follow(&server);
    let second = Browser::sign_in(&server);
    for _ in 2..100 {
        Browser::sign_in(&server);
    }
    let kept: Value = serde_json::from_slice(&fs::read(file(&server)).unwrap()).unwrap();
    assert_eq!(kept["sessions"].as_array().unwrap().len(), 100);
    let last = Browser::sign_in(&server);
    assert_eq!([&first, &second, &last].map(Browser::has_session), [false, true, true]);
}
