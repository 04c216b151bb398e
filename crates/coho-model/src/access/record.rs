//! Accounts and access keys as they are stored.

use super::{KeyRights, RoleRecord};
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Most accounts that are stored.
pub const MAX_ACCOUNTS: usize = 1_000;
/// Most access keys that are stored, of all accounts together.
pub const MAX_ACCESS_KEYS: usize = 10_000;
/// Most bytes of an account's id.
pub const MAX_ACCOUNT_ID_BYTES: usize = 64;
/// Most bytes of an account's display name.
pub const MAX_DISPLAY_NAME_BYTES: usize = 128;

/// An account, which owns buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its id.
    pub id: Box<str>,
    /// What answers show of it beside the id.
    pub display_name: Box<str>,
    /// When it was made.
    pub created: Timestamp,
}

/// Why an account cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccount {
    /// The id is empty, too long, or has other characters.
    #[error("the id of an account has 1 to {MAX_ACCOUNT_ID_BYTES} letters, digits, '.', '-' and '_'")]
    Id,
    /// The display name is empty, too long, or has control characters.
    #[error("the display name of an account has 1 to {MAX_DISPLAY_NAME_BYTES} bytes and no control characters")]
    DisplayName,
}

impl AccountRecord {
    /// Checks what a client names.
    ///
    /// # Errors
    /// If the id or the name cannot be one.
    pub fn new(id: &str, display_name: &str, created: Timestamp) -> Result<Self, InvalidAccount> {
        if !is_id(id, MAX_ACCOUNT_ID_BYTES) {
            return Err(InvalidAccount::Id);
        }
        let display_name = Self::check_display_name(display_name)?.into();
        Ok(Self { id: id.into(), display_name, created })
    }

    /// Checks a display name.
    ///
    /// # Errors
    /// If it cannot be one.
    pub fn check_display_name(name: &str) -> Result<&str, InvalidAccount> {
        let is_valid = !name.is_empty() && name.len() <= MAX_DISPLAY_NAME_BYTES && !name.chars().any(char::is_control);
        if is_valid { Ok(name) } else { Err(InvalidAccount::DisplayName) }
    }
}

/// Whether a text can be the id of an account or a key.
pub(crate) fn is_id(text: &str, max_bytes: usize) -> bool {
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.len() <= max_bytes && text.bytes().all(is_of_id)
}

/// A secret as a text that only a master key of the server opens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret(pub Box<str>);

impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredSecret({} bytes)", self.0.len())
    }
}

/// The secret from before a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: StoredSecret,
    /// Until when it still signs.
    pub until: Timestamp,
}

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyRecord {
    /// Its id.
    pub id: Box<str>,
    /// The account that it acts for.
    pub account: Box<str>,
    /// Its secret, and the security token of a temporary one.
    pub secret: StoredSecret,
    /// The secret from before its last rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousSecret>,
    /// Whether requests with it are accepted.
    pub is_enabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is refused; a key that has this is a temporary one, which needs its security token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was last used, to some minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// What it may do.
    pub rights: KeyRights,
}

/// All accounts, keys and roles, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTable {
    /// The accounts.
    pub accounts: BTreeMap<Box<str>, AccountRecord>,
    /// The keys.
    pub keys: BTreeMap<Box<str>, AccessKeyRecord>,
    /// The roles.
    pub roles: BTreeMap<Box<str>, RoleRecord>,
}

impl AccessTable {
    /// The role of this name; upper and lower case are one.
    pub fn role(&self, account: &str, name: &str) -> Option<&RoleRecord> {
        self.roles.values().find(|role| *role.account == *account && role.name.eq_ignore_ascii_case(name))
    }
}
