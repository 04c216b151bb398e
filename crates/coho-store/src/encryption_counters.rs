//! What was encrypted and opened since the start, and what could not be.

use coho_crypt::KeyError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why bytes or a data key could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncryptionFailure {
    /// The key file lacks the master key.
    MissingKey,
    /// The sealed bytes were changed, or are those of another place.
    Damaged,
    /// The key file cannot be read or written, or takes no more keys.
    KeyFile,
    /// The cryptographic library failed.
    Library,
}

impl EncryptionFailure {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::MissingKey, Self::Damaged, Self::KeyFile, Self::Library];

    /// The label of the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::MissingKey => "missing_key",
            Self::Damaged => "damaged",
            Self::KeyFile => "key_file",
            Self::Library => "library",
        }
    }

    fn of(error: &KeyError) -> Self {
        match error {
            KeyError::Missing(_) => Self::MissingKey,
            KeyError::Damaged | KeyError::UnknownForm => Self::Damaged,
            KeyError::File { .. } | KeyError::Malformed { .. } | KeyError::TooMany(_) => Self::KeyFile,
            KeyError::Active(_) | KeyError::InUse(..) | KeyError::Library => Self::Library,
        }
    }
}

/// Counters of plain bytes and of failures.
#[derive(Debug, Default)]
pub struct EncryptionCounters {
    sealed_bytes: AtomicU64,
    opened_bytes: AtomicU64,
    failures: [AtomicU64; EncryptionFailure::ALL.len()],
}

impl EncryptionCounters {
    /// Plain bytes of bodies that were encrypted.
    pub fn sealed_bytes(&self) -> u64 {
        self.sealed_bytes.load(Ordering::Relaxed)
    }

    /// Plain bytes of bodies that were decrypted for readers. A frame is opened as a whole, so those around a range are among them.
    pub fn opened_bytes(&self) -> u64 {
        self.opened_bytes.load(Ordering::Relaxed)
    }

    /// Failures with this reason.
    pub fn failures(&self, reason: EncryptionFailure) -> u64 {
        self.failures[reason as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn sealed(&self, bytes: usize) {
        self.sealed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn opened(&self, bytes: usize) {
        self.opened_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Passes a result on, and counts a failure.
    pub(crate) fn noted<T>(&self, result: Result<T, KeyError>) -> Result<T, KeyError> {
        result.inspect_err(|error| {
            self.failures[EncryptionFailure::of(error) as usize].fetch_add(1, Ordering::Relaxed);
        })
    }
}
