//! Whether a request message has one reading. Two servers in a row that read an ambiguous one differently can be made to
//! serve a hidden request, so it is refused and its connection closed, whatever the HTTP library makes of it.

use crate::failure::Failure;

use coho_model::RequestRefusal;
use http::{HeaderMap, Version, header, request::Parts};

/// Refuses a message whose host or framing is ambiguous.
pub(crate) fn check(parts: &Parts) -> Result<(), Failure> {
    if !has_one_host(parts.version, &parts.headers) {
        return Err(invalid("The request must have exactly one Host header.", "Host"));
    }
    if !has_known_coding(&parts.headers) {
        return Err(invalid("The only transfer coding of a request is chunked, once.", "Transfer-Encoding"));
    }
    Ok(())
}

fn invalid(message: &'static str, header: &'static str) -> Failure {
    RequestRefusal::AmbiguousMessage { header, message }.into()
}

/// RFC 9112, 3.2: one `Host` line, also with an absolute target; HTTP/1.0 may have none.
fn has_one_host(version: Version, headers: &HeaderMap) -> bool {
    match headers.get_all(header::HOST).iter().count() {
        0 => version < Version::HTTP_11,
        count => count == 1,
    }
}

/// The HTTP library undoes `chunked` where it is the last coding, and leaves the others in the body.
fn has_known_coding(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (lines.next(), lines.next()) {
        (None, _) => true,
        (Some(line), None) => line.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[track_caller]
    fn check_message(version: Version, headers: &[(&str, &str)], expected: bool) {
        let request = headers
            .iter()
            .fold(Request::builder().version(version), |request, (name, value)| request.header(*name, *value));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(check(&parts).is_ok(), expected, "{version:?} {headers:?}");
    }

    #[test]
    fn a_message_has_one_host_and_at_most_one_known_coding() {
        const HOST: (&str, &str) = ("host", "h");
        let check = |headers: &[_], expected| check_message(Version::HTTP_11, headers, expected);
        check(&[], false);
        check(&[HOST], true);
        check(&[("host", "")], true);
        check(&[HOST, HOST], false);
        check(&[HOST, ("host", "other")], false);
        check_message(Version::HTTP_10, &[], true);
        check_message(Version::HTTP_10, &[HOST], true);
        check_message(Version::HTTP_10, &[HOST, HOST], false);
        for (coding, expected) in [
            ("chunked", true),
            (" Chunked ", true),
            ("gzip, chunked", false),
            ("chunked, chunked", false),
            (",chunked", false),
            ("chunked;q=1", false),
            ("identity", false),
            ("", false),
        ] {
            check(&[HOST, ("transfer-encoding", coding)], expected);
        }
        check(&[HOST, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], false);
        check(&[HOST, ("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")], false);
    }
}
