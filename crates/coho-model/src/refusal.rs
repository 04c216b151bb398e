//! Why a change is not made.

use crate::{BucketName, ETag, ObjectKey};

/// A change that its own rules refuse. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bucket that the change names by id is gone.
    #[error("bucket does not exist")]
    NoSuchBucket,
    /// A bucket of that name belongs to somebody else, or was made with other settings.
    #[error("bucket {0} already exists")]
    BucketAlreadyExists(BucketName),
    /// The owner has as many buckets as one may have.
    #[error("owner has {0} buckets already")]
    TooManyBuckets(usize),
    /// The bucket holds objects or uploads.
    #[error("bucket is not empty")]
    BucketNotEmpty,
    /// There is no such object.
    #[error("object {0} does not exist")]
    NoSuchKey(ObjectKey),
    /// The change must not overwrite, and the object exists.
    #[error("object {0} already exists")]
    AlreadyExists(ObjectKey),
    /// A later write has overtaken the fill or the rewrite.
    #[error("overtaken by a later write")]
    Overtaken,
    /// There is no such upload.
    #[error("upload does not exist")]
    NoSuchUpload,
    /// A listed part was not uploaded, or with another entity tag.
    #[error("part {number} is missing or differs")]
    InvalidPart {
        /// Its number.
        number: u16,
        /// The tag that the client named.
        etag: Option<ETag>,
    },
    /// The listed parts are not in ascending order.
    #[error("parts are not in ascending order")]
    InvalidPartOrder,
    /// A part that is not the last is smaller than OSS allows.
    #[error("part {number} has {size} bytes")]
    PartTooSmall {
        /// Its number.
        number: u16,
        /// Its bytes.
        size: u64,
    },
    /// The completion names no part, or there is none.
    #[error("upload has no parts")]
    NoParts,
}
