//! The key of one object version or upload.

use crate::master_key::KeyBytes;
use coho_model::DataKeyId;
use std::fmt;

/// The purpose of a sealed data key.
pub(crate) const DATA_KEY_CONTEXT: &[u8] = b"coho data key 1";

/// A data key. It encrypts nothing itself: each blob has a key that is derived from it.
#[derive(Clone)]
pub struct DataKey {
    pub(crate) id: DataKeyId,
    pub(crate) bytes: KeyBytes,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({:?})", self.id)
    }
}
