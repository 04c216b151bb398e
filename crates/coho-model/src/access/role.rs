//! Roles: rights of an account that trusted keys get for some time, as by AssumeRole of STS.
//!
//! A role is known by its id, so that one that is made anew under an old name revives no session. It never administers the server.

use super::{KeyRights, is_id};
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Most roles that are stored, of all accounts together.
pub const MAX_ROLES: usize = 1_000;
/// Most bytes of a role's name (RAM: 64).
pub const MAX_ROLE_NAME_BYTES: usize = 64;
/// Most principals that a role trusts.
pub const MAX_ROLE_PRINCIPALS: usize = 32;
/// Most bytes of a principal's id.
const MAX_PRINCIPAL_ID_BYTES: usize = 128;
/// Fewest bytes of an external id (STS: 2).
const MIN_EXTERNAL_ID_BYTES: usize = 2;
/// Most bytes of an external id (STS: 1,224).
pub const MAX_EXTERNAL_ID_BYTES: usize = 1_224;
/// Shortest life of a session, in seconds (STS: 900).
pub const MIN_SESSION_SECONDS: u64 = 900;
/// Longest life of a session, in seconds (STS: 43,200 for a role whose maximum was raised).
pub const MAX_SESSION_SECONDS: u64 = 43_200;
/// Longest life of a role's session unless the role says otherwise, in seconds (RAM: 3,600).
pub const DEFAULT_ROLE_SESSION_SECONDS: u64 = 3_600;

/// What precedes the account in the name of a role that clients send.
const ARN_START: &str = "acs:ram::";
/// What is between account and name.
const ARN_MIDDLE: &str = ":role/";

/// Who may assume a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolePrincipal {
    /// Each key of an account that may do everything that the account may.
    Account(Box<str>),
    /// One key, whatever its rights are.
    Key(Box<str>),
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// Its id, which sessions name.
    pub id: Box<str>,
    /// The account that its sessions act for.
    pub account: Box<str>,
    /// Its name, which is unique in the account; upper and lower case are one.
    pub name: Box<str>,
    /// What its sessions may do.
    pub rights: KeyRights,
    /// Who may assume it.
    pub trusted: Vec<RolePrincipal>,
    /// What a client must name to assume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Box<str>>,
    /// Longest life of a session, in seconds.
    pub max_session_seconds: u64,
    /// Whether it can be assumed, and its sessions are accepted.
    pub is_enabled: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// What of a role changes; the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleUpdate {
    /// What its sessions may do.
    pub rights: Option<KeyRights>,
    /// Who may assume it.
    pub trusted: Option<Vec<RolePrincipal>>,
    /// What a client must name; an inner None for nothing.
    pub external_id: Option<Option<Box<str>>>,
    /// Longest life of a session, in seconds.
    pub max_session_seconds: Option<u64>,
    /// Whether it can be assumed.
    pub is_enabled: Option<bool>,
}

/// Why a role cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRole {
    /// The name is empty, too long, or has other characters.
    #[error("the name of a role has 1 to {MAX_ROLE_NAME_BYTES} letters, digits and '-'")]
    Name,
    /// None is named, or too many are.
    #[error("a role trusts 1 to {MAX_ROLE_PRINCIPALS} principals")]
    Principals,
    /// The text names no principal.
    #[error("{0:?} is not a principal: use account:ACCOUNT or key:ID")]
    Principal(Box<str>),
    /// The external id is too short, too long, or has other characters.
    #[error(
        "an external id has {MIN_EXTERNAL_ID_BYTES} to {MAX_EXTERNAL_ID_BYTES} letters, digits and characters of _+=,.@:/-"
    )]
    ExternalId,
    /// The life of a session is out of range.
    #[error("the longest life of a role's session is {MIN_SESSION_SECONDS} to {MAX_SESSION_SECONDS} seconds")]
    Seconds,
    /// Sessions administer nothing.
    #[error("a role cannot have the right admin")]
    Admin,
}

impl RoleRecord {
    /// A role of this name with all rights of its account, which trusts the account's own keys.
    ///
    /// # Errors
    /// If the name cannot be one.
    pub fn new(id: &str, account: &str, name: &str, created: Timestamp) -> Result<Self, InvalidRole> {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if name.is_empty() || name.len() > MAX_ROLE_NAME_BYTES || !name.bytes().all(is_of_name) {
            return Err(InvalidRole::Name);
        }
        Ok(Self {
            id: id.into(),
            account: account.into(),
            name: name.into(),
            rights: KeyRights::full(),
            trusted: vec![RolePrincipal::Account(account.into())],
            external_id: None,
            max_session_seconds: DEFAULT_ROLE_SESSION_SECONDS,
            is_enabled: true,
            created,
        })
    }

    /// The role after a change.
    #[must_use]
    pub fn updated(&self, update: &RoleUpdate) -> Self {
        Self {
            rights: update.rights.as_ref().unwrap_or(&self.rights).clone(),
            trusted: update.trusted.as_ref().unwrap_or(&self.trusted).clone(),
            external_id: update.external_id.as_ref().unwrap_or(&self.external_id).clone(),
            max_session_seconds: update.max_session_seconds.unwrap_or(self.max_session_seconds),
            is_enabled: update.is_enabled.unwrap_or(self.is_enabled),
            ..self.clone()
        }
    }

    /// Whether a key may assume the role, and hold its sessions. An account vouches only for keys without limits of their own:
    /// a key that may do less must not get more by a role that does not name it.
    pub fn trusts(&self, key_id: &str, account: &str, key_is_full: bool) -> bool {
        self.trusted.iter().any(|principal| match principal {
            RolePrincipal::Account(trusted) => key_is_full && **trusted == *account,
            RolePrincipal::Key(trusted) => **trusted == *key_id,
        })
    }

    /// The name of the role that clients send: `acs:ram::ACCOUNT:role/NAME`.
    pub fn arn(&self) -> String {
        format!("{ARN_START}{}{ARN_MIDDLE}{}", self.account, self.name)
    }

    /// Account and name of such a name.
    pub fn parse_arn(arn: &str) -> Option<(&str, &str)> {
        let (account, name) = arn.strip_prefix(ARN_START)?.split_once(ARN_MIDDLE)?;
        (!account.is_empty() && !name.is_empty()).then_some((account, name))
    }
}

impl RoleUpdate {
    /// Checks what a client names.
    ///
    /// # Errors
    /// If a role cannot have that.
    pub fn check(&self) -> Result<(), InvalidRole> {
        if self.rights.as_ref().is_some_and(KeyRights::is_admin) {
            return Err(InvalidRole::Admin);
        }
        if self.trusted.as_ref().is_some_and(|trusted| trusted.is_empty() || trusted.len() > MAX_ROLE_PRINCIPALS) {
            return Err(InvalidRole::Principals);
        }
        if let Some(Some(id)) = &self.external_id
            && !is_external_id(id)
        {
            return Err(InvalidRole::ExternalId);
        }
        match self.max_session_seconds {
            Some(seconds) if !(MIN_SESSION_SECONDS..=MAX_SESSION_SECONDS).contains(&seconds) => {
                Err(InvalidRole::Seconds)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a text can be an external id (STS: `[\w+=,.@:\/-]*`).
pub fn is_external_id(text: &str) -> bool {
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    (MIN_EXTERNAL_ID_BYTES..=MAX_EXTERNAL_ID_BYTES).contains(&text.len()) && text.bytes().all(is_of_id)
}

impl FromStr for RolePrincipal {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        let invalid = || InvalidRole::Principal(text.into());
        let (kind, id) = text.split_once(':').ok_or_else(invalid)?;
        if !is_id(id, MAX_PRINCIPAL_ID_BYTES) {
            return Err(invalid());
        }
        match kind {
            "account" => Ok(Self::Account(id.into())),
            "key" => Ok(Self::Key(id.into())),
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for RolePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Result<RoleRecord, InvalidRole> {
        RoleRecord::new("7", "1001", name, Timestamp::from_unix_ms(0))
    }

    #[test]
    fn a_role_trusts_the_full_keys_of_an_account_and_single_keys() {
        let trusted = ["account:1001", "key:COHO1"].map(|text| text.parse().unwrap());
        let role =
            role("Readers").unwrap().updated(&RoleUpdate { trusted: Some(trusted.into()), ..Default::default() });
        let check = |key: &str, account: &str, is_full, expected| {
            assert_eq!(role.trusts(key, account, is_full), expected, "{key} {account} {is_full}");
        };
        check("k", "1001", true, true);
        check("k", "1001", false, false);
        check("k", "1002", true, false);
        check("COHO1", "1002", false, true);
        check("COHO2", "1002", true, false);
    }

    #[test]
    fn names_and_arns_are_read_as_ram_has_them() {
        for (name, expected) in [
            ("a", None),
            ("Admin-Role-1", None),
            ("", Some(InvalidRole::Name)),
            ("a b", Some(InvalidRole::Name)),
            ("a/b", Some(InvalidRole::Name)),
            ("ä", Some(InvalidRole::Name)),
            (&"n".repeat(65), Some(InvalidRole::Name)),
        ] {
            assert_eq!(role(name).err(), expected, "{name}");
        }
        assert_eq!(role("Readers").unwrap().arn(), "acs:ram::1001:role/Readers");
        for (arn, expected) in [
            ("acs:ram::1001:role/Readers", Some(("1001", "Readers"))),
            ("acs:ram::1001:user/Readers", None),
            ("acs:ram:cn:1001:role/Readers", None),
            ("acs:ram:::role/Readers", None),
            ("acs:ram::1001:role/", None),
            ("Readers", None),
            ("", None),
        ] {
            assert_eq!(RoleRecord::parse_arn(arn), expected, "{arn}");
        }
    }

    #[test]
    fn principals_are_written_as_they_are_read() {
        for text in ["account:1000.a-b_c", "key:COHOABC", "key:STS.x"] {
            assert_eq!(text.parse::<RolePrincipal>().map(|principal| principal.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "account", "account:", "key:", "role:x", "key:a b", &format!("key:{}", "k".repeat(129))] {
            assert_eq!(text.parse::<RolePrincipal>(), Err(InvalidRole::Principal(text.into())), "{text}");
        }
    }

    #[test]
    fn what_a_role_cannot_have_is_refused() {
        let check = |update: RoleUpdate, expected| assert_eq!(update.check(), expected, "{update:?}");
        let principals = |count| Some(vec![RolePrincipal::Key("k".into()); count]);
        check(RoleUpdate::default(), Ok(()));
        let rights = |word: &str| Some(KeyRights::parse(&[word]).unwrap());
        check(RoleUpdate { rights: rights("read-only"), ..Default::default() }, Ok(()));
        check(RoleUpdate { rights: rights("admin"), ..Default::default() }, Err(InvalidRole::Admin));
        for (count, expected) in
            [(0, Err(InvalidRole::Principals)), (1, Ok(())), (32, Ok(())), (33, Err(InvalidRole::Principals))]
        {
            check(RoleUpdate { trusted: principals(count), ..Default::default() }, expected);
        }
        for (seconds, is_valid) in [(899, false), (900, true), (43_200, true), (43_201, false)] {
            let expected = if is_valid { Ok(()) } else { Err(InvalidRole::Seconds) };
            check(RoleUpdate { max_session_seconds: Some(seconds), ..Default::default() }, expected);
        }
        let long = "x".repeat(1_225);
        for (id, is_valid) in
            [("ab", true), ("a_b+=,.@:/-", true), ("a", false), ("a b", false), ("äö", false), (&long, false)]
        {
            let expected = if is_valid { Ok(()) } else { Err(InvalidRole::ExternalId) };
            check(RoleUpdate { external_id: Some(Some(id.into())), ..Default::default() }, expected);
        }
        check(RoleUpdate { external_id: Some(None), ..Default::default() }, Ok(()));
    }

    #[test]
    fn a_change_leaves_the_rest_of_a_role() {
        let before = role("r").unwrap();
        let update = RoleUpdate {
            external_id: Some(Some("ext".into())),
            is_enabled: Some(false),
            max_session_seconds: Some(900),
            ..Default::default()
        };
        let after = before.updated(&update);
        assert_eq!(
            (after.external_id.as_deref(), after.is_enabled, after.max_session_seconds),
            (Some("ext"), false, 900)
        );
        let back = RoleUpdate {
            external_id: Some(None),
            is_enabled: Some(true),
            max_session_seconds: Some(DEFAULT_ROLE_SESSION_SECONDS),
            ..Default::default()
        };
        assert_eq!(after.updated(&back), before);
    }
}
