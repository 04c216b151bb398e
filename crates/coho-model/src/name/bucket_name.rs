//! Bucket names.

use std::{fmt, sync::Arc};

/// The name of a bucket: 3 to 63 characters of `[a-z0-9-]`, beginning and ending with a letter or digit (OSS "bucket
/// naming rules").
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketName(Arc<str>);

/// The text is not a valid bucket name; answered with `InvalidBucketName`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid bucket name")]
pub struct InvalidBucketName;

impl BucketName {
    /// Parses and validates a bucket name.
    pub fn parse(text: &str) -> Result<Self, InvalidBucketName> {
        let bytes = text.as_bytes();
        let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ok = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|&b| edge(b) || b == b'-')
            && bytes.first().copied().is_some_and(edge)
            && bytes.last().copied().is_some_and(edge);
        if ok { Ok(Self(text.into())) } else { Err(InvalidBucketName) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::borrow::Borrow<str> for BucketName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(BucketName::parse(text).is_ok(), expected, "{text:?}");
    }

    #[test]
    fn names_follow_the_grammar_of_oss() {
        for good in ["abc", "a-b", "123", &"a".repeat(63)] {
            check(good, true);
        }
        for bad in ["", "ab", &"a".repeat(64), "-ab", "ab-", "aBc", "a_b", "a.b", "a/b", "äbc", "a b"] {
            check(bad, false);
        }
    }
}
