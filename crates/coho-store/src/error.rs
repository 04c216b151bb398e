//! What can go wrong in the store, by what the caller can do about it.

use crate::BodyError;
use coho_blob::BlobError;
use coho_crypt::KeyError;
use coho_meta::MetaError;
use coho_model::Refusal;

/// The failure of a use case. Nothing visible was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The change's own rules refuse it.
    #[error("change refused")]
    Refused(#[source] Refusal),
    /// The body did not arrive whole.
    #[error("body was not received")]
    Body(#[from] BodyError),
    /// The body is not what the client's `Content-MD5` says.
    #[error("body has another MD5 than was announced")]
    Md5Mismatch {
        /// What was announced.
        expected: [u8; 16],
        /// What arrived.
        computed: [u8; 16],
    },
    /// The body is not what the client's CRC-64 says.
    #[error("body has another crc64 than was announced")]
    Crc64Mismatch,
    /// The disk is full.
    #[error("no space")]
    Full,
    /// The store takes no writes until it is started again.
    #[error("store is read-only")]
    ReadOnly,
    /// The store is stopping.
    #[error("store is stopping")]
    Stopping,
    /// A task panicked: the log says where, and what it did is unknown.
    #[error("task panicked")]
    Panicked,
    /// The object's record exists and its bytes do not.
    #[error("object is damaged")]
    Damaged(#[source] BlobError),
    /// Metadata failed: look into the log.
    #[error("metadata failed")]
    Meta(#[source] MetaError),
    /// Blobs failed: look into the log.
    #[error("blob store failed")]
    Blob(#[source] BlobError),
    /// A key is missing, or none can be made: look into the log.
    #[error("encryption failed")]
    Key(#[source] KeyError),
}

impl StoreError {
    /// The same failure for another caller.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::ReadOnly => Self::ReadOnly,
            Self::Stopping => Self::Stopping,
            Self::Panicked => Self::Panicked,
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            other => {
                let source = std::io::Error::other(other.to_string());
                Self::Blob(BlobError::Io { operation: "making an object durable", source })
            }
        }
    }
}

impl From<MetaError> for StoreError {
    fn from(error: MetaError) -> Self {
        match error {
            MetaError::Refused(refusal) => Self::Refused(refusal),
            MetaError::Full => Self::Full,
            MetaError::ReadOnly => Self::ReadOnly,
            MetaError::Closed => Self::Stopping,
            error @ (MetaError::Engine { .. } | MetaError::DamagedBody { .. } | MetaError::Unpersisted) => {
                Self::Meta(error)
            }
        }
    }
}

impl From<BlobError> for StoreError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Full => Self::Full,
            error @ (BlobError::Missing(_) | BlobError::NotRegular(_) | BlobError::Short { .. }) => {
                Self::Damaged(error)
            }
            error @ BlobError::Io { .. } => Self::Blob(error),
        }
    }
}
