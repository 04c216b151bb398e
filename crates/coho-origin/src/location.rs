//! Resolution of the `Location` of an origin's redirect (RFC 3986, section 5; encoding as in the URL standard).
//!
//! Only a `Location` passes through the `url` crate. The URL that a rule makes of an object's key does not: the crate
//! would collapse the dot segments of a key.

use http::Uri;
use percent_encoding::{CONTROLS, percent_encode};
use url::Url;

/// The URL that `location` refers to, relative to the URL that was requested; `None` if it is not an http URL that can be
/// requested.
///
/// Refused besides: user information, a backslash before the query (browsers and other clients disagree about it),
/// an empty host, and control characters.
pub(crate) fn resolve(base: &Uri, location: &[u8]) -> Option<Uri> {
    if location.iter().any(u8::is_ascii_control) {
        return None;
    }
    let location: String = match std::str::from_utf8(location) {
        Ok(text) => text.to_owned(),
        // Another encoding: what is not ASCII is encoded byte by byte.
        Err(_) => percent_encode(location, CONTROLS).collect(),
    };
    let location = location.trim_matches(' ');
    if has_odd_authority(location) {
        return None;
    }
    // The fragment stays with the client.
    let mut target = Url::parse(&base.to_string()).ok()?.join(location).ok()?;
    target.set_fragment(None);
    if !matches!(target.scheme(), "http" | "https") || !target.username().is_empty() || target.password().is_some() {
        return None;
    }
    if matches!(location.as_bytes().first(), None | Some(b'?' | b'#')) {
        return same_path(base, &target);
    }
    target.as_str().parse().ok()
}

/// Whether what comes before the query is read differently by the URL standard and by RFC 3986.
fn has_odd_authority(location: &str) -> bool {
    let path = location.split(['?', '#']).next().unwrap_or_default();
    if path.contains('\\') {
        return true;
    }
    let after_scheme = ["http:", "https:"].iter().find_map(|scheme| {
        let (start, rest) = path.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let is_relative = after_scheme.is_none() && !path.starts_with("//");
    let authority = after_scheme.unwrap_or(path).strip_prefix("//");
    !is_relative && authority.is_none_or(|authority| authority.is_empty() || authority.starts_with('/'))
}

/// A reference without a path keeps the requested path byte for byte: it may come from a key with dot segments.
fn same_path(base: &Uri, target: &Url) -> Option<Uri> {
    let path = match target.query() {
        Some(query) => format!("{}?{query}", base.path()),
        None => base.path().to_owned(),
    };
    Uri::builder().scheme(base.scheme_str()?).authority(base.authority()?.as_str()).path_and_query(path).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, location: &[u8], expected: Option<&str>) {
        let resolved = resolve(&base.parse().unwrap(), location);
        assert_eq!(
            resolved.map(|uri| uri.to_string()).as_deref(),
            expected,
            "{base} then {:?}",
            location.escape_ascii().to_string()
        );
    }

    #[test]
    fn every_form_of_a_reference_is_resolved() {
        for (location, expected) in [
            // Absolute, and relative to the scheme.
            ("http://b.test/x?y", "http://b.test/x?y"),
            ("HTTPS://B.test", "https://b.test/"),
            ("http://b.test:80/x", "http://b.test/x"),
            ("http://b.test:8080/a/../b", "http://b.test:8080/b"),
            ("//b.test/x", "http://b.test/x"),
            ("//[::1]:9/x", "http://[::1]:9/x"),
            // Relative to the path.
            ("/x/y#f", "http://a.test:81/x/y"),
            ("/a/./b//c/../d", "http://a.test:81/a/b//d"),
            ("/../../x", "http://a.test:81/x"),
            ("y?q", "http://a.test:81/d/e/y?q"),
            ("./y", "http://a.test:81/d/e/y"),
            ("../x", "http://a.test:81/d/x"),
            ("../../../x", "http://a.test:81/x"),
            ("..", "http://a.test:81/d/"),
            (".", "http://a.test:81/d/e/"),
            ("x/a:b", "http://a.test:81/d/e/x/a:b"),
            // The requested path, with another query or with none.
            ("?q", "http://a.test:81/d/e/k?q"),
            ("?", "http://a.test:81/d/e/k?"),
            ("#f", "http://a.test:81/d/e/k?old"),
            ("", "http://a.test:81/d/e/k?old"),
            // Encoded once: what is encoded already stays as it is.
            ("/a b", "http://a.test:81/a%20b"),
            (" /a ", "http://a.test:81/a"),
            ("/<a>\"`{}", "http://a.test:81/%3Ca%3E%22%60%7B%7D"),
            ("/%3ca%3E%zz", "http://a.test:81/%3ca%3E%zz"),
            ("/a?<b>\"'`\\ c", "http://a.test:81/a?%3Cb%3E%22%27`\\%20c"),
            ("/\u{e9}%20?\u{65e7}", "http://a.test:81/%C3%A9%20?%E6%97%A7"),
            ("http://b.test/\u{e9}", "http://b.test/%C3%A9"),
            // Every spelling of a host arrives at the address guard in one form.
            ("http://b\u{e9}.test/", "http://xn--b-bga.test/"),
            ("http://%31%32%37.0.0.1/", "http://127.0.0.1/"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://2130706433/", "http://127.0.0.1/"),
        ] {
            check("http://a.test:81/d/e/k?old", location.as_bytes(), Some(expected));
        }
        check("http://a.test/d/k", b"/\xe9", Some("http://a.test/%E9"));
        check("https://a.test/d/k", b"//b.test/x", Some("https://b.test/x"));
    }

    #[test]
    fn redirects_seen_from_other_servers_are_resolved() {
        for (requested, location, expected) in [
            ("/a/b/one.bin", "../new/one.bin", "/a/new/one.bin"),
            ("/a/b/five.bin", "/q/./r/../five-new.bin", "/q/five-new.bin"),
            ("/go/b", "/odd/<angle>.bin", "/odd/%3Cangle%3E.bin"),
        ] {
            let expected = format!("http://a.test{expected}");
            check(&format!("http://a.test{requested}"), location.as_bytes(), Some(&expected));
        }
    }

    #[test]
    fn a_reference_without_a_path_keeps_the_dot_segments_of_a_key() {
        for (location, expected) in [("?q", "/a/../b?q"), ("", "/a/../b"), ("#f", "/a/../b"), ("c", "/c")] {
            check("http://a.test/a/../b", location.as_bytes(), Some(&format!("http://a.test{expected}")));
        }
    }

    #[test]
    fn what_cannot_be_requested_or_is_ambiguous_is_refused() {
        for location in [
            "ftp://b.test/",
            "file:///etc/passwd",
            "data:,x",
            "b:c",
            "http:///x",
            "///x",
            "//",
            "http:x",
            "http:/x",
            "http://u:p@b.test/",
            "//u@b.test/",
            "http://b.test\\@c.test/",
            "\\\\b.test\\x",
            "/a\\b",
            "http://b .test/",
            "http://b.test:99999/",
            "http://b%2f.test/",
            "/a\tb",
            "/a\nb",
            "/a\u{7f}b",
        ] {
            check("http://a.test:81/d/e/k?old", location.as_bytes(), None);
        }
    }
}
