//! Which kind a failure of a lower floor is. Every match is written out without a wildcard, so that a new failure must
//! choose its kind here.

use super::{Failure, FailureKind, OriginFault};
use coho_crypt::KeyError;
use coho_model::{Refusal, RequestRefusal, website::RulesExcludeVersioning};
use coho_origin::MirrorFailure;
use coho_store::{BodyError, StoreError};

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refused(refusal).into(),
            StoreError::Body(error) => error.into(),
            StoreError::Md5Mismatch { expected, computed } => FailureKind::Md5Mismatch { expected, computed }.into(),
            StoreError::Crc64Mismatch => FailureKind::Crc64Mismatch.into(),
            StoreError::Full => Self::internal(FailureKind::Full, StoreError::Full),
            error @ (StoreError::ReadOnly | StoreError::Stopping) => Self::internal(FailureKind::Unavailable, error),
            StoreError::Key(KeyError::Missing(key)) => {
                Self::internal(FailureKind::MasterKeyMissing(key), StoreError::Key(KeyError::Missing(key)))
            }
            error @ (StoreError::Damaged(_)
            | StoreError::Meta(_)
            | StoreError::Blob(_)
            | StoreError::Key(_)
            | StoreError::Panicked) => Self::internal(FailureKind::Internal, error),
        }
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Incomplete => FailureKind::BodyIncomplete.into(),
            BodyError::Stalled => FailureKind::BodyStalled.into(),
            BodyError::TooLarge { limit } => FailureKind::BodyTooLarge { limit }.into(),
            BodyError::DigestMismatch => FailureKind::SignedDigestMismatch.into(),
            BodyError::Source(error) => (*error).into(),
        }
    }
}

fn refused(refusal: Refusal) -> FailureKind {
    match refusal {
        // No operation changes accounts or keys.
        Refusal::Access(_) => FailureKind::Unavailable,
        Refusal::NoSuchBucket => FailureKind::NoSuchBucket(None),
        Refusal::BucketAlreadyExists(name) => FailureKind::BucketAlreadyExists(name),
        Refusal::TooManyBuckets(_) => FailureKind::TooManyBuckets,
        Refusal::BucketNotEmpty => FailureKind::BucketNotEmpty(None),
        Refusal::WebsiteConditionFailed => FailureKind::PreconditionFailed("If-Match"),
        Refusal::RulesExcludeVersioning(conflict) => {
            // OSS documents no other code for an invalid website.
            let element = match conflict {
                RulesExcludeVersioning::RulesRefused => "RoutingRules",
                RulesExcludeVersioning::VersioningRefused => "Status",
            };
            FailureKind::Request(Box::new(RequestRefusal::invalid_argument(element, "", conflict.to_string())))
        }
        Refusal::NoSuchVersion { key, id } => FailureKind::NoSuchVersion { key, version: id },
        Refusal::IsDeleteMarker { id, .. } => FailureKind::IsDeleteMarker { method: None, marker: id },
        Refusal::NoSuchKey(key) => FailureKind::NoSuchKey(Some(key)),
        Refusal::AlreadyExists(key) => FailureKind::ObjectAlreadyExists(key),
        Refusal::Overtaken => FailureKind::Overtaken,
        Refusal::ObjectNotAppendable => FailureKind::ObjectNotAppendable,
        Refusal::PositionNotEqualToLength { length } => FailureKind::PositionNotEqualToLength { length },
        Refusal::NotArchived => FailureKind::NotArchived,
        Refusal::InvalidRestore(invalid) => FailureKind::InvalidRestore(invalid),
        Refusal::RestoreInProgress => FailureKind::RestoreInProgress,
        Refusal::RestoreUnfinished => FailureKind::RestoreUnfinished,
        Refusal::NotRestored => FailureKind::NotRestored,
        // Merging has failed again and again: the log says why.
        Refusal::TooManyExtents => FailureKind::Unavailable,
        Refusal::NoSuchUpload => FailureKind::NoSuchUpload(None),
        Refusal::InvalidPart { number, etag } => FailureKind::InvalidPart { number, etag },
        Refusal::InvalidPartOrder => FailureKind::InvalidPartOrder,
        Refusal::PartNotSequential { number } => FailureKind::PartNotSequential { number },
        Refusal::PartAlreadyExists { number, etag } => FailureKind::PartAlreadyExists { number, etag },
        Refusal::PartTooSmall { number, size } => FailureKind::PartTooSmall { number, size },
        Refusal::NotAsEncrypted => FailureKind::NotAsEncrypted,
        Refusal::OtherCrc64 => FailureKind::Crc64Mismatch,
        Refusal::NoParts => FailureKind::NoParts,
    }
}

impl From<MirrorFailure> for Failure {
    fn from(failure: MirrorFailure) -> Self {
        let fault = match failure {
            MirrorFailure::NotFound | MirrorFailure::CachedNotFound => return FailureKind::NoSuchKey(None).into(),
            // The answer that a request to the origin would have got.
            MirrorFailure::CircuitOpen(last) => return (*last).clone().into(),
            MirrorFailure::Status(status) => OriginFault::Status(status),
            MirrorFailure::Unreachable(_) => OriginFault::Status(0),
            MirrorFailure::Dns | MirrorFailure::DnsTimeout => OriginFault::NameNotResolved,
            MirrorFailure::Address(_) => OriginFault::AddressRefused,
            MirrorFailure::Timeout => OriginFault::Timeout,
            MirrorFailure::NoLength
            | MirrorFailure::EndNotProved
            | MirrorFailure::TrailingData
            | MirrorFailure::Body(_) => OriginFault::BodyUnreadable,
            MirrorFailure::Short | MirrorFailure::NoRange => OriginFault::BodyShort,
            MirrorFailure::Md5 => OriginFault::Md5Mismatch,
            MirrorFailure::Redirects => OriginFault::TooManyRedirects,
            MirrorFailure::MetaTooLarge => OriginFault::HeadersTooLarge,
            MirrorFailure::Loop => OriginFault::Loop,
            MirrorFailure::RateLimited => OriginFault::RateLimited,
            MirrorFailure::Busy(limit) => OriginFault::Busy(limit),
            MirrorFailure::Store(ref error) => match &**error {
                StoreError::Full => return Self::internal(FailureKind::Full, failure),
                StoreError::ReadOnly | StoreError::Stopping => {
                    return Self::internal(FailureKind::Unavailable, failure);
                }
                StoreError::Key(KeyError::Missing(key)) => {
                    let kind = FailureKind::MasterKeyMissing(*key);
                    return Self::internal(kind, failure);
                }
                StoreError::Refused(Refusal::NoSuchBucket) => return FailureKind::NoSuchBucket(None).into(),
                StoreError::Body(BodyError::TooLarge { .. }) => OriginFault::BodyUnreadable,
                StoreError::Refused(_)
                | StoreError::Body(_)
                | StoreError::Md5Mismatch { .. }
                | StoreError::Crc64Mismatch
                | StoreError::Damaged(_)
                | StoreError::Meta(_)
                | StoreError::Blob(_)
                | StoreError::Key(_)
                | StoreError::Panicked => return Self::internal(FailureKind::Internal, failure),
            },
        };
        FailureKind::Origin(fault).into()
    }
}
