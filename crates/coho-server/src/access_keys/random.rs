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
    number("1", 15)
}

/// An id of a role: eighteen digits, as RAM has them.
pub(super) fn role_id() -> Result<String, AccessKeysError> {
    number("3", 17)
}

fn number(first: &str, more_digits: usize) -> Result<String, AccessKeysError> {
    let digits = bytes(more_digits)?.into_iter().map(|byte| char::from(b'0' + byte % 10));
    Ok(first.chars().chain(digits).collect())
}

fn bytes(length: usize) -> Result<Vec<u8>, AccessKeysError> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|_| AccessKeysError::NoRandomness)?;
    Ok(bytes)
}
