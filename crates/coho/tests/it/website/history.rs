//! The history of a website configuration: who changed what, and the way back.

use std::process::Command;

use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::expect;
use serde_json::{Value, json};

use super::site::{BUCKET, Site, element, mirror, prefix, rule};
use crate::admin::admin_json;
use crate::fixture::{BINARY, website};

fn admin(site: &Site, method: &str, path: &str) -> Response {
    let token = admin_json(&site.server)["token"].as_str().unwrap().to_owned();
    let address = site.server.admin();
    let request = Request::new(method, path).header("Host", &address.to_string());
    exchange(address, &request.header("Authorization", &format!("Bearer {token}"))).unwrap()
}

fn json_of(site: &Site, method: &str, path: &str) -> Value {
    let answer = admin(site, method, path);
    expect(200, &answer);
    serde_json::from_str(&answer.text()).unwrap()
}

fn history(site: &Site) -> Value {
    json_of(site, "GET", &format!("/v1/buckets/{BUCKET}/website/history"))["versions"].clone()
}

/// Id, author, action, number of rules and whether it is current of every version.
fn shown(site: &Site) -> Vec<Value> {
    let list = history(site);
    let fields = |version: &Value| {
        assert!(version["at"].as_str().unwrap().ends_with('Z'), "{version}");
        json!([version["id"], version["author"], version["action"], version["rules"], version["current"]])
    };
    list.as_array().unwrap().iter().map(fields).collect()
}

fn coho(site: &Site, args: &[&str]) -> (bool, String) {
    let output = Command::new(BINARY)
        .args(args)
        .env("COHO_DATA_DIR", site.server.data_dir())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn every_change_is_a_version_with_its_author_and_stays_after_a_restart() {
    let mut site = Site::start();
    let key = site.server.credentials().access_key_id.clone();
    assert_eq!(history(&site), json!([]));
    let delete = |site: &Site| expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/?website"))));
    delete(&site);
    site.rules(&rule(1, &prefix("a/"), &mirror("/a/", "")));
    site.rules(&rule(1, &prefix("a/"), &mirror("/a/", "")));
    expect(204, &admin(&site, "DELETE", &format!("/v1/buckets/{BUCKET}/website")));
    delete(&site);
    site.rules(&rule(1, &prefix("b/"), &mirror("/b/", "")));
    let expected = [
        json!(["3", key, "put", 1, true]),
        json!(["2", "admin", "delete", 0, false]),
        json!(["1", key, "put", 1, false]),
    ];
    assert_eq!(shown(&site), expected, "neither the repeated put nor a deletion of nothing is a version");
    site.start_again();
    assert_eq!(shown(&site), expected);

    let page = |query: &str| json_of(&site, "GET", &format!("/v1/buckets/{BUCKET}/website/history?{query}"));
    let first = page("max=2");
    assert_eq!((first["versions"].as_array().unwrap().len(), &first["next_before"]), (2, &json!("2")));
    let last = page("max=2&before=2");
    assert_eq!((&last["versions"][0]["id"], &last["next_before"]), (&json!("1"), &Value::Null));
    expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/?website"))));
    expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/"))));
    site.oss.put_bucket(BUCKET, "private");
    assert_eq!(history(&site), json!([]), "the history goes with its bucket");
}

#[test]
fn a_version_comes_back_with_its_secrets_and_the_checks_of_today() {
    const SECRET: &str = "origin-secret";
    let mut site = Site::start();
    let auth = "<MirrorAuth><AuthType>S3V4</AuthType><Region>r</Region><AccessKeyId>id</AccessKeyId>\
                <AccessKeySecret>origin-secret</AccessKeySecret></MirrorAuth>";
    site.rules(&rule(1, &prefix("a/"), &mirror("/a/", auth)));
    let before = site.shown();
    site.rules(&rule(1, &prefix("b/"), &mirror("/b/", "")));
    expect(204, &admin(&site, "DELETE", &format!("/v1/buckets/{BUCKET}/website")));
    let path = |rest: &str| format!("/v1/buckets/{BUCKET}/website/history/{rest}");

    let second = json_of(&site, "GET", &path("2"));
    let (xml, diff) = (second["xml"].as_str().unwrap(), second["diff"].as_str().unwrap());
    assert!(xml.contains("<KeyPrefixEquals>b/</KeyPrefixEquals>"), "{xml}");
    assert!(
        diff.contains("-        <KeyPrefixEquals>a/</KeyPrefixEquals>\n+        <KeyPrefixEquals>b/</KeyPrefixEquals>"),
        "{diff}"
    );
    assert!(diff.contains("******") && !diff.contains(SECRET), "{diff}");
    assert_eq!(second["previous"], "1");
    let first = json_of(&site, "GET", &path("1"));
    assert_eq!((&first["previous"], &first["diff"]), (&Value::Null, &Value::Null));
    assert!(!first["xml"].as_str().unwrap().contains(SECRET));

    assert_eq!(json_of(&site, "POST", &path("1/restore")), json!({ "restored": "1", "current": "4" }));
    assert_eq!(site.shown(), before);
    let changes = json_of(&site, "GET", &path("4"));
    assert_eq!((&changes["author"], &changes["xml"]), (&json!("admin"), &first["xml"]));
    // The mask stands for the secret that came back.
    site.document(&before.replace("a/</KeyPrefixEquals>", "c/</KeyPrefixEquals>"));
    assert_eq!(json_of(&site, "POST", &path("1/restore")), json!({ "restored": "1", "current": "6" }));
    assert_eq!(
        json_of(&site, "POST", &path("6/restore")),
        json!({ "restored": "6", "current": "6" }),
        "nothing to change"
    );
    assert_eq!(json_of(&site, "POST", &path("3/restore")), json!({ "restored": "3", "current": "7" }));
    expect(404, &site.oss.call(site.oss.request("GET", &format!("/{BUCKET}/?website"))));

    for (method, rest, status) in [
        ("GET", "0", 404),
        ("GET", "8", 404),
        ("GET", "18446744073709551615", 404),
        ("GET", "18446744073709551616", 400),
        ("GET", "-1", 400),
        ("GET", "x", 400),
        ("POST", "8/restore", 404),
        ("POST", "x/restore", 400),
        ("GET", "1/restore", 405),
    ] {
        expect(status, &admin(&site, method, &path(rest)));
    }
    for (query, status) in [("max=0", 400), ("max=1001", 400), ("before=x", 400), ("max=1000&before=1", 200)] {
        expect(status, &admin(&site, "GET", &format!("/v1/buckets/{BUCKET}/website/history?{query}")));
    }
    expect(404, &admin(&site, "GET", "/v1/buckets/no-such-bucket/website/history"));
    assert!(!site.server.whole_log().unwrap().contains(SECRET), "the secret is in the log");
}

#[test]
fn the_command_line_shows_versions_and_puts_one_back() {
    let site = Site::start();
    let index = |suffix: &str| {
        let index = format!("<IndexDocument><Suffix>{suffix}</Suffix></IndexDocument>");
        site.document(&element("WebsiteConfiguration", &index));
    };
    index("a.html");
    index("b.html");
    let (ok, text) = coho(&site, &["rules", "history", BUCKET]);
    assert!(ok && text.lines().count() == 2 && text.lines().next().unwrap().ends_with("current"), "{text}");
    let (ok, text) = coho(&site, &["website", "history", BUCKET, "2"]);
    assert!(ok && text.contains("-    <Suffix>a.html</Suffix>\n+    <Suffix>b.html</Suffix>"), "{text}");
    let (ok, text) = coho(&site, &["rules", "history", BUCKET, "--output", "json"]);
    let list: Value = serde_json::from_str(&text).unwrap();
    assert!(ok && list["versions"][1]["id"] == "1", "{list}");
    let (ok, text) = coho(&site, &["rules", "rollback", BUCKET, "1"]);
    assert!(!ok && text.contains("--yes") && site.shown().contains("b.html"), "{text}");
    let (ok, text) = coho(&site, &["website", "rollback", BUCKET, "1", "--yes"]);
    assert!(ok && text.contains("version 1 of bucket site is in force again, as version 3"), "{text}");
    assert!(site.shown().contains("a.html"));
    let (ok, text) = coho(&site, &["rules", "rollback", BUCKET, "3", "--yes"]);
    assert!(ok && text.contains("in force already"), "{text}");
    let (ok, text) = coho(&site, &["rules", "rollback", BUCKET, "9", "--yes"]);
    assert!(!ok && text.contains("NoSuchWebsiteVersion"), "{text}");
    site.document(&website(&rule(1, "", &mirror("/x/", ""))));
}
