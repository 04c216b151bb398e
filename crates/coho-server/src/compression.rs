//! Which answers are compressed on their way.
//!
//! OSS: a GET that accepts gzip, of an object of 1 KB and more and of certain types of text, is answered in chunks without an
//! entity tag. A range is not compressed, nor what is stored with a `Content-Encoding`.

use crate::{body::ResponseBody, call::Call};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// Smallest object that is compressed, in bytes.
const MIN_BYTES: u64 = 1024;

/// The types that are compressed.
const TYPES: [&str; 9] = [
    "text/cache-manifest",
    "text/xml",
    "text/plain",
    "text/css",
    "application/javascript",
    "application/x-javascript",
    "application/rss+xml",
    "application/json",
    "text/json",
];

/// Compresses an answer with this status, these headers and this body of a stored object if the client wants it so.
pub(crate) fn compressed(
    call: &Call,
    status: StatusCode,
    headers: &mut HeaderMap,
    size: u64,
    body: ResponseBody,
) -> ResponseBody {
    let applies = size >= MIN_BYTES
        && call.method == Method::GET
        && status == StatusCode::OK
        && accepts_gzip(&call.headers)
        && is_text(headers)
        && !headers.contains_key(header::CONTENT_ENCODING);
    if !applies {
        return body;
    }
    for name in [header::CONTENT_LENGTH, header::ETAG, header::ACCEPT_RANGES, coho_oss::header::CONTENT_MD5] {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    body.gzipped()
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let is_refused = |part: &str| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty())
        };
        is_gzip && !parts.any(is_refused)
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    TYPES.iter().any(|name| name.eq_ignore_ascii_case(essence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_by_name_and_not_at_weight_zero() {
        for (text, expected) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("br, gzip ; q=1", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("identity", false),
            ("x-gzip, *", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))]);
            assert_eq!(accepts_gzip(&headers), expected, "{text}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_types_of_oss_are_compressed_with_any_parameter() {
        for (text, expected) in [
            ("text/plain; charset=utf-8", true),
            ("Application/JSON", true),
            ("text/html", false),
            ("text/plain2", false),
            ("image/png", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(text))]);
            assert_eq!(is_text(&headers), expected, "{text}");
        }
    }
}
