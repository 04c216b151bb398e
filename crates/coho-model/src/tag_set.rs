//! Tags of objects and buckets: few pairs of a key and a value, in the order in which they were set.
//!
//! A set that came from a request holds OSS's rules; a stored one is not checked again.

use crate::Query;
use serde::{Deserialize, Serialize};

/// Tags with different keys.
///
/// Stored as a list of pairs: the form is part of the metadata's format.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TagSet(Vec<(String, String)>);

/// What has tags. The rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// An object. OSS: at most 10 tags; keys of up to 128 and values of up to 256 characters, which are letters, digits, blanks and
    /// `+-=._:/`.
    Object,
    /// A bucket. OSS: at most 20 tags; keys of up to 64 and values of up to 128 bytes.
    Bucket,
}

/// Why tags are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTags {
    /// There are more than allowed.
    #[error("more than {} tags", .0.max_tags())]
    TooMany(Tagged),
    /// A key is repeated.
    #[error("the key {0:?} is repeated")]
    Repeated(Box<str>),
    /// A key is empty, too long, or has a character that is not allowed.
    #[error("{1:?} is not a key of a tag")]
    Key(Tagged, Box<str>),
    /// A value is too long, or has a character that is not allowed.
    #[error("{1:?} is not a value of a tag")]
    Value(Tagged, Box<str>),
    /// The header is not made of pairs `key=value`.
    #[error("{0:?} is not a list of tags")]
    Header(Box<str>),
}

/// Beginnings of keys that OSS keeps for itself, in any case.
const RESERVED_PREFIXES: [&str; 4] = ["http://", "https://", "aliyun", "acs:"];

impl Tagged {
    /// Most tags.
    pub fn max_tags(self) -> usize {
        match self {
            Self::Object => 10,
            Self::Bucket => 20,
        }
    }

    fn is_key(self, key: &str) -> bool {
        !key.is_empty()
            && match self {
                Self::Object => is_text(key, 128),
                Self::Bucket => key.len() <= 64 && !RESERVED_PREFIXES.iter().any(|prefix| begins_with(key, prefix)),
            }
    }

    fn is_value(self, value: &str) -> bool {
        match self {
            Self::Object => is_text(value, 256),
            Self::Bucket => value.len() <= 128,
        }
    }
}

/// Whether a text of an object's tag has only allowed characters, and at most that many. OSS: letters of every script are allowed.
fn is_text(text: &str, max_characters: usize) -> bool {
    let is_allowed = |character: char| character.is_alphanumeric() || " +-=._:/".contains(character);
    // A character has at most 4 bytes: what is much longer is not counted.
    text.len() <= 4 * max_characters && text.chars().count() <= max_characters && text.chars().all(is_allowed)
}

fn begins_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

impl TagSet {
    /// Tags of a request.
    pub fn new(tagged: Tagged, pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidTags> {
        let mut tags: Vec<(String, String)> = Vec::new();
        for (key, value) in pairs {
            if tags.len() == tagged.max_tags() {
                return Err(InvalidTags::TooMany(tagged));
            }
            if !tagged.is_key(&key) {
                return Err(InvalidTags::Key(tagged, key.into()));
            }
            if !tagged.is_value(&value) {
                return Err(InvalidTags::Value(tagged, value.into()));
            }
            if tags.iter().any(|(have, _)| *have == key) {
                return Err(InvalidTags::Repeated(key.into()));
            }
            tags.push((key, value));
        }
        Ok(Self(tags))
    }

    /// The tags of an object in the form of `x-oss-tagging`: `key=value` or `key`, URL-encoded, with `&` in between.
    pub fn parse_header(text: &str) -> Result<Self, InvalidTags> {
        let invalid = || InvalidTags::Header(text.into());
        let is_pair = |item: &str| !item.is_empty() && item.matches('=').count() <= 1;
        if !text.split('&').all(is_pair) {
            return Err(invalid());
        }
        let query = Query::parse(text).map_err(|_| invalid())?;
        Self::new(Tagged::Object, query.into_pairs()).map_err(|error| match error {
            // OSS's text about the header names this case.
            InvalidTags::Repeated(_) => invalid(),
            other => other,
        })
    }

    /// The pairs, in the order in which they were set.
    pub fn as_pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(have, _)| *have == key).map(|(_, value)| value)
    }

    /// The set without tags of these keys.
    #[must_use]
    pub fn without(&self, keys: &[Box<str>]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !keys.iter().any(|without| **without == **key)).cloned().collect())
    }

    /// The number of tags.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no tags.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(tagged: Tagged, pairs: &[(&str, &str)]) -> Result<TagSet, InvalidTags> {
        TagSet::new(tagged, pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn tags_of_objects_and_buckets_have_their_own_rules() {
        use Tagged::{Bucket, Object};
        let long = |count| "a".repeat(count);
        let key = |tagged, key: &str| Err(InvalidTags::Key(tagged, key.into()));
        let value = |tagged, value: &str| Err(InvalidTags::Value(tagged, value.into()));
        for (tagged, pair, expected) in [
            (Object, (" +/ ", "中文"), Ok(())),
            (Object, ("中文", "test++/"), Ok(())),
            (Object, ("+-.:=_/ 1", ""), Ok(())),
            (Object, ("Aliyun", "http://"), Ok(())),
            (Object, (&*long(128), &*long(256)), Ok(())),
            (Object, (&*"中".repeat(128), "v"), Ok(())),
            (Object, (&*long(129), "v"), key(Object, &long(129))),
            (Object, ("k", &*long(257)), value(Object, &long(257))),
            (Object, ("", "v"), key(Object, "")),
            (Object, ("%@abc", "v"), key(Object, "%@abc")),
            (Object, ("k", "a&b"), value(Object, "a&b")),
            (Object, ("k", "a\nb"), value(Object, "a\nb")),
            (Bucket, ("a&b#", "%"), Ok(())),
            (Bucket, ("my aliyun", ""), Ok(())),
            (Bucket, (&*long(64), &*long(128)), Ok(())),
            (Bucket, (&*long(65), "v"), key(Bucket, &long(65))),
            (Bucket, ("k", &*long(129)), value(Bucket, &long(129))),
            (Bucket, ("ALIYUN-x", "v"), key(Bucket, "ALIYUN-x")),
            (Bucket, ("https://x", "v"), key(Bucket, "https://x")),
            (Bucket, ("acs:x", "v"), key(Bucket, "acs:x")),
        ] {
            assert_eq!(set(tagged, &[pair]).map(drop), expected, "{tagged:?} {pair:?}");
        }
        assert_eq!(set(Object, &[("a", "1"), ("A", "2"), ("a", "1")]), Err(InvalidTags::Repeated("a".into())));
        for (tagged, most) in [(Object, 10), (Bucket, 20)] {
            let pairs = |count| (0..count).map(|at| (at.to_string(), String::new()));
            assert_eq!(TagSet::new(tagged, pairs(most)).map(|tags| tags.len()), Ok(most));
            assert_eq!(TagSet::new(tagged, pairs(most + 1)), Err(InvalidTags::TooMany(tagged)));
        }
    }

    #[test]
    fn a_header_is_a_list_of_encoded_pairs() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let tags = TagSet::parse_header(text).unwrap();
            assert_eq!(tags.iter().collect::<Vec<_>>(), expected, "{text}");
        };
        check("k1=v1&k2=v2", &[("k1", "v1"), ("k2", "v2")]);
        check("k&l=", &[("k", ""), ("l", "")]);
        check("%20%2B/+=%E4%B8%AD%3D", &[(" +/ ", "中=")]);
        for text in ["aa=bb=cc", "a=1&", "&", "a=1&&b=2", "a=%", "a=%ff", "a=1&a=2", "a=1&%61=2"] {
            assert_eq!(TagSet::parse_header(text), Err(InvalidTags::Header(text.into())), "{text}");
        }
        assert_eq!(TagSet::parse_header("=v"), Err(InvalidTags::Key(Tagged::Object, "".into())));
        assert_eq!(TagSet::parse_header("a=%26"), Err(InvalidTags::Value(Tagged::Object, "&".into())));
        let flood = "a&".repeat(100_000) + "a";
        assert!(TagSet::parse_header(&flood).is_err());
    }

    proptest! {
        #[test]
        fn no_header_panics_and_what_is_accepted_keeps_the_rules(text in "[ -~é中%&=+]{0,60}") {
            if let Ok(tags) = TagSet::parse_header(&text) {
                let pairs = tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
                prop_assert_eq!(TagSet::new(Tagged::Object, pairs), Ok(tags.clone()));
                prop_assert!(!tags.is_empty());
            }
        }

        #[test]
        fn any_allowed_tags_come_back_from_the_header(
            pairs in prop::collection::btree_map("[a-zA-Z0-9 +=._:/é中-]{1,20}", "[a-zA-Z0-9 +=._:/é中-]{0,20}", 1..=10),
        ) {
            let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let items: Vec<_> = pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
            let tags = TagSet::parse_header(&items.join("&")).unwrap();
            prop_assert!(tags.iter().eq(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))));
        }
    }
}
