//! What can go wrong with keys, by what the operator can do about it.

use coho_model::MasterKeyId;
use std::{io, path::PathBuf};

/// Why something could not be sealed or opened. No variant carries a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file does not have the master key that sealed this. With the key back in the file it opens again.
    #[error("master key {0} is not in the key file")]
    Missing(MasterKeyId),
    /// The bytes were changed, or are those of another place.
    #[error("sealed bytes are damaged")]
    Damaged,
    /// The text is none that this release has written.
    #[error("sealed text has an unknown form")]
    UnknownForm,
    /// The key file cannot be read or written.
    #[error("{operation} {}", path.display())]
    File {
        /// What was done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// The key file is none, or contradicts itself.
    #[error("{} is not a key file: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong; never a key.
        reason: String,
    },
    /// The key file has as many keys as it may.
    #[error("the key file has {0} master keys, which is the limit: retire old ones")]
    TooMany(usize),
    /// The active key seals what is written now, so it cannot be retired.
    #[error("master key {0} is active")]
    Active(MasterKeyId),
    /// What the key has sealed could not be opened without it.
    #[error("master key {0} still seals {1} data keys or secrets")]
    InUse(MasterKeyId, u64),
    /// The operating system gave no random bytes, or the algorithm refused its input.
    #[error("the cryptographic library failed")]
    Library,
}
