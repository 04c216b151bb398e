//! Accounts and access keys.

use super::{DecodeError, decode, encode};
use coho_model::{AccessKeyRecord, AccountRecord};

pub(crate) fn encode_account(account: &AccountRecord) -> Vec<u8> {
    encode(account)
}

pub(crate) fn decode_account(bytes: &[u8]) -> Result<AccountRecord, DecodeError> {
    decode(bytes)
}

pub(crate) fn encode_access_key(key: &AccessKeyRecord) -> Vec<u8> {
    encode(key)
}

pub(crate) fn decode_access_key(bytes: &[u8]) -> Result<AccessKeyRecord, DecodeError> {
    decode(bytes)
}
