//! The cipher of a file that only this process reads: AES-256 in counter mode, by a random key that is in memory alone.
//!
//! A byte of the file is at the offset of its plain byte, so bytes are written and read at any offset. Nothing authenticates them: what is
//! kept of such a file is checked by the digest of the plain bytes. An offset is written anew only with the same bytes, so that no part
//! of the key stream hides two texts.

use crate::{KeyError, master_key::random_key};
use aws_lc_rs::{
    cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    iv::FixedLength,
};
use bytes::{Bytes, BytesMut};
use std::fmt;

/// Bytes of a block of the cipher, for each of which the counter advances by one.
const BLOCK_BYTES: u64 = 16;

/// The cipher of one file.
pub struct ScratchCipher(EncryptingKey);

impl fmt::Debug for ScratchCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScratchCipher(…)")
    }
}

impl ScratchCipher {
    /// A cipher with a new key, which is lost with it.
    pub fn generate() -> Result<Self, KeyError> {
        let key = UnboundCipherKey::new(&AES_256, &random_key()?[..]).map_err(|_| KeyError::Library)?;
        Ok(Self(EncryptingKey::ctr(key).map_err(|_| KeyError::Library)?))
    }

    /// Plain bytes of this offset as the file has them, and back: both are the same step.
    pub fn apply(&self, offset: u64, bytes: &[u8]) -> Result<Bytes, KeyError> {
        let skip = (offset % BLOCK_BYTES) as usize;
        let mut out = BytesMut::with_capacity(skip + bytes.len());
        out.resize(skip, 0);
        out.extend_from_slice(bytes);
        let counter = u128::from(offset / BLOCK_BYTES).to_be_bytes();
        let context = EncryptionContext::Iv128(FixedLength::from(counter));
        self.0.less_safe_encrypt(&mut out, context).map_err(|_| KeyError::Library)?;
        Ok(out.freeze().slice(skip..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_is_read_as_it_was_written_however_it_was_cut() {
        let plain: Vec<u8> = (0..5_000u32).map(|n| (n * 7 % 251) as u8).collect();
        let cipher = ScratchCipher::generate().unwrap();
        let whole = cipher.apply(0, &plain).unwrap();
        assert_eq!(whole.len(), plain.len());
        for (from, to) in [(0, 1), (0, 16), (1, 15), (15, 17), (16, 32), (17, 4_999), (4_095, 5_000), (77, 77)] {
            assert_eq!(cipher.apply(from as u64, &plain[from..to]).unwrap(), whole[from..to], "{from}..{to}");
            assert_eq!(cipher.apply(from as u64, &whole[from..to]).unwrap(), plain[from..to], "{from}..{to}");
        }
    }

    #[test]
    fn the_counter_goes_on_beyond_32_bits() {
        let (cipher, plain) = (ScratchCipher::generate().unwrap(), [0; 64]);
        let boundary = (1 << 32) * BLOCK_BYTES;
        let across = cipher.apply(boundary - 32, &plain).unwrap();
        assert_eq!(across[32..], cipher.apply(boundary, &plain[..32]).unwrap());
        assert_ne!(across[32..], cipher.apply(0, &plain[..32]).unwrap());
    }

    #[test]
    fn each_file_has_its_own_key_and_shows_nothing() {
        let plain = [0; 1024];
        let [one, other] = [0, 1].map(|_| ScratchCipher::generate().unwrap().apply(0, &plain).unwrap());
        assert_ne!(one, other);
        assert!(one.windows(16).all(|window| window != &plain[..16]));
    }
}
