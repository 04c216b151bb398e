//! The headers that are stored with an object.

use std::fmt;

/// Maximum bytes of user metadata of one object: names without prefix, plus values (OSS: 8 KB in total).
pub const MAX_USER_META_BYTES: usize = 8 * 1024;

/// Headers that are stored with an object and returned with it: standard headers such as `content-type`, and user
/// metadata under its full name, `x-oss-meta-…`. Names are lower case; values are bytes, since clients send both UTF-8
/// and Latin-1. The order is kept.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ObjectHeaders(Vec<(Box<str>, Box<[u8]>)>);

/// The user metadata exceeds OSS's limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("user metadata has {bytes} bytes, more than {MAX_USER_META_BYTES}")]
pub struct HeaderLimitExceeded {
    /// The size of the user metadata in bytes.
    pub bytes: usize,
}

impl ObjectHeaders {
    /// The prefix of user metadata.
    pub const META_PREFIX: &'static str = "x-oss-meta-";

    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header, or replaces the one with the same name.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        let name = name.to_ascii_lowercase();
        match self.0.iter_mut().find(|(have, _)| **have == *name) {
            Some((_, have)) => *have = value.into(),
            None => self.0.push((name.into(), value.into())),
        }
    }

    /// The value of a header by its lower-case name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(have, _)| **have == *name).map(|(_, value)| &**value)
    }

    /// All headers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The number of headers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses user metadata above OSS's limit.
    pub fn check(&self) -> Result<(), HeaderLimitExceeded> {
        let bytes = self
            .iter()
            .filter_map(|(name, value)| name.strip_prefix(Self::META_PREFIX).map(|rest| rest.len() + value.len()))
            .sum();
        if bytes > MAX_USER_META_BYTES { Err(HeaderLimitExceeded { bytes }) } else { Ok(()) }
    }
}

impl fmt::Debug for ObjectHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, String::from_utf8_lossy(value)))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_the_limit_counts_user_metadata_alone() {
        let mut headers = ObjectHeaders::new();
        headers.set("Content-Type", b"text/plain");
        headers.set("content-type", b"text/html");
        headers.set("cache-control", &[b'c'; 9000]);
        headers.set("X-Oss-Meta-A", &[b'v'; 8191]);
        assert_eq!(headers.get("content-type"), Some(&b"text/html"[..]));
        assert_eq!(headers.len(), 3);
        assert_eq!(headers.check(), Ok(()));
        headers.set("x-oss-meta-b", b"");
        assert_eq!(headers.check(), Err(HeaderLimitExceeded { bytes: 8193 }));
    }
}
