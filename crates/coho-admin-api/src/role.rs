//! Roles, which trusted keys assume for some time (AssumeRole of STS).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleList {
    /// In order of their ARNs.
    pub roles: Vec<RoleSummary>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleSummary {
    /// Its id, which sessions name: one that is made anew under the same name has another.
    pub id: String,
    /// What clients name: `acs:ram::ACCOUNT:role/NAME`.
    pub arn: String,
    /// The account that its sessions act for.
    pub account: String,
    /// Its name.
    pub name: String,
    /// What its sessions may do, in the words of access keys.
    pub rights: Vec<String>,
    /// Who may assume it: `account:ACCOUNT` for each key of the account with the right `full`, `key:ID` for one key.
    pub trusted: Vec<String>,
    /// What a client must name to assume it.
    pub external_id: Option<String>,
    /// The longest life of a session.
    pub max_session_seconds: u64,
    /// Whether it can be assumed. The sessions of a role that is not enabled are refused, too.
    pub enabled: bool,
    /// When it was made.
    pub created_at: String,
}

/// A role to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Its name, of 1 to 64 letters, digits and `-`; upper and lower case are one.
    pub name: String,
    /// The account that its sessions act for. Without it, that of the first key of the configuration.
    #[serde(default)]
    pub account: Option<String>,
    /// What its sessions may do, in the words of access keys, but for `admin`; `full` without it.
    #[serde(default)]
    pub rights: Option<Vec<String>>,
    /// Who may assume it: `account:ACCOUNT` or `key:ID`, at most 32. Without it, the role's own account.
    #[serde(default)]
    pub trusted: Option<Vec<String>>,
    /// What a client must name to assume it, of 2 to 1,224 letters, digits and characters of `_+=,.@:/-`.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The longest life of a session; 3,600 s without it.
    #[serde(default)]
    #[schemars(range(min = 900, max = 43_200))]
    pub max_session_seconds: Option<u64>,
}

/// What of a role changes; the rest stays. A change holds from the next request on, also for sessions that exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// Whether it can be assumed, and its sessions are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What its sessions may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Vec<String>>,
    /// Who may assume it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted: Option<Vec<String>>,
    /// What a client must name to assume it; an empty text for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The longest life of a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 900, max = 43_200))]
    pub max_session_seconds: Option<u64>,
}
