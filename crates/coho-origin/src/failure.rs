//! Why an object could not be had from its origin.

use coho_store::{BodyError, StoreError};
use std::sync::Arc;

/// The failure of a fetch, shared by everybody who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MirrorFailure {
    /// The origin has no such object: 404.
    #[error("origin has no such object")]
    NotFound,
    /// The origin answered with another status than 200 or 404.
    #[error("origin answered with status {0}")]
    Status(u16),
    /// The origin's name does not resolve.
    #[error("origin name does not resolve")]
    Dns,
    /// The origin has an address that is not admitted.
    #[error("origin address is not admitted: {0}")]
    Address(Arc<str>),
    /// No connection, no answer, or one that is no HTTP.
    #[error("origin cannot be reached: {0}")]
    Unreachable(Arc<str>),
    /// No answer in time.
    #[error("origin did not answer in time")]
    Timeout,
    /// The answer's end could not be recognised, so nobody could tell whether it is whole.
    #[error("origin answer has neither a length nor chunks")]
    NoLength,
    /// The body broke off, stalled, or was not what its head said.
    #[error("origin body failed: {0}")]
    Body(Arc<str>),
    /// The body is shorter than its length.
    #[error("origin body is shorter than its length")]
    Short,
    /// More bytes came than the body has.
    #[error("origin sent more bytes than it announced")]
    Surplus,
    /// A range was answered with something else.
    #[error("origin does not answer the range")]
    NoRange,
    /// The body is not what the origin's `Content-MD5` says.
    #[error("origin body has another MD5 than its Content-MD5")]
    Md5,
    /// The origin's headers are larger than an object may keep.
    #[error("origin headers are too large")]
    MetaTooLarge,
    /// The origin redirects again and again.
    #[error("origin redirects too often")]
    Redirects,
    /// The fetch came from ourselves.
    #[error("origin leads back to this server")]
    Loop,
    /// The bucket begins more fetches per second than it may.
    #[error("bucket begins too many fetches per second")]
    RateLimited,
    /// The origin has failed again and again and is not asked for a moment; this is how it failed last.
    #[error("origin is left alone for a moment: {0}")]
    LeftAlone(Arc<MirrorFailure>),
    /// The origin had no such object a moment ago.
    #[error("origin had no such object a moment ago")]
    KnownMissing,
    /// Too many fetches at once.
    #[error("too many fetches are in flight")]
    Busy,
    /// The store could not take it.
    #[error("store could not take the object")]
    Store(#[source] Arc<StoreError>),
}

impl MirrorFailure {
    /// Whether it says that the origin does not answer, and nothing else.
    pub(crate) fn is_of_the_origin(&self) -> bool {
        matches!(self, Self::Dns | Self::Unreachable(_) | Self::Timeout)
    }

    /// The word under which it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Status(_) => "status",
            Self::Dns => "dns",
            Self::Address(_) => "address",
            Self::Unreachable(_) => "unreachable",
            Self::Timeout => "timeout",
            Self::NoLength => "no_length",
            Self::Body(_) => "body",
            Self::Short => "short",
            Self::Surplus => "surplus",
            Self::NoRange => "no_range",
            Self::Md5 => "md5",
            Self::MetaTooLarge => "meta_too_large",
            Self::Redirects => "redirects",
            Self::Loop => "loop",
            Self::RateLimited => "qps",
            Self::LeftAlone(_) => "left_alone",
            Self::KnownMissing => "known_missing",
            Self::Busy => "busy",
            Self::Store(error) if matches!(**error, StoreError::Body(BodyError::TooLarge { .. })) => "too_large",
            Self::Store(_) => "store",
        }
    }
}

impl From<StoreError> for MirrorFailure {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}
