//! The page and the files that it loads.

use super::Console;
use crate::admin::AdminError;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coho_admin_api::AdminCode;
use coho_console::Asset;
use http::{HeaderName, Method};

/// The page's policy, with the hashes of its import map in place of the brace. `connect-src` and the others allow this
/// origin alone.
const PAGE_POLICY: [&str; 2] = [
    "default-src 'none'; script-src 'self'",
    "; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-src 'self' blob:; \
     font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
];
/// The policy of all other answers, except files and objects: nothing in them is executed or shown in a frame.
pub(super) const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// For a file whose path has its version: kept for a year, the longest time that caches know, without a question.
const FINAL: &str = "public, max-age=31536000, immutable";

impl Console {
    /// The single page.
    pub(super) fn page(&self, method: &Method, headers: &HeaderMap) -> Response {
        let Some(page) = self.files.page() else { return no_such_file().into_response() };
        let mut response = answer(method, headers, &page, false);
        let [start, end] = PAGE_POLICY;
        let hashes: String = page.import_maps.iter().map(|hash| format!(" {hash}")).collect();
        insert(&mut response, header::CONTENT_SECURITY_POLICY, &format!("{start}{hashes}{end}"));
        insert(&mut response, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        response
    }

    /// A file, or 404.
    pub(super) fn file(&self, method: &Method, headers: &HeaderMap, name: &str) -> Response {
        match self.files.find(name) {
            Some(found) => answer(method, headers, &found.asset, found.is_final),
            None => no_such_file().into_response(),
        }
    }
}

fn no_such_file() -> AdminError {
    AdminError::own(AdminCode::NoSuchRoute, "the console has no such file")
}

/// `is_final`: a browser need not ask for it again.
fn answer(method: &Method, headers: &HeaderMap, asset: &Asset, is_final: bool) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return AdminError::method_not_allowed(method, vec!["GET", "HEAD"]).into_response();
    }
    let gzip = asset.gzip.as_ref().filter(|_| accepts_gzip(headers));
    let mut response = Response::new(Body::empty());
    insert(&mut response, header::VARY, "accept-encoding");
    if is_final {
        insert(&mut response, header::CACHE_CONTROL, FINAL);
    } else {
        // Two forms of one file are two representations, each with its own tag.
        let etag = match gzip {
            Some(_) => format!("{}-gzip\"", asset.etag.trim_end_matches('"')),
            None => asset.etag.clone(),
        };
        insert(&mut response, header::ETAG, &etag);
        insert(&mut response, header::CACHE_CONTROL, "no-cache");
        if matches_tag(headers, &etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
    }
    insert(&mut response, header::CONTENT_TYPE, asset.media_type);
    if gzip.is_some() {
        insert(&mut response, header::CONTENT_ENCODING, "gzip");
    }
    let bytes = gzip.unwrap_or(&asset.bytes);
    response.headers_mut().insert(header::CONTENT_LENGTH, bytes.len().into());
    if *method == Method::GET {
        *response.body_mut() = Body::from(bytes.clone());
    }
    response
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether the client has this representation. The comparison is the weak one, as `If-None-Match` wants it.
fn matches_tag(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// Whether the client names gzip with a weight that is not zero.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_some_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_to_those_who_name_it() {
        for (value, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("gzip;q=x", false),
            ("br", false),
            ("", false),
            ("xgzip", false),
        ] {
            assert_eq!(accepts_gzip(&headers(header::ACCEPT_ENCODING, value)), expected, "{value}");
        }
    }

    #[test]
    fn a_tag_matches_as_a_whole() {
        for (value, expected) in
            [("\"a\"", true), ("\"b\", W/\"a\"", true), ("*", true), ("\"ab\"", false), ("a", false), ("", false)]
        {
            assert_eq!(matches_tag(&headers(header::IF_NONE_MATCH, value), "\"a\""), expected, "{value}");
        }
    }
}
