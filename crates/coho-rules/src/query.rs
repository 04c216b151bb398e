//! The client's query on its way to another server.
//!
//! It is passed on as sent, without the parameters that sign a URL: the receiver could reuse those.

use crate::encode;
use percent_encoding::percent_decode_str;
use std::fmt::Write;

/// The signing parameters of presigned URLs of both signature versions.
const SIGNING: [&str; 11] = [
    "signature",
    "ossaccesskeyid",
    "expires",
    "security-token",
    "x-oss-signature-version",
    "x-oss-signature",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-additional-headers",
    "x-oss-security-token",
];

/// Appends `?` and the query to a URL, unless nothing remains of it.
pub(crate) fn append(url: &mut String, raw: &str) {
    if raw.is_empty() {
        return;
    }
    let mut separator = '?';
    for item in raw.split('&').filter(|item| !signs(item)) {
        url.push(separator);
        // Writing to a string cannot fail.
        let _ = write!(url, "{}", encode::query(item));
        separator = '&';
    }
}

fn signs(item: &str) -> bool {
    let name = item.split_once('=').map_or(item, |(name, _)| name);
    let name = percent_decode_str(name).decode_utf8_lossy();
    SIGNING.iter().any(|signing| signing.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: &str) {
        let mut url = String::from("u");
        append(&mut url, raw);
        assert_eq!(url, expected, "{raw}");
    }

    #[test]
    fn signing_parameters_are_not_passed_on() {
        check("", "u");
        check("&a&&", "u?&a&&");
        check("a=1&b&c=%E4%BD%A0+x%2B", "u?a=1&b&c=%E4%BD%A0+x%2B");
        check("Expires=1&OSSAccessKeyId=x&Signature=y%2F&security-token=z", "u");
        check("a=1&%53ignature=y&b=2", "u?a=1&b=2");
        check("x-oss-process=image%2Finfo&x-oss-signature=1&X-Oss-Credential=2", "u?x-oss-process=image%2Finfo");
        check("a=\r\nb#\u{e9}\" ", "u?a=%0D%0Ab%23%C3%A9%22%20");
    }
}
