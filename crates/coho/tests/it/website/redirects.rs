//! External, AliCDN and Internal rules: status and location, byte for byte.

use coho_testkit::http::Response;
use coho_testkit::oss::encode;

use super::site::{
    Access, BUCKET, ELSEWHERE, EVERY_ACCESS, Site, code, element, expect_page, expect_redirect, external, prefix, rule,
};
use crate::fixture::{expect_error, website};

/// Condition, action, target below the bucket, and what comes of it; `{host}` is the server's address.
type Row = (&'static str, &'static str, &'static str, u16, &'static str);

const NONE: &str = "";
const ABC: &str = "<KeyPrefixEquals>abc/</KeyPrefixEquals>";
const HOST: &str = "<HostName>n.test</HostName>";
const QUERY: &str = "<HostName>n.test</HostName><PassQueryString>true</PassQueryString>";

const ROWS: &[Row] = &[
    // What a location is made of.
    (NONE, "<Protocol>https</Protocol><HostName>www.test.com</HostName>", "test", 301, "https://www.test.com/test"),
    (NONE, "<Protocol>http</Protocol><HostName>n.test</HostName>", "k", 301, "http://n.test/k"),
    (NONE, "<Protocol>HTTPS</Protocol><HostName>n.test</HostName>", "k", 301, "https://n.test/k"),
    (NONE, HOST, "k", 301, "http://n.test/k"),
    (NONE, "<HostName>n.test:8443</HostName>", "k", 301, "http://n.test:8443/k"),
    (NONE, "<Protocol>https</Protocol>", "k", 301, "https://{host}/site/k"),
    (NONE, "<HttpRedirectCode>302</HttpRedirectCode>", "a%20b", 302, "http://{host}/site/a%20b"),
    (NONE, "<HostName>n.test</HostName><HttpRedirectCode>301</HttpRedirectCode>", "k", 301, "http://n.test/k"),
    (NONE, "<HostName>n.test</HostName><HttpRedirectCode>302</HttpRedirectCode>", "k", 302, "http://n.test/k"),
    (NONE, "<HostName>n.test</HostName><HttpRedirectCode>303</HttpRedirectCode>", "k", 303, "http://n.test/k"),
    (NONE, "<HostName>n.test</HostName><HttpRedirectCode>305</HttpRedirectCode>", "k", 305, "http://n.test/k"),
    (NONE, "<HostName>n.test</HostName><HttpRedirectCode>307</HttpRedirectCode>", "k", 307, "http://n.test/k"),
    (NONE, "<HostName>n.test</HostName><HttpRedirectCode>308</HttpRedirectCode>", "k", 308, "http://n.test/k"),
    // What becomes of the key.
    (
        ABC,
        "<HostName>n.test</HostName><ReplaceKeyPrefixWith>def/</ReplaceKeyPrefixWith>",
        "abc/t.txt",
        301,
        "http://n.test/def/t.txt",
    ),
    (
        ABC,
        "<HostName>n.test</HostName><ReplaceKeyPrefixWith>def/</ReplaceKeyPrefixWith><EnableReplacePrefix>true</EnableReplacePrefix>",
        "abc/t.txt",
        301,
        "http://n.test/def/t.txt",
    ),
    (
        ABC,
        "<HostName>n.test</HostName><EnableReplacePrefix>true</EnableReplacePrefix>",
        "abc/t.txt",
        301,
        "http://n.test/t.txt",
    ),
    (
        ABC,
        "<HostName>n.test</HostName><EnableReplacePrefix>True</EnableReplacePrefix><ReplaceKeyPrefixWith/>",
        "abc/abc/t",
        301,
        "http://n.test/abc/t",
    ),
    (
        ABC,
        "<HostName>n.test</HostName><EnableReplacePrefix>false</EnableReplacePrefix>",
        "abc/t.txt",
        301,
        "http://n.test/abc/t.txt",
    ),
    (ABC, "<HostName>n.test</HostName><EnableReplacePrefix>true</EnableReplacePrefix>", "abc/", 301, "http://n.test/"),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyPrefixWith>old/</ReplaceKeyPrefixWith>",
        "a/k",
        301,
        "http://n.test/old/a/k",
    ),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyPrefixWith>a b?/</ReplaceKeyPrefixWith>",
        "k",
        301,
        "http://n.test/a%20b%3F/k",
    ),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyWith>prefix/${key}.suffix</ReplaceKeyWith>",
        "test",
        301,
        "http://n.test/prefix/test.suffix",
    ),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyWith>page.html</ReplaceKeyWith>",
        "test",
        301,
        "http://n.test/page.html",
    ),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyWith>${key}/${key}</ReplaceKeyWith>",
        "a%20b",
        301,
        "http://n.test/a%20b/a%20b",
    ),
    (
        ABC,
        "<HostName>n.test</HostName><ReplaceKeyWith>x/${key}</ReplaceKeyWith>",
        "abc/t",
        301,
        "http://n.test/x/abc/t",
    ),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyWith>${uri}-${Key}</ReplaceKeyWith>",
        "t",
        301,
        "http://n.test/%24%7Buri%7D-%24%7BKey%7D",
    ),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyWith>x/${key}</ReplaceKeyWith>",
        "$%7Bkey%7D",
        301,
        "http://n.test/x/%24%7Bkey%7D",
    ),
    (NONE, "<HostName>n.test</HostName><ReplaceKeyWith>a%20b</ReplaceKeyWith>", "t", 301, "http://n.test/a%2520b"),
    (
        NONE,
        "<HostName>n.test</HostName><ReplaceKeyWith>a&#13;&#10;Set-Cookie: b</ReplaceKeyWith>",
        "t",
        301,
        "http://n.test/a%0D%0ASet-Cookie%3A%20b",
    ),
    // The query.
    (NONE, HOST, "k?a=1", 301, "http://n.test/k"),
    (NONE, "<HostName>n.test</HostName><PassQueryString>false</PassQueryString>", "k?a=1", 301, "http://n.test/k"),
    (NONE, QUERY, "k?a=1&b=%2F&c", 301, "http://n.test/k?a=1&b=%2F&c"),
    (NONE, QUERY, "k", 301, "http://n.test/k"),
    (NONE, QUERY, "k?", 301, "http://n.test/k"),
    (NONE, QUERY, "k?q=a+b%20c%0D%0Ad&e=%E4%BD%A0", 301, "http://n.test/k?q=a+b%20c%0D%0Ad&e=%E4%BD%A0"),
    (NONE, QUERY, "k?q=https://o.test/?a=b", 301, "http://n.test/k?q=https://o.test/?a=b"),
    // Keys are encoded exactly once, whatever they hold and however the client spelled them.
    (NONE, HOST, "a%20b", 301, "http://n.test/a%20b"),
    (NONE, HOST, "a+b", 301, "http://n.test/a%2Bb"),
    (NONE, HOST, "a%2Bb", 301, "http://n.test/a%2Bb"),
    (NONE, HOST, "100%25", 301, "http://n.test/100%25"),
    (NONE, HOST, "a%2520b", 301, "http://n.test/a%2520b"),
    (NONE, HOST, "a%3Fb%23c", 301, "http://n.test/a%3Fb%23c"),
    (NONE, HOST, "%E4%BD%A0/%C3%BC.txt", 301, "http://n.test/%E4%BD%A0/%C3%BC.txt"),
    (NONE, HOST, "%e4%bd%a0", 301, "http://n.test/%E4%BD%A0"),
    (NONE, HOST, "%41%2D%2E%5F%7E", 301, "http://n.test/A-._~"),
    (NONE, HOST, "a%2Fb", 301, "http://n.test/a/b"),
    (NONE, HOST, "a//b/", 301, "http://n.test/a//b/"),
    (NONE, HOST, "a&b=c;d,e:f!g'(h)*", 301, "http://n.test/a%26b%3Dc%3Bd%2Ce%3Af%21g%27%28h%29%2A"),
    (NONE, HOST, "@evil.test/", 301, "http://n.test/%40evil.test/"),
    (NONE, HOST, "a%0D%0ASet-Cookie:%20x=1", 301, "http://n.test/a%0D%0ASet-Cookie%3A%20x%3D1"),
    (NONE, HOST, "a%0d%0a%0d%0ahello", 301, "http://n.test/a%0D%0A%0D%0Ahello"),
    (NONE, HOST, "a%00%7Fb", 301, "http://n.test/a%00%7Fb"),
    (NONE, HOST, "a/../b", 301, "http://n.test/a/../b"),
    (NONE, "<Protocol>https</Protocol>", "a%0D%0Ab", 301, "https://{host}/site/a%0D%0Ab"),
];

/// Texts as XML has them, as an object's name, and as an address has them.
const ODD: [(&str, &str, &str); 3] = [
    ("\u{65e7}\u{7ad9}", "\u{65e7}\u{7ad9}", "%E6%97%A7%E7%AB%99"),
    ("a|b^c", "a|b^c", "a%7Cb%5Ec"),
    ("\"&lt;a&gt;\"", "\"<a>\"", "%22%3Ca%3E%22"),
];

#[test]
fn names_that_need_encoding_work_wherever_a_document_has_names() {
    for (written, name, asked) in ODD {
        let site = Site::start();
        let host = element("HostName", "n.test");
        let internal = format!("<RedirectType>Internal</RedirectType><ReplaceKeyWith>{written}</ReplaceKeyWith>");
        let rules = [
            rule(1, &prefix("whole"), &external(&(host.clone() + &element("ReplaceKeyWith", written)))),
            rule(2, &prefix(&format!("{written}/")), &external(&(host + &element("ReplaceKeyPrefixWith", written)))),
            rule(3, &prefix("inside"), &internal),
        ];
        site.document(&format!(
            "<WebsiteConfiguration><IndexDocument><Suffix>{written}</Suffix></IndexDocument>\
             <ErrorDocument><Key>e/{written}</Key></ErrorDocument><RoutingRules>{}</RoutingRules></WebsiteConfiguration>",
            rules.concat()
        ));
        site.page(name, "page");
        site.page(&format!("e/{name}"), "error page");
        expect_redirect(301, &format!("http://n.test/{asked}"), &site.get("whole"));
        expect_redirect(301, &format!("http://n.test/{asked}k"), &site.get(&format!("{asked}/k")));
        expect_page(200, "page", &site.get("inside"));
        expect_page(200, "page", &site.get(""));
        expect_page(404, "error page", &site.get("none"));
        // A host cannot be written so.
        let refused =
            site.put_document(&website(&rule(1, "", &external(&element("HostName", &format!("{written}.test"))))));
        expect_error(400, "InvalidArgument", &refused);
        assert_eq!(refused.error("ArgumentName").as_deref(), Some("HostName"), "{refused:?}");
    }
}

#[test]
fn every_element_has_its_place_in_the_location_and_keys_are_encoded_once() {
    let site = Site::start();
    for (condition, redirect, target, status, location) in ROWS {
        site.rules(&rule(1, condition, &external(redirect)));
        let location = location.replace("{host}", &site.oss.address().to_string());
        expect_redirect(*status, &location, &site.get(target));
        expect_redirect(*status, &location, &site.head(target));
    }
}

#[test]
fn ali_cdn_is_as_external() {
    let site = Site::start();
    for (elements, status) in [
        ("<HostName>cdn.test</HostName>", 301),
        ("<HostName>cdn.test</HostName><HttpRedirectCode>305</HttpRedirectCode>", 305),
    ] {
        site.rules(&rule(1, "", &format!("<RedirectType>AliCDN</RedirectType><Protocol>https</Protocol>{elements}")));
        for access in EVERY_ACCESS {
            expect_redirect(status, "https://cdn.test/a%20b", &site.get_as(access, "a%20b"));
        }
    }
}

/// Elements about an origin mean nothing on such a rule, and SDKs send them.
#[test]
fn elements_of_mirror_rules_do_not_disturb_a_redirect() {
    let site = Site::start();
    let shells = "<MirrorHeaders></MirrorHeaders><MirrorURL>nonsense</MirrorURL><MirrorCheckMd5>true</MirrorCheckMd5>\
                  <MirrorPassQueryString>true</MirrorPassQueryString>";
    site.rules(&rule(1, "", &format!("{ELSEWHERE}{shells}")));
    expect_redirect(301, "http://n.test/k", &site.get("k?a=1"));
    assert_eq!(site.origin.requests().len(), 0);
}

fn get_from_host(site: &Site, host: &str, target: &str) -> Response {
    let mut request = site.oss.request("GET", target);
    request.headers[0].1 = host.to_owned();
    site.oss.anonymous(&request)
}

#[test]
fn a_location_without_a_host_of_its_own_is_in_the_style_of_the_request() {
    let site = Site::start();
    site.rules(&rule(1, "", &external("<Protocol>https</Protocol><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith>")));
    for (host, target, location) in [
        ("oss.localhost:81", "/site/a%20b", "https://oss.localhost:81/site/new/a%20b"),
        ("site.oss.localhost:81", "/a%20b", "https://site.oss.localhost:81/new/a%20b"),
        ("site.oss.localhost", "/a%20b", "https://site.oss.localhost/new/a%20b"),
        ("site.oss-cn-hangzhou.aliyuncs.com", "/a", "https://site.oss-cn-hangzhou.aliyuncs.com/new/a"),
        ("[::1]:9000", "/site/a", "https://[::1]:9000/site/new/a"),
    ] {
        expect_redirect(301, location, &get_from_host(&site, host, target));
    }
    site.rules(&rule(1, "", ELSEWHERE));
    expect_redirect(301, "http://n.test/a", &get_from_host(&site, "site.oss.localhost:81", "/a"));
}

#[test]
fn the_host_of_a_request_does_not_get_into_the_location() {
    let site = Site::start();
    site.rules(&rule(1, "", &external("<Protocol>https</Protocol>")));
    for host in ["evil.test/x", "a@evil.test", "evil.test?x", "a\tb", "\"evil.test\""] {
        let answer = get_from_host(&site, host, "/site/k");
        assert!((400..500).contains(&answer.status()), "{host}: {answer:?}");
        assert_eq!(answer.get("location"), None, "{host}: {answer:?}");
    }
}

#[test]
fn what_signs_a_url_does_not_reach_the_other_side() {
    let site = Site::start();
    site.rules(&rule(1, "", &external(QUERY)));
    expect_redirect(301, "http://n.test/k?a=1", &site.get_as(Access::Presigned, "k?a=1"));
    expect_redirect(301, "http://n.test/k", &site.get_as(Access::Presigned, "k"));
    let temporary = site.get("k?security-token=t&b=2");
    assert!(!temporary.get("location").unwrap_or_default().contains("security-token"), "{temporary:?}");
}

#[test]
fn the_first_rule_by_number_decides_and_conditions_are_anded() {
    let site = Site::start();
    let to = |host: &str| external(&element("HostName", host));
    let suffix = element("KeySuffixEquals", ".png");
    site.rules(&format!(
        "{}{}{}{}",
        rule(40, "", &to("last.test")),
        rule(7, &format!("{}{suffix}", prefix("img/")), &to("both.test")),
        rule(20, &suffix, &to("suffix.test")),
        rule(10, &prefix("img/"), &to("prefix.test")),
    ));
    site.oss.put(BUCKET, "img/there.png", b"there");
    for (key, host) in [
        ("img/there.png", "both"),
        ("img/a.png", "both"),
        ("img/a.jpg", "prefix"),
        ("doc/a.png", "suffix"),
        ("doc/a.jpg", "last"),
        ("IMG/a.PNG", "last"),
    ] {
        expect_redirect(301, &format!("http://{host}.test/{key}"), &site.get(key));
    }
}

#[test]
fn a_403_is_a_preset_page_for_a_denied_reader() {
    let site = Site::with_acl("private");
    let login = "<HostName>login.test</HostName><HttpRedirectCode>302</HttpRedirectCode>\
                 <ReplaceKeyWith>login/${key}</ReplaceKeyWith>";
    site.rules(&format!(
        "{}{}{}",
        rule(1, "", ELSEWHERE).replace("<Condition>", "<Condition><KeySuffixEquals>.any</KeySuffixEquals>"),
        rule(2, &code(404), ELSEWHERE),
        rule(3, &code(403), &external(login)),
    ));
    site.oss.put(BUCKET, "there", b"there");
    // A stranger does not learn whether the object exists; a rule without a code applies to permitted readers.
    for key in ["there", "missing", "x.any"] {
        let location = format!("http://login.test/login/{key}");
        expect_redirect(302, &location, &site.get(key));
        expect_redirect(302, &location, &site.head(key));
    }
    for access in [Access::Presigned, Access::Signed] {
        assert_eq!(site.get_as(access, "there").body, b"there", "{access:?}");
        expect_redirect(301, "http://n.test/missing", &site.get_as(access, "missing"));
        expect_redirect(301, "http://n.test/x.any", &site.get_as(access, "x.any"));
    }
    // The listing of the root is refused as well.
    expect_redirect(302, "http://login.test/login/", &site.get(""));
    site.rules(&rule(2, &code(404), ELSEWHERE));
    expect_error(403, "AccessDenied", &site.get("there"));
    expect_error(403, "AccessDenied", &site.get("missing"));
}

#[test]
fn an_internal_rule_serves_another_key_of_the_bucket() {
    let site = Site::start();
    let internal = |elements: &str| format!("<RedirectType>Internal</RedirectType>{elements}");
    site.rules(&format!(
        "{}{}",
        rule(1, &prefix("v1/"), &internal("<ReplaceKeyPrefixWith>v2/</ReplaceKeyPrefixWith>")),
        rule(2, &format!("{}{}", prefix("app/"), code(404)), &internal("<ReplaceKeyWith>app.html</ReplaceKeyWith>")),
    ));
    site.page("v2/a b", "second");
    site.page("v1/a b", "first");
    site.page("app.html", "app");
    site.page("app/there", "there");
    for (target, body) in [("v1/a%20b", "second"), ("app/route", "app"), ("app/there", "there"), ("v2/a%20b", "second")]
    {
        for access in EVERY_ACCESS {
            expect_page(200, body, &site.get_as(access, target));
        }
        let head = site.head(target);
        assert_eq!(head.get("content-length"), Some(body.len().to_string().as_str()), "{head:?}");
    }
    expect_error(404, "NoSuchKey", &site.get("v1/only-in-v1"));
    site.oss.put(BUCKET, "v1/only-in-v1", b"x");
    expect_error(404, "NoSuchKey", &site.get("v1/only-in-v1"));
    // Ranges and conditions are about what is served.
    let ranged = site.oss.anonymous(&site.request("GET", "v1/a%20b").header("Range", "bytes=1-3"));
    assert_eq!((ranged.status(), ranged.text().as_str()), (206, "eco"), "{ranged:?}");
}

#[test]
fn writes_sub_resources_and_other_buckets_are_no_matter_of_rules() {
    let site = Site::start();
    site.rules(&rule(1, "", ELSEWHERE));
    site.oss.put(BUCKET, "k", b"v");
    for (method, target, status) in [
        ("GET", "k?acl", 200),
        ("GET", "k?objectMeta", 200),
        ("HEAD", "k?objectMeta", 200),
        ("GET", "missing?acl", 404),
        ("GET", "missing?objectMeta", 404),
        ("GET", "", 200),
        ("GET", "?list-type=2", 200),
        ("GET", "?website", 200),
        ("DELETE", "missing", 204),
    ] {
        let answer = site.oss.call(site.request(method, target));
        assert_eq!((answer.status(), answer.get("location")), (status, None), "{method} {target}: {answer:?}");
    }
    site.oss.put_bucket("other", "public-read");
    expect_error(404, "NoSuchKey", &site.oss.get_anonymous("other", "k"));
    let copy = site.oss.request("PUT", "/other/copy").header("x-oss-copy-source", &format!("/{BUCKET}/k")).body("");
    let copy = site.oss.call(copy);
    assert_eq!(copy.status(), 200, "{copy:?}");
}

#[test]
fn the_longest_key_has_a_location() {
    let site = Site::start();
    site.rules(&rule(1, "", ELSEWHERE));
    let key = "\u{4f60}".repeat(341);
    let encoded = encode(&key, b"");
    expect_redirect(301, &format!("http://n.test/{encoded}"), &site.get(&encoded));
}
