//! Changes to one key, and what each of them writes.

mod append;
mod lifecycle;
mod restore;

pub use append::{MAX_APPEND_EXTENTS, admit_append, tail_to_merge};

use crate::{
    Body, Effects, Extent, KeyVersion, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey, ObjectRecord, Refusal,
    RestoreRequest, SealedDataKey, StorageClass, TagSet, Timestamp, VersionId, Versioning,
};
use std::sync::Arc;

/// A change to the object under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// A client writes the object (PutObject, CopyObject to another key).
    Put {
        /// What is written; its version is decided by the change.
        object: Arc<ObjectRecord>,
        /// Refuse if the key is taken (`x-oss-forbid-overwrite`). OSS: ignored in a bucket that has versioning.
        forbid_overwrite: bool,
        /// Random, for the id of a version.
        seed: u64,
    },
    /// The object is deleted; a key without an object is not an error. With versioning a delete marker becomes the current version.
    Delete {
        /// The time of the deletion.
        at: Timestamp,
        /// Random, for the id of a delete marker.
        seed: u64,
    },
    /// One version, or a delete marker, is removed for good.
    DeleteVersion(VersionId),
    /// A damaged object is removed, so that a fill can store it anew.
    Discard {
        /// The object that was found damaged; another one, or the same with a later change of a client, stays.
        seen: Arc<ObjectRecord>,
    },
    /// The object is deleted, as by a client, if it is still the one that a lifecycle rule has matched.
    DeleteIf {
        /// That object.
        seen: Arc<ObjectRecord>,
        /// The time of the deletion.
        at: Timestamp,
        /// Random, for the id of a delete marker.
        seed: u64,
    },
    /// A noncurrent version, or a delete marker, is removed for good if it is still the one that a lifecycle rule has matched: not
    /// current, unless it is a delete marker and the only version of the key.
    DeleteVersionIf {
        /// That version.
        seen: KeyVersion,
    },
    /// The object moves to another storage class if it is still the one that a lifecycle rule has matched. OSS: its modification time
    /// stays, and no version is made.
    Transition {
        /// That object.
        seen: Arc<ObjectRecord>,
        /// The class.
        storage_class: StorageClass,
        /// Whether the rule has matched it as a noncurrent version.
        is_noncurrent: bool,
    },
    /// The ACL of the object, or of one of its versions, is replaced.
    SetAcl {
        /// The new ACL.
        acl: ObjectAcl,
        /// The version; `None` for the current one.
        version: Option<VersionId>,
    },
    /// The tags of the object, or of one of its versions, are replaced (PutObjectTagging, DeleteObjectTagging). OSS: its date stays.
    SetTags {
        /// The new tags.
        tags: TagSet,
        /// The version; `None` for the current one.
        version: Option<VersionId>,
    },
    /// New headers for the same bytes (CopyObject onto itself).
    Rewrite {
        /// The bytes that the caller saw; if the object has others by now, the caller must read it again.
        seen: Body,
        /// The new headers.
        headers: ObjectHeaders,
        /// The new label, if one was named.
        storage_class: Option<StorageClass>,
        /// The new ACL, if one was named.
        acl: Option<ObjectAcl>,
        /// The new tags, if they are replaced.
        tags: Option<TagSet>,
        /// The time of the change.
        modified: Timestamp,
    },
    /// Bytes are added at the end of an appendable object, or make one where none is (AppendObject).
    Append {
        /// The length that the object must have.
        position: u64,
        /// The object that the added bytes alone make; of an existing object the rest stays as it is.
        added: Arc<ObjectRecord>,
        /// The new ACL of an existing object, if one was named.
        acl: Option<ObjectAcl>,
        /// Refuse if the key is taken (`x-oss-forbid-overwrite`).
        forbid_overwrite: bool,
    },
    /// An appendable object takes no more appends (SealAppendObject).
    Seal {
        /// The length that the object must have.
        position: u64,
        /// The time of the change.
        at: Timestamp,
    },
    /// An object of an archive class is made readable for some days (RestoreObject).
    Restore {
        /// What is asked for.
        request: RestoreRequest,
        /// The version; `None` for the current one.
        version: Option<VersionId>,
        /// The time of the change.
        now: Timestamp,
        /// How long a restore takes, in milliseconds.
        delay_ms: i64,
    },
    /// A restored object is frozen again (CleanRestoredObject).
    CleanRestored {
        /// The version; `None` for the current one.
        version: Option<VersionId>,
        /// The time of the change.
        now: Timestamp,
    },
    /// The data key of the bytes is sealed by another master key.
    Reseal {
        /// The same data key; if the version has another one, or none, nothing is written.
        key: SealedDataKey,
        /// The version.
        version: VersionId,
    },
    /// Extents of an appendable object are replaced by one that holds the same bytes.
    Merge {
        /// The place of the first of them.
        from: usize,
        /// The extents that the caller has copied; if the object has others by now, nothing is merged.
        run: Arc<[Extent]>,
        /// The copy.
        merged: Extent,
    },
}

/// What a change of a key is applied to.
#[derive(Debug, Clone, Copy)]
pub struct KeyFound<'a> {
    /// The versioning of the bucket; `None` if the bucket does not exist.
    pub bucket: Option<Versioning>,
    /// The current object under the key.
    pub object: Option<&'a ObjectRecord>,
    /// What else is stored of the key; `None` in a bucket that was never versioned, where nothing is.
    pub history: Option<&'a KeyHistory>,
}

/// Noncurrent versions and delete markers of one key, as far as a change looks at them. Inline bodies come without their bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyHistory {
    /// The newest two, newest first. If the key has no object, the first one is the current version, a delete marker.
    pub newest: Vec<KeyVersion>,
    /// The one with the id `null`.
    pub null: Option<KeyVersion>,
    /// The one that the change names.
    pub named: Option<KeyVersion>,
}

impl KeyChange {
    /// Whether the new record refers to the bytes of the old one.
    pub fn keeps_bytes(&self) -> bool {
        match self {
            Self::SetAcl { .. } | Self::SetTags { .. } | Self::Rewrite { .. } | Self::Transition { .. } => true,
            Self::Restore { .. } | Self::CleanRestored { .. } | Self::Reseal { .. } => true,
            // What is appended to was never published by a fill.
            Self::Append { .. } | Self::Seal { .. } | Self::Merge { .. } => false,
            Self::Put { .. } | Self::Delete { .. } | Self::DeleteVersion(_) | Self::Discard { .. } => false,
            Self::DeleteIf { .. } | Self::DeleteVersionIf { .. } => false,
        }
    }

    /// The version that the change names.
    pub fn named_version(&self) -> Option<VersionId> {
        match self {
            Self::DeleteVersion(id) | Self::Reseal { version: id, .. } => Some(*id),
            Self::SetAcl { version, .. } | Self::SetTags { version, .. } => *version,
            Self::Restore { version, .. } | Self::CleanRestored { version, .. } => *version,
            Self::Put { .. } | Self::Delete { .. } | Self::Discard { .. } | Self::Rewrite { .. } => None,
            Self::Append { .. } | Self::Seal { .. } | Self::Merge { .. } => None,
            Self::DeleteVersionIf { seen } => Some(seen.version().id()),
            Self::Transition { seen, is_noncurrent, .. } => is_noncurrent.then(|| seen.version.id()),
            Self::DeleteIf { .. } => None,
        }
    }

    /// Decides what the change writes.
    pub fn apply(&self, key: &ObjectKey, found: KeyFound<'_>) -> Result<Effects, Refusal> {
        let versioning = found.bucket.ok_or(Refusal::NoSuchBucket)?;
        let existing = || found.object.ok_or_else(|| Refusal::NoSuchKey(key.clone()));
        let mut effects = Effects::default();
        match self {
            Self::Append { position, added, acl, forbid_overwrite } => {
                let append = append::Append { position: *position, added, acl: *acl };
                return append::appended(key, found, versioning, append, *forbid_overwrite);
            }
            Self::Seal { position, at } => return append::sealed(existing()?, *position, *at),
            Self::Restore { request, version, now, delay_ms } => {
                effects.try_revise(key, found, *version, |old| restore::restored(old, request, *now, *delay_ms))?;
            }
            Self::CleanRestored { version, now } => {
                effects.try_revise(key, found, *version, |old| restore::cleaned(old, *now))?;
            }
            Self::Merge { from, run, merged } => return append::merged(existing()?, *from, run, *merged),
            Self::Put { forbid_overwrite: true, .. } if found.object.is_some() && !versioning.is_versioned() => {
                return Err(Refusal::AlreadyExists(key.clone()));
            }
            Self::Put { object, seed, .. } => effects.put_object(found, versioning, object, *seed),
            Self::Delete { at, seed } => effects.delete_object(found, versioning, *at, *seed),
            Self::DeleteVersion(id) => effects.delete_version(key, found, versioning, *id)?,
            // With versioning another version would share the bytes, or the damaged one would stay.
            Self::Discard { .. } | Self::Rewrite { .. } if versioning.is_versioned() => return Err(Refusal::Overtaken),
            Self::Discard { seen } => {
                // What a client has written has no other source.
                if found.object.is_some_and(|object| !is_same(object, seen) || !object.is_as_fetched()) {
                    return Err(Refusal::Overtaken);
                }
                effects.replace_object(found.object, None);
            }
            Self::DeleteIf { seen, .. } if !found.object.is_some_and(|object| is_same(object, seen)) => {
                return Err(Refusal::Overtaken);
            }
            Self::DeleteIf { at, seed, .. } => effects.delete_object(found, versioning, *at, *seed),
            Self::DeleteVersionIf { seen } => return lifecycle::removed(key, found, versioning, seen),
            Self::Transition { seen, storage_class, is_noncurrent } => {
                return lifecycle::moved(key, found, seen, *storage_class, *is_noncurrent);
            }
            Self::Reseal { key: sealed, version } => {
                let mut has_key = false;
                effects.revise(key, found, Some(*version), |old| {
                    has_key = old.data_key() == Some(sealed.id);
                    resealed(old, sealed)
                })?;
                if !has_key {
                    return Err(Refusal::Overtaken);
                }
            }
            Self::SetAcl { acl, version } => {
                effects.revise(key, found, *version, |old| ObjectRecord { acl: *acl, ..old.clone() })?;
            }
            Self::SetTags { tags, version } => effects.revise(key, found, *version, |old| {
                let attributes = ObjectAttributes::with_tags(old.attributes.as_deref(), tags.clone());
                ObjectRecord { attributes, ..old.clone() }
            })?,
            Self::Rewrite { seen, headers, storage_class, acl, tags, modified } => {
                let old = found.object.ok_or_else(|| Refusal::NoSuchKey(key.clone()))?;
                if !old.body.same_place(seen) {
                    return Err(Refusal::Overtaken);
                }
                let attributes = match tags {
                    Some(tags) => ObjectAttributes::with_tags(old.attributes.as_deref(), tags.clone()),
                    None => old.attributes.clone(),
                };
                let class = storage_class.unwrap_or(old.storage_class);
                let new = ObjectRecord {
                    headers: headers.clone(),
                    attributes: attributes.and_then(|all| all.in_class(old.storage_class, class)),
                    storage_class: class,
                    acl: acl.unwrap_or(old.acl),
                    modified: *modified,
                    mirrored_from: old.mirrored_from.as_ref().map(|from| Arc::new(from.rewritten(*modified))),
                    ..old.clone()
                };
                effects.replace_object(Some(old), Some(Arc::new(new)));
            }
        }
        Ok(effects)
    }
}

/// The record with its data key in another form.
fn resealed(old: &ObjectRecord, key: &SealedDataKey) -> ObjectRecord {
    let attributes = old.attributes.as_deref().and_then(|attributes| attributes.resealed(key));
    ObjectRecord { attributes, ..old.clone() }
}

/// Whether two records are the same, with or without their inline bytes.
fn is_same(one: &ObjectRecord, other: &ObjectRecord) -> bool {
    one.body.same_place(&other.body) && *one == ObjectRecord { body: one.body.clone(), ..other.clone() }
}

#[cfg(test)]
mod tests;
