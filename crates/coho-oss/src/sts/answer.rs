//! The documents of STS.

use super::StsRefusal;
use crate::XmlWriter;
use serde_json::json;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StsFormat {
    /// `Format=JSON`.
    Json,
    /// `Format=XML`, the default of RPC requests.
    Xml,
}

/// Temporary credentials of a role.
#[derive(Clone, Copy)]
pub struct AssumedRole<'a> {
    /// The ARN of the role.
    pub role_arn: &'a str,
    /// The id of the role.
    pub role_id: &'a str,
    /// The name of the session.
    pub session_name: &'a str,
    /// The id of the temporary key.
    pub access_key_id: &'a str,
    /// Its secret.
    pub access_key_secret: &'a str,
    /// Its security token.
    pub security_token: &'a str,
    /// When it expires, as `2015-04-09T11:52:19Z`.
    pub expiration: &'a str,
}

impl std::fmt::Debug for AssumedRole<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssumedRole").field("role_arn", &self.role_arn).finish_non_exhaustive()
    }
}

impl StsFormat {
    /// The media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Xml => "text/xml;charset=utf-8",
        }
    }

    /// The answer with credentials.
    pub fn assumed(self, role: &AssumedRole<'_>, request_id: &str) -> Vec<u8> {
        let id = format!("{}:{}", role.role_id, role.session_name);
        let arn = format!("{}/{}", role.role_arn, role.session_name);
        match self {
            Self::Json => {
                let user = json!({ "AssumedRoleId": id, "Arn": arn });
                let credentials = json!({
                    "SecurityToken": role.security_token,
                    "Expiration": role.expiration,
                    "AccessKeySecret": role.access_key_secret,
                    "AccessKeyId": role.access_key_id,
                });
                json!({ "RequestId": request_id, "AssumedRoleUser": user, "Credentials": credentials })
                    .to_string()
                    .into_bytes()
            }
            Self::Xml => XmlWriter::document("AssumeRoleResponse", 4096, |w| {
                w.text("RequestId", request_id);
                w.element("AssumedRoleUser", |w| {
                    w.text("AssumedRoleId", &id);
                    w.text("Arn", &arn);
                });
                w.element("Credentials", |w| {
                    w.text("SecurityToken", role.security_token);
                    w.text("Expiration", role.expiration);
                    w.text("AccessKeySecret", role.access_key_secret);
                    w.text("AccessKeyId", role.access_key_id);
                });
            }),
        }
    }

    /// The answer with a refusal. `host` is the request's.
    pub fn refused(self, refusal: &StsRefusal, request_id: &str, host: &str) -> Vec<u8> {
        let (code, message) = (refusal.code(), refusal.message());
        match self {
            Self::Json => json!({ "RequestId": request_id, "HostId": host, "Code": code, "Message": message })
                .to_string()
                .into_bytes(),
            Self::Xml => XmlWriter::document("Error", 512, |w| {
                w.text("RequestId", request_id);
                w.text("HostId", host);
                w.text("Code", &code);
                w.text("Message", &message);
            }),
        }
    }
}
