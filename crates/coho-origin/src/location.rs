//! Where an origin's redirect leads.

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

/// Of what a URL must encode, what a `Location` is seen to have raw; besides, whatever is not ASCII.
const LEFT_RAW: &AsciiSet = &CONTROLS.add(b' ');

/// The URL that a `Location` means, seen from the URL that answered with it; `None` if it is none that can be asked.
pub(crate) fn resolve(base: &Uri, location: &[u8]) -> Option<Uri> {
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    if location.iter().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    // Some servers send as it is what they should have encoded.
    let location: String = percent_encode(location, LEFT_RAW).collect();
    // A fragment is the client's own matter.
    let location = location.split('#').next().unwrap_or_default();
    if location.is_empty() || location.contains('\\') {
        return None;
    }
    let is_absolute = location.split(['/', '?']).next().is_some_and(|first| first.contains(':'));
    let text = if is_absolute {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.starts_with('?') {
        format!("{scheme}://{authority}{}{location}", base.path())
    } else {
        let folder = base.path().rfind('/').map_or("/", |at| &base.path()[..=at]);
        format!("{scheme}://{authority}{folder}{location}")
    };
    let uri: Uri = text.parse().ok()?;
    let asked = matches!(uri.scheme_str()?, "http" | "https") && uri.host().is_some_and(|host| !host.is_empty());
    let is_odd = uri.authority().is_some_and(|authority| authority.as_str().contains(['@', '%']));
    (asked && !is_odd).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_location_is_resolved_and_odd_ones_are_not_followed() {
        for (location, expected) in [
            ("http://b.test/x?y", Some("http://b.test/x?y")),
            ("HTTPS://b.test", Some("https://b.test/")),
            ("//b.test/x", Some("http://b.test/x")),
            ("/x/y#f", Some("http://a.test:81/x/y")),
            ("y?q", Some("http://a.test:81/d/y?q")),
            ("?q", Some("http://a.test:81/d/k?q")),
            ("", None),
            ("#f", None),
            ("ftp://b.test/", None),
            ("file:///etc/passwd", None),
            ("http:///x", None),
            ("http://u:p@b.test/", None),
            ("http://b.test\\@c.test/", None),
            ("/a b", Some("http://a.test:81/a%20b")),
            ("/\u{e9}%20", Some("http://a.test:81/%C3%A9%20")),
            ("http://b.test/\u{e9}", Some("http://b.test/%C3%A9")),
            ("http://b\u{e9}.test/", None),
            ("http://b .test/", None),
            ("/a\tb", None),
            ("/a\nb", None),
            ("/a\u{7f}b", None),
        ] {
            let resolved = resolve(&"http://a.test:81/d/k?old".parse().unwrap(), location.as_bytes());
            assert_eq!(resolved.map(|uri| uri.to_string()).as_deref(), expected, "{location:?}");
        }
    }
}
