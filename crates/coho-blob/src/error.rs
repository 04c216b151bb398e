//! What can go wrong with blobs, by what the caller can do about it.

use coho_model::BlobId;
use std::io;

/// The failure of a blob operation.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob: look again whether the object still refers to it.
    #[error("blob {0} is missing")]
    Missing(BlobId),
    /// The disk is full, or would be filled into its reserve.
    #[error("no space for blobs")]
    Full,
    /// The blob ends before the bytes that were asked for: it is damaged.
    #[error("blob {blob} ends at {length}")]
    Short {
        /// Which.
        blob: BlobId,
        /// Its length in bytes.
        length: u64,
    },
    /// Anything else: look into the log.
    #[error("blob store failed during {operation}")]
    Io {
        /// What it was doing.
        operation: &'static str,
        /// Why.
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
