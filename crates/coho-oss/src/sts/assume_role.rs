//! The parameters of AssumeRole.

use super::StsRefusal;
use crate::document::policy::{MAX_SESSION_BYTES, parse_session};
use coho_model::{BucketPolicy, RoleRecord, is_external_id};

/// The only action.
pub const ACTION: &str = "AssumeRole";
/// The version of the API.
pub const VERSION: &str = "2015-04-01";
/// Life of a session if the request names none, in seconds (STS: 3,600).
const DEFAULT_DURATION_SECONDS: u64 = 3_600;
/// Characters of the name of a session (STS: 2 to 64).
const SESSION_NAME_BYTES: std::ops::RangeInclusive<usize> = 2..=64;
/// Parameters of AssumeRole that would change what the credentials are, and are not supported.
const UNSUPPORTED: [&str; 3] = ["SerialNumber", "TokenCode", "SourceIdentity"];

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumeRole {
    /// The account of the role.
    pub account: String,
    /// The name of the role.
    pub role: String,
    /// The name of the session, for the answer and the log.
    pub session_name: String,
    /// How long the credentials last. The role bounds it.
    pub duration_seconds: u64,
    /// What limits them further.
    pub policy: Option<Box<BucketPolicy>>,
    /// What the role may ask for.
    pub external_id: Option<String>,
}

impl AssumeRole {
    /// Reads the parameters; `parameter` gives the value of one that is not empty.
    ///
    /// # Errors
    /// [`StsRefusal`], which names the parameter.
    pub fn read<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Result<Self, StsRefusal> {
        let required = |name| parameter(name).ok_or(StsRefusal::Missing(name));
        if let Some(name) = UNSUPPORTED.into_iter().find(|name| parameter(name).is_some()) {
            return Err(StsRefusal::Unsupported(name));
        }
        let arn = required("RoleArn")?;
        let (account, role) = RoleRecord::parse_arn(arn).ok_or(StsRefusal::WronglyFormed("RoleArn"))?;
        let session_name = required("RoleSessionName")?;
        if !is_session_name(session_name) {
            return Err(StsRefusal::WronglyFormed("RoleSessionName"));
        }
        let duration_seconds = match parameter("DurationSeconds") {
            Some(text) => coho_model::decimal(text).ok_or(StsRefusal::WronglyFormed("DurationSeconds"))?,
            None => DEFAULT_DURATION_SECONDS,
        };
        let external_id = parameter("ExternalId");
        if external_id.is_some_and(|id| !is_external_id(id)) {
            return Err(StsRefusal::WronglyFormed("ExternalId"));
        }
        Ok(Self {
            account: account.to_owned(),
            role: role.to_owned(),
            session_name: session_name.to_owned(),
            duration_seconds,
            policy: parameter("Policy").map(policy).transpose()?.map(Box::new),
            external_id: external_id.map(str::to_owned),
        })
    }
}

fn is_session_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
    SESSION_NAME_BYTES.contains(&text.len()) && text.bytes().all(is_of_name)
}

fn policy(document: &str) -> Result<BucketPolicy, StsRefusal> {
    if document.len() > MAX_SESSION_BYTES {
        return Err(StsRefusal::PolicySize);
    }
    parse_session(document).map_err(|refusal| StsRefusal::PolicyGrammar(refusal.to_string()))
}
