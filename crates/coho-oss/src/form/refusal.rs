//! The error of each refused form, by OSS's pages on PostObject and on its error codes.

use crate::{ErrorCode, OssError};
use coho_model::InvalidForm;

/// The error that OSS answers with.
pub(crate) fn refusal(invalid: InvalidForm) -> OssError {
    let with = OssError::with_message;
    match invalid {
        InvalidForm::NotMultipart => OssError::new(ErrorCode::RequestIsNotMultiPartContent),
        InvalidForm::Malformed(detail) => {
            let code = ErrorCode::MalformedPOSTRequest;
            with(code, format!("{} ({detail})", code.default_message()))
        }
        InvalidForm::FieldTooLong { name, limit } => OssError::new(ErrorCode::FieldItemTooLong)
            .extra("FieldName", name)
            .extra("MaxSizeAllowed", limit.to_string()),
        InvalidForm::FieldsTooLong => OssError::new(ErrorCode::MaxPOSTPreDataLengthExceededError),
        InvalidForm::NoFile => OssError::new(ErrorCode::IncorrectNumberOfFilesInPOSTRequest),
        InvalidForm::MissingField(name) => OssError::invalid_argument(
            name,
            "",
            "The bucket POST must contain the specified field name. If it is specified, please check the order of the fields.",
        ),
        InvalidForm::Policy(detail) => with(ErrorCode::InvalidPolicyDocument, format!("Invalid Policy: {detail}.")),
        InvalidForm::PolicyExpired => OssError::access_denied("Invalid according to Policy: Policy expired."),
        InvalidForm::ConditionFailed(condition) => {
            let message = format!("Invalid according to Policy: Policy Condition failed: {condition}");
            OssError::access_denied(message)
        }
        InvalidForm::FileTooSmall { size, min } => OssError::new(ErrorCode::EntityTooSmall)
            .extra("ProposedSize", size.to_string())
            .extra("MinSizeAllowed", min.to_string()),
        InvalidForm::FileTooLarge { max } => OssError::entity_too_large(max),
    }
}
