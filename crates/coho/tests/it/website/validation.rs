//! Documents that PutBucketWebsite refuses, with OSS's own answer, and that change nothing.

use coho_testkit::http::Response;
use coho_testkit::oss::expect;

use super::site::{BUCKET, ELSEWHERE, Site, code, element, expect_redirect, mirror, prefix, rule};
use crate::fixture::{expect_error, website};

/// Largest document.
const MAX_BYTES: usize = 1 << 20;

const GOOD: &str = "<RedirectType>Mirror</RedirectType><MirrorURL>http://origin.example.com/</MirrorURL>";

fn to_origin(url: &str) -> String {
    format!("<RedirectType>Mirror</RedirectType><MirrorURL>{url}</MirrorURL>")
}

fn one(condition: &str, redirect: &str) -> String {
    website(&rule(1, condition, redirect))
}

fn document(content: &str) -> String {
    element("WebsiteConfiguration", content)
}

fn error_status(status: &str) -> String {
    document(&format!("<ErrorDocument><Key>e</Key><HttpStatus>{status}</HttpStatus></ErrorDocument>"))
}

fn numbered(number: &str) -> String {
    one("", GOOD).replace("<RuleNumber>1</RuleNumber>", number)
}

fn repeated(count: usize, part: &str) -> String {
    part.repeat(count)
}

/// A site with a rule that shows whether the configuration is still the same.
fn guarded() -> (Site, String) {
    let site = Site::start();
    site.rules(&rule(1, &prefix("canary"), ELSEWHERE));
    let shown = site.shown();
    (site, shown)
}

#[track_caller]
fn assert_unchanged(site: &Site, shown: &str, what: &str) {
    assert_eq!(site.shown(), shown, "after {what}");
    expect_redirect(301, "http://n.test/canary", &site.get("canary"));
}

/// Document, the element at fault, and its value.
fn check_all(rows: &[(String, &str, &str)]) {
    let (site, shown) = guarded();
    for (xml, name, value) in rows {
        let answer = site.put_document(xml);
        let summary = &xml[..xml.len().min(400)];
        assert_eq!(answer.status(), 400, "{summary}\n{answer:?}");
        let said = |element: &str| answer.error(element).unwrap_or_default();
        let told = (said("Code"), said("EC"), said("ArgumentName"), said("ArgumentValue"));
        let expected = ("InvalidArgument".into(), "0019-00000002".into(), (*name).to_owned(), (*value).to_owned());
        assert_eq!(told, expected, "{summary}\n{answer:?}");
        assert_eq!(answer.get("x-oss-ec"), Some("0019-00000002"));
        let message = format!("{name} is Invalid");
        assert!(said("Message") == message || said("Message").starts_with(&format!("{message}: ")), "{answer:?}");
        assert_unchanged(&site, &shown, summary);
    }
}

#[test]
fn the_sample_of_the_documentation_is_answered_word_by_word() {
    let (site, shown) = guarded();
    let answer = site.put_document(&error_status("test"));
    expect_error(400, "InvalidArgument", &answer);
    let (id, host) = (answer.get("x-oss-request-id").unwrap(), site.oss.address());
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InvalidArgument</Code><Message>HttpStatus is Invalid</Message>\
         <RequestId>{id}</RequestId><HostId>{host}</HostId><ArgumentName>HttpStatus</ArgumentName>\
         <ArgumentValue>test</ArgumentValue><EC>0019-00000002</EC></Error>"
    );
    assert_eq!(answer.text(), expected);
    assert_unchanged(&site, &shown, "a bad status");
}

#[test]
fn pages_and_the_frame_of_rules_are_checked() {
    let rules = |count: u32| (1..=count).map(|number| rule(number, "", GOOD)).collect::<String>();
    let index = |content: &str| document(&element("IndexDocument", content));
    check_all(&[
        (document(""), "WebsiteConfiguration", ""),
        ("<WebsiteConfiguration/>".into(), "WebsiteConfiguration", ""),
        (document("<IndexDocument><Suffix></Suffix></IndexDocument>"), "WebsiteConfiguration", ""),
        (
            document("<IndexDocument><Suffix/></IndexDocument><ErrorDocument><Key/></ErrorDocument><RoutingRules/>"),
            "WebsiteConfiguration",
            "",
        ),
        (error_status("500"), "HttpStatus", "500"),
        (error_status("302"), "HttpStatus", "302"),
        (error_status("-200"), "HttpStatus", "-200"),
        (error_status("70000"), "HttpStatus", "70000"),
        (document("<ErrorDocument><Key>/e</Key></ErrorDocument>"), "Key", "/e"),
        (index("<Suffix>a/b.html</Suffix>"), "Suffix", "a/b.html"),
        (index("<Suffix>/</Suffix>"), "Suffix", "/"),
        (index("<Suffix>i</Suffix><Type>3</Type>"), "Type", "3"),
        (index("<Suffix>i</Suffix><Type>x</Type>"), "Type", "x"),
        (index("<Suffix>i</Suffix><SupportSubDir>yes</SupportSubDir>"), "SupportSubDir", "yes"),
        (website(&rules(21)), "RoutingRules", "21"),
        (numbered(""), "RuleNumber", "0"),
        (numbered("<RuleNumber></RuleNumber>"), "RuleNumber", "0"),
        (numbered("<RuleNumber>0</RuleNumber>"), "RuleNumber", "0"),
        (numbered("<RuleNumber>-1</RuleNumber>"), "RuleNumber", "-1"),
        (numbered("<RuleNumber>1.5</RuleNumber>"), "RuleNumber", "1.5"),
        (numbered("<RuleNumber>99999999999</RuleNumber>"), "RuleNumber", "99999999999"),
        (website(&format!("{}{}", rule(7, "", GOOD), rule(7, "", ELSEWHERE))), "RuleNumber", "7"),
        (one("", GOOD).replace("<Condition></Condition>", ""), "Condition", ""),
        (website("<RoutingRule><RuleNumber>1</RuleNumber><Condition/></RoutingRule>"), "Redirect", ""),
    ]);
}

#[test]
fn conditions_are_checked() {
    let header = |content: &str| element("IncludeHeader", content);
    let eleven = repeated(11, &header("<Key>a</Key>"));
    check_all(&[
        (one(&code(403), GOOD), "HttpErrorCodeReturnedEquals", "403"),
        (one(&code(500), GOOD), "HttpErrorCodeReturnedEquals", "500"),
        (one(&code(200), ELSEWHERE), "HttpErrorCodeReturnedEquals", "200"),
        (one(&code(399), ELSEWHERE), "HttpErrorCodeReturnedEquals", "399"),
        (one(&code(600), ELSEWHERE), "HttpErrorCodeReturnedEquals", "600"),
        (
            one("<HttpErrorCodeReturnedEquals>x</HttpErrorCodeReturnedEquals>", ELSEWHERE),
            "HttpErrorCodeReturnedEquals",
            "x",
        ),
        (one(&eleven, ELSEWHERE), "IncludeHeader", "11"),
        (one(&header("<Equals>1</Equals>"), ELSEWHERE), "Key", ""),
        (one(&prefix("/a"), ELSEWHERE), "KeyPrefixEquals", "/a"),
    ]);
}

#[test]
fn redirects_are_checked() {
    let external = |elements: &str| one("", &format!("<RedirectType>External</RedirectType>{elements}"));
    let host = |name: &str| external(&element("HostName", name));
    check_all(&[
        (one("", ""), "RedirectType", ""),
        (one("", "<PassQueryString>true</PassQueryString>"), "RedirectType", ""),
        (one("", "<RedirectType>Teleport</RedirectType>"), "RedirectType", "Teleport"),
        (external(""), "Redirect", ""),
        (external("<PassQueryString>true</PassQueryString>"), "Redirect", ""),
        (external("<Protocol>ftp</Protocol>"), "Protocol", "ftp"),
        (external("<HttpRedirectCode>200</HttpRedirectCode>"), "HttpRedirectCode", "200"),
        (external("<HttpRedirectCode>304</HttpRedirectCode>"), "HttpRedirectCode", "304"),
        (external("<HttpRedirectCode>404</HttpRedirectCode>"), "HttpRedirectCode", "404"),
        (external("<HttpRedirectCode>x</HttpRedirectCode>"), "HttpRedirectCode", "x"),
        (host("a/b"), "HostName", "a/b"),
        (host("a@b"), "HostName", "a@b"),
        (host("http://a"), "HostName", "http://a"),
        (host("a:0"), "HostName", "a:0"),
        (host("a b"), "HostName", "a b"),
        (
            external("<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>"),
            "ReplaceKeyWith",
            "a",
        ),
        (
            external("<ReplaceKeyWith>a</ReplaceKeyWith><EnableReplacePrefix>true</EnableReplacePrefix>"),
            "ReplaceKeyWith",
            "a",
        ),
        (
            one("", &format!("{GOOD}<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>")),
            "ReplaceKeyWith",
            "a",
        ),
        (one("", &format!("{GOOD}<PassQueryString>1</PassQueryString>")), "PassQueryString", "1"),
    ]);
}

#[test]
fn origins_are_checked() {
    let with = |elements: &str| one("", &format!("{GOOD}{elements}"));
    let headers = |content: &str| with(&element("MirrorHeaders", content));
    let (long, longest) = ("v".repeat(1025), "n".repeat(1025));
    let url = |text: &str| one("", &to_origin(text));
    check_all(&[
        (one("", "<RedirectType>Mirror</RedirectType>"), "MirrorURL", ""),
        (one("", "<RedirectType>Mirror</RedirectType><MirrorURL/>"), "MirrorURL", ""),
        (url("origin.example.com/"), "MirrorURL", "origin.example.com/"),
        (url("ftp://origin.example.com/"), "MirrorURL", "ftp://origin.example.com/"),
        (url("http://origin.example.com"), "MirrorURL", "http://origin.example.com"),
        (url("http://origin.example.com/a"), "MirrorURL", "http://origin.example.com/a"),
        (url("http://origin.example.com/?a/"), "MirrorURL", "http://origin.example.com/?a/"),
        (url("http://origin.example.com/#/"), "MirrorURL", "http://origin.example.com/#/"),
        (url("http:///"), "MirrorURL", "http:///"),
        (url("http://u:hunter2@origin.example.com/"), "MirrorURL", "http://***@origin.example.com/"),
        (with("<MirrorURLSlave>slave.example.com/</MirrorURLSlave>"), "MirrorURLSlave", "slave.example.com/"),
        (with("<MirrorURLProbe>probe</MirrorURLProbe>"), "MirrorURLProbe", "probe"),
        (
            with("<TransparentMirrorResponseCodes>200,404</TransparentMirrorResponseCodes>"),
            "TransparentMirrorResponseCodes",
            "200,404",
        ),
        (with("<MirrorCheckMd5>maybe</MirrorCheckMd5>"), "MirrorCheckMd5", "maybe"),
        (headers(&repeated(11, "<Pass>a</Pass>")), "Pass", "11"),
        (headers(&repeated(11, "<Remove>a</Remove>")), "Remove", "11"),
        (headers(&repeated(11, "<Set><Key>a</Key><Value>b</Value></Set>")), "Set", "11"),
        (headers("<Pass>a_b</Pass>"), "Pass", "a_b"),
        (headers("<Set><Key>a b</Key><Value>c</Value></Set>"), "Key", "a b"),
        (headers("<Set><Key></Key><Value>c</Value></Set>"), "Key", ""),
        (headers(&format!("<Remove>{longest}</Remove>")), "Remove", &longest),
        (headers(&format!("<Set><Key>a</Key><Value>{long}</Value></Set>")), "Value", &long),
        (headers("<Set><Key>a</Key><Value>b&#13;&#10;c: d</Value></Set>"), "Value", "b&#13;\nc: d"),
    ]);
}

/// What this server may not connect to unless its operator says so.
#[test]
fn internal_addresses_are_refused_as_such() {
    let server = coho_testkit::Server::start(crate::fixture::options()).unwrap();
    let oss = coho_testkit::Oss::new(&server);
    oss.put_bucket(BUCKET, "private");
    let hosts = [
        "127.0.0.1",
        "localhost",
        "10.0.0.1:81",
        "172.16.1.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
    ];
    for host in hosts {
        let url = format!("http://{host}/");
        for (element, elements) in [
            ("MirrorURL", to_origin(&url)),
            ("MirrorURLSlave", format!("{GOOD}<MirrorURLSlave>{url}</MirrorURLSlave>")),
            ("MirrorURLProbe", format!("{GOOD}<MirrorURLProbe>{url}</MirrorURLProbe>")),
        ] {
            let answer = oss.put_website(BUCKET, &one("", &elements));
            expect_error(400, "InvalidArgument", &answer);
            let told = (answer.error("ArgumentName"), answer.error("ArgumentValue"));
            assert_eq!(told, (Some(element.to_owned()), Some(url.clone())), "{answer:?}");
            assert!(answer.error("Message").is_some_and(|message| message.contains("--origin-allow")), "{answer:?}");
        }
    }
    let website = oss.call(oss.request("GET", &format!("/{BUCKET}/?website")));
    expect_error(404, "NoSuchWebsiteConfiguration", &website);
    expect(200, &oss.put_website(BUCKET, &one("", &to_origin("http://8.8.8.8/"))));
}

#[test]
fn another_document_is_malformed() {
    let (site, shown) = guarded();
    let good = one("", GOOD);
    let entity = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    for xml in [
        String::new(),
        " ".to_owned(),
        "no XML at all".to_owned(),
        "{\"IndexDocument\": {}}".to_owned(),
        "<WebsiteConfiguration>".to_owned(),
        good.replace("</RoutingRules>", ""),
        "<Website/>".to_owned(),
        "<CreateBucketConfiguration/>".to_owned(),
        good.replace("WebsiteConfiguration", "websiteconfiguration"),
        format!("<a>{good}</a>"),
        format!("{good}<WebsiteConfiguration/>"),
        format!("{good}junk"),
        format!("junk{good}"),
        format!("<!DOCTYPE WebsiteConfiguration>{good}"),
        format!("{entity}{}", good.replace("origin.example.com", "&x;")),
        format!("{bomb}{}", good.replace("origin.example.com", "&b;")),
        good.replace("origin.example.com", "&x;"),
        good.replace("<Condition>", "<Condition><KeyPrefixEquals>a&#1;b</KeyPrefixEquals>"),
        good.replace(
            "<Condition>",
            "<Condition><KeyPrefixEquals>a</KeyPrefixEquals><KeyPrefixEquals>b</KeyPrefixEquals>",
        ),
        good.replace("</RoutingRules>", "</RoutingRules><RoutingRules/>"),
        format!("<WebsiteConfiguration>{deep}</WebsiteConfiguration>"),
    ] {
        let answer = site.put_document(&xml);
        let summary = &xml[..xml.len().min(200)];
        assert_eq!(answer.status(), 400, "{summary}\n{answer:?}");
        expect_error(400, "MalformedXML", &answer);
        assert!(!answer.text().contains("root:"), "{answer:?}");
        assert_unchanged(&site, &shown, summary);
    }
    let mut not_utf8 = good.into_bytes();
    not_utf8.splice(30..30, *b"<!--\xff-->");
    expect_error(400, "MalformedXML", &site.oss.call(site.oss.request("PUT", "/site/?website").body(not_utf8)));
    assert_unchanged(&site, &shown, "bytes that are not text");
}

fn with_length(length: usize) -> String {
    let xml = one("", GOOD);
    xml.replace("<RoutingRules>", &format!("{}<RoutingRules>", " ".repeat(length - xml.len())))
}

#[test]
fn a_document_of_a_megabyte_is_taken_and_no_larger_one() {
    let (site, shown) = guarded();
    let refused = |answer: &Response| {
        assert_eq!(answer.status(), 400, "{answer:?}");
        let code = answer.error("Code").unwrap_or_default();
        assert!(["EntityTooLarge", "MalformedXML"].contains(&code.as_str()), "{answer:?}");
    };
    refused(&site.put_document(&with_length(MAX_BYTES + 1)));
    let chunked = site.oss.request("PUT", &format!("/{BUCKET}/?website"));
    refused(&site.oss.call(chunked.chunked_body(with_length(MAX_BYTES + 1).as_bytes(), 65_536)));
    assert_unchanged(&site, &shown, "a document that is too large");
    expect(200, &site.put_document(&with_length(MAX_BYTES)));
}

#[test]
fn one_bad_rule_refuses_the_good_ones_beside_it() {
    let (site, shown) = guarded();
    let bad = rule(3, &code(403), &mirror("/old/", ""));
    for rules in [
        format!("{}{}{bad}", rule(1, "", &mirror("/old/", "")), rule(2, "", ELSEWHERE)),
        format!("{bad}{}", rule(1, "", &mirror("/old/", ""))),
    ] {
        expect_error(400, "InvalidArgument", &site.put_document(&website(&rules)));
        assert_unchanged(&site, &shown, "one bad rule");
    }
    expect_error(404, "NoSuchKey", &site.get("k"));
    assert_eq!(site.origin.requests().len(), 0);
}

#[test]
fn limits_are_reached_before_they_are_passed() {
    let site = Site::start();
    let header = element("IncludeHeader", "<Key>a</Key>");
    let set = "<Set><Key>a</Key><Value>b</Value></Set>";
    let rules: String = (1..=20)
        .map(|number| {
            let headers =
                format!("{}{}{}", "<Pass>a-1</Pass>".repeat(10), "<Remove>b</Remove>".repeat(10), set.repeat(10));
            let headers = element("MirrorHeaders", &headers);
            rule(number * 1000, &header.repeat(10), &mirror("/old/", &headers))
        })
        .collect();
    site.rules(&rules);
    assert_eq!(site.shown().matches("<RoutingRule>").count(), 20);
    for code_and_type in [(400, ELSEWHERE), (599, ELSEWHERE), (404, GOOD)] {
        site.document(&one(&code(code_and_type.0), code_and_type.1));
    }
}

#[test]
fn a_digest_is_checked_and_a_content_type_is_not_needed() {
    let (site, shown) = guarded();
    let put = |name: &str, value: &str| {
        let request = site.oss.request("PUT", &format!("/{BUCKET}/?website")).header(name, value);
        site.oss.call(request.body(one("", GOOD)))
    };
    for wrong in ["1B2M2Y8AsgTpgAmY7PhCfg==", "nonsense"] {
        expect_error(400, "InvalidDigest", &put("Content-MD5", wrong));
    }
    assert_unchanged(&site, &shown, "a wrong digest");
    for content_type in ["text/xml; charset=utf-8", "text/plain; charset=utf-8", "application/xml", "image/png"] {
        expect(200, &put("Content-Type", content_type));
    }
    let plain = site.put_document(&one("", GOOD));
    assert_eq!((plain.status(), plain.body.len()), (200, 0), "{plain:?}");
}

#[test]
fn only_the_owner_reads_and_writes_the_configuration() {
    let site = Site::with_acl("public-read-write");
    site.rules(&rule(1, &prefix("canary"), ELSEWHERE));
    let shown = site.shown();
    for method in ["GET", "PUT", "DELETE"] {
        let request = site.oss.request(method, &format!("/{BUCKET}/?website"));
        let request = if method == "PUT" { request.body(one("", GOOD)) } else { request };
        expect_error(403, "AccessDenied", &site.oss.anonymous(&request));
        let missing = site.oss.request(method, "/no-such-bucket/?website");
        let missing = if method == "PUT" { missing.body(one("", GOOD)) } else { missing };
        expect_error(404, "NoSuchBucket", &site.oss.call(missing));
    }
    assert_unchanged(&site, &shown, "strangers");
}
