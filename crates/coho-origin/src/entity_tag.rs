//! The entity tag of a fetched object: 128 bits that name one version of it, known with the origin's head.
//!
//! Clients compare it in `If-Match` and `If-Range`, so two different bodies must never share a tag. Where the origin
//! has a strong validator, the tag is a hash of the validator and of everything else that selects the body: a
//! second fetch of the same version gets the same tag. Without one, nothing tells two versions apart, and every fetch gets
//! a tag of its own.

use coho_model::ETag;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// The count after the dash: the form of a multipart tag, which clients do not take for an MD5.
const TAG_PARTS: u32 = 1;
/// First field of the hash. Another encoding of the fields needs another text.
const ENCODING: &[u8] = b"coho mirrored object 1";

/// What an origin's head says about one version of an object, and what was asked for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OriginVersion<'a> {
    /// The URL that the rule made, before redirects, without the parameters that sign a client's request.
    pub(crate) url: &'a str,
    /// The request headers that the rule forwards and sets.
    pub(crate) request_headers: &'a HeaderMap,
    /// The strong validator: an `ETag`, or a `Last-Modified` that is older than its answer.
    pub(crate) validator: Option<&'a HeaderValue>,
    /// Length in bytes, if the head says it.
    pub(crate) length: Option<u64>,
    /// `Content-Encoding` of the answer.
    pub(crate) content_encoding: Option<&'a [u8]>,
}

/// The tag of this version; of one without a strong validator, the given random bits.
pub(crate) fn entity_tag(version: &OriginVersion<'_>, random: impl FnOnce() -> [u8; 16]) -> ETag {
    let bits = version.validator.map_or_else(random, |validator| hash(version, validator));
    ETag { bits, parts: TAG_PARTS }
}

fn hash(version: &OriginVersion<'_>, validator: &HeaderValue) -> [u8; 16] {
    let mut fields = Fields(Sha256::new());
    fields.add(ENCODING);
    fields.add(version.url.as_bytes());
    let headers = selecting(version.request_headers);
    fields.add_count(headers.len());
    for (name, value) in headers {
        fields.add(name.as_bytes());
        fields.add(value);
    }
    fields.add(validator.as_bytes());
    fields.add_optional(version.length.map(u64::to_be_bytes).as_ref().map(|bytes| &bytes[..]));
    fields.add_optional(version.content_encoding);
    fields.finish()
}

/// The request headers in a fixed order. Credentials that the rule sets stay out: the tag is public, and a short
/// password could be guessed from it.
fn selecting(headers: &HeaderMap) -> Vec<(&str, &[u8])> {
    let selects = headers.iter().filter(|(name, _)| **name != header::AUTHORIZATION);
    let mut selecting: Vec<_> = selects.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    // Stable, since the values of one name have an order.
    selecting.sort_by_key(|(name, _)| *name);
    selecting
}

/// Hashes fields, each after its length, so that no two lists of fields have the same bytes.
struct Fields(Sha256);

impl Fields {
    fn add(&mut self, field: &[u8]) {
        self.add_count(field.len());
        self.0.update(field);
    }

    fn add_optional(&mut self, field: Option<&[u8]>) {
        self.add_count(field.iter().len());
        field.iter().for_each(|field| self.add(field));
    }

    fn add_count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    fn finish(self) -> [u8; 16] {
        let digest: [u8; 32] = self.0.finalize().into();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    /// The fields of one version, owned.
    #[derive(Clone)]
    struct Case {
        url: &'static str,
        headers: Vec<(&'static str, &'static str)>,
        validator: Option<&'static str>,
        length: Option<u64>,
        content_encoding: Option<&'static str>,
    }

    fn base() -> Case {
        Case {
            url: "http://o.test/k?v=1",
            headers: vec![("accept", "text/html"), ("cookie", "a"), ("cookie", "b")],
            validator: Some("\"v1\""),
            length: Some(10),
            content_encoding: Some("gzip"),
        }
    }

    fn tag(case: &Case, random: u8) -> ETag {
        let headers = case.headers.iter().map(|(name, value)| (*name, *value));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value)| {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        });
        let validator = case.validator.map(HeaderValue::from_static);
        let version = OriginVersion {
            url: case.url,
            request_headers: &map,
            validator: validator.as_ref(),
            length: case.length,
            content_encoding: case.content_encoding.map(str::as_bytes),
        };
        entity_tag(&version, || [random; 16])
    }

    #[test]
    fn each_field_changes_the_tag_and_nothing_else_does() {
        type Change = fn(&mut Case);
        let changes: [(&str, Change, bool); 17] = [
            ("nothing", |_| (), true),
            ("the order of two names", |case| case.headers.rotate_left(1), true),
            ("credentials", |case| case.headers.push(("authorization", "Basic eDp5")), true),
            ("the URL", |case| case.url = "http://o.test/k?v=2", false),
            ("the scheme", |case| case.url = "https://o.test/k?v=1", false),
            ("a header's value", |case| case.headers[0].1 = "text/plain", false),
            ("a header more", |case| case.headers.push(("accept-language", "de")), false),
            ("a header less", |case| case.headers.truncate(2), false),
            ("the order of two values", |case| case.headers.swap(1, 2), false),
            ("two values as one", |case| case.headers.splice(1.., [("cookie", "ab")]).for_each(drop), false),
            ("no headers", |case| case.headers.clear(), false),
            ("the validator", |case| case.validator = Some("\"v2\""), false),
            ("a date", |case| case.validator = Some("Thu, 01 Jan 2026 00:00:00 GMT"), false),
            ("the length", |case| case.length = Some(11), false),
            ("no length", |case| case.length = None, false),
            ("the coding", |case| case.content_encoding = Some("br"), false),
            ("no coding", |case| case.content_encoding = None, false),
        ];
        let mut seen = vec![tag(&base(), 0)];
        for (name, change, keeps) in changes {
            let mut case = base();
            change(&mut case);
            let tag = tag(&case, 1);
            assert_eq!(tag == seen[0], keeps, "{name}");
            assert!(keeps || !seen.contains(&tag), "{name}: the tag of another change");
            seen.push(tag);
        }
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let with = |url, validator, content_encoding| Case { url, validator, content_encoding, ..base() };
        let cases = [
            with("http://o.test/ka", Some("b"), None),
            with("http://o.test/k", Some("ab"), None),
            with("http://o.test/k", Some("a"), Some("b")),
            with("http://o.test/k", Some("a"), Some("")),
            with("http://o.test/k", Some("a"), None),
        ];
        for (at, case) in cases.iter().enumerate() {
            for other in &cases[at + 1..] {
                assert_ne!(tag(case, 0), tag(other, 0));
            }
        }
    }

    #[test]
    fn a_version_without_a_strong_validator_gets_random_bits() {
        let weak = Case { validator: None, ..base() };
        assert_eq!(tag(&weak, 0xab), ETag { bits: [0xab; 16], parts: 1 });
        assert_ne!(tag(&weak, 1), tag(&weak, 2));
        assert_eq!(tag(&weak, 0xab).quoted(), format!("\"{}-1\"", "AB".repeat(16)));
    }

    /// Stored tags must stay what they are from one version of this program to the next.
    #[test]
    fn the_encoding_stays_as_it_is() {
        assert_eq!(tag(&base(), 0).to_string(), "B382E15AFB35333106686491D43E687C-1");
    }
}
