//! When a bucket's objects and unfinished uploads expire, and when objects move to another storage class.
//!
//! The rules are values. Which of them acts on an object, and from when on, is a pure function ([`Lifecycle::action`]); who walks the
//! bucket and makes the changes is `coho-store`'s business.

mod evaluate;
mod invalid;
#[cfg(test)]
mod tests;
mod validate;
mod versions;

pub use evaluate::{LifecycleAction, LifecycleDue, LifecycleSubject};
pub use invalid::{InvalidLifecycle, LifecycleFault};
pub use validate::{
    MAX_FILTER_SIZE_BYTES, MAX_LIFECYCLE_DAYS, MAX_LIFECYCLE_RULE_ID_BYTES, MAX_LIFECYCLE_RULES, MAX_NOT_ELEMENTS,
    MAX_RULE_TAGS,
};

use crate::{StorageClass, Timestamp};
use serde::{Deserialize, Serialize};

/// The lifecycle rules of a bucket (PutBucketLifecycle), in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifecycle {
    /// The rules.
    pub rules: Vec<LifecycleRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LifecycleRule {
    /// Its id, unique within the document.
    pub id: String,
    /// It applies to keys with this prefix.
    pub prefix: String,
    /// It applies to objects that have all of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// Whether it is executed (`Status`).
    pub is_enabled: bool,
    /// It does not apply to objects that one of these matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<LifecycleNot>,
    /// It applies to objects with more bytes than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub larger_than: Option<u64>,
    /// It applies to objects with fewer bytes than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smaller_than: Option<u64>,
    /// When objects are deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<LifecycleTime>,
    /// Whether a delete marker is removed that is the only version of its key (`ExpiredObjectDeleteMarker`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removes_markers: bool,
    /// When objects move to another storage class, by ascending coldness.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<LifecycleTransition>,
    /// When unfinished uploads are aborted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_uploads: Option<LifecycleTime>,
    /// How many days a version or delete marker is noncurrent before it is removed (`NoncurrentVersionExpiration`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_expiration: Option<u32>,
    /// When noncurrent versions move to another storage class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
}

/// What a rule does not apply to (`Filter/Not`): objects with the prefix that also have the tag, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LifecycleNot {
    /// The prefix.
    pub prefix: String,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<(String, String)>,
}

/// When an action is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LifecycleTime {
    /// This many days after the last change, from the next midnight in UTC on (`Days`).
    Days(u32),
    /// At that time, for what was changed before it (`CreatedBeforeDate`).
    CreatedBefore(Timestamp),
    /// At that time, whenever the object was changed (`Date`).
    Date(Timestamp),
}

/// A move to another storage class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleTransition {
    /// When.
    pub time: LifecycleTime,
    /// The class.
    pub storage_class: StorageClass,
    /// Whether the document says that the time counts from the last change (`IsAccessTime` false), which holds in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub says_modified_time: bool,
}

/// A move of noncurrent versions to another storage class (`NoncurrentVersionTransition`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoncurrentTransition {
    /// How many days a version is noncurrent before it moves.
    pub days: u32,
    /// The class.
    pub storage_class: StorageClass,
    /// Whether the document says that the time does not count from the last access (`IsAccessTime` false), which holds in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub says_modified_time: bool,
}
