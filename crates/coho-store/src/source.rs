//! Where the bytes of a write come from.

use async_trait::async_trait;
use bytes::Bytes;

/// A body that arrives piece by piece.
#[async_trait]
pub trait BodySource: Send {
    /// The next bytes; `None` once the body has ended as it should.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError>;
}

/// Why a body did not arrive whole. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It ended before its end, or the connection broke.
    #[error("body ended early")]
    Incomplete,
    /// Nothing came for too long.
    #[error("body stalled")]
    Stalled,
    /// It is longer than such a body may be.
    #[error("body is longer than {limit} bytes")]
    TooLarge {
        /// How long it may be.
        limit: u64,
    },
    /// It is not what its sender signed.
    #[error("body does not match its signed digest")]
    DigestMismatch,
    /// Reading the bytes to copy failed.
    #[error("source could not be read")]
    Source(#[source] Box<crate::StoreError>),
}
