//! Changes to one multipart upload, and their effects.

use crate::{
    Body, Crc64, ETag, Effects, Extent, KeyFound, MIN_PART_BYTES, ObjectAcl, ObjectKey, ObjectRecord, ObjectType,
    ObjectVersion, PartRecord, Refusal, Row, SealedDataKey, Timestamp, UploadRecord,
};
use std::sync::Arc;

/// A change to one upload, which the engine identifies by bucket, key and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadChange {
    /// InitiateMultipartUpload.
    Begin(UploadRecord),
    /// UploadPart and UploadPartCopy. Replaces a part with the same number, unless the upload is sequential.
    PutPart(PartRecord),
    /// CompleteMultipartUpload.
    Complete(CompleteUpload),
    /// AbortMultipartUpload.
    Abort,
    /// The data key of the parts, the same as before, is sealed by another master key.
    Reseal(SealedDataKey),
}

/// The parameters of a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteUpload {
    /// The parts in the client's order; `None` means all of them (`x-oss-complete-all: yes`).
    pub parts: Option<Vec<ListedPart>>,
    /// The modification time of the object.
    pub modified: Timestamp,
    /// Refuse if the object exists, in addition to the upload's own setting.
    pub forbid_overwrite: bool,
    /// The object's ACL; `None` keeps the one that the upload began with.
    pub acl: Option<ObjectAcl>,
    /// Refuse if the object has another CRC-64.
    pub crc64: Option<Crc64>,
    /// Random, for the id of a version.
    pub seed: u64,
    /// The MD5 of the listed parts' bytes, if the upload is sequential: no other write can replace such a part.
    pub whole_md5: Option<[u8; 16]>,
}

/// A part as the client lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedPart {
    /// Its number.
    pub number: u16,
    /// The tag; `None` if the client's text cannot be the tag of a part.
    pub etag: Option<ETag>,
}

/// The stored state that an upload change is applied to.
#[derive(Debug, Clone, Copy)]
pub struct UploadFound<'a> {
    /// The bucket and what is under the upload's key; the latter is used by a completion only.
    pub key: KeyFound<'a>,
    /// The upload.
    pub upload: Option<&'a UploadRecord>,
    /// Its parts by ascending number: all for a completion or an abort; for a part the one with the same number, and of a
    /// sequential upload also the one before it.
    pub parts: &'a [PartRecord],
}

impl UploadChange {
    /// Whether the change writes the object under the upload's key.
    pub fn writes_object(&self) -> bool {
        match self {
            Self::Complete(_) => true,
            Self::Begin(_) | Self::PutPart(_) | Self::Abort | Self::Reseal(_) => false,
        }
    }

    /// Decides the effects of the change.
    pub fn apply(&self, key: &ObjectKey, found: UploadFound<'_>) -> Result<Effects, Refusal> {
        let versioning = found.key.bucket.ok_or(Refusal::NoSuchBucket)?;
        let mut effects = Effects::default();
        if let Self::Begin(upload) = self {
            effects.upload = Row::Write(upload.clone());
            effects.stat.uploads = 1;
            return Ok(effects);
        }
        let upload = found.upload.ok_or(Refusal::NoSuchUpload)?;
        match self {
            Self::Begin(_) => {}
            Self::PutPart(part) => {
                upload.admit_part(part.number, found.parts)?;
                let old = found.parts.iter().find(|old| old.number == part.number);
                effects.garbage.extend(old.and_then(|old| old.extent).map(|extent| extent.blob));
                effects.stat.parts = i64::from(old.is_none());
                effects.part = Some(part.clone());
            }
            Self::Complete(complete) => {
                let forbids_overwrite = complete.forbid_overwrite || upload.forbid_overwrite;
                if forbids_overwrite && found.key.object.is_some() && !versioning.is_versioned() {
                    return Err(Refusal::AlreadyExists(key.clone()));
                }
                let parts = chosen(complete.parts.as_deref(), found.parts)?;
                if upload.is_sequential {
                    without_gaps(&parts)?;
                }
                if !upload.has_encrypted_sizes(&parts.iter().map(|part| part.size).collect::<Vec<_>>()) {
                    return Err(Refusal::NotAsEncrypted);
                }
                let object = joined(upload, &parts, complete);
                if complete.crc64.is_some_and(|expected| expected != object.crc64) {
                    return Err(Refusal::OtherCrc64);
                }
                effects.put_object(found.key, versioning, &Arc::new(object), complete.seed);
                let is_used = |part: &PartRecord| parts.binary_search_by_key(&part.number, |used| used.number).is_ok();
                let unused = found.parts.iter().filter(|part| !is_used(part));
                effects.garbage.extend(unused.filter_map(|part| part.extent).map(|extent| extent.blob));
                end(&mut effects, found.parts.len());
            }
            Self::Reseal(key) => {
                let attributes = upload.attributes.as_deref();
                let encryption = attributes.and_then(|attributes| attributes.encryption.as_deref());
                if encryption.is_none_or(|encryption| encryption.key.id != key.id) {
                    return Err(Refusal::Overtaken);
                }
                let attributes = attributes.and_then(|attributes| attributes.resealed(key));
                effects.upload = Row::Write(UploadRecord { attributes, ..upload.clone() });
            }
            Self::Abort => {
                effects.garbage.extend(found.parts.iter().filter_map(|part| part.extent).map(|extent| extent.blob));
                end(&mut effects, found.parts.len());
            }
        }
        Ok(effects)
    }
}

/// Removes the upload and its parts.
fn end(effects: &mut Effects, parts: usize) {
    effects.upload = Row::Remove;
    effects.remove_parts = true;
    effects.stat.uploads -= 1;
    effects.stat.parts -= parts as i64;
}

/// The parts of the object: the listed ones, checked against the stored ones, or all stored ones. An empty list makes an
/// empty object.
fn chosen<'p>(listed: Option<&[ListedPart]>, there: &'p [PartRecord]) -> Result<Vec<&'p PartRecord>, Refusal> {
    let parts = match listed {
        None => there.iter().collect(),
        Some([]) => return Ok(Vec::new()),
        Some(listed) => {
            if listed.windows(2).any(|pair| pair[0].number >= pair[1].number) {
                return Err(Refusal::InvalidPartOrder);
            }
            listed.iter().map(|part| matching(part, there)).collect::<Result<Vec<_>, _>>()?
        }
    };
    let (_, all_but_last) = parts.split_last().ok_or(Refusal::NoParts)?;
    match all_but_last.iter().find(|part| part.size < MIN_PART_BYTES) {
        Some(part) => Err(Refusal::PartTooSmall { number: part.number, size: part.size }),
        None => Ok(parts),
    }
}

/// A sequential upload becomes the object of its parts from the first one on.
fn without_gaps(parts: &[&PartRecord]) -> Result<(), Refusal> {
    match parts.iter().zip(1..).find(|(part, place)| part.number != *place) {
        Some((part, _)) => Err(Refusal::PartNotSequential { number: part.number }),
        None => Ok(()),
    }
}

fn matching<'p>(listed: &ListedPart, there: &'p [PartRecord]) -> Result<&'p PartRecord, Refusal> {
    there
        .binary_search_by_key(&listed.number, |part| part.number)
        .ok()
        .map(|at| &there[at])
        .filter(|part| listed.etag == Some(part.etag))
        .ok_or(Refusal::InvalidPart { number: listed.number, etag: listed.etag })
}

fn joined(upload: &UploadRecord, parts: &[&PartRecord], complete: &CompleteUpload) -> ObjectRecord {
    let tags: Vec<ETag> = parts.iter().map(|part| part.etag).collect();
    let extents: Vec<Extent> = parts.iter().filter_map(|part| part.extent).collect();
    ObjectRecord {
        size: parts.iter().map(|part| part.size).sum(),
        etag: ETag::of_parts(&tags),
        crc64: parts.iter().fold(Crc64::default(), |crc, part| crc.then(part.crc64, part.size)),
        whole_md5: complete.whole_md5,
        object_type: ObjectType::Multipart,
        storage_class: upload.storage_class,
        acl: complete.acl.unwrap_or(upload.acl),
        modified: complete.modified,
        headers: upload.headers.clone(),
        mirrored_from: None,
        attributes: upload.attributes.clone(),
        version: ObjectVersion::default(),
        body: Body::Extents(extents.into()),
    }
}

#[cfg(test)]
mod tests;
