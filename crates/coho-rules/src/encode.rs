//! Percent-encoding of keys and queries.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, PercentEncode, percent_encode};

/// What stays unencoded in a path: the unreserved characters of RFC 3986, and the slash.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
/// What is never allowed in a query. Everything else stays as the client sent it.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'#');

/// What a stored address may hold and a request line may not: the path and query sets of the URL standard, and all of
/// `|`, `^`, backtick and braces. Percent signs stay as they are.
const ADDRESS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// The address of an origin as it is requested. What is encoded already stays as it is.
pub fn address(url: &str) -> PercentEncode<'_> {
    percent_encode(url.as_bytes(), ADDRESS)
}

/// A key as a path; decoding it once yields the key.
pub(crate) fn path(key: &str) -> PercentEncode<'_> {
    percent_encode(key.as_bytes(), PATH)
}

/// Encodes characters that are not allowed in a query that is already encoded.
pub(crate) fn query(raw: &str) -> PercentEncode<'_> {
    percent_encode(raw.as_bytes(), QUERY)
}
