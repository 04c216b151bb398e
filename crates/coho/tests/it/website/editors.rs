//! Several editors of one website configuration: none overwrites what it has not seen.

use std::thread;

use coho_admin_api::ProblemDetails;
use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::expect;
use serde_json::Value;

use super::site::{BUCKET, ELSEWHERE, Site, prefix, rule};
use crate::fixture::website;

/// Editors that save at the same time.
const EDITORS: usize = 8;

fn admin(site: &Site, method: &str, rest: &str, headers: &[(&str, &str)], body: &str) -> Response {
    exchange(site.server.admin(), &asked(site, method, rest, headers, body)).unwrap()
}

fn asked(site: &Site, method: &str, rest: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut request = Request::new(method, &format!("/v1/buckets/{BUCKET}/website{rest}"))
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", site.server.admin_token()));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(body)
}

fn document(key: &str) -> String {
    website(&rule(1, &prefix(key), ELSEWHERE))
}

#[track_caller]
fn etag(answer: &Response) -> String {
    answer.get("etag").unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// The refusal of a change, which names the present state.
#[track_caller]
fn refused(answer: &Response) -> ProblemDetails {
    expect(412, answer);
    let problem: ProblemDetails = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(problem.code, "PreconditionFailed");
    problem
}

fn versions(site: &Site) -> usize {
    let page: Value = serde_json::from_slice(&admin(site, "GET", "/history", &[], "").body).unwrap();
    page["versions"].as_array().unwrap().len()
}

#[test]
fn the_second_editor_is_told_who_was_first_and_changes_nothing() {
    let site = Site::start();
    let nothing = refused(&admin(&site, "PUT", "", &[("If-Match", "*")], &document("a/")));
    assert!(nothing.detail.contains("has no website configuration"), "{nothing:?}");
    let created = admin(&site, "PUT", "", &[("If-None-Match", "*")], &document("a/"));
    expect(204, &created);
    let first = admin(&site, "GET", "", &[], "");
    assert_eq!(etag(&first), etag(&created));
    refused(&admin(&site, "PUT", "", &[("If-None-Match", "*")], &document("b/")));

    // Another editor comes first, through the API of objects.
    site.document(&document("b/"));
    let second = admin(&site, "GET", "", &[], "");
    assert_ne!(etag(&second), etag(&first));
    let stale = etag(&first);
    for (method, rest, body) in [
        ("PUT", "", document("c/")),
        ("PUT", "", "no XML".to_owned()),
        ("DELETE", "", String::new()),
        ("POST", "/history/1/restore", String::new()),
    ] {
        let answer = admin(&site, method, rest, &[("If-Match", &stale)], &body);
        let problem = refused(&answer);
        let element = |name: &str| problem.elements.get(name).map(String::as_str);
        assert_eq!((element("Condition"), element("CurrentVersion")), (Some("If-Match"), Some("2")), "{problem:?}");
        assert_eq!((element("Action"), element("Rules")), (Some("put"), Some("1")), "{problem:?}");
        assert!(
            element("ChangedAt").unwrap().ends_with('Z') && !element("ChangedBy").unwrap().is_empty(),
            "{problem:?}"
        );
        assert_eq!((element("CurrentETag"), answer.get("etag")), (second.get("etag"), second.get("etag")));
        assert_eq!(admin(&site, "GET", "", &[], "").body, second.body, "{method} {rest}");
    }
    assert_eq!(versions(&site), 2, "a refused change is no version");

    let seen = etag(&second);
    expect(200, &admin(&site, "POST", "/history/1/restore", &[("If-Match", &format!("\"x\", {seen}"))], ""));
    let restored = admin(&site, "GET", "", &[], "");
    assert_eq!(restored.body, first.body);
    assert_ne!(etag(&restored), etag(&first), "the same content is another state");
    expect(204, &admin(&site, "DELETE", "", &[("If-Match", &etag(&restored))], ""));
    expect(404, &admin(&site, "GET", "", &[], ""));
    let gone = refused(&admin(&site, "PUT", "", &[("If-Match", &etag(&restored))], &document("d/")));
    assert_eq!(gone.elements.get("Action").map(String::as_str), Some("delete"));
    expect(204, &admin(&site, "PUT", "", &[], &document("d/")));

    for (name, value) in [("If-Match", "x"), ("If-Match", "\""), ("If-None-Match", "\"a-1\"")] {
        let answer = admin(&site, "PUT", "", &[(name, value)], &document("e/"));
        expect(400, &answer);
        let problem: ProblemDetails = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem.elements.get("ArgumentName").map(String::as_str), Some(name));
    }
}

#[test]
fn of_editors_that_save_at_once_one_wins() {
    let site = Site::start();
    site.document(&document("0/"));
    let seen = etag(&admin(&site, "GET", "", &[], ""));
    let put = |n| asked(&site, "PUT", "", &[("If-Match", &seen)], &document(&format!("{n}/")));
    let requests: Vec<_> = (1..=EDITORS).map(put).collect();
    let address = site.server.admin();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let save = |request| scope.spawn(move || exchange(address, request).unwrap().status());
        let editors: Vec<_> = requests.iter().map(save).collect();
        editors.into_iter().map(|editor| editor.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|given| **given == status).count();
    assert_eq!((count(204), count(412)), (1, EDITORS - 1), "{statuses:?}");
    assert_eq!(versions(&site), 2);
}

#[test]
fn a_bucket_that_is_made_anew_is_in_another_state() {
    let site = Site::start();
    site.document(&document("a/"));
    let seen = etag(&admin(&site, "GET", "", &[], ""));
    expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}"))));
    site.oss.put_bucket(BUCKET, "private");
    site.document(&document("a/"));
    refused(&admin(&site, "PUT", "", &[("If-Match", &seen)], &document("b/")));
}
