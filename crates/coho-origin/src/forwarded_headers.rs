//! Which headers of a client's request an origin gets.

use crate::hops::HOP_HEADER;
use coho_model::website::MirrorHeaders;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Request headers that never reach an origin, whatever a rule says: OSS's list, then hop-by-hop headers, headers that describe
/// a body, and conditions, since a fetch serves more clients than one.
const FORBIDDEN: [HeaderName; 21] = [
    header::CONTENT_LENGTH,
    header::AUTHORIZATION,
    HeaderName::from_static("authorization2"),
    header::RANGE,
    header::DATE,
    header::HOST,
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::ACCEPT_ENCODING,
    // Name of `x-oss-security-token` in some SDKs.
    HeaderName::from_static("security-token"),
];
/// The client's signature headers of the S3 dialect; a rule may set its own.
const FORBIDDEN_OF_S3: [HeaderName; 3] = [
    HeaderName::from_static("x-amz-security-token"),
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-content-sha256"),
];
/// How the names of the session cookies of consoles begin. A browser sends them to every port of a host, and so also to the API
/// beside a console; no origin gets them.
pub const CONSOLE_COOKIE_PREFIX: &str = "coho_session";

const FORBIDDEN_DATES: [HeaderName; 2] = [header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE];
/// Headers that sign a request, and headers of OSS.
const FORBIDDEN_PREFIXES: [&str; 3] = ["oss-", "x-oss-", "x-drs-"];

/// The headers of an origin request by `MirrorHeaders`: `Set` wins over `Remove`, which wins over `Pass` and `PassAll`.
pub(crate) fn forwarded_headers(rule: &MirrorHeaders, client: &HeaderMap) -> HeaderMap {
    let listed = |names: &[String], name: &HeaderName| names.iter().any(|n| n.eq_ignore_ascii_case(name.as_str()));
    // Headers that `Connection` names are hop-by-hop (RFC 9110, 7.6.1).
    let hops = client.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<String> = hops.flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()).collect();
    let mut passed = HeaderMap::new();
    for (name, value) in client {
        let wanted = rule.effective_pass_all() || listed(&rule.pass, name);
        let barred = is_forbidden(name) || FORBIDDEN_OF_S3.contains(name);
        if wanted && !listed(&rule.remove, name) && !barred && !listed(&hops, name) {
            let value = if name == header::COOKIE { without_session(value) } else { Some(value.clone()) };
            if let Some(value) = value {
                passed.append(name.clone(), value);
            }
        }
    }
    for set in &rule.set {
        let (name, value) = (set.key.parse::<HeaderName>(), HeaderValue::from_bytes(set.value.as_bytes()));
        if let (Ok(name), Ok(value)) = (name, value) {
            // A rule may set the origin's host and credentials, but not the framing of the message.
            let allowed = name == header::HOST || name == header::AUTHORIZATION || !is_forbidden(&name);
            if allowed {
                passed.insert(name, value);
            }
        }
    }
    passed
}

/// A line of cookies without those of consoles; none if nothing is left.
fn without_session(line: &HeaderValue) -> Option<HeaderValue> {
    let is_session = |pair: &[u8]| pair.trim_ascii_start().starts_with(CONSOLE_COOKIE_PREFIX.as_bytes());
    let pairs = || line.as_bytes().split(|&byte| byte == b';');
    if !pairs().any(is_session) {
        return Some(line.clone());
    }
    let kept: Vec<_> = pairs().filter(|pair| !is_session(pair)).collect();
    let kept = kept.join(&b';');
    HeaderValue::from_bytes(kept.trim_ascii()).ok().filter(|line| !line.is_empty())
}

fn is_forbidden(name: &HeaderName) -> bool {
    FORBIDDEN.contains(name)
        || FORBIDDEN_DATES.contains(name)
        || name == HOP_HEADER
        || FORBIDDEN_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::website::KeyValue;

    #[test]
    fn set_wins_over_remove_and_remove_over_pass() {
        let client: HeaderMap = [
            ("aaa", "1"),
            ("bbb", "2"),
            ("ccc", "3"),
            ("authorization", "OSS x:y"),
            ("x-oss-security-token", "t"),
            ("security-token", "t"),
            ("x-amz-security-token", "t"),
            ("x-amz-date", "d"),
            ("range", "bytes=0-1"),
            ("x-coho-mirror-hop", "h"),
            ("connection", "keep-alive, DDD"),
            ("ddd", "4"),
        ]
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let check =
            |pass_all: bool, pass: &[&str], remove: &[&str], set: &[(&str, &str)], expected: &[(&str, &str)]| {
                let set =
                    set.iter().map(|&(key, value)| KeyValue { key: key.into(), value: value.into(), unknown: vec![] });
                let rule = MirrorHeaders {
                    pass_all: Some(pass_all),
                    pass: names(pass),
                    remove: names(remove),
                    set: set.collect(),
                    unknown: Vec::new(),
                };
                let passed = forwarded_headers(&rule, &client);
                let mut have: Vec<_> =
                    passed.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
                have.sort_unstable();
                assert_eq!(have, expected);
            };
        check(false, &[], &[], &[], &[]);
        check(false, &["AAA", "absent", "Authorization", "Range", "ddd"], &[], &[], &[("aaa", "1")]);
        check(true, &[], &["bbb"], &[], &[("aaa", "1"), ("ccc", "3")]);
        check(true, &[], &["ccc"], &[("ccc", "ccc")], &[("aaa", "1"), ("bbb", "2"), ("ccc", "ccc")]);
        check(false, &[], &[], &[("Host", "h"), ("Transfer-Encoding", "chunked"), ("x-oss-a", "1")], &[("host", "h")]);
    }

    #[test]
    fn the_cookie_of_no_console_reaches_an_origin() {
        for (line, expected) in [
            ("a=1; b=2", Some("a=1; b=2")),
            ("coho_session_9020=s", None),
            ("\tcoho_session_9020 =s;coho_session_9021=s", None),
            ("a=1; coho_session_9020=s; b=2", Some("a=1; b=2")),
            ("coho_session=s;b=coho_session", Some("b=coho_session")),
            ("a=1; coho_session", Some("a=1")),
            ("", Some("")),
        ] {
            let rest = without_session(&HeaderValue::from_static(line));
            assert_eq!(rest.as_ref().map(|rest| rest.to_str().unwrap()), expected, "{line:?}");
        }
    }
}
