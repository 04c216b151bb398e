//! What few objects have: values that most requests neither set nor return.

use crate::{ObjectEncryption, Restore, SealedDataKey, StorageClass, TagSet, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Attributes of an object beside its headers. An object without any has no such record.
///
/// Stored in the form that `serde` gives it: names of fields are part of the metadata's format. A field may be added with a default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectAttributes {
    /// Tags in the order in which they were set.
    #[serde(skip_serializing_if = "TagSet::is_empty")]
    pub tags: TagSet,
    /// When appends to the object were ended (SealAppendObject).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Timestamp>,
    /// The key that a symbolic link names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symlink_target: Option<Box<str>>,
    /// The last restore of an object of an archive class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<Restore>,
    /// How the bytes are encrypted. Those of an object without bytes are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Box<ObjectEncryption>>,
}

impl ObjectAttributes {
    /// The attributes of an object that changes its class: a restore is one of the old class.
    pub(crate) fn in_class(self: Arc<Self>, old: StorageClass, new: StorageClass) -> Option<Arc<Self>> {
        if old == new || self.restore.is_none() {
            return Some(self);
        }
        Self { restore: None, ..(*self).clone() }.into_record()
    }

    /// The form of a record: attributes that say nothing are absent.
    pub fn into_record(self) -> Option<Arc<Self>> {
        (self != Self::default()).then(|| Arc::new(self))
    }

    /// The attributes of a record whose bytes are encrypted like this, or not at all.
    pub fn with_encryption(attributes: Option<&Self>, encryption: Option<ObjectEncryption>) -> Option<Arc<Self>> {
        let mut attributes = attributes.cloned().unwrap_or_default();
        attributes.encryption = encryption.map(Box::new);
        attributes.into_record()
    }

    /// The attributes with their data key in another form.
    pub fn resealed(&self, key: &SealedDataKey) -> Option<Arc<Self>> {
        let encryption = self.encryption.as_deref();
        let resealed = encryption.map(|old| ObjectEncryption { key: key.clone(), ..old.clone() });
        Self::with_encryption(Some(self), resealed)
    }

    /// The attributes of a record with other tags.
    pub fn with_tags(attributes: Option<&Self>, tags: TagSet) -> Option<Arc<Self>> {
        let mut attributes = attributes.cloned().unwrap_or_default();
        attributes.tags = tags;
        attributes.into_record()
    }
}
