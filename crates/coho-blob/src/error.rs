//! Failures of blob operations, distinguished by what the caller can do.

use coho_model::BlobId;
use std::io;

/// The failure of a blob operation.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The blob does not exist: check again whether the object still refers to it.
    #[error("blob {0} is missing")]
    Missing(BlobId),
    /// The disk is full, or only its reserve is left.
    #[error("no space for blobs")]
    Full,
    /// The blob ends before the requested bytes: it is damaged.
    #[error("blob {blob} ends at {length}")]
    Short {
        /// The blob.
        blob: BlobId,
        /// Its length in bytes.
        length: u64,
    },
    /// Something other than a regular file has the blob's name, and was not opened.
    #[error("blob {0} is not a regular file")]
    NotRegular(BlobId),
    /// Any other failure: see the log.
    #[error("blob store failed during {operation}")]
    Io {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        source: io::Error,
    },
}

impl BlobError {
    pub(crate) fn io(operation: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { operation, source },
        }
    }
}
