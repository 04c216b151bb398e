//! Why a request is answered as it is, asked on the admin address.

use coho_testkit::Script;
use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::{encode, expect};
use serde_json::{Value, json};

use super::site::{Access, BUCKET, ELSEWHERE, Site, code, element, external, mirror, prefix, rule};
use crate::admin::admin_json;

/// The answer of the admin address, with the token of the data folder.
pub(super) fn ask(site: &Site, query: &str) -> Response {
    let token = admin_json(&site.server)["token"].as_str().unwrap().to_owned();
    ask_with(site, query, Some(&token))
}

fn ask_with(site: &Site, query: &str, token: Option<&str>) -> Response {
    let request = Request::new("GET", &format!("/v1/rules/explain?{query}")).header("Host", "localhost");
    let request = match token {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    };
    exchange(site.server.admin(), &request).unwrap()
}

/// The explanation of a request for a key of the site, with more parameters.
#[track_caller]
pub(super) fn explain(site: &Site, key: &str, more: &str) -> Value {
    let answer = ask(site, &format!("bucket={BUCKET}&key={}{more}", encode(key, b"")));
    expect(200, &answer);
    assert_eq!(answer.get("content-type"), Some("application/json"), "{answer:?}");
    serde_json::from_slice(&answer.body).unwrap()
}

/// The rules that did not apply: number, element, what it asks for, what the request has.
fn passed_by(explanation: &Value) -> Vec<(u64, &str, &str, &str)> {
    let events = explanation["events"].as_array().unwrap().iter();
    events
        .filter(|event| event["kind"] == "rule_passed_by")
        .map(|event| {
            (
                event["rule"].as_u64().unwrap(),
                event["element"].as_str().unwrap(),
                event["expected"].as_str().unwrap(),
                event["actual"].as_str().unwrap(),
            )
        })
        .collect()
}

fn kinds(explanation: &Value) -> Vec<&str> {
    explanation["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_fetch_is_explained_by_every_rule_before_it_and_everything_about_it() {
    let site = Site::start();
    let header = "<IncludeHeader><Key>x-device</Key><Equals>mobile</Equals></IncludeHeader>";
    site.rules(&format!(
        "{}{}{}{}{}{}{}",
        rule(1, &prefix("img/"), ELSEWHERE),
        rule(2, &element("KeySuffixEquals", ".png"), ELSEWHERE),
        rule(3, &code(403), ELSEWHERE),
        rule(4, header, ELSEWHERE),
        rule(5, "", &mirror("/five/", "<MirrorUsingRole>true</MirrorUsingRole>")),
        rule(6, &prefix("doc/"), &mirror("/six/", "<ReplaceKeyPrefixWith>d/</ReplaceKeyPrefixWith>")),
        rule(7, "", ELSEWHERE),
    ));
    let explanation = explain(&site, "doc/a b.txt", "&header=X-Device:%20tablet");
    assert_eq!(
        passed_by(&explanation),
        [
            (1, "KeyPrefixEquals", "img/", "doc/a b.txt"),
            (2, "KeySuffixEquals", ".png", "doc/a b.txt"),
            (3, "HttpErrorCodeReturnedEquals", "403", "404"),
            (4, "IncludeHeader", "x-device equals mobile", "tablet"),
            (5, "MirrorUsingRole", "a rule without it", "not executed yet"),
        ]
    );
    let not_executed: Vec<_> =
        explanation["events"].as_array().unwrap().iter().map(|e| e["is_not_executed"] == true).collect();
    assert_eq!(not_executed.iter().filter(|is| **is).count(), 1);
    assert!(kinds(&explanation).ends_with(&["rule_passed_by", "rule_matched", "decided"]), "{explanation:#}");
    let url = site.origin.url("/six/d/a%20b.txt");
    let decision = &explanation["decision"];
    assert_eq!(
        (&decision["kind"], &decision["rule"], &decision["url"], &decision["key"], &decision["status"]),
        (&json!("mirror"), &json!(6), &json!(url), &json!("doc/a b.txt"), &json!(200)),
        "{explanation:#}"
    );
    assert_eq!(decision["tag"], format!("MIRROR {}", tag_of(&url)));
    assert_eq!(explanation["object"], Value::Null);
    assert_eq!((&explanation["bucket"], &explanation["website"]), (&json!(BUCKET), &json!(true)));
    assert!(explanation["probe"].is_null(), "{explanation:#}");
    for limit in ["connect_timeout_ms", "first_byte_timeout_ms", "idle_timeout_ms", "max_object_bytes", "max_fetches"] {
        assert!(explanation["limits"][limit].as_u64().is_some_and(|value| value > 0), "{limit}: {explanation:#}");
    }
    assert_eq!(site.origin.requests().len(), 0, "an explanation asks no origin");

    // What is announced is what is sent.
    site.origin.route("/six/d/a%20b.txt", Script::ok("there"));
    let answer = site.oss.anonymous(&site.request("GET", "doc/a%20b.txt").header("X-Device", "tablet"));
    expect(200, &answer);
    assert_eq!(answer.get("x-oss-tag"), decision["tag"].as_str());
    let sent = &site.origin.requests()[0];
    for header in decision["headers"].as_array().unwrap() {
        let (name, value) = (header["name"].as_str().unwrap(), header["value"].as_str().unwrap());
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    let announced = decision["headers"].as_array().unwrap().len();
    assert_eq!(sent.headers.len(), announced, "all are announced: {sent:?}");
}

/// The URL as `x-oss-tag` has it: encoded, in lower case.
fn tag_of(url: &str) -> String {
    let encoded = encode(url, b"-_.~");
    let mut pieces = encoded.split('%');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| format!("{text}%{}{}", piece[..2].to_ascii_lowercase(), &piece[2..]))
}

#[test]
fn a_redirect_a_page_an_object_and_an_error_are_explained() {
    let site = Site::start();
    let rules =
        rule(3, &prefix("old/"), &external("<HostName>n.test</HostName><PassQueryString>true</PassQueryString>"));
    site.document(&format!(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir></IndexDocument>\
         <ErrorDocument><Key>e.html</Key></ErrorDocument><RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>"
    ));
    site.page("sub/index.html", "sub page");
    let decision = |key: &str, more: &str| explain(&site, key, more)["decision"].clone();
    let redirect = decision("old/a b", "&query=a%3D1%26Signature%3Ds&status=200");
    assert_eq!(redirect["text"], "redirect to http://n.test/old/a%20b?a=1 with status 301");
    let expected = json!({
        "kind": "redirect", "rule": 3, "status": 301, "location": "http://n.test/old/a%20b?a=1", "text": redirect["text"],
    });
    assert_eq!(redirect, expected);
    let to_directory = decision("sub", "");
    assert_eq!((&to_directory["rule"], &to_directory["location"]), (&Value::Null, &json!(format!("/{BUCKET}/sub/"))));
    let in_a_domain = decision("sub", "&host=site.oss.localhost");
    assert_eq!(in_a_domain["location"], "/sub/");
    assert_eq!(decision("sub/", "")["key"], "sub/index.html");
    assert_eq!(decision("sub/", "&access=signed")["key"], "sub/index.html");
    assert_eq!(decision("sub/", "&access=signed&method=HEAD")["kind"], "error");
    // The error page is missing, then there.
    let missing = explain(&site, "none", "");
    assert_eq!((&missing["decision"]["kind"], &missing["decision"]["status"]), (&json!("error"), &json!(404)));
    assert_eq!(passed_by(&missing)[0].0, 3);
    assert!(kinds(&missing).contains(&"no_rule_matches"), "{missing:#}");
    site.page("e.html", "error page");
    let page = decision("none", "");
    assert_eq!((&page["kind"], &page["key"], &page["status"]), (&json!("serve"), &json!("e.html"), &json!(404)));
    let object = explain(&site, "e.html", "&method=HEAD");
    assert_eq!((&object["decision"]["kind"], &object["decision"]["status"]), (&json!("serve"), &json!(200)));
    let facts = &object["object"];
    assert_eq!((&facts["size_bytes"], &facts["mirrored_from"]), (&json!(10), &Value::Null));
    assert_eq!(facts["etag"].as_str(), site.get("e.html").get("etag"), "{object:#}");
}

#[test]
fn the_root_is_explained() {
    let site = Site::start();
    site.document(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>",
    );
    site.page("index.html", "root page");
    for key in ["", "&key="] {
        let root = |more: &str| -> Value {
            let answer = ask(&site, &format!("bucket={BUCKET}{key}{more}"));
            expect(200, &answer);
            serde_json::from_slice(&answer.body).unwrap()
        };
        let page = root("");
        assert_eq!(
            (&page["decision"]["kind"], &page["decision"]["key"]),
            (&json!("serve"), &json!("index.html")),
            "{page:#}"
        );
        assert_eq!(page["events"][0]["is_index"], true);
        assert_eq!(root("&access=signed")["decision"]["kind"], "list");
    }
}

#[test]
fn a_bucket_without_a_configuration_is_explained_too() {
    let site = Site::start();
    let explanation = explain(&site, "k", "");
    assert_eq!((&explanation["website"], &explanation["decision"]["kind"]), (&json!(false), &json!("error")));
    site.oss.put(BUCKET, "k", b"v");
    assert_eq!(explain(&site, "k", "")["decision"]["kind"], "serve");
}

#[test]
fn a_status_can_be_supposed() {
    let site = Site::start();
    let to = |host: &str| external(&element("HostName", host));
    site.rules(&format!(
        "{}{}{}",
        rule(1, &code(403), &to("forbidden.test")),
        rule(2, &code(500), &to("broken.test")),
        rule(3, &code(404), &to("missing.test")),
    ));
    site.oss.put(BUCKET, "k", b"v");
    for (status, location) in
        [("403", "http://forbidden.test/k"), ("500", "http://broken.test/k"), ("404", "http://missing.test/k")]
    {
        let explanation = explain(&site, "k", &format!("&status={status}"));
        assert_eq!(explanation["decision"]["location"], location, "{explanation:#}");
        assert_eq!(explanation["object"]["size_bytes"], 1);
    }
    assert_eq!(explain(&site, "k", "&status=200")["decision"]["kind"], "serve");
    assert_eq!(
        explain(&site, "k", "&status=503")["decision"],
        json!({
            "kind": "error", "status": 503, "text": "answer with the error of status 503",
        })
    );
    // Without a supposed status the stored objects decide.
    assert_eq!(explain(&site, "k", "")["decision"]["kind"], "serve");
    let private = Site::with_acl("private");
    private.rules(&rule(1, &code(403), &to("forbidden.test")));
    assert_eq!(explain(&private, "k", "")["decision"]["kind"], "redirect");
    assert_eq!(explain(&private, "k", "&access=signed")["decision"]["status"], 404);
}

/// An explanation is worth something if it says what happens.
#[test]
fn what_is_explained_is_what_happens() {
    let site = Site::start();
    let rules = format!(
        "{}{}{}",
        rule(1, &prefix("go/"), ELSEWHERE),
        rule(
            2,
            &format!("{}{}", prefix("gone/"), code(404)),
            &external("<HostName>n.test</HostName><HttpRedirectCode>302</HttpRedirectCode>")
        ),
        rule(3, &prefix("in/"), "<RedirectType>Internal</RedirectType><ReplaceKeyWith>there</ReplaceKeyWith>"),
    );
    site.document(&format!(
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir></IndexDocument>\
         <ErrorDocument><Key>e.html</Key></ErrorDocument><RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>"
    ));
    for key in ["there", "go/there", "gone/there", "in/there", "sub/index.html", "e.html"] {
        site.page(key, key);
    }
    let keys = [
        "there",
        "go/there",
        "go/none",
        "gone/there",
        "gone/none",
        "in/there",
        "in/x",
        "sub",
        "sub/",
        "none",
        "none/",
        "a b%",
    ];
    for key in keys {
        for (access, name) in
            [(Access::Anonymous, "anonymous"), (Access::Presigned, "presigned"), (Access::Signed, "signed")]
        {
            let answer = site.get_as(access, &encode(key, b"-_.~/"));
            let explanation = explain(&site, key, &format!("&access={name}"));
            let decision = &explanation["decision"];
            assert_eq!(decision["status"], answer.status(), "{key} {name}: {explanation:#}\n{answer:?}");
            assert_eq!(decision["location"].as_str(), answer.get("location"), "{key} {name}");
            if decision["kind"] == "serve" {
                assert_eq!(
                    decision["key"].as_str(),
                    Some(answer.text().as_str()),
                    "{key} {name}: a page holds its name"
                );
            }
        }
    }
}

#[test]
fn without_the_token_nothing_is_answered() {
    let site = Site::start();
    site.rules(&rule(1, "", ELSEWHERE));
    for token in [None, Some(""), Some("wrong")] {
        let answer = ask_with(&site, &format!("bucket={BUCKET}&key=k"), token);
        expect(401, &answer);
        assert!(!answer.text().contains("n.test"), "{answer:?}");
    }
}

#[test]
fn questions_that_cannot_be_understood_are_refused() {
    let site = Site::start();
    for (query, status, hint) in [
        ("bucket=site&key=k&method=PUT", 400, "method"),
        ("bucket=site&key=k&method=get", 400, "method"),
        ("bucket=site&key=k&access=root", 400, "access"),
        ("bucket=site&key=k&status=x", 400, "status"),
        ("bucket=site&key=k&status=-1", 400, "status"),
        ("bucket=site&key=k&status=70000", 400, "status"),
        ("bucket=site&key=k&header=nonsense", 400, "header"),
        ("bucket=site&key=/k", 400, "key"),
        ("bucket=site&key=%ff", 400, ""),
        ("bucket=UPPER&key=k", 400, ""),
        ("key=k", 400, ""),
        ("bucket=no-such-bucket&key=k", 404, "NoSuchBucket"),
    ] {
        let answer = ask(&site, query);
        assert_eq!(answer.status(), status, "{query}: {answer:?}");
        assert!(answer.text().contains(hint), "{query}: {answer:?}");
    }
}

#[test]
fn secrets_are_not_part_of_an_explanation() {
    let site = Site::start();
    let auth = "<MirrorAuth><AuthType>S3V4</AuthType><AccessKeyId>i</AccessKeyId><AccessKeySecret>hunter2</AccessKeySecret></MirrorAuth>";
    site.rules(&rule(1, "", &mirror("/old/", auth)));
    let explanation = explain(&site, "k", "");
    assert_eq!(passed_by(&explanation)[0].1, "MirrorAuth");
    assert!(!explanation.to_string().contains("hunter2"), "{explanation:#}");
}
