//! Accounts, access keys and roles.

use super::{DecodeError, decode, encode};
use coho_model::{AccessKeyRecord, AccountRecord, RoleRecord};

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

pub(crate) fn encode_role(role: &RoleRecord) -> Vec<u8> {
    encode(role)
}

pub(crate) fn decode_role(bytes: &[u8]) -> Result<RoleRecord, DecodeError> {
    decode(bytes)
}
