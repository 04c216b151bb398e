//! Accounts and access keys.

use super::{DecodeError, decode, encode};
use coho_model::{AccessKeyRecord, Account};

pub(crate) fn encode_account(account: &Account) -> Vec<u8> {
    encode(account)
}

pub(crate) fn decode_account(bytes: &[u8]) -> Result<Account, DecodeError> {
    decode(bytes)
}

pub(crate) fn encode_access_key(key: &AccessKeyRecord) -> Vec<u8> {
    encode(key)
}

pub(crate) fn decode_access_key(bytes: &[u8]) -> Result<AccessKeyRecord, DecodeError> {
    decode(bytes)
}
