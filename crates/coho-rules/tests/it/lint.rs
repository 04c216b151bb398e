//! What the lint reports, and what it does not.

use crate::notation::website;
use coho_rules::{OwnEndpoints, lint};

const OWN: OwnEndpoints<'_> =
    OwnEndpoints { bucket: Some("b"), base_domains: &["oss.test"], hosts: &["127.0.0.1:9000", "oss"] };

#[track_caller]
fn check(site: &str, expected: &[&str]) {
    let findings: Vec<String> = lint(&website(site), &OWN).iter().map(ToString::to_string).collect();
    assert_eq!(findings, expected, "{site}");
}

#[test]
fn rules_that_an_earlier_one_covers_never_apply() {
    let by = |rule: u32, by: u32| format!("rule {rule}: never applies: rule {by} always applies first");
    let shadowed = |site: &str| check(site, &[&by(2, 1)]);
    shadowed("1 External host=n.test; 2 External host=m.test prefix=a/");
    shadowed("2 External host=m.test prefix=a/b; 1 External host=n.test prefix=a");
    shadowed("1 External host=n.test prefix=a; 2 External host=m.test prefix=a");
    shadowed("1 External host=n.test suffix=.jpg; 2 External host=m.test suffix=x.jpg");
    shadowed("1 External host=n.test; 2 Mirror url=http://o/");
    shadowed("1 Mirror url=http://o/; 2 External host=n.test code=404");
    shadowed("1 External host=n.test code=403; 2 External host=m.test code=403 prefix=a");
    shadowed("1 External host=n.test header=X; 2 External host=m.test header=x equals=1");
    shadowed("1 External host=n.test header=x starts=a; 2 External host=m.test header=x equals=ab header=y");
    shadowed("1 External host=n.test header=x ends=b; 2 External host=m.test header=x ends=ab");
}

#[test]
fn a_partly_covered_rule_is_not_shadowed() {
    for site in [
        "1 External host=n.test prefix=a/; 2 External host=m.test",
        "1 External host=n.test prefix=a/; 2 External host=m.test prefix=b/",
        "1 External host=n.test code=404; 2 External host=m.test code=403",
        "1 External host=n.test; 2 External host=m.test code=403",
        "1 External host=n.test header=x; 2 External host=m.test",
        "1 External host=n.test header=x equals=a; 2 External host=m.test header=x starts=a",
        "1 External host=n.test header=x; 2 External host=m.test header=y",
        "1 External host=n.test suffix=.jpg; 2 External host=m.test suffix=.png",
    ] {
        check(site, &[]);
    }
}

#[test]
fn a_rule_can_be_shadowed_at_one_status() {
    let expected = "rule 2: never applies at 404: rule 1 always applies first at that status";
    check("1 Mirror url=http://o/; 2 External host=n.test prefix=a/", &[expected]);
    check("1 External host=m.test code=404; 2 External host=n.test", &[expected]);
}

#[test]
fn a_rule_that_is_not_executed_shadows_nothing() {
    let expected = "rule 1: never applies because of MirrorAuth, which is stored and not executed yet";
    check("1 Mirror url=http://o/ auth; 2 Mirror url=http://p/", &[expected]);
}

#[test]
fn impossible_conditions_are_reported() {
    let never = |element: &str, reason: &str| format!("rule 1: never applies because of {element}: {reason}");
    check(
        "1 External host=n.test header=x equals=ab starts=b",
        &[&never("IncludeHeader", "x: no value equals \"ab\" and meets the other tests")],
    );
    check(
        "1 External host=n.test header=x equals=ab ends=a",
        &[&never("IncludeHeader", "x: no value equals \"ab\" and meets the other tests")],
    );
    check("1 External host=n.test header=x%20y", &[&never("IncludeHeader", "x y: no header has such a name")]);
    check(
        "1 External host=n.test header=x equals=a%0Ab",
        &[&never("IncludeHeader", "x: no header has control characters")],
    );
    check("1 External host=n.test prefix=/a", &[&never("KeyPrefixEquals", "no object key has this prefix")]);
    let dots = "such keys lead out of the origin's folder";
    check("1 Mirror url=http://o/ prefix=../a/", &[&never("KeyPrefixEquals", dots)]);
    check("1 Mirror url=http://o/ with=../", &[&never("ReplaceKeyPrefixWith", dots)]);
    check("1 Mirror url=http://o/ key=a/../../${key}", &[&never("ReplaceKeyWith", dots)]);
    check(
        "1 Mirror url=http://o/ code=403",
        &[&never("HttpErrorCodeReturnedEquals", "a Mirror rule applies to status 404 only")],
    );
    check("1 Mirror url=http://o/ prefix=a/.. with=x", &[]);
    check("1 External host=n.test header=x equals=abc starts=a ends=c", &[]);
    let (long, longer) = ("p".repeat(600), "s".repeat(424));
    check(
        &format!("1 External host=n.test prefix={long} suffix={longer}"),
        &[&never("KeySuffixEquals", "with the prefix it is longer than an object key may be")],
    );
    check(&format!("1 External host=n.test prefix={long} suffix={long}"), &[]);
}

#[test]
fn redirects_that_lead_back_are_loops() {
    let circle = |rule: u32, key: &str| format!("rule {rule}: redirects in a loop, for example {key:?}");
    check("1 External status=302", &[&circle(1, "x")]);
    check("1 External proto=https prefix=a/ code=404", &[&circle(1, "a/x")]);
    check("1 External host=b.oss.test prefix=a/", &[&circle(1, "a/x")]);
    check("1 External host=B.OSS.test:443 prefix=a/", &[&circle(1, "a/x")]);
    check("1 External host=127.0.0.1:9000 with=b/", &[&circle(1, "x")]);
    check("1 External host=oss.test with=b/", &[&circle(1, "x")]);
    check("1 AliCDN status=302 prefix=a/ with=a/b/", &[&circle(1, "a/x")]);
    check("1 External status=302 key=sorry.html", &[&circle(1, "x")]);
    check(
        "1 External status=302 prefix=a with=b; 2 External status=302 prefix=b with=a",
        &[&circle(1, "ax"), &circle(2, "bx")],
    );
    check("1 External status=302 header=x equals=1", &[&circle(1, "x")]);
    check("1 External status=302 code=403", &[&circle(1, "x")]);
    for fine in [
        "1 External host=n.test",
        "1 External host=c.oss.test",
        "1 External host=127.0.0.1:9000",
        "1 External host=127.0.0.1:9000 with=c/",
        "1 External status=302 prefix=a/ with=b/",
        "1 External status=302 prefix=a/ key=b",
        "1 External status=302 prefix=a with=b; 2 External prefix=b host=n.test",
        "1 External status=302 prefix=a/ cut",
    ] {
        check(fine, &[]);
    }
}

#[test]
fn origins_that_are_this_bucket_are_reported() {
    let itself = |element: &str, url: &str| format!("rule 1: {element} {url} is this server");
    for url in [
        "http://b.oss.test/",
        "https://b.oss.test:443/x/",
        "http://127.0.0.1:9000/b/",
        "http://oss/b/x/",
        "http://oss:80/b/",
    ] {
        check(&format!("1 Mirror url={url}"), &[&itself("MirrorURL", url)]);
    }
    for url in ["http://c.oss.test/", "http://127.0.0.1:9000/c/", "http://127.0.0.1:9001/b/", "http://xoss.test/b/"] {
        check(&format!("1 Mirror url={url}"), &[]);
    }
    let slave = lint(&website("1 Mirror url=http://o/ slave=http://b.oss.test/"), &OWN);
    assert!(slave.iter().any(|finding| finding.to_string() == itself("MirrorURLSlave", "http://b.oss.test/")));
    let anywhere = lint(&website("1 Mirror url=http://c.oss.test/"), &OwnEndpoints { bucket: None, ..OWN });
    assert_eq!(anywhere.len(), 1);
}

#[test]
fn elements_without_effect_are_reported() {
    let nothing = |element: &str, reason: &str| format!("{element} has no effect: {reason}");
    let rule = |element: &str, reason: &str| format!("rule 1: {}", nothing(element, reason));
    check("index=i.html type=2", &[&nothing("Type", "SupportSubDir is not true")]);
    check("index= subdir; error=e", &[&nothing("SupportSubDir", "IndexDocument names no Suffix")]);
    check("error=:200; index=i", &[&nothing("HttpStatus", "ErrorDocument names no Key")]);
    check("index=i.html subdir type=2; error=e:200", &[]);
    let on_mirror = "the rule is of type Mirror";
    check(
        "1 Mirror url=http://o/ host=n.test status=302 proto=http",
        &[&rule("Protocol", on_mirror), &rule("HostName", on_mirror), &rule("HttpRedirectCode", on_mirror)],
    );
    check("1 Mirror url=http://o/ remove=cookie", &[&rule("Remove", "no headers are passed")]);
    let other = rule("MirrorURL", "the rule is not of type Mirror, so that no Mirror element has one");
    check("1 External host=n.test url=http://o/", &[&other]);
    check("1 External host=n.test headers nomquery follow", &[]);
    let internal = "the rule is of type Internal";
    check("1 Internal key=a query host=n.test", &[&rule("HostName", internal), &rule("PassQueryString", internal)]);
    check("1 External host=n.test cut", &[&rule("EnableReplacePrefix", "KeyPrefixEquals is not set")]);
    check("1 lua", &["rule 1: never applies because of LuaConfig, which is stored and not executed yet"]);
}
