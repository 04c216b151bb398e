//! Why STS refuses a request, with its codes, statuses and messages where these are documented.

use crate::document::policy::MAX_SESSION_BYTES;
use std::borrow::Cow;

/// Most bytes of what was signed that an answer shows.
const MAX_SHOWN_BYTES: usize = 8 * 1024;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StsRefusal {
    /// `Missing…`: a parameter is missing or empty.
    Missing(&'static str),
    /// `InvalidParameter.…`: a parameter cannot have this value.
    WronglyFormed(&'static str),
    /// `InvalidParameter.…`: a parameter of STS that Coho does not support.
    Unsupported(&'static str),
    /// `InvalidParameter.DurationSeconds`: the role allows other times.
    DurationSeconds {
        /// The longest one, in seconds.
        max: u64,
    },
    /// `InvalidParameter.PolicyGrammar`: the policy cannot be read, or has what is not evaluated.
    PolicyGrammar(String),
    /// `InvalidParameter.PolicySize`.
    PolicySize,
    /// `InvalidParameter.ContentType`: the body is not a form.
    ContentType,
    /// `InvalidParameter`: anything else that cannot be read, for the client.
    Unreadable(String),
    /// `Invalid…`: a parameter of the signature has a value that is not supported.
    Signature {
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
    /// `InvalidVersion`.
    Version,
    /// `InvalidAction.NotFound`: any action but AssumeRole.
    Action,
    /// `InvalidTimeStamp.Format`.
    TimeFormat,
    /// `InvalidTimeStamp.Expired`: the time is more than 15 minutes off.
    TimeExpired,
    /// `SignatureNonceUsed`: the request was sent before.
    NonceUsed,
    /// `SignatureDoesNotMatch`, with what the server has signed.
    SignatureMismatch(String),
    /// `InvalidAccessKeyId.NotFound`.
    UnknownKey,
    /// `InvalidAccessKeyId.Inactive`.
    DisabledKey,
    /// `MissingSecurityToken`.
    MissingToken,
    /// `InvalidSecurityToken.MismatchWithAccessKey`.
    TokenMismatch,
    /// `InvalidSecurityToken.Expired`.
    TokenExpired,
    /// `EntityNotExist.Role`.
    NoSuchRole,
    /// `NoPermission`, with the reason.
    NoPermission(&'static str),
    /// `Throttling.User`: more requests than nonces are remembered.
    Throttled,
    /// `InternalError`.
    Internal,
}

impl StsRefusal {
    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Missing(_)
            | Self::WronglyFormed(_)
            | Self::Unsupported(_)
            | Self::DurationSeconds { .. }
            | Self::PolicyGrammar(_)
            | Self::PolicySize
            | Self::ContentType
            | Self::Unreadable(_)
            | Self::Signature { .. }
            | Self::Version
            | Self::TimeFormat
            | Self::TimeExpired
            | Self::NonceUsed
            | Self::SignatureMismatch(_)
            | Self::DisabledKey
            | Self::MissingToken
            | Self::TokenMismatch
            | Self::TokenExpired => 400,
            Self::NoPermission(_) => 403,
            Self::Action | Self::UnknownKey | Self::NoSuchRole => 404,
            Self::Throttled => 429,
            Self::Internal => 500,
        }
    }

    /// Its code.
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Missing(name) => return format!("Missing{}", parameter_name(name)).into(),
            Self::WronglyFormed(name) | Self::Unsupported(name) => return format!("InvalidParameter.{name}").into(),
            Self::Signature { name, .. } => return format!("Invalid{}", parameter_name(name)).into(),
            Self::DurationSeconds { .. } => "InvalidParameter.DurationSeconds",
            Self::PolicyGrammar(_) => "InvalidParameter.PolicyGrammar",
            Self::PolicySize => "InvalidParameter.PolicySize",
            Self::ContentType => "InvalidParameter.ContentType",
            Self::Unreadable(_) => "InvalidParameter",
            Self::Version => "InvalidVersion",
            Self::Action => "InvalidAction.NotFound",
            Self::TimeFormat => "InvalidTimeStamp.Format",
            Self::TimeExpired => "InvalidTimeStamp.Expired",
            Self::NonceUsed => "SignatureNonceUsed",
            Self::SignatureMismatch(_) => "SignatureDoesNotMatch",
            Self::UnknownKey => "InvalidAccessKeyId.NotFound",
            Self::DisabledKey => "InvalidAccessKeyId.Inactive",
            Self::MissingToken => "MissingSecurityToken",
            Self::TokenMismatch => "InvalidSecurityToken.MismatchWithAccessKey",
            Self::TokenExpired => "InvalidSecurityToken.Expired",
            Self::NoSuchRole => "EntityNotExist.Role",
            Self::NoPermission(_) => "NoPermission",
            Self::Throttled => "Throttling.User",
            Self::Internal => "InternalError",
        })
    }

    /// What is shown to the client.
    pub fn message(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Missing(name) => return format!("{name} is mandatory for this action.").into(),
            Self::WronglyFormed(name) => return format!("The parameter {name} is wrongly formed.").into(),
            Self::Unsupported(name) => return format!("The parameter {name} is not supported.").into(),
            Self::DurationSeconds { max } => {
                return format!("The Min/Max value of DurationSeconds is 15min/{}.", minutes(*max)).into();
            }
            Self::PolicyGrammar(detail) => {
                return format!("The parameter Policy has not passed grammar check. {detail}").into();
            }
            Self::PolicySize => return format!("The size of Policy must not exceed {MAX_SESSION_BYTES} bytes.").into(),
            Self::ContentType => {
                "The ContentType request header of a request with a body must be \"application/x-www-form-urlencoded\"."
            }
            Self::Unreadable(detail) => return detail.clone().into(),
            Self::Signature { name, reason } => return format!("{name} {reason}.").into(),
            Self::Version => "Specified parameter Version is not valid.",
            Self::Action => "Specified api is not found, please check your url and method.",
            Self::TimeFormat => "Specified time stamp or date value is not well formatted.",
            Self::TimeExpired => "Specified time stamp or date value is expired.",
            Self::NonceUsed => "Specified signature nonce was used already.",
            Self::SignatureMismatch(signed) => {
                let signed = &signed[..signed.floor_char_boundary(MAX_SHOWN_BYTES)];
                let text = "Specified signature is not matched with our calculation. server string to sign is:";
                return format!("{text}{signed}").into();
            }
            Self::UnknownKey => "Specified access key is not found.",
            Self::DisabledKey => "Specified access key is disabled.",
            Self::MissingToken => "SecurityToken is mandatory for this action.",
            Self::TokenMismatch => "Specified SecurityToken mismatch with the AccessKey.",
            Self::TokenExpired => "Specified SecurityToken is expired.",
            Self::NoSuchRole => "The specified Role not exists.",
            Self::NoPermission(reason) => *reason,
            Self::Throttled => "Request was denied due to user flow control.",
            Self::Internal => "STS Server Internal Error happened.",
        })
    }
}

/// The part of a code that names a parameter: a header is named as the parameter that it stands for.
fn parameter_name(name: &str) -> &str {
    match name {
        "x-acs-signature-nonce" => "SignatureNonce",
        "x-acs-date" => "Timestamp",
        "x-acs-content-sha256" => "ContentSha256",
        "Authorization" => "Signature",
        other => other,
    }
}

fn minutes(seconds: u64) -> String {
    match seconds {
        seconds if seconds % 3600 == 0 => format!("{}hr", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{}min", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}
