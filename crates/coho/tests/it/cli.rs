//! The command line against a running store: website configurations in and out, and rules that explain themselves.

use std::{fs, process::Command};

use coho_testkit::Script;
use coho_testkit::oss::expect;

use crate::fixture::{BINARY, Mirror, SITE};

struct Done {
    code: Option<i32>,
    text: String,
}

/// Runs a command with the data folder of the store.
fn coho(mirror: &Mirror, args: &[&str]) -> Done {
    let output = Command::new(BINARY)
        .args(args)
        .arg("--data-dir")
        .arg(mirror.server.data_dir())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    done(&output)
}

/// Runs a command that needs no store.
fn offline(args: &[&str]) -> Done {
    done(&Command::new(BINARY).args(args).stdin(std::process::Stdio::null()).output().unwrap())
}

fn done(output: &std::process::Output) -> Done {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Done { code: output.status.code(), text }
}

const WEBSITE: &str = "
IndexDocument: {Suffix: index.html}
RoutingRules:
  RoutingRule:
    - RuleNumber: 7
      Condition: {KeyPrefixEquals: retired/}
      Redirect: {RedirectType: External, HostName: new.example.com, HttpRedirectCode: 302}
    - RuleNumber: 9
      Condition: {KeyPrefixEquals: retired/x}
      Redirect: {RedirectType: External, HostName: never.example.com}
";

#[test]
fn a_website_goes_in_and_out_in_every_format_and_is_replaced_only_on_purpose() {
    let mirror = Mirror::start();
    let folder = tempfile::tempdir().unwrap();
    let yaml = folder.path().join("site.yaml");
    fs::write(&yaml, WEBSITE).unwrap();
    let yaml = yaml.to_str().unwrap();

    let refused = coho(&mirror, &["website", "put", SITE, yaml]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(refused.text.contains("+    - RuleNumber: 7") && refused.text.contains("--yes"), "{}", refused.text);
    expect(404, &mirror.oss.get_anonymous(SITE, "retired/a"));

    assert_eq!(coho(&mirror, &["website", "put", SITE, yaml, "--yes"]).code, Some(0));
    let answer = mirror.get("retired/a");
    assert_eq!((answer.status(), answer.get("location")), (302, Some("http://new.example.com/retired/a")));

    let shown = coho(&mirror, &["website", "get", SITE, "--format", "xml"]).text;
    for format in ["xml", "json", "yaml"] {
        let file = folder.path().join(format!("back.{format}"));
        let file = file.to_str().unwrap();
        assert_eq!(coho(&mirror, &["website", "get", SITE, file]).code, Some(0), "{format}");
        assert_eq!(coho(&mirror, &["website", "delete", SITE, "--yes"]).code, Some(0));
        assert_eq!(coho(&mirror, &["website", "put", SITE, file, "--yes"]).code, Some(0), "{format}");
        assert_eq!(coho(&mirror, &["website", "get", SITE, "--format", "xml"]).text, shown, "{format}");
    }
}

#[test]
fn a_bad_document_is_refused_by_element_and_changes_nothing() {
    let mirror = Mirror::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.json");
    fs::write(&file, r#"{"ErrorDocument": {"Key": "e", "HttpStatus": 500}}"#).unwrap();
    let refused = coho(&mirror, &["website", "put", SITE, file.to_str().unwrap(), "--yes"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.text.contains("HttpStatus"), "{}", refused.text);
    mirror.origin.route("/old/a", Script::ok("still mirrored"));
    assert_eq!(mirror.get("a").body, b"still mirrored");
}

#[test]
fn explain_names_the_rule_and_asks_the_origin_without_fetching() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/a.txt", Script::ok("hello").header("ETag", "\"v1\""));
    let explained = coho(&mirror, &["rules", "explain", SITE, "a.txt", "--probe", "--output", "json"]);
    assert_eq!(explained.code, Some(0), "{}", explained.text);
    let json: serde_json::Value = serde_json::from_str(&explained.text).unwrap();
    assert_eq!(json["decision"]["kind"], "mirror", "{json}");
    assert_eq!(json["decision"]["rule"], 1);
    assert_eq!(json["decision"]["url"], mirror.origin.url("/old/a.txt"));
    assert!(json["object"].is_null(), "{json}");
    assert_eq!((&json["probe"]["status"], &json["probe"]["etag"]), (&200.into(), &"\"v1\"".into()), "{json}");
    mirror.assert_absent("a.txt");
    let yaml = coho(&mirror, &["rules", "explain", SITE, "a.txt", "--output", "yaml"]).text;
    assert!(yaml.contains("decision:\n") && yaml.contains("  kind: mirror\n"), "{yaml}");

    let text = coho(&mirror, &["rules", "explain", SITE, "a.txt", "--status", "403"]).text;
    assert!(text.contains("rule 1 does not apply"), "{text}");
}

#[test]
fn lint_and_test_work_on_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (website, cases) = (path("site.yaml"), path("cases.txt"));
    fs::write(&website, WEBSITE).unwrap();
    let found = offline(&["rules", "lint", &website]);
    assert_eq!(found.code, Some(1));
    assert!(found.text.contains("rule 9") && found.text.contains("rule 7"), "{}", found.text);

    fs::write(&cases, "retired/a -> redirect 302 http://new.example.com/retired/a\nother exists -> serve\n").unwrap();
    let passed = offline(&["rules", "test", &website, &cases]);
    assert_eq!(passed.code, Some(0), "{}", passed.text);
    assert!(passed.text.trim_end().ends_with("2 passed, 0 failed"), "{}", passed.text);

    fs::write(&cases, "retired/a -> serve\n").unwrap();
    let failed = offline(&["rules", "test", &website, &cases]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.text.contains("rule 7 applies"), "the trace says why: {}", failed.text);
}

/// The store checks what a file alone cannot: its own base domains, and what a put to the bucket would refuse.
#[test]
fn a_running_store_lints_drafts_and_what_is_stored_as_the_admin_api_does() {
    let mirror = Mirror::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let draft = file("site.yaml", WEBSITE);
    let online = coho(&mirror, &["rules", "lint", &draft, "--draft-of", SITE]);
    assert_eq!((online.code, &online.text), (Some(1), &offline(&["rules", "lint", &draft]).text));
    let json: serde_json::Value =
        serde_json::from_str(&coho(&mirror, &["rules", "lint", &draft, "--draft-of", SITE, "--output", "json"]).text)
            .unwrap();
    assert_eq!((&json["findings"][0]["code"], &json["findings"][0]["rule"]), (&"Shadowed".into(), &9.into()), "{json}");
    let misspelt = file("near.yaml", &WEBSITE.replace("HostName: new", "Hostname: new"));
    let noted = coho(&mirror, &["rules", "lint", &misspelt, "--draft-of", SITE]);
    assert!(noted.text.contains("note: ") && noted.text.contains("did you mean HostName?"), "{}", noted.text);
    for (name, text, shown) in [
        ("bad.json", r#"{"ErrorDocument": {"Key": "e", "HttpStatus": 500}}"#, "HttpStatus"),
        ("bad.xml", "<WebsiteConfiguration>\n<IndexDocument>", "error: line 2"),
        ("bad.yaml", "IndexDocument: [", "error: "),
    ] {
        let refused = coho(&mirror, &["rules", "lint", &file(name, text), "--draft-of", SITE]);
        assert_eq!(refused.code, Some(2), "{}", refused.text);
        assert!(refused.text.contains(shown), "{name}: {}", refused.text);
    }
    let stored = coho(&mirror, &["rules", "lint", SITE]);
    assert_eq!((stored.code, stored.text.trim_end()), (Some(0), "no findings"), "that of the fixture");
    assert_eq!(coho(&mirror, &["website", "put", SITE, &draft, "--yes"]).code, Some(0));
    for bucket in [SITE.to_owned(), format!("oss://{SITE}/")] {
        let stored = coho(&mirror, &["rules", "lint", &bucket]);
        assert_eq!((stored.code, &stored.text), (Some(1), &online.text), "{bucket}");
    }
    for (args, reason) in [
        (&["rules", "lint", "no-such-bucket"][..], "no-such-bucket"),
        (&["rules", "lint", "No/Such"], "no such file"),
        (&["rules", "lint", SITE, "--base-domain", "a.test"], "no file"),
        (&["rules", "lint", &draft, "--draft-of", SITE, "--base-domain", "a.test"], "cannot be used with"),
    ] {
        let refused = coho(&mirror, args);
        assert_eq!(refused.code, Some(2), "{}", refused.text);
        assert!(refused.text.contains(reason), "{args:?}: {}", refused.text);
    }
}

#[test]
fn a_draft_is_explained_and_not_stored() {
    let mirror = Mirror::start();
    let folder = tempfile::tempdir().unwrap();
    let draft = folder.path().join("site.yaml");
    fs::write(&draft, WEBSITE).unwrap();
    let draft = draft.to_str().unwrap();
    let explain = |more: &[&str]| coho(&mirror, &[&["rules", "explain", SITE, "retired/a"], more].concat());
    let json: serde_json::Value = serde_json::from_str(&explain(&["--draft", draft, "--output", "json"]).text).unwrap();
    assert_eq!((&json["decision"]["kind"], &json["decision"]["rule"]), (&"redirect".into(), &7.into()), "{json}");
    let text = explain(&["--draft", draft]).text;
    assert!(text.contains("under the draft") && text.contains("rule 7 applies"), "{text}");
    assert!(explain(&["--output", "json"]).text.contains("\"kind\": \"mirror\""), "what is stored stays");
    fs::write(folder.path().join("bad.yaml"), "ErrorDocument: {Key: e, HttpStatus: 500}").unwrap();
    let refused = explain(&["--draft", folder.path().join("bad.yaml").to_str().unwrap()]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    assert!(refused.text.contains("HttpStatus"), "{}", refused.text);
    assert_eq!(explain(&["--format", "yaml"]).code, Some(2), "a format of no draft");
}

#[test]
fn a_probe_that_fails_ends_with_a_code_of_failure() {
    let mirror = Mirror::start();
    let explain = |probe: &[&str]| coho(&mirror, &[&["rules", "explain", SITE, "a.txt"], probe].concat());
    mirror.origin.route("/old/a.txt", Script::status(404));
    assert_eq!(explain(&["--probe"]).code, Some(0), "an answer of the origin is not a failure");
    mirror.origin.route("/old/a.txt", Script::ok("x").fault(coho_testkit::Fault::CloseBeforeHead));
    let failed = explain(&["--probe"]);
    assert_eq!(failed.code, Some(1), "{}", failed.text);
    assert!(failed.text.contains("probe: "), "{}", failed.text);
    assert_eq!(explain(&[]).code, Some(0));
}

#[test]
fn a_misspelt_element_is_named_with_the_nearest_one() {
    let mirror = Mirror::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.yaml");
    fs::write(&file, WEBSITE.replace("HostName: new", "Hostname: new")).unwrap();
    let put = coho(&mirror, &["website", "put", SITE, file.to_str().unwrap(), "--yes"]);
    assert!(put.text.contains("did you mean HostName?"), "{}", put.text);
    let lint = offline(&["rules", "lint", file.to_str().unwrap(), "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&lint.text).unwrap_or_default();
    assert!(lint.text.contains("did you mean HostName?"), "{}", lint.text);
    assert_eq!(json["notes"].as_array().map(Vec::len), Some(1), "{json}");
}

#[test]
fn status_shows_quantities_in_every_form() {
    let mirror = Mirror::start();
    mirror.oss.put(SITE, "a", b"abc");
    let table = coho(&mirror, &["status"]);
    assert_eq!(table.code, Some(0), "{}", table.text);
    for name in ["uptime", "objects", "disk", "read-only", "backlog", "fetches"] {
        assert!(table.text.lines().any(|line| line.starts_with(name)), "{name}: {}", table.text);
    }
    let json: serde_json::Value = serde_json::from_str(&coho(&mirror, &["status", "--output", "json"]).text).unwrap();
    assert!(json["uptime_seconds"].is_u64() && json["unpersisted"] == 0 && json["read_only"] == false, "{json}");
    let contents = &json["contents"];
    assert_eq!((&contents["buckets"], &contents["objects"], &contents["bytes"]), (&1.into(), &1.into(), &3.into()));
    assert!(coho(&mirror, &["status", "--output", "yaml"]).text.contains("region: cn-hangzhou\n"));
}
