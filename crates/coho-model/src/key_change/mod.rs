//! Changes to one key, and what each of them writes.

use crate::{
    Body, Effects, Fence, ObjectAcl, ObjectHeaders, ObjectKey, ObjectRecord, Refusal, StorageClass, Timestamp,
};
use std::sync::Arc;

/// A change to the object under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// A client writes the object (PutObject, CopyObject to another key).
    Put {
        /// What is written.
        object: Arc<ObjectRecord>,
        /// Refuse if the key is taken (`x-oss-forbid-overwrite`).
        forbid_overwrite: bool,
    },
    /// A mirror fetch stores what it fetched. It gives way to everything that came after it began.
    Fill {
        /// What is written.
        object: Arc<ObjectRecord>,
        /// What the key's token must carry.
        fence: Fence,
    },
    /// The object goes; a key that is not there is no error.
    Delete,
    /// The object's ACL is replaced.
    SetAcl(ObjectAcl),
    /// New headers for the same bytes (CopyObject onto itself).
    Rewrite {
        /// The bytes that the caller saw; if they are others by now, it must look again.
        seen: Body,
        /// The new headers.
        headers: ObjectHeaders,
        /// The new label, if one was named.
        storage_class: Option<StorageClass>,
        /// The new ACL, if one was named.
        acl: Option<ObjectAcl>,
        /// The time of the change.
        modified: Timestamp,
        /// What the mirror tag becomes: an overwrite by a client loses it.
        keep_mirror_tag: bool,
    },
}

/// What a key change is applied to.
#[derive(Debug, Clone, Copy)]
pub struct KeyFound<'a> {
    /// Whether the bucket exists.
    pub bucket_exists: bool,
    /// The object under the key.
    pub object: Option<&'a ObjectRecord>,
    /// The fence of the key's fill token, if a fill holds one.
    pub fill: Option<Fence>,
}

impl KeyChange {
    /// Decides what the change writes.
    pub fn apply(&self, key: &ObjectKey, found: KeyFound<'_>) -> Result<Effects, Refusal> {
        if !found.bucket_exists {
            return Err(Refusal::NoSuchBucket);
        }
        let mut effects = Effects::default();
        match self {
            Self::Put { forbid_overwrite: true, .. } if found.object.is_some() => {
                return Err(Refusal::AlreadyExists(key.clone()));
            }
            Self::Put { object, .. } => effects.replace_object(found.object, Some(object.clone())),
            Self::Fill { fence, .. } if found.fill != Some(*fence) || found.object.is_some() => {
                return Err(Refusal::Overtaken);
            }
            Self::Fill { object, .. } => effects.replace_object(None, Some(object.clone())),
            Self::Delete => effects.replace_object(found.object, None),
            Self::SetAcl(acl) => {
                let old = found.object.ok_or_else(|| Refusal::NoSuchKey(key.clone()))?;
                let new = ObjectRecord { acl: *acl, ..old.clone() };
                effects.replace_object(Some(old), Some(Arc::new(new)));
            }
            Self::Rewrite { seen, headers, storage_class, acl, modified, keep_mirror_tag } => {
                let old = found.object.ok_or_else(|| Refusal::NoSuchKey(key.clone()))?;
                if !old.body.same_place(seen) {
                    return Err(Refusal::Overtaken);
                }
                let new = ObjectRecord {
                    headers: headers.clone(),
                    storage_class: storage_class.unwrap_or(old.storage_class),
                    acl: acl.unwrap_or(old.acl),
                    modified: *modified,
                    mirrored_from: old.mirrored_from.clone().filter(|_| *keep_mirror_tag),
                    ..old.clone()
                };
                effects.replace_object(Some(old), Some(Arc::new(new)));
            }
        }
        Ok(effects)
    }
}

#[cfg(test)]
mod tests;
