//! The records of multipart uploads and their parts.

use crate::{
    Crc64, ETag, Extent, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey, Refusal, StorageClass, Timestamp,
    UploadId,
};
use std::sync::Arc;

/// Highest part number; the lowest is 1.
pub const MAX_PART_NUMBER: u16 = 10_000;
/// Minimum size in bytes of every part except the last, checked at completion (100 KB; answered with `EntityTooSmall`).
pub const MIN_PART_BYTES: u64 = 100 * 1024;

/// An upload that is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRecord {
    /// Its id.
    pub id: UploadId,
    /// The key of the future object.
    pub key: ObjectKey,
    /// The time of the initiation.
    pub initiated: Timestamp,
    /// The headers of the future object.
    pub headers: ObjectHeaders,
    /// The ACL of the future object.
    pub acl: ObjectAcl,
    /// The storage class of the future object.
    pub storage_class: StorageClass,
    /// Whether completion is refused if the object exists by then.
    pub forbid_overwrite: bool,
    /// Whether parts are taken in order only, each once (`sequential`). The object then has the MD5 of its content.
    pub is_sequential: bool,
    /// The attributes of the future object.
    pub attributes: Option<Arc<ObjectAttributes>>,
}

/// User metadata in which a client that encrypts says how it cuts the object: a reader finds a part's counter by its
/// place, so other sizes cannot be decrypted.
const ENCRYPTED_PART_SIZE: &str = "x-oss-meta-client-side-encryption-part-size";
const ENCRYPTED_DATA_SIZE: &str = "x-oss-meta-client-side-encryption-data-size";

impl UploadRecord {
    /// Whether a part of this number may be uploaded now. `parts` has the one with that number and the one before it, as far
    /// as they exist: in order and without gaps, those two tell how far the upload has come.
    pub fn admit_part(&self, number: u16, parts: &[PartRecord]) -> Result<(), Refusal> {
        let find = |number: u16| parts.iter().find(|part| part.number == number);
        match (self.is_sequential, find(number)) {
            (false, _) => Ok(()),
            (true, Some(part)) => Err(Refusal::PartAlreadyExists { number, etag: part.etag }),
            (true, None) if number > 1 && find(number - 1).is_none() => Err(Refusal::PartNotSequential { number }),
            (true, None) => Ok(()),
        }
    }

    /// Whether parts of these sizes are what the initiation says about encryption by the client. What it does not say, or
    /// not as a number, is not checked.
    pub(crate) fn has_encrypted_sizes(&self, sizes: &[u64]) -> bool {
        let announced = |name| crate::decimal::<u64>(std::str::from_utf8(self.headers.get(name)?).ok()?);
        let fits = |size: u64| match sizes.split_last() {
            Some((last, others)) => *last <= size && others.iter().all(|other| *other == size),
            None => true,
        };
        announced(ENCRYPTED_PART_SIZE).is_none_or(fits)
            && announced(ENCRYPTED_DATA_SIZE).is_none_or(|size| sizes.iter().sum::<u64>() == size)
    }
}

/// One uploaded part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// 1 to [`MAX_PART_NUMBER`].
    pub number: u16,
    /// Length in bytes.
    pub size: u64,
    /// MD5 of the part.
    pub etag: ETag,
    /// CRC-64 of the part.
    pub crc64: Crc64,
    /// The time of the upload.
    pub modified: Timestamp,
    /// The part's bytes, a whole blob; `None` for an empty part.
    pub extent: Option<Extent>,
}
