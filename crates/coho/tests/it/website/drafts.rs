//! Drafts of a website configuration: checked, shown in every form, and tried, without being stored.

use coho_admin_api::{
    ProblemDetails,
    explain::{ExplainedOutcome, Explanation, ProbeReport},
    website::{ProblemSeverity, WebsiteCheck},
};
use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::expect;

use super::site::{BUCKET, ELSEWHERE, Site, mirror, prefix, rule};
use crate::fixture::website;

const XML: &str = "application/xml";
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const SECRET: &str = "hush-hush";

fn admin(site: &Site, method: &str, rest: &str, header: (&str, &str), body: &[u8]) -> Response {
    let request = Request::new(method, &format!("/v1/buckets/{BUCKET}/website{rest}"))
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", site.server.admin_token()))
        .header(header.0, header.1);
    exchange(site.server.admin(), &request.body(body)).unwrap()
}

fn post(site: &Site, rest: &str, media_type: &str, body: &str) -> Response {
    admin(site, "POST", rest, ("Content-Type", media_type), body.as_bytes())
}

#[track_caller]
fn checked(site: &Site, media_type: &str, text: &str) -> WebsiteCheck {
    let answer = post(site, "/check", media_type, text);
    expect(200, &answer);
    serde_json::from_slice(&answer.body).unwrap()
}

/// Severity, rule, element and code of every problem.
fn problems(check: &WebsiteCheck) -> Vec<(ProblemSeverity, Option<u32>, Option<&str>, &str)> {
    assert!(check.problems.iter().all(|problem| !problem.detail.is_empty()), "{check:?}");
    check.problems.iter().map(|it| (it.severity, it.rule, it.element.as_deref(), it.code.as_str())).collect()
}

#[test]
fn a_draft_is_shown_in_every_form_and_with_what_it_changes() {
    let site = Site::start();
    site.document(&website(&rule(1, &prefix("a/"), ELSEWHERE)));
    let stored = site.shown();
    let same = checked(&site, XML, &stored);
    assert!(same.valid && same.problems.is_empty(), "{same:?}");
    assert_eq!(same.diff.as_deref(), Some(""));

    let draft = checked(&site, XML, &website(&rule(1, &prefix("b/"), ELSEWHERE)));
    let diff = draft.diff.as_deref().unwrap();
    assert!(diff.starts_with("--- stored\n+++ draft\n"), "{diff}");
    assert!(diff.contains("-        KeyPrefixEquals: a/\n+        KeyPrefixEquals: b/\n"), "{diff}");
    for (media_type, text) in
        [("text/xml; charset=utf-8", &draft.xml), (JSON, &draft.json), (YAML, &draft.yaml), ("text/yaml", &draft.yaml)]
    {
        assert_eq!(checked(&site, media_type, text.as_deref().unwrap()), draft, "{media_type}");
    }
    assert_eq!(site.shown(), stored, "a check stores nothing");
    let put = || admin(&site, "PUT", "", ("If-Match", &draft.etag), draft.xml.as_deref().unwrap().as_bytes()).status();
    assert_eq!((put(), put()), (204, 412), "the check names the stored state");
}

#[test]
fn a_draft_is_refused_as_a_put_refuses_it_and_warned_about_as_lint_does() {
    use ProblemSeverity::{Error, Warning};
    let site = Site::start();
    let error = |rule: Option<u32>, element, code| vec![(Error, rule, element, code)];
    let with =
        |redirect: &str| website(&rule(3, &prefix("a/"), &format!("<RedirectType>Mirror</RedirectType>{redirect}")));
    let masked = "<MirrorURL>http://o.test/</MirrorURL><MirrorAuth><AuthType>S3V4</AuthType><Region>r</Region>\
                  <AccessKeyId>k</AccessKeyId><AccessKeySecret>******</AccessKeySecret></MirrorAuth>";
    let yaml =
        "RoutingRules: {RoutingRule: [{RuleNumber: 7, Condition: {}, Redirect: {RedirectType: Mirror, MirrorURL: x}}]}";
    let shadowed = website(&(rule(1, &prefix("a/"), ELSEWHERE) + &rule(2, &prefix("a/b/"), ELSEWHERE)));
    let misspelt = website(&rule(1, &prefix("a/"), &format!("{ELSEWHERE}<HostNam>x</HostNam>")));
    for (media_type, text, expected, line) in [
        (XML, "<WebsiteConfiguration>\n<A>\n</B>", error(None, None, "MalformedXML"), Some(3)),
        (XML, "", error(None, None, "MalformedXML"), Some(1)),
        (XML, "<Other/>", error(None, None, "MalformedXML"), None),
        (JSON, "{\n\"A\": [", error(None, None, "MalformedJSON"), Some(2)),
        (JSON, "[]", error(None, None, "MalformedJSON"), None),
        (YAML, "A: 1\nA: 2", error(None, None, "MalformedYAML"), Some(2)),
        (XML, "<WebsiteConfiguration/>", error(None, Some("WebsiteConfiguration"), "InvalidArgument"), None),
        (YAML, yaml, error(Some(7), Some("MirrorURL"), "InvalidArgument"), None),
        (
            XML,
            &with("<MirrorURL>http://10.0.0.1/</MirrorURL>"),
            error(Some(3), Some("MirrorURL"), "InvalidArgument"),
            None,
        ),
        (XML, &with(masked), error(Some(3), Some("AccessKeySecret"), "InvalidArgument"), None),
        (XML, &shadowed, vec![(Warning, Some(2), None, "Shadowed")], None),
        (
            XML,
            &misspelt,
            vec![
                (Warning, Some(1), Some("HostNam"), "NotExecuted"),
                (Warning, None, Some("HostNam"), "MisspeltElement"),
            ],
            None,
        ),
    ] {
        let check = checked(&site, media_type, text);
        assert_eq!(problems(&check), expected, "{text}: {check:?}");
        assert_eq!(check.problems[0].line, line, "{text}");
        let is_stored = site.put_document(check.xml.as_deref().unwrap_or(text)).status() == 200;
        assert_eq!(check.valid, is_stored, "{text}: the check says what a put does");
        let _ = site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/?website")));
    }
    for media_type in ["", "text/plain"] {
        let answer = post(&site, "/check", media_type, "");
        expect(415, &answer);
        assert!(answer.text().contains("UnsupportedMediaType"), "{answer:?}");
    }
    expect(400, &admin(&site, "POST", "/check", ("Content-Type", XML), b"<\xff"));
    expect(413, &post(&site, "/check", XML, &" ".repeat((2 << 20) + 1)));
    expect(200, &post(&site, "/check", XML, &" ".repeat(2 << 20)));
}

#[test]
fn a_secret_of_the_store_never_leaves_it_and_a_new_one_shows_as_a_change() {
    let mut site = Site::start();
    let auth = |secret: &str| {
        format!(
            "<MirrorAuth><AuthType>S3V4</AuthType><Region>r</Region><AccessKeyId>k</AccessKeyId>\
             <AccessKeySecret>{secret}</AccessKeySecret></MirrorAuth>"
        )
    };
    let document = |secret: &str| {
        website(&rule(1, &prefix("a/"), &mirror("/a/", &auth(secret)))).replace("{origin}", &site.origin.url(""))
    };
    site.document(&document(SECRET));
    let masked = checked(&site, XML, &document("******"));
    assert!(masked.valid && masked.diff.as_deref() == Some(""), "{masked:?}");
    assert!(!format!("{masked:?}").contains(SECRET), "{masked:?}");
    let changed = checked(&site, XML, &document("another-one"));
    let diff = changed.diff.as_deref().unwrap();
    assert!(changed.valid && diff.contains("(a new secret, not shown)") && !diff.contains("another-one"), "{diff}");
    assert!(!site.server.whole_log().unwrap().contains("another-one"), "a draft is in no log");
}

#[test]
fn a_request_is_explained_under_a_draft() {
    let site = Site::start();
    let draft = website(&rule(4, &prefix("a/"), &mirror("/new/", ""))).replace("{origin}", &site.origin.url(""));
    let answer = post(&site, "/explain?key=a/k&probe=true&header=X-A:%201&query=v%3D1", XML, &draft);
    expect(200, &answer);
    let shown: Explanation = serde_json::from_slice(&answer.body).unwrap();
    let ExplainedOutcome::Mirror(fetch) = &shown.decision.outcome else { panic!("{shown:?}") };
    assert_eq!((fetch.rule, fetch.url.ends_with("/new/a/k"), shown.website), (4, true, true), "{shown:?}");
    assert!(matches!(&shown.probe, Some(ProbeReport::Answered(answer)) if answer.status == 404), "{shown:?}");
    expect(404, &site.oss.call(site.oss.request("GET", &format!("/{BUCKET}/?website"))));

    let private = draft.replace(&site.origin.url(""), "http://10.0.0.1");
    for (query, media_type, body, code) in [
        ("?key=k", XML, "<WebsiteConfiguration/>", "InvalidArgument"),
        ("?key=k", XML, "<", "MalformedXML"),
        ("?key=k", JSON, "{", "MalformedJSON"),
        ("?key=k", YAML, "[", "MalformedYAML"),
        ("?key=/k", XML, &draft, "InvalidArgument"),
        ("?bucket=other&key=k", XML, &draft, "InvalidArgument"),
        ("?key=k", XML, &private, "InvalidArgument"),
    ] {
        let answer = post(&site, &format!("/explain{query}"), media_type, body);
        let problem: ProblemDetails = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status(), problem.code.as_str()), (400, code), "{query} {body}");
    }
}
