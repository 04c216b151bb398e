//! The failure of a request, in no dialect: what kind it is, and what caused it.
//!
//! `classify` gives each failure of a lower floor its kind; `oss` gives each kind its answer in OSS's dialect. Both
//! match without a wildcard, so that a new failure must choose.

mod classify;
mod oss;

use crate::callback::FailedCallback;
use coho_admin_api::explain::DenialReason;
use coho_auth::AuthError;
use coho_model::{
    BucketName, BucketStat, ETag, HeaderLimitExceeded, InvalidRestore, MasterKeyId, ObjectKey, RequestRefusal,
    VersionId, website::InvalidWebsite,
};
use coho_origin::BusyLimit;
use coho_oss::{Operation, OssError};
use http::{Method, StatusCode};

/// What a failure is caused by.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A request that fails.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// The cause of a 5xx, for the log alone.
    pub(crate) cause: Option<Cause>,
}

/// What failed, in words of the model.
#[derive(Debug)]
pub(crate) enum FailureKind {
    /// The request is refused for what it says: it names no operation, or one of its arguments is invalid.
    Request(Box<RequestRefusal>),
    /// The headers to be stored with an object are too large.
    HeadersTooLarge(HeaderLimitExceeded),

    /// The signature is missing a part, or does not hold.
    Unauthenticated(Box<AuthError>),
    /// An anonymous request for something that only an account can have.
    SignatureRequired,
    /// The console needs a session, and this one is missing or over.
    SessionRequired,
    /// A change through the console without the token of its session.
    CsrfTokenRequired,
    /// A request to the console by a page of another origin.
    CrossOriginRequest,
    /// The identity lacks the right, for this reason; the text is for the client.
    AccessDenied(&'static str, DenialReason),
    /// The rights of the access key, or the policy of its session, do not reach so far.
    KeyDenied,
    /// The bucket charges those who send requests, and the sender has not agreed.
    RequesterPays(BucketName),
    /// The `Referer` is not one from which the bucket's objects may be linked.
    RefererDenied(BucketName),
    /// A statement of the bucket's policy denies the request.
    PolicyDenied(BucketName),
    /// Public access is blocked, and the request would open something to everyone; the text is for the client.
    PublicAccessBlocked(&'static str),

    NoSuchBucket(Option<Box<str>>),
    NoSuchKey(Option<ObjectKey>),
    NoSuchVersion {
        key: ObjectKey,
        version: VersionId,
    },
    /// The current version of the object is this delete marker.
    Deleted {
        key: ObjectKey,
        marker: VersionId,
    },
    /// The version that the request names is a delete marker, which has nothing to read or to change.
    IsDeleteMarker {
        /// That of the request, once it is known: a store does not know it.
        method: Option<Method>,
        marker: VersionId,
    },
    /// With the operation that asks for it, and the client's text, which may not be an upload id.
    NoSuchUpload(Option<(Operation, Box<str>)>),
    NoSuchWebsite(BucketName),
    BucketAlreadyExists(BucketName),
    /// With what the bucket holds.
    BucketNotEmpty(Option<(BucketName, BucketStat)>),
    TooManyBuckets,
    /// The object exists and must not be overwritten.
    ObjectAlreadyExists(ObjectKey),
    /// Other writes of the object came first, again and again.
    Overtaken,

    /// The object takes no appends.
    ObjectNotAppendable,
    /// The object has another length than an append names.
    PositionNotEqualToLength {
        length: u64,
    },

    /// The object is archived and not restored.
    ObjectFrozen,
    /// The object's class needs no restore.
    NotArchived,
    InvalidRestore(InvalidRestore),
    RestoreInProgress,
    RestoreUnfinished,
    NotRestored,

    /// The object is stored, and its callback has failed.
    CallbackFailed(Box<FailedCallback>),

    NotModified,
    /// The condition of this name does not hold.
    PreconditionFailed(&'static str),
    RangeNotSatisfiable {
        range: Box<str>,
        size: u64,
    },

    BodyIncomplete,
    BodyStalled,
    BodyTooLarge {
        limit: u64,
    },
    BodyLengthMissing,
    /// The body is not the one whose digest was signed.
    SignedDigestMismatch,
    Md5Mismatch {
        expected: [u8; 16],
        computed: [u8; 16],
    },
    Crc64Mismatch,

    NoParts,
    InvalidPart {
        number: u16,
        etag: Option<ETag>,
    },
    InvalidPartOrder,
    PartNotSequential {
        number: u16,
    },
    PartAlreadyExists {
        number: u16,
        etag: ETag,
    },
    PartTooSmall {
        number: u16,
        size: u64,
    },
    NotAsEncrypted,

    /// The origin did not deliver the object.
    Origin(OriginFault),

    /// The object, or the request, needs a master key that the key file does not have.
    MasterKeyMissing(MasterKeyId),
    /// The disk is full.
    Full,
    /// A limit on the memory of requests is reached.
    NoMemory,
    /// The store takes no writes, or stops.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// Why an origin did not deliver an object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OriginFault {
    /// It answered with this status, or with 0 if it did not answer.
    Status(u16),
    NameNotResolved,
    AddressRefused,
    Timeout,
    BodyUnreadable,
    BodyShort,
    Md5Mismatch,
    TooManyRedirects,
    HeadersTooLarge,
    Loop,
    /// The quota of the bucket or the rule refused the fetch.
    RateLimited,
    /// Another limit of this server refused the fetch.
    Busy(BusyLimit),
}

impl FailureKind {
    /// What denies the sender the access, if that is why the request fails.
    pub(crate) fn denial(&self) -> Option<DenialReason> {
        match self {
            Self::AccessDenied(_, reason) => Some(*reason),
            Self::KeyDenied => Some(DenialReason::KeyRights),
            Self::PolicyDenied(_) => Some(DenialReason::Policy),
            Self::PublicAccessBlocked(_) => Some(DenialReason::PublicAccessBlock),
            Self::RefererDenied(_) => Some(DenialReason::Referer),
            Self::RequesterPays(_) => Some(DenialReason::RequesterPays),
            _ => None,
        }
    }
}

impl Failure {
    /// Whether the stored bytes of an object are damaged.
    pub(crate) fn is_damage(&self) -> bool {
        let cause = self.cause.as_ref().and_then(|cause| cause.downcast_ref::<coho_store::StoreError>());
        cause.is_some_and(coho_store::StoreError::is_damage)
    }

    fn internal(kind: FailureKind, cause: impl Into<Cause>) -> Self {
        Self { kind, cause: Some(cause.into()) }
    }

    /// The handler of the request has panicked.
    pub(crate) fn panicked() -> Self {
        Self::internal(FailureKind::Internal, "the handler panicked")
    }

    pub(crate) fn no_such_bucket(name: &str) -> Self {
        FailureKind::NoSuchBucket(Some(name.into())).into()
    }

    pub(crate) fn no_such_key(key: &ObjectKey) -> Self {
        FailureKind::NoSuchKey(Some(key.clone())).into()
    }

    /// As OSS answers it.
    pub(crate) fn answer(&self) -> OssError {
        oss::answer(&self.kind)
    }

    /// The status of its answer, which rules can ask about.
    pub(crate) fn status(&self) -> StatusCode {
        self.answer().status()
    }

    /// The cause, for the log.
    pub(crate) fn error(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &dyn std::error::Error)
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self { kind, cause: None }
    }
}

impl From<RequestRefusal> for Failure {
    fn from(refusal: RequestRefusal) -> Self {
        FailureKind::Request(Box::new(refusal)).into()
    }
}

impl From<InvalidWebsite> for Failure {
    fn from(invalid: InvalidWebsite) -> Self {
        RequestRefusal::from(invalid).into()
    }
}

impl From<HeaderLimitExceeded> for Failure {
    fn from(exceeded: HeaderLimitExceeded) -> Self {
        FailureKind::HeadersTooLarge(exceeded).into()
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        FailureKind::Unauthenticated(Box::new(error)).into()
    }
}
