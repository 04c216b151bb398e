//! The URL of an object at its origin, and its form in `x-oss-tag`.

use crate::{encode, query};
use coho_model::website::MirrorSettings;
use std::{
    borrow::Cow,
    fmt::{self, Write},
};

/// The URL of an object at its origin: the rule's `MirrorURL` followed by the encoded object name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OriginUrl(String);

impl OriginUrl {
    /// Builds the URL. `mirror_url` is stored verbatim, and encoded here where a request line needs it. Leading slashes of the
    /// name are dropped, since the base ends with one, unless they are to be kept (`MirrorPassOriginalSlashes`). Segments of dots are encoded, so that no intermediary resolves them; `None`
    /// if an origin that resolves them anyway would answer with something outside the rule's folder. The query is
    /// passed on as sent, without the parameters that sign it.
    pub fn new(mirror_url: &str, object_name: &str, keeps_slashes: bool, raw_query: &str) -> Option<Self> {
        let name = if keeps_slashes { object_name } else { object_name.trim_start_matches('/') };
        if climbs_out(name) {
            return None;
        }
        let mut url = encode::address(mirror_url).to_string();
        for (at, segment) in name.split('/').enumerate() {
            if at > 0 {
                url.push('/');
            }
            match segment {
                "." => url.push_str("%2E"),
                ".." => url.push_str("%2E%2E"),
                // Writing to a string cannot fail.
                segment => drop(write!(url, "{}", encode::path(segment))),
            }
        }
        query::append(&mut url, raw_query);
        Some(Self(url))
    }

    /// The URL as it is requested.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL without its query, for uses that must not reveal what clients sent.
    pub fn without_query(&self) -> &str {
        self.0.split_once('?').map_or(&self.0, |(url, _)| url)
    }

    /// The URL as `x-oss-tag` shows it after `MIRROR `: encoded once more, with lower-case hex, as in the documented
    /// sample. Without the query: every later reader sees the tag, and a client's query may be confidential.
    pub fn tag_value(&self) -> String {
        let shown = self.without_query();
        let mut out = String::with_capacity(shown.len() + 32);
        for byte in shown.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
                other => {
                    let _ = write!(out, "%{other:02x}");
                }
            }
        }
        out
    }
}

/// The URLs of an object, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq)]
pub struct OriginUrls {
    /// At the rule's `MirrorURL`.
    pub first: OriginUrl,
    /// At `MirrorMultiAlternates` and `MirrorURLSlave`.
    pub others: Vec<OriginUrl>,
}

impl OriginUrls {
    /// `leading_slashes` preceded the name in the client's request.
    pub(crate) fn new(
        base: &str,
        mirror: &MirrorSettings,
        name: &str,
        leading_slashes: usize,
        raw_query: &str,
    ) -> Option<Self> {
        let keeps_slashes = mirror.pass_original_slashes == Some(true);
        let name = match leading_slashes {
            0 => Cow::Borrowed(name),
            count => Cow::Owned("/".repeat(count) + name),
        };
        let at = |base: &str| OriginUrl::new(base, &name, keeps_slashes, raw_query);
        Some(Self { first: at(base)?, others: mirror.other_urls().filter_map(|base| at(&base)).collect() })
    }

    /// All URLs in order.
    pub fn iter(&self) -> impl Iterator<Item = &OriginUrl> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// Whether the name, interpreted as a path, leads above its starting point.
pub(crate) fn climbs_out(name: &str) -> bool {
    let mut depth = 0usize;
    for segment in name.split('/') {
        match segment {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

impl fmt::Display for OriginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OriginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, expected: Option<&str>) {
        let url = OriginUrl::new("http://o:81/old/", key, false, "");
        assert_eq!(url.as_ref().map(OriginUrl::as_str), expected, "{key:?}");
    }

    #[test]
    fn a_name_is_encoded_once_and_stays_below_the_rules_folder() {
        check("a/b.jpg", Some("http://o:81/old/a/b.jpg"));
        check("a b+c?d#e%20", Some("http://o:81/old/a%20b%2Bc%3Fd%23e%2520"));
        check("中~-_.", Some("http://o:81/old/%E4%B8%AD~-_."));
        check("a//b/...", Some("http://o:81/old/a//b/..."));
        check("//a", Some("http://o:81/old/a"));
        check("", Some("http://o:81/old/"));
        check("a\r\nHost: x", Some("http://o:81/old/a%0D%0AHost%3A%20x"));
        check("a/../b", Some("http://o:81/old/a/%2E%2E/b"));
        check("./a/.", Some("http://o:81/old/%2E/a/%2E"));
        for key in ["..", "../x", "/..", "a/../../b", "a//../..", "./.."] {
            check(key, None);
        }
    }

    #[test]
    fn the_address_of_the_rule_is_encoded_once() {
        let check = |base: &str, expected: &str| {
            assert_eq!(OriginUrl::new(base, "k", false, "").unwrap().as_str(), expected, "{base}");
        };
        check("http://o/旧站/", "http://o/%E6%97%A7%E7%AB%99/k");
        check("http://o/a\"b<c>/", "http://o/a%22b%3Cc%3E/k");
        check("http://o/a|b^c`d{e}/", "http://o/a%7Cb%5Ec%60d%7Be%7D/k");
        check("http://o/a%20b/~!$&'()*+,;=:@[]/", "http://o/a%20b/~!$&'()*+,;=:@[]/k");
        check("http://[::1]:80/x/", "http://[::1]:80/x/k");
    }

    #[test]
    fn slashes_and_the_query_are_passed_on_if_configured() {
        let url = |keeps, query| OriginUrl::new("http://o/", "//d/k", keeps, query).unwrap();
        assert_eq!(url(true, "").as_str(), "http://o///d/k");
        assert_eq!(url(false, "a=1&Signature=s&b").as_str(), "http://o/d/k?a=1&b");
        assert_eq!(url(false, "a=1").tag_value(), "http%3a%2f%2fo%2fd%2fk");
    }

    #[test]
    fn the_tag_matches_the_documented_sample() {
        let url = OriginUrl::new("http://www.example-domain.com/dir1/", "image/example_object.jpg", false, "").unwrap();
        assert_eq!(url.tag_value(), "http%3a%2f%2fwww.example-domain.com%2fdir1%2fimage%2fexample_object.jpg");
    }
}
