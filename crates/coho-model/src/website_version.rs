//! The history of a bucket's website configuration: what it was, from when on, and who made it so.

use crate::{BucketId, Timestamp, decimal, website::WebsiteConfiguration};
use std::{fmt, sync::Arc};

/// Most versions of one bucket that may be kept.
pub const MAX_WEBSITE_VERSIONS: usize = 1000;

/// Who changes a website configuration, on which condition, and how much of the history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebsiteEdit {
    /// The access key id, or another name for who it is.
    pub author: Arc<str>,
    /// What must hold; otherwise nothing changes.
    pub condition: WebsiteCondition,
    /// How many versions of the bucket are kept, with the new one; at least one is.
    pub keep: usize,
}

/// Names one state of the website configuration of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebsiteTag {
    /// The bucket: one that is created again under the same name is another.
    pub bucket: BucketId,
    /// The newest version; 0 if the bucket never had a website.
    pub version: u64,
}

/// What must hold of a bucket's website when it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WebsiteCondition {
    /// Nothing.
    #[default]
    Any,
    /// The bucket has a website.
    Exists,
    /// The bucket has none.
    Missing,
    /// The state is one of these.
    OneOf(Vec<WebsiteTag>),
}

impl WebsiteTag {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (bucket, version) = text.split_once('-')?;
        let tag = Self { bucket: BucketId(i64::from_str_radix(bucket, 16).ok()?), version: decimal(version)? };
        // There is one form for each tag.
        (tag.to_string() == text).then_some(tag)
    }
}

impl fmt::Display for WebsiteTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.bucket.0, self.version)
    }
}

impl WebsiteCondition {
    /// Whether it holds of a bucket in this state, with or without a website.
    pub fn holds(&self, state: WebsiteTag, exists: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Exists => exists,
            Self::Missing => !exists,
            Self::OneOf(tags) => tags.contains(&state),
        }
    }
}

/// A configuration that a bucket had from a change on until the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct WebsiteVersion {
    /// Counts the changes of the bucket's website from 1 on. Versions are in the order of their ids, whatever the clock says.
    pub id: u64,
    /// The time of the change; `None` for a configuration from before there was a history.
    pub at: Option<Timestamp>,
    /// Who made the change; empty for a configuration from before there was a history.
    pub author: Arc<str>,
    /// The configuration from then on; `None` after a removal.
    pub website: Option<Arc<WebsiteConfiguration>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(bucket: i64, version: u64) -> WebsiteTag {
        WebsiteTag { bucket: BucketId(bucket), version }
    }

    #[test]
    fn a_tag_has_one_text() {
        for (text, expected) in [
            ("1f-3", Some(tag(31, 3))),
            ("0-0", Some(tag(0, 0))),
            ("1F-3", None),
            ("+1f-3", None),
            ("1f-03", None),
            ("1f-", None),
            ("-3", None),
            ("1f", None),
            ("1f-3-4", None),
            ("1f-99999999999999999999", None),
            ("ffffffffffffffffffff-1", None),
            ("", None),
        ] {
            assert_eq!(WebsiteTag::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_condition_names_a_state_or_whether_there_is_a_website() {
        use WebsiteCondition::{Any, Exists, Missing, OneOf};
        let check = |condition: WebsiteCondition, exists, expected| {
            assert_eq!(condition.holds(tag(1, 2), exists), expected, "{condition:?} {exists}");
        };
        for exists in [true, false] {
            check(Any, exists, true);
            check(Exists, exists, exists);
            check(Missing, exists, !exists);
            check(OneOf(vec![tag(1, 1), tag(1, 2)]), exists, true);
            check(OneOf(vec![tag(1, 1), tag(2, 2)]), exists, false);
            check(OneOf(Vec::new()), exists, false);
        }
    }
}
