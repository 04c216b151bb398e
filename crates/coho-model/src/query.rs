//! The query string of a request, decoded once.

use std::borrow::Cow;

/// Maximum number of parameters in one request.
pub const MAX_QUERY_PAIRS: usize = 256;

/// Decoded parameters in wire order. A parameter without `=` has an empty value, the same as one with an empty value
/// after `=`: clients use both forms for the same request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(String, String)>);

/// A query string or a path is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlDecodeError {
    /// There are too many parameters.
    #[error("more than {MAX_QUERY_PAIRS} query parameters")]
    TooMany,
    /// A percent sign is not followed by two hex digits.
    #[error("a percent sign is not followed by two hex digits")]
    BadEscape,
    /// The decoded bytes are not UTF-8.
    #[error("the decoded bytes are not UTF-8")]
    NotUtf8,
}

impl Query {
    /// Decodes a raw query. In a query, and only there, `+` is a space: the Python SDK sends it.
    pub fn parse(raw: &str) -> Result<Self, UrlDecodeError> {
        if raw.is_empty() {
            return Ok(Self::default());
        }
        let mut pairs = Vec::new();
        for item in raw.split('&').filter(|item| !item.is_empty()) {
            if pairs.len() == MAX_QUERY_PAIRS {
                return Err(UrlDecodeError::TooMany);
            }
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// Whether the parameter is present, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All parameters.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// All parameters, taken out.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// Whether the query has no parameters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn decode(text: &str) -> Result<String, UrlDecodeError> {
    let text = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    if !text.contains('%') {
        return Ok(text.into_owned());
    }
    percent_decode(&text)
}

/// Decodes percent signs strictly.
fn percent_decode(text: &str) -> Result<String, UrlDecodeError> {
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(UrlDecodeError::BadEscape);
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push((high * 16 + low) as u8);
    }
    String::from_utf8(out).map_err(|_| UrlDecodeError::NotUtf8)
}

impl Query {
    /// Decodes a raw path: percent signs once, `+` stays a plus.
    pub fn decode_path(raw: &str) -> Result<Cow<'_, str>, UrlDecodeError> {
        if raw.contains('%') { percent_decode(raw).map(Cow::Owned) } else { Ok(Cow::Borrowed(raw)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: &[(&str, &str)]) {
        let query = Query::parse(raw).unwrap();
        let pairs: Vec<_> = query.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, expected, "{raw}");
    }

    #[test]
    fn pairs_are_decoded_in_the_order_of_the_wire() {
        check("", &[]);
        check("acl", &[("acl", "")]);
        check("website=", &[("website", "")]);
        check("a=1&a=2&&b=%E4%B8%AD+x%2B", &[("a", "1"), ("a", "2"), ("b", "中 x+")]);
        check("k=a=b", &[("k", "a=b")]);
    }

    #[test]
    fn bad_encodings_and_floods_are_refused() {
        for raw in ["a=%", "a=%4", "a=%zz", "%+1"] {
            assert_eq!(Query::parse(raw), Err(UrlDecodeError::BadEscape), "{raw}");
        }
        for raw in ["a=%ff", "%C0%AF", "a=%E4%B8"] {
            assert_eq!(Query::parse(raw), Err(UrlDecodeError::NotUtf8), "{raw}");
        }
        assert_eq!(Query::parse(&"a&".repeat(MAX_QUERY_PAIRS + 1)), Err(UrlDecodeError::TooMany));
    }

    #[test]
    fn a_plus_in_a_path_stays_a_plus() {
        assert_eq!(Query::decode_path("a+b%2Fc%20d").as_deref(), Ok("a+b/c d"));
        assert_eq!(Query::decode_path("a%2"), Err(UrlDecodeError::BadEscape));
        assert_eq!(Query::decode_path("a%C0%AF"), Err(UrlDecodeError::NotUtf8));
    }
}
