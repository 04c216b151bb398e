//! Why a fetch failed.

use coho_store::{BodyError, StoreError};
use std::sync::Arc;

/// The failure of a fetch, shared by all requests that joined it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MirrorFailure {
    /// The origin answered 404.
    #[error("origin has no such object")]
    NotFound,
    /// The origin answered with a status that is neither 200 nor 404.
    #[error("origin answered with status {0}")]
    Status(u16),
    /// The origin's name does not resolve.
    #[error("origin name does not resolve")]
    Dns,
    /// The resolver did not answer in time.
    #[error("origin name did not resolve in time")]
    DnsTimeout,
    /// The address guard does not admit the origin's address.
    #[error("origin address is not admitted: {0}")]
    Address(Arc<str>),
    /// No connection, no answer, or an answer that is not HTTP.
    #[error("origin cannot be reached: {0}")]
    Unreachable(Arc<str>),
    /// No connection or no answer in time.
    #[error("origin did not answer in time")]
    Timeout,
    /// The body has a transfer coding other than chunks.
    #[error("origin answer has a transfer coding other than chunks")]
    NoLength,
    /// The readers have a body that ended with its connection, and may be cut off.
    #[error("origin body ended with its connection, which does not prove that it is whole")]
    EndNotProved,
    /// The body broke off, stalled, or contradicted its head.
    #[error("origin body failed: {0}")]
    Body(Arc<str>),
    /// The body is shorter than its length.
    #[error("origin body is shorter than its length")]
    Short,
    /// Bytes followed the end of the body.
    #[error("origin sent more bytes than it announced")]
    TrailingData,
    /// The answer to a range request is not that range.
    #[error("origin does not answer the range")]
    NoRange,
    /// The body's MD5 is not the origin's `Content-MD5`.
    #[error("origin body has another MD5 than its Content-MD5")]
    Md5,
    /// The origin's headers are larger than an object may keep.
    #[error("origin headers are too large")]
    MetaTooLarge,
    /// The origin redirects more often than the limit.
    #[error("origin redirects too often")]
    Redirects,
    /// The fetch came from this server.
    #[error("origin leads back to this server")]
    Loop,
    /// The bucket or the rule starts more fetches per second than its limit.
    #[error("bucket starts too many fetches per second")]
    RateLimited,
    /// The origin's circuit breaker is open, after this last failure.
    #[error("circuit open: {0}")]
    CircuitOpen(Arc<MirrorFailure>),
    /// The origin's 404 for this key is cached.
    #[error("origin had no such object a moment ago")]
    CachedNotFound,
    /// A limit of this server is reached.
    #[error("{0}")]
    Busy(BusyLimit),
    /// The store refused or failed to store the object.
    #[error("store could not take the object")]
    Store(#[source] Arc<StoreError>),
}

/// A limit of this server on what may be in progress at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusyLimit {
    /// [`MAX_FLIGHTS`](crate::MAX_FLIGHTS).
    #[error("too many fetches are in progress")]
    Fetches,
    /// [`MAX_FLIGHTS_PER_BUCKET`](crate::MAX_FLIGHTS_PER_BUCKET).
    #[error("too many fetches of the bucket are in progress")]
    BucketFetches,
    /// [`MAX_REQUESTS_PER_ORIGIN`](crate::MAX_REQUESTS_PER_ORIGIN): no request of others ended in time.
    #[error("too many requests to the origin are in progress")]
    OriginRequests,
    /// The limit of concurrent lookups and of names that wait for one.
    #[error("too many names of origins are being looked up")]
    Lookups,
}

impl BusyLimit {
    /// The outcome label in metrics and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fetches => "max_fetches",
            Self::BucketFetches => "max_bucket_fetches",
            Self::OriginRequests => "max_origin_requests",
            Self::Lookups => "max_lookups",
        }
    }
}

impl MirrorFailure {
    /// The failure of a fetch whose task ended without a result.
    pub(crate) fn aborted() -> Self {
        Self::Body("fetch aborted".into())
    }

    /// Whether the failure means that the origin does not answer at all.
    pub(crate) fn is_no_answer(&self) -> bool {
        matches!(self, Self::Dns | Self::DnsTimeout | Self::Unreachable(_) | Self::Timeout)
    }

    /// The outcome label in metrics and logs.
    pub fn label(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Status(_) => "status",
            Self::Dns => "dns",
            Self::DnsTimeout => "dns_timeout",
            Self::Address(_) => "address",
            Self::Unreachable(_) => "unreachable",
            Self::Timeout => "timeout",
            Self::NoLength => "no_length",
            Self::EndNotProved => "end_not_proved",
            Self::Body(_) => "body",
            Self::Short => "short",
            Self::TrailingData => "trailing_data",
            Self::NoRange => "no_range",
            Self::Md5 => "md5",
            Self::MetaTooLarge => "meta_too_large",
            Self::Redirects => "redirects",
            Self::Loop => "loop",
            Self::RateLimited => "qps",
            Self::CircuitOpen(_) => "circuit_open",
            Self::CachedNotFound => "cached_not_found",
            Self::Busy(limit) => limit.label(),
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
