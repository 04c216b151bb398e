//! A refusal, in the form of RFC 9457.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The media type of a [`ProblemDetails`].
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused. Branch on `code`; texts may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemDetails {
    /// Always `about:blank`: `code` distinguishes problems.
    pub r#type: String,
    /// The phrase of the status.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// The code of OSS's error table where it has one, such as `NoSuchBucket`, else one of the admin address's own, such as
    /// `AdminTokenRequired`.
    pub code: String,
    /// What was wrong with this request.
    pub detail: String,
    /// The id of the request, also in `x-oss-request-id` and in the log.
    pub request_id: String,
    /// What the refusal is about, as in the further elements of OSS's error document, such as `ArgumentName`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub elements: BTreeMap<String, String>,
}

/// The codes that only the admin address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminCode {
    /// The bearer token is missing or wrong.
    AdminTokenRequired,
    /// No route has this path.
    NoSuchRoute,
    /// The `Host` is not a name of the admin address.
    HostNotAllowed,
    /// The bucket keeps no version of its website configuration with this id.
    NoSuchWebsiteVersion,
    /// No origin of this name was used recently.
    NoSuchOrigin,
    /// The server has no such access key, or none that could sign.
    NoSuchAccessKey,
    /// The body is not JSON of the form that the operation takes.
    MalformedJSON,
    /// The body is not YAML of the form that the operation takes.
    MalformedYAML,
    /// The body has another media type than the operation takes.
    UnsupportedMediaType,
    /// All connections of the admin address are in use.
    TooManyConnections,
    /// All event streams are in use.
    TooManyEventStreams,
    /// A sign-in to the console with another token.
    InvalidAdminToken,
    /// Too many sign-ins have failed.
    TooManySignIns,
    /// The console has no session with this id.
    NoSuchSession,
    /// A run of lifecycle rules is under way.
    LifecycleRunUnderWay,
    /// No rule of the bucket fetches the object.
    NoRuleFetches,
    /// A limit, the circuit breaker or the negative cache does not let the fetch begin.
    FetchRefused,
    /// The server has no such account.
    NoSuchAccount,
    /// An account of this id exists.
    AccountAlreadyExists,
    /// The account has access keys, roles or buckets.
    AccountInUse,
    /// The access key comes from the configuration, or is temporary: it cannot be changed so.
    AccessKeyNotChangeable,
    /// There are as many accounts, keys or roles as can be stored.
    TooManyAccessKeys,
    /// A job that seals data keys anew, or retires a key, is under way.
    EncryptionJobUnderWay,
    /// Neither the key file nor the data folder names such a master key.
    NoSuchMasterKey,
    /// The master key is active, or temporary credentials may be in use that it has sealed.
    MasterKeyInUse,
    /// The data folder needs a master key that the key file does not have.
    MasterKeyMissing,
    /// The key file has as many master keys as it may.
    TooManyMasterKeys,
    /// The key file was changed since the start, or cannot be read or written.
    KeyFileUnusable,
    /// The server has no such role.
    NoSuchRole,
    /// The account has a role of this name.
    RoleAlreadyExists,
}

impl AdminCode {
    /// Every code.
    pub const ALL: [Self; 30] = [
        Self::AdminTokenRequired,
        Self::NoSuchRoute,
        Self::HostNotAllowed,
        Self::NoSuchWebsiteVersion,
        Self::NoSuchOrigin,
        Self::NoSuchAccessKey,
        Self::MalformedJSON,
        Self::MalformedYAML,
        Self::UnsupportedMediaType,
        Self::TooManyConnections,
        Self::TooManyEventStreams,
        Self::InvalidAdminToken,
        Self::TooManySignIns,
        Self::NoSuchSession,
        Self::LifecycleRunUnderWay,
        Self::NoRuleFetches,
        Self::FetchRefused,
        Self::NoSuchAccount,
        Self::AccountAlreadyExists,
        Self::AccountInUse,
        Self::AccessKeyNotChangeable,
        Self::TooManyAccessKeys,
        Self::EncryptionJobUnderWay,
        Self::NoSuchMasterKey,
        Self::MasterKeyInUse,
        Self::MasterKeyMissing,
        Self::TooManyMasterKeys,
        Self::KeyFileUnusable,
        Self::NoSuchRole,
        Self::RoleAlreadyExists,
    ];

    /// The text of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdminTokenRequired => "AdminTokenRequired",
            Self::NoSuchRoute => "NoSuchRoute",
            Self::HostNotAllowed => "HostNotAllowed",
            Self::NoSuchWebsiteVersion => "NoSuchWebsiteVersion",
            Self::NoSuchOrigin => "NoSuchOrigin",
            Self::NoSuchAccessKey => "NoSuchAccessKey",
            Self::MalformedJSON => "MalformedJSON",
            Self::MalformedYAML => "MalformedYAML",
            Self::UnsupportedMediaType => "UnsupportedMediaType",
            Self::TooManyConnections => "TooManyConnections",
            Self::TooManyEventStreams => "TooManyEventStreams",
            Self::InvalidAdminToken => "InvalidAdminToken",
            Self::TooManySignIns => "TooManySignIns",
            Self::NoSuchSession => "NoSuchSession",
            Self::LifecycleRunUnderWay => "LifecycleRunUnderWay",
            Self::NoRuleFetches => "NoRuleFetches",
            Self::FetchRefused => "FetchRefused",
            Self::NoSuchAccount => "NoSuchAccount",
            Self::AccountAlreadyExists => "AccountAlreadyExists",
            Self::AccountInUse => "AccountInUse",
            Self::AccessKeyNotChangeable => "AccessKeyNotChangeable",
            Self::TooManyAccessKeys => "TooManyAccessKeys",
            Self::EncryptionJobUnderWay => "EncryptionJobUnderWay",
            Self::NoSuchMasterKey => "NoSuchMasterKey",
            Self::MasterKeyInUse => "MasterKeyInUse",
            Self::MasterKeyMissing => "MasterKeyMissing",
            Self::TooManyMasterKeys => "TooManyMasterKeys",
            Self::KeyFileUnusable => "KeyFileUnusable",
            Self::NoSuchRole => "NoSuchRole",
            Self::RoleAlreadyExists => "RoleAlreadyExists",
        }
    }

    /// The status that it is answered with.
    pub fn status(self) -> u16 {
        match self {
            Self::AdminTokenRequired | Self::InvalidAdminToken => 401,
            Self::NoSuchAccessKey
            | Self::NoSuchAccount
            | Self::NoSuchMasterKey
            | Self::NoSuchRole
            | Self::NoSuchRoute
            | Self::NoSuchWebsiteVersion
            | Self::NoSuchOrigin
            | Self::NoSuchSession => 404,
            Self::LifecycleRunUnderWay
            | Self::NoRuleFetches
            | Self::FetchRefused
            | Self::AccountAlreadyExists
            | Self::AccountInUse
            | Self::RoleAlreadyExists
            | Self::AccessKeyNotChangeable
            | Self::TooManyAccessKeys
            | Self::EncryptionJobUnderWay
            | Self::MasterKeyInUse
            | Self::MasterKeyMissing
            | Self::TooManyMasterKeys => 409,
            Self::KeyFileUnusable => 500,
            Self::HostNotAllowed => 421,
            Self::MalformedJSON | Self::MalformedYAML => 400,
            Self::UnsupportedMediaType => 415,
            Self::TooManySignIns => 429,
            Self::TooManyConnections | Self::TooManyEventStreams => 503,
        }
    }
}
