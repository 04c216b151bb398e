//! Multipart uploads and their parts as they are recorded.

use crate::{Crc64, ETag, Extent, ObjectAcl, ObjectHeaders, ObjectKey, StorageClass, Timestamp, UploadId};

/// Part numbers are 1 to this.
pub const MAX_PART_NUMBER: u16 = 10_000;
/// Least bytes of every part but the last, checked at completion (100 KB; answered with `EntityTooSmall`).
pub const MIN_PART_BYTES: u64 = 100 * 1024;

/// An upload that is neither complete nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRecord {
    /// Its id.
    pub id: UploadId,
    /// The object that it will become.
    pub key: ObjectKey,
    /// When it was begun.
    pub initiated: Timestamp,
    /// What the object will have.
    pub headers: ObjectHeaders,
    /// What the object will have.
    pub acl: ObjectAcl,
    /// What the object will have.
    pub storage_class: StorageClass,
    /// Completion is refused if the object exists by then.
    pub forbid_overwrite: bool,
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
    /// When it was written.
    pub modified: Timestamp,
    /// Its bytes, a whole blob; `None` for an empty part.
    pub extent: Option<Extent>,
}
