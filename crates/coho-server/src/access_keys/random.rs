//! Random texts: ids, secrets and tokens.

use super::AccessKeysError;

/// Letters and digits without those that look alike.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A text of `length` characters, each with five random bits.
pub(super) fn text(length: usize) -> Result<String, AccessKeysError> {
    Ok(bytes(length)?.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

/// An id of an account: sixteen digits, as OSS has them.
pub(super) fn account_id() -> Result<String, AccessKeysError> {
    let digits = bytes(15)?.into_iter().map(|byte| char::from(b'0' + byte % 10));
    Ok(std::iter::once('1').chain(digits).collect())
}

fn bytes(length: usize) -> Result<Vec<u8>, AccessKeysError> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|_| AccessKeysError::NoRandomness)?;
    Ok(bytes)
}
