//! Case files and the explanation for people.

use super::{case, explained, test::Report, words};
use crate::website_text::Source;
use coho_admin_api::explain::{
    DenialReason, ExplainLimits, ExplainedDecision, ExplainedDenial, ExplainedFetch, ExplainedHeader, ExplainedObject,
    ExplainedOutcome, ExplainedStep, ExplainedStepKind, Explanation, ProbeAnswer, ProbeFailure, ProbeReport,
};
use coho_model::website::WebsiteConfiguration;

/// Fetches, redirects, pages, and a page for refused requests.
const RULES: &str = "
IndexDocument: {Suffix: index.html, SupportSubDir: true, Type: 2}
ErrorDocument: {Key: error page.html}
RoutingRules:
  RoutingRule:
  - RuleNumber: 10
    Condition: {KeyPrefixEquals: media/, HttpErrorCodeReturnedEquals: 404}
    Redirect: {RedirectType: Mirror, MirrorURL: 'http://old.test/', EnableReplacePrefix: true, ReplaceKeyPrefixWith: pics/}
  - RuleNumber: 20
    Condition: {KeyPrefixEquals: retired/, IncludeHeader: {Key: X-A, Equals: b c}}
    Redirect: {RedirectType: External, Protocol: https, HostName: new.test, PassQueryString: true, HttpRedirectCode: 307}
  - RuleNumber: 30
    Condition: {HttpErrorCodeReturnedEquals: 403}
    Redirect: {RedirectType: External, ReplaceKeyWith: login, HttpRedirectCode: 302}
";

fn rules() -> WebsiteConfiguration {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(file.path(), RULES).unwrap();
    Source::read(file.path(), None).unwrap().website
}

fn report(text: &str) -> Report {
    Report::of(&rules(), text, &case::parse(text).unwrap())
}

#[test]
fn a_table_of_every_kind_of_case_passes() {
    let text = r#"
        # what is missing comes from the old host
        media/a.jpg                                 -> mirror http://old.test/pics/a.jpg
        media/a.jpg      exists                     -> serve
        media/a.jpg      origin=200                 -> serve media/a.jpg
        media/a.jpg      origin=failed              -> 424
        media/a.jpg      origin=404                 -> 404
        media/a.jpg      origin=404 has="error page.html" -> serve "error page.html" 404
        retired/x        header="X-A: b c" query=q=1   -> redirect 307 https://new.test/retired/x?q=1 # moved
        retired/x                                   -> 404
        x                status=403                 -> redirect 302 http://bucket.example.com/login
        x                status=403 host=a.test scheme=https -> redirect 302 https://a.test/login
        "GET"            exists                     -> serve
        HEAD docs        has=docs/index.html        -> serve docs/index.html
        docs             presigned has=docs/index.html -> serve docs/index.html
        docs             signed has=docs/index.html -> 404
        docs/            exists                     -> serve docs/index.html
        /                exists                     -> serve index.html
        /                signed                     -> list
        /                signed status=403          -> redirect 302 http://bucket.example.com/login
        x                status=500                 -> 500
    "#;
    let report = report(text);
    assert_eq!((report.passed, report.failures.join("\n")), (19, String::new()));
}

#[test]
fn a_failing_case_shows_the_line_both_answers_and_the_way() {
    let report = report("a -> 404\n  retired/x header=\"X-A: c\" -> serve\nb exists -> 404");
    assert_eq!((report.passed, report.failures.len()), (1, 2));
    let text = &report.failures[0];
    for part in [
        "line 2: retired/x header=\"X-A: c\" -> serve\n",
        "expected: serve retired/x\n",
        "got:      404\n",
        "rule 10 does not apply: KeyPrefixEquals",
        "rule 20 does not apply: IncludeHeader",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(report.failures[1].contains("got:      serve b\n"), "{}", report.failures[1]);
}

#[test]
fn an_invalid_case_is_named_by_its_line() {
    let check = |text: &str, expected: &str| {
        let error = format!("{:#}", case::parse(text).unwrap_err());
        assert!(error.contains(expected), "{text}: {error}");
    };
    check("", "the file has no cases");
    check("# only\n\n   # comments", "the file has no cases");
    check("a -> 404\n\nb 404", "line 3: a case needs ->");
    check("-> 404", "a case begins with a key");
    check("GET -> 404", "a case begins with a key");
    check("a ->", "an expectation is needed");
    check("a -> server", "after -> comes one of");
    check("a -> serve b 200 c", "after -> comes one of");
    check("a -> 999", "\"999\" is not a status");
    check("a -> redirect x http://a/", "\"x\" is not a status");
    check("a missing -> 404", "\"missing\" is not a fact");
    check("a status=abc -> 404", "\"abc\" is not a status");
    check("a origin=500 -> 404", "has failed");
    check("a header=x -> 404", "Name: value");
    check("a scheme=ftp -> 404", "http or https");
    check("/a -> 404", "is not a key");
    check("a has=/b -> 404", "has=/b");
    check("\"a -> 404", "a quote is not closed");
    check("\"a\\n\" -> 404", "a backslash");
}

#[test]
fn words_are_written_so_that_they_are_read_again() {
    for text in ["a", "a b", "", "#a", "a#b", "\"", "a\\b", "\\\" x", "é 中\t"] {
        let read = words::split(&format!("x {} y", words::written(text))).unwrap();
        assert_eq!(read.len(), 3, "{text:?}");
        assert_eq!(read[1].text, text);
    }
}

/// Of an object that is missing and would be fetched.
fn explanation() -> Explanation {
    let text = "fetch http://o/a and store it as media/a.jpg";
    let step = |step: ExplainedStepKind, text: &str| ExplainedStep { step, text: text.into() };
    let header = |name: &str, value: &str| ExplainedHeader { name: name.into(), value: value.into() };
    Explanation {
        bucket: "b".into(),
        key: Some("media/a.jpg".into()),
        website: true,
        object: None,
        events: vec![
            step(ExplainedStepKind::Observed { status: 404 }, "status so far: 404"),
            step(ExplainedStepKind::RuleMatched { rule: 2 }, "rule 2 applies"),
            step(ExplainedStepKind::Decided, text),
        ],
        decision: ExplainedDecision {
            outcome: ExplainedOutcome::Mirror(ExplainedFetch {
                rule: 2,
                url: "http://o/a".into(),
                other_urls: vec!["http://p/a".into()],
                key: "media/a.jpg".into(),
                status: 200,
                headers: vec![header("user-agent", "coho"), header("x", "\u{1b}[2J")],
                tag: "MIRROR".into(),
            }),
            text: text.into(),
        },
        denial: None,
        limits: ExplainLimits {
            qps: Some(5),
            bandwidth_bytes_per_second: None,
            connect_timeout_ms: 5000,
            first_byte_timeout_ms: 1,
            idle_timeout_ms: 2,
            total_timeout_ms: 3,
            max_object_bytes: 4,
            max_fetches: 64,
            trust_close: false,
            encrypt: true,
        },
        probe: Some(ProbeReport::Answered(ProbeAnswer {
            method: "HEAD".into(),
            status: 200,
            latency_ms: 1.26,
            length_bytes: Some(123),
            etag: None,
            last_modified: Some("Mon".into()),
            address: Some("1.2.3.4:80".into()),
        })),
    }
}

#[test]
fn an_explanation_reads_from_what_is_stored_to_what_the_origin_says() {
    let expected = "GET of it\nthe object does not exist\n\n  status so far: 404\n  rule 2 applies\n\n\
        decision: fetch http://o/a and store it as media/a.jpg (rule 2)\n  origin: http://o/a\n  if it fails: http://p/a\n  \
        x-oss-tag: MIRROR\n  headers sent to the origin:\n    user-agent: coho\n    x: \\u{1b}[2J\n  limits:\n    \
        fetches per second: 5\n    bytes per second: none\n    connect timeout: 5000 ms\n    first byte timeout: 1 ms\n    \
        idle timeout: 2 ms\n    total timeout: 3 ms\n    largest object: 4 bytes\n    fetches at a time: 64\n    \
        a closed connection ends a body: no\n    stored encrypted: yes\n\
        probe: HEAD answered 200, after 1.3 ms, from 1.2.3.4:80, 123 bytes, last modified Mon\n";
    assert_eq!(explained::text("GET of it", &explanation()), expected);
}

#[test]
fn an_explanation_leaves_out_what_there_is_not() {
    let serve = ExplainedOutcome::Serve { key: "k".into(), status: 200 };
    let object = ExplainedObject {
        size_bytes: 3,
        etag: "\"E\"".into(),
        modified: "2026-01-02T03:04:05.000Z".into(),
        mirrored_from: None,
        fetched: None,
        rewritten: None,
    };
    let explanation = Explanation {
        website: false,
        object: Some(object),
        events: Vec::new(),
        decision: ExplainedDecision { outcome: serve, text: "send k with status 200".into() },
        probe: Some(ProbeReport::Failed(ProbeFailure { error: "no such host".into(), reason: "dns".into() })),
        ..explanation()
    };
    let expected = "t\nthe object exists, 3 bytes, ETag \"E\", of 2026-01-02T03:04:05.000Z\n\
        the bucket has no website configuration\n\n\ndecision: send k with status 200\nprobe: no such host\n";
    assert_eq!(explained::text("t", &explanation), expected);
    let message = "No.".to_owned();
    let denial = Some(ExplainedDenial { reason: DenialReason::KeyRights, message });
    let denied = explained::text("t", &Explanation { denial, ..explanation.clone() });
    assert!(denied.contains("status 200\n  denied by the rights of the access key: No.\n"), "{denied}");
    let root = Explanation { key: None, ..explanation };
    assert!(explained::text("t", &root).starts_with("t\nthe root of the bucket\n"));
}
