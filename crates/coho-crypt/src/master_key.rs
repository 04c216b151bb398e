//! One master key, and how it seals: AES-256-GCM-SIV (RFC 8452) with a random nonce. One master key seals the data key of every object,
//! and this mode stays safe for far more random nonces than GCM, whose limit is 2^32.

use crate::KeyError;
use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand,
};
use coho_model::{MasterKeyId, Timestamp};
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a master key and of a data key.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes that sealing adds: nonce and tag.
pub(crate) const SEAL_OVERHEAD_BYTES: usize = NONCE_LEN + 16;

/// Key bytes that are erased when they are dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// A master key with its name.
#[derive(Clone)]
pub(crate) struct MasterKey {
    pub(crate) id: MasterKeyId,
    pub(crate) created: Timestamp,
    pub(crate) bytes: KeyBytes,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// Random bytes of a key.
pub(crate) fn random_key() -> Result<KeyBytes, KeyError> {
    let mut bytes = KeyBytes::default();
    rand::fill(&mut bytes[..]).map_err(|_| KeyError::Library)?;
    Ok(bytes)
}

impl MasterKey {
    pub(crate) fn generate(created: Timestamp) -> Result<Self, KeyError> {
        let mut id = [0; 8];
        rand::fill(&mut id).map_err(|_| KeyError::Library)?;
        Ok(Self { id: MasterKeyId(u64::from_be_bytes(id)), created, bytes: random_key()? })
    }

    fn cipher(&self) -> Result<LessSafeKey, KeyError> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, &self.bytes[..]).map_err(|_| KeyError::Library)?;
        Ok(LessSafeKey::new(key))
    }

    /// Nonce, ciphertext and tag. The same `context` opens it: it says what the secret is for, and keeps it from being used elsewhere.
    pub(crate) fn seal(&self, secret: &[u8], context: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| KeyError::Library)?;
        let mut sealed = Vec::with_capacity(secret.len() + SEAL_OVERHEAD_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.cipher()?.seal_in_place_separate_tag(nonce, Aad::from(context), &mut sealed[NONCE_LEN..]);
        sealed.extend_from_slice(tag.map_err(|_| KeyError::Library)?.as_ref());
        Ok(sealed)
    }

    /// The inverse of [`Self::seal`].
    pub(crate) fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if sealed.len() < SEAL_OVERHEAD_BYTES {
            return Err(KeyError::Damaged);
        }
        let (nonce, rest) = sealed.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Damaged)?;
        let mut opened = Zeroizing::new(rest.to_vec());
        let length = self.cipher()?.open_in_place(nonce, Aad::from(context), &mut opened);
        let length = length.map_err(|_| KeyError::Damaged)?.len();
        opened.truncate(length);
        Ok(opened)
    }
}
