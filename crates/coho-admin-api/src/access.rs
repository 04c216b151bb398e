//! Access keys that the server accepts, and addresses that are signed with them. No answer has a secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
