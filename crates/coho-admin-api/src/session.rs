//! Sessions of the console, which its listener serves beside the admin API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The body of a sign-in.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The token of `admin.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// In place of the token: an access key with the right `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_secret: Option<String>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(…)")
    }
}

/// The session of a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// Its id, which opens nothing.
    pub id: String,
    /// The value of `X-Coho-Csrf`, which every request needs that is not GET or HEAD.
    pub csrf: String,
    /// When it began.
    pub created_at: String,
    /// When it ends if it is not used. Use moves this in steps of five minutes.
    pub idle_expires_at: String,
    /// When it ends at the latest.
    pub expires_at: String,
    /// The address that the browser signed in from.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The access key that has signed in; none for the admin token.
    pub access_key_id: Option<String>,
}

/// Every session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionList {
    /// Newest first.
    pub sessions: Vec<SessionSummary>,
}

/// A session as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionSummary {
    /// Its id, by which it can be ended.
    pub id: String,
    /// When it began.
    pub created_at: String,
    /// When it was last used, to five minutes.
    pub last_used_at: String,
    /// When it ends if it is not used.
    pub idle_expires_at: String,
    /// When it ends at the latest.
    pub expires_at: String,
    /// The address that the browser signed in from.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The access key that has signed in; none for the admin token.
    pub access_key_id: Option<String>,
    /// Whether it is the session that asks.
    pub is_current: bool,
}
