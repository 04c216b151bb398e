//! Accounts and access keys, and addresses that are signed with them. An answer has a secret only where one is made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The access keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessKeys {
    /// In order of their ids.
    pub keys: Vec<AccessKey>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// The account that it acts for.
    pub account: String,
    /// Whether requests need a security token beside it.
    pub kind: AccessKeyKind,
    /// Where it comes from.
    pub source: AccessKeySource,
    /// Whether requests with it are accepted.
    pub state: AccessKeyState,
    /// What it may do: `admin`, `full`, `read-write` and `read-only`, the last three also with `:BUCKET` after them, and the last two with
    /// `:BUCKET/PREFIX`.
    pub rights: Vec<String>,
    /// When it was made; none for a key of the configuration.
    pub created_at: Option<String>,
    /// When it expires; none for a key that does not.
    pub expires_at: Option<String>,
    /// When it was last used, to some minutes; of a key of the configuration since the start.
    pub last_used_at: Option<String>,
    /// Until when the secret from before its last rotation still signs.
    pub previous_secret_until: Option<String>,
}

/// Whether requests need a security token beside the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessKeyKind {
    /// They do not.
    Permanent,
    /// They do.
    WithSecurityToken,
}

/// Where keys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessKeySource {
    /// The file of `credentials_file`.
    File,
    /// `COHO_ACCESS_KEY_ID` and `COHO_ACCESS_KEY_SECRET`.
    Environment,
    /// `credentials.toml` in the data folder, generated at the first start.
    Generated,
    /// The metadata: it was made by this API, which also changes it.
    Stored,
}

/// Whether requests with a key are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessKeyState {
    /// They are.
    Active,
    /// They are not, until it is enabled.
    Disabled,
    /// They are not any more.
    Expired,
}

impl AccessKeyState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }
}

/// A key to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccessKey {
    /// The account that it acts for; it is made if it does not exist. Without it, that of the first key of the configuration.
    #[serde(default)]
    pub account: Option<String>,
    /// The display name of the account, if that is made.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What it may do, as keys show it; `full` without it.
    #[serde(default)]
    pub rights: Option<Vec<String>>,
    /// After this time it is refused; with it, the key has a security token.
    #[serde(default)]
    #[schemars(range(min = 1, max = 31_622_400))]
    pub expires_seconds: Option<u64>,
}

/// A key and its secret, which is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssuedAccessKey {
    /// The key.
    pub key: AccessKey,
    /// What signs.
    pub secret: String,
    /// The security token of a temporary key.
    pub security_token: Option<String>,
}

impl fmt::Debug for IssuedAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedAccessKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What of a key changes; the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyChange {
    /// Whether requests with it are accepted.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// What it may do, as keys show it.
    #[serde(default)]
    pub rights: Option<Vec<String>>,
}

/// How a key gets another secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationRequest {
    /// How long the old secret still signs; it does not without this.
    #[serde(default)]
    #[schemars(range(min = 0, max = 2_592_000))]
    pub grace_seconds: u64,
}

/// Temporary credentials to be made with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeySession {
    /// How long they last.
    #[schemars(range(min = 900, max = 43_200))]
    pub expires_seconds: u64,
    /// A policy in JSON, of at most 2,048 bytes, whose statements name no principal. They may do what the key may and a statement allows.
    #[serde(default)]
    pub policy: Option<String>,
}

/// Temporary credentials, which are shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssuedKeySession {
    /// The id.
    pub access_key_id: String,
    /// What signs.
    pub access_key_secret: String,
    /// What every request needs beside the signature.
    pub security_token: String,
    /// When they expire.
    pub expires_at: String,
}

impl fmt::Debug for IssuedKeySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKeySession").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// The accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountList {
    /// In order of their ids.
    pub accounts: Vec<AccountSummary>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountSummary {
    /// Its id, which owns buckets.
    pub id: String,
    /// What answers show beside the id.
    pub display_name: String,
    /// When it was made; none for one that only keys of the configuration name.
    pub created_at: Option<String>,
    /// How many keys act for it.
    pub access_keys: usize,
    /// Whether a key of the configuration acts for it. It cannot be deleted then.
    pub is_configured: bool,
}

/// An account to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its id, of letters, digits, `.`, `-` and `_`; sixteen random digits without it.
    #[serde(default)]
    pub id: Option<String>,
    /// What answers show beside the id; the id without it.
    #[serde(default)]
    pub display_name: Option<String>,
}

/// What of an account changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// The new display name.
    pub display_name: String,
}

/// What to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PresignRequest {
    /// The key of the object, not encoded.
    pub key: String,
    /// The version of the object that the address names; without it, the current one.
    #[serde(default)]
    pub version_id: Option<String>,
    /// The method that may be used.
    #[serde(default)]
    pub method: PresignMethod,
    /// How long it may be used from now on: at most 604,800 s with V4, and 315,360,000 s with V1.
    #[schemars(range(min = 1, max = 315_360_000))]
    pub expires_seconds: u64,
    /// The key that signs. Without it, the first permanent one of the bucket's owner.
    #[serde(default)]
    pub access_key_id: Option<String>,
    /// The version of the signature.
    #[serde(default)]
    pub version: SignatureVersion,
    /// The `Content-Type` that the request must then have.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Headers of the answer to a GET that are set by the address.
    #[serde(default)]
    pub response_headers: ResponseHeaders,
}

/// The method of an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum PresignMethod {
    /// GET, the default.
    #[default]
    Get,
    /// HEAD.
    Head,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

/// The version of a signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SignatureVersion {
    /// OSS's first one.
    V1,
    /// OSS's second one.
    V2,
    /// OSS's fourth one, the default.
    #[default]
    V4,
}

/// Headers of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResponseHeaders {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
}

/// A signed address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PresignedAddress {
    /// Path and query in path style, to be appended to an endpoint such as `http://127.0.0.1:9000`. A key with a security token
    /// puts the token into it, as the protocol wants it.
    pub path_and_query: String,
    /// Headers that the request must have.
    pub headers: BTreeMap<String, String>,
    /// The method.
    pub method: PresignMethod,
    /// The key that has signed.
    pub access_key_id: String,
    /// The last moment at which it may be used.
    pub expires_at: String,
}

impl PresignMethod {
    /// The method as a request has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl ResponseHeaders {
    /// The parameters of the query that set them, in order of their names.
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("response-cache-control", &self.cache_control),
            ("response-content-disposition", &self.content_disposition),
            ("response-content-encoding", &self.content_encoding),
            ("response-content-language", &self.content_language),
            ("response-content-type", &self.content_type),
            ("response-expires", &self.expires),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}
