//! Why the callback of an upload is refused, in no dialect.

use std::fmt;

/// Which of the two parameters of a callback is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackParameter {
    /// What is sent, and where.
    Callback,
    /// The custom variables.
    Variables,
}

/// A callback that is refused before anything of its upload is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCallback {
    /// What is wrong.
    pub fault: CallbackFault,
    /// The text at fault: as it was sent, or decoded.
    pub text: Box<str>,
}

/// What is wrong with a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackFault {
    /// The parameter is longer than this limit in bytes.
    TooLong(CallbackParameter, usize),
    /// The parameter is not base64 of UTF-8.
    NotBase64(CallbackParameter),
    /// The parameter is not a JSON object, or what it would send as JSON is none.
    NotJson(CallbackParameter),
    /// The parameter is both in a header and in the query.
    Twice(CallbackParameter),
    /// A URL cannot be one of HTTP.
    Url,
    /// There are more URLs than this.
    TooManyUrls(usize),
    /// A URL names an address that callbacks must not have.
    RefusedAddress,
    /// The value of the `Host` header is not a host.
    Host,
    /// The body is not a text.
    Body,
    /// The body is missing or empty.
    BodyEmpty,
    /// The type of the body is unknown.
    BodyType,
    /// The choice about SNI is not a boolean.
    Sni,
    /// A custom variable has an invalid name, or a value that is not a text.
    Variable,
    /// A dollar sign in the body begins no variable.
    NoLeftBrace,
    /// A variable in the body has no end.
    NoRightBrace,
    /// The body with its variables replaced is longer than this limit in bytes.
    BodyTooLong(usize),
}

impl fmt::Display for CallbackParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Callback => "callback",
            Self::Variables => "callback-var",
        })
    }
}

impl fmt::Display for InvalidCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            CallbackFault::TooLong(parameter, limit) => write!(f, "{parameter} has more than {limit} bytes"),
            CallbackFault::NotBase64(parameter) => write!(f, "{parameter} is not base64"),
            CallbackFault::NotJson(parameter) => write!(f, "{parameter} is not JSON"),
            CallbackFault::Twice(parameter) => write!(f, "{parameter} is in the header and in the query"),
            CallbackFault::Url => f.write_str("a URL of the callback is invalid"),
            CallbackFault::TooManyUrls(limit) => write!(f, "the callback has more than {limit} URLs"),
            CallbackFault::RefusedAddress => f.write_str("the address of the callback is refused"),
            CallbackFault::Host => f.write_str("the host of the callback is invalid"),
            CallbackFault::Body => f.write_str("the body of the callback is not a text"),
            CallbackFault::BodyEmpty => f.write_str("the callback has no body"),
            CallbackFault::BodyType => f.write_str("the type of the callback's body is unknown"),
            CallbackFault::Sni => f.write_str("callbackSNI is not a boolean"),
            CallbackFault::Variable => f.write_str("a variable of the callback is invalid"),
            CallbackFault::NoLeftBrace => f.write_str("a dollar sign begins no variable"),
            CallbackFault::NoRightBrace => f.write_str("a variable has no end"),
            CallbackFault::BodyTooLong(limit) => write!(f, "the callback's body would have more than {limit} bytes"),
        }
    }
}
