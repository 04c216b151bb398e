//! Why a change is refused.

use crate::{AccessRefusal, BucketName, ETag, InvalidRestore, ObjectKey, VersionId, website::RulesExcludeVersioning};

/// A change that its own rules refuse. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The change of accounts and access keys cannot be made.
    #[error(transparent)]
    Access(#[from] AccessRefusal),
    /// The bucket does not exist, or not any more.
    #[error("bucket does not exist")]
    NoSuchBucket,
    /// A bucket of that name belongs to another owner, or has other settings.
    #[error("bucket {0} already exists")]
    BucketAlreadyExists(BucketName),
    /// The owner has reached the limit of buckets.
    #[error("owner has {0} buckets already")]
    TooManyBuckets(usize),
    /// The bucket holds objects or uploads.
    #[error("bucket is not empty")]
    BucketNotEmpty,
    /// The condition of a change of the website does not hold.
    #[error("the website configuration is in another state")]
    WebsiteConditionFailed,
    /// The bucket would have both versioning and rules.
    #[error(transparent)]
    RulesExcludeVersioning(#[from] RulesExcludeVersioning),
    /// The object does not exist.
    #[error("object {0} does not exist")]
    NoSuchKey(ObjectKey),
    /// The object has no version of that id.
    #[error("object {key} has no version {id}")]
    NoSuchVersion {
        /// The key.
        key: ObjectKey,
        /// The id.
        id: VersionId,
    },
    /// The version is a delete marker, which has nothing that could be changed.
    #[error("version {id} of object {key} is a delete marker")]
    IsDeleteMarker {
        /// The key.
        key: ObjectKey,
        /// The id.
        id: VersionId,
    },
    /// The change must not overwrite, and the object exists.
    #[error("object {0} already exists")]
    AlreadyExists(ObjectKey),
    /// A later write has overtaken the fill or the rewrite.
    #[error("overtaken by a later write")]
    Overtaken,
    /// The object takes no appends: it was written in another way, or it is sealed.
    #[error("object is not appendable")]
    ObjectNotAppendable,
    /// The object has another length than the append or the seal names.
    #[error("object has {length} bytes")]
    PositionNotEqualToLength {
        /// The length.
        length: u64,
    },
    /// The object's class needs no restore.
    #[error("object is not archived")]
    NotArchived,
    /// The class of the object offers no such restore.
    #[error("restore is not possible")]
    InvalidRestore(#[source] InvalidRestore),
    /// A restore of the object is under way.
    #[error("restore is in progress")]
    RestoreInProgress,
    /// The object is to be frozen again before its restore has completed.
    #[error("restore is not finished")]
    RestoreUnfinished,
    /// The object is to be frozen again and is not restored.
    #[error("object is not restored")]
    NotRestored,
    /// The object has as many extents as an object may have.
    #[error("object has too many extents")]
    TooManyExtents,
    /// The upload does not exist.
    #[error("upload does not exist")]
    NoSuchUpload,
    /// A listed part was not uploaded, or has another entity tag.
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
    /// A part of a sequential upload does not follow those before it, at its upload or in the list of the completion.
    #[error("part {number} is out of order")]
    PartNotSequential {
        /// Its number.
        number: u16,
    },
    /// A sequential upload has the part already.
    #[error("part {number} exists already")]
    PartAlreadyExists {
        /// Its number.
        number: u16,
        /// The tag of the one that exists.
        etag: ETag,
    },
    /// A part before the last one is smaller than OSS allows.
    #[error("part {number} has {size} bytes")]
    PartTooSmall {
        /// Its number.
        number: u16,
        /// Its bytes.
        size: u64,
    },
    /// The parts are not those that the client announced when it began to encrypt.
    #[error("parts are not as announced for encryption by the client")]
    NotAsEncrypted,
    /// The object has another CRC-64 than the client says.
    #[error("the object has another CRC-64")]
    OtherCrc64,
    /// The completion lists no part, or the upload has none.
    #[error("upload has no parts")]
    NoParts,
}
