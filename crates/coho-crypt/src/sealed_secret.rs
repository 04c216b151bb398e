//! A sealed secret as text, for files of settings.

use crate::{KeyError, master_key::SEAL_OVERHEAD_BYTES};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use coho_model::MasterKeyId;
use std::{fmt, str::FromStr};

/// What the text begins with: the form and its version.
const PREFIX: &str = "sealed-1";
/// Longest secret, in bytes.
pub(crate) const MAX_SECRET_BYTES: usize = 16 * 1024;

/// A small secret that a master key has sealed. Its text is `sealed-1:<id of the master key>:<base64>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The master key that opens it.
    pub master: MasterKeyId,
    /// Nonce, ciphertext and tag.
    pub bytes: Box<[u8]>,
}

impl fmt::Display for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}:{}:{}", self.master, STANDARD_NO_PAD.encode(&self.bytes))
    }
}

impl FromStr for SealedSecret {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError::UnknownForm;
        let rest = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(':')).ok_or_else(unknown)?;
        let (master, bytes) = rest.split_once(':').ok_or_else(unknown)?;
        let master = MasterKeyId::parse(master).ok_or_else(unknown)?;
        if bytes.len() > 2 * MAX_SECRET_BYTES {
            return Err(KeyError::UnknownForm);
        }
        let bytes = STANDARD_NO_PAD.decode(bytes).map_err(|_| KeyError::UnknownForm)?;
        if bytes.len() < SEAL_OVERHEAD_BYTES {
            return Err(KeyError::UnknownForm);
        }
        Ok(Self { master, bytes: bytes.into() })
    }
}
