//! Why the form of an upload (PostObject) is refused, in no dialect.

use std::fmt;

/// A form that is refused before anything of it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidForm {
    /// The body is not said to be a form.
    NotMultipart,
    /// The body is not a well-formed form; the detail is for the client.
    Malformed(&'static str),
    /// The name of a field, or its value, is too long.
    FieldTooLong {
        /// The beginning of its name.
        name: Box<str>,
        /// The length that it may have, in bytes.
        limit: usize,
    },
    /// The fields before the file are too many, or too long together.
    FieldsTooLong,
    /// The form ends without a file.
    NoFile,
    /// The form lacks the field of this name.
    MissingField(&'static str),
    /// The policy cannot be read; the detail is for the client.
    Policy(Box<str>),
    /// The policy has expired.
    PolicyExpired,
    /// This condition of the policy does not hold.
    ConditionFailed(Box<str>),
    /// The file is smaller than the policy allows, in bytes.
    FileTooSmall {
        /// The size of the file.
        size: u64,
        /// The least size.
        min: u64,
    },
    /// The file is larger than the policy allows, in bytes.
    FileTooLarge {
        /// The greatest size.
        max: u64,
    },
}

impl fmt::Display for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMultipart => f.write_str("the body is not a form"),
            Self::Malformed(detail) => write!(f, "the form is malformed: {detail}"),
            Self::FieldTooLong { name, limit } => write!(f, "field {name:?} has more than {limit} bytes"),
            Self::FieldsTooLong => f.write_str("the fields before the file are too long"),
            Self::NoFile => f.write_str("the form has no file"),
            Self::MissingField(name) => write!(f, "the form has no field {name:?}"),
            Self::Policy(detail) => write!(f, "the policy of the form is invalid: {detail}"),
            Self::PolicyExpired => f.write_str("the policy of the form has expired"),
            Self::ConditionFailed(condition) => write!(f, "the condition {condition} of the form's policy fails"),
            Self::FileTooSmall { size, min } => write!(f, "the file has {size} bytes, fewer than {min}"),
            Self::FileTooLarge { max } => write!(f, "the file has more than {max} bytes"),
        }
    }
}
