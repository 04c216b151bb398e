//! The headers of an explanation are those that the origin gets, whatever the rule and the request ask for.

use coho_testkit::Script;
use coho_testkit::oss::{encode, expect};
use serde_json::Value;

use super::explain::explain;
use super::site::{BUCKET, Site, element, mirror, rule};

/// What the explanation shows instead of a credential.
const MASKED: &str = "******";
/// Credentials of the rules, which no explanation shows.
const SECRETS: [&str; 4] = ["hunter2", "set-secret", "cookie-secret", "token-secret"];

/// One fetch: elements of the rule, headers and query of the request.
struct Case {
    elements: String,
    headers: &'static [(&'static str, &'static str)],
    query: &'static str,
}

fn headers(elements: &str) -> String {
    element("MirrorHeaders", elements)
}

fn set(name: &str, value: &str) -> String {
    format!("<Set><Key>{name}</Key><Value>{value}</Value></Set>")
}

fn cases() -> Vec<Case> {
    const PLAIN: &[(&str, &str)] = &[("X-A", "1"), ("X-B", "2"), ("X-A", "3"), ("Accept-Language", "de")];
    let pass_all = || headers("<PassAll>true</PassAll>");
    let signed = |kind: &str| {
        format!(
            "<MirrorAuth><AuthType>{kind}</AuthType><Region>cn-hangzhou</Region><AccessKeyId>i</AccessKeyId>\
             <AccessKeySecret>hunter2</AccessKeySecret></MirrorAuth>"
        )
    };
    let case = |elements: String, headers, query| Case { elements, headers, query };
    vec![
        case(String::new(), PLAIN, ""),
        case(pass_all(), PLAIN, ""),
        case(headers("<Pass>x-a</Pass><Pass>absent</Pass>"), PLAIN, ""),
        case(headers("<PassAll>true</PassAll><Remove>X-A</Remove>"), PLAIN, ""),
        case(headers(&format!("<PassAll>true</PassAll>{}{}", set("x-a", "9"), set("Host", "virtual.test"))), PLAIN, ""),
        case(headers(&set("Accept-Encoding", "gzip")), &[("Accept-Encoding", "br")], ""),
        case(
            headers(&format!(
                "{}{}{}",
                set("Authorization", "set-secret"),
                set("Cookie", "cookie-secret"),
                set("X-Amz-Security-Token", "token-secret")
            )),
            PLAIN,
            "",
        ),
        case(element("PassQueryString", "true") + &pass_all(), PLAIN, "a=1&b=%2F"),
        case(pass_all(), &[("Range", "bytes=1-2"), ("X-A", "1")], ""),
        case(pass_all(), &[("If-None-Match", "\"x\""), ("If-Unmodified-Since", "Mon, 02 Jan 2106 15:04:05 GMT")], ""),
        case(pass_all(), &[("x-oss-request-payer", "requester"), ("Date", "Mon, 02 Jan 2006 15:04:05 GMT")], ""),
        case(pass_all(), &[("Connection", "X-B"), ("X-B", "2"), ("User-Agent", "browser"), ("Cookie", "c=1")], ""),
        case(pass_all(), &[("x-coho-mirror-hop", "other"), ("X-A", "1")], ""),
        case(signed("S3V4") + &pass_all(), PLAIN, ""),
        case(signed("OSS4") + &headers(&set("Host", "b.oss.test")), PLAIN, ""),
    ]
}

/// The headers in one order and one case. Credentials are masked, and times of signatures left out.
fn comparable(headers: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers
        .map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let value = match name.as_str() {
                "authorization" | "cookie" | "x-amz-security-token" => MASKED.to_owned(),
                "x-amz-date" | "x-oss-date" => "time".to_owned(),
                _ => value,
            };
            (name, value)
        })
        .collect();
    headers.sort();
    headers
}

#[test]
fn the_origin_gets_the_headers_that_the_explanation_shows() {
    let site = Site::start();
    for (number, case) in cases().into_iter().enumerate() {
        let key = format!("k{number}");
        let path = format!("/o/{key}");
        site.rules(&rule(1, "", &mirror("/o/", &case.elements)));
        site.origin.route(&path, Script::ok("body"));
        let asked =
            case.headers.iter().map(|(name, value)| format!("&header={}", encode(&format!("{name}:{value}"), b"")));
        let more = format!("&query={}&probe=1{}", encode(case.query, b""), asked.collect::<String>());
        let explanation = explain(&site, &key, &more);
        let text = explanation.to_string();
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
        let shown = explanation["decision"]["headers"].as_array().unwrap().iter();
        let shown = comparable(shown.map(|pair| (string(&pair["name"]), string(&pair["value"]))));

        let target = if case.query.is_empty() { key.clone() } else { format!("{key}?{}", case.query) };
        let request = case.headers.iter().fold(site.request("GET", &target), |request, (n, v)| request.header(n, v));
        let answer = site.oss.anonymous(&request);
        assert!(answer.status() < 300, "{number}: {answer:?}");
        let requests = site.origin.requests();
        let sent: Vec<_> = requests.iter().filter(|request| request.path() == path).collect();
        let methods: Vec<_> = sent.iter().map(|request| request.method.as_str()).collect();
        assert_eq!(methods, ["HEAD", "GET"], "{number}: the probe and the fetch");
        for request in sent {
            assert_eq!(comparable(request.headers.iter().cloned()), shown, "{number}: {} {text}", request.method);
            let url = string(&explanation["decision"]["url"]);
            assert_eq!(url, site.origin.url(&request.target), "{number}");
        }
        site.server.wait_until_idle();
        expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/{key}"))));
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
