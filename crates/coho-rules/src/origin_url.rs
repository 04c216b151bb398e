//! The URL of an object at its origin, and its form in `x-oss-tag`.

use crate::encode;
use std::fmt::{self, Write};

/// Where an object is at its origin: the rule's `MirrorURL` followed by the encoded object name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OriginUrl(String);

impl OriginUrl {
    /// Puts it together. Slashes at the beginning of the name are dropped, since the base ends in one. `None` if the
    /// name has `.` or `..` as a segment: an origin that resolves those would answer with something from outside the
    /// rule's folder.
    pub fn new(mirror_url: &str, object_name: &str) -> Option<Self> {
        let name = object_name.trim_start_matches('/');
        if has_dot_segment(name) {
            return None;
        }
        Some(Self(format!("{mirror_url}{}", encode::path(name))))
    }

    /// The URL as it is asked for.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL as `x-oss-tag` shows it behind `MIRROR `: encoded once more, with lower-case hex, as in the
    /// documented sample.
    pub fn tag_value(&self) -> String {
        let mut out = String::with_capacity(self.0.len() + 32);
        for byte in self.0.bytes() {
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

/// Whether a segment of the name means another place in a path.
pub(crate) fn has_dot_segment(name: &str) -> bool {
    name.split('/').any(|segment| matches!(segment, "." | ".."))
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
        assert_eq!(OriginUrl::new("http://o:81/old/", key).as_ref().map(OriginUrl::as_str), expected, "{key:?}");
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
        for key in ["..", "../x", "a/../b", "a/.", "./a", "/.."] {
            check(key, None);
        }
    }

    #[test]
    fn the_tag_is_that_of_the_documented_sample() {
        let url = OriginUrl::new("http://www.example-domain.com/dir1/", "image/example_object.jpg").unwrap();
        assert_eq!(url.tag_value(), "http%3a%2f%2fwww.example-domain.com%2fdir1%2fimage%2fexample_object.jpg");
    }
}
