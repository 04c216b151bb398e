//! Object keys.

use std::{borrow::Borrow, fmt, sync::Arc};

/// Maximum length of a key in bytes.
pub const MAX_KEY_BYTES: usize = 1023;

/// The name of an object in its bucket: 1 to 1023 bytes of UTF-8 that do not begin with `/` or `\`. Keys are compared
/// and ordered by bytes and never normalised (OSS "object naming rules").
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(Arc<str>);

/// The text is not a valid object key; answered with `InvalidObjectName`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid object name")]
pub struct InvalidObjectKey;

impl ObjectKey {
    /// Checks the length and the first character.
    pub fn parse(text: &str) -> Result<Self, InvalidObjectKey> {
        let ok = (1..=MAX_KEY_BYTES).contains(&text.len()) && !text.starts_with(['/', '\\']);
        if ok { Ok(Self(text.into())) } else { Err(InvalidObjectKey) }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keys compare and hash as their text does.
impl Borrow<str> for ObjectKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(ObjectKey::parse(text).is_ok(), expected, "{} bytes", text.len());
    }

    #[test]
    fn length_counts_bytes_and_a_leading_slash_is_refused() {
        check("a", true);
        check("a//b/../c", true);
        check(&"k".repeat(1023), true);
        check(&"中".repeat(341), true);
        check("", false);
        check(&"k".repeat(1024), false);
        check(&"中".repeat(342), false);
        check("/a", false);
        check("\\a", false);
    }
}
