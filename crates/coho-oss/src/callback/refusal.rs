//! The error of each refused callback. Codes, and texts where OSS's pages on its error codes of 0007 show them, are OSS's.

use crate::OssError;
use coho_model::{CallbackFault, CallbackParameter, InvalidCallback};
use std::borrow::Cow;

/// The error that OSS answers with.
pub(crate) fn refusal(invalid: InvalidCallback) -> OssError {
    use CallbackFault as Fault;
    use CallbackParameter::{Callback, Variables};
    let name = match invalid.fault {
        Fault::TooLong(Variables, _) | Fault::NotBase64(Variables) | Fault::NotJson(Variables) => "callback-var",
        Fault::Twice(Variables) | Fault::Variable => "callback-var",
        _ => "callback",
    };
    let (message, ec): (Cow<'static, str>, Option<&'static str>) = match invalid.fault {
        Fault::TooLong(Callback, limit) => {
            (format!("The callback configuration is longer than {limit} bytes.").into(), Some("0007-00000001"))
        }
        Fault::TooLong(Variables, limit) => {
            (format!("The callback variables are longer than {limit} bytes.").into(), Some("0007-00000101"))
        }
        Fault::NotBase64(Callback) => {
            ("The callback configuration is not base64 encoded.".into(), Some("0007-00000002"))
        }
        Fault::NotBase64(Variables) => ("The callback variables are not base64 encoded.".into(), Some("0007-00000102")),
        Fault::NotJson(Callback) => ("The callback configuration is not json format.".into(), Some("0007-00000003")),
        Fault::NotJson(Variables) => ("The callback variables are not json format.".into(), Some("0007-00000103")),
        Fault::Url => ("The callback url is invalid.".into(), Some("0007-00000004")),
        Fault::TooManyUrls(limit) => {
            (format!("The callback has more than {limit} urls.").into(), Some("0007-00000005"))
        }
        Fault::RefusedAddress => ("Private address is forbidden to callback.".into(), Some("0007-00000008")),
        Fault::Host => ("The callback host is invalid.".into(), Some("0007-00000009")),
        Fault::Body => ("The callback body is invalid.".into(), Some("0007-00000010")),
        Fault::BodyEmpty => ("The callback body is empty.".into(), Some("0007-00000011")),
        Fault::BodyType => ("The callback body type is invalid.".into(), Some("0007-00000012")),
        Fault::Sni => ("The callback sni is invalid.".into(), None),
        Fault::Twice(Callback) => {
            ("The callback is both in the header and in the query.".into(), Some("0007-00000027"))
        }
        Fault::Twice(Variables) => {
            ("The callback variables are both in the header and in the query.".into(), Some("0007-00000027"))
        }
        Fault::Variable => {
            let message = "A callback variable must be a string whose name begins with x: and is in lower case.";
            (message.into(), Some("0007-00000104"))
        }
        Fault::NoLeftBrace => ("Left brace must be adjacent to dollar sign.".into(), Some("0007-00000105")),
        Fault::NoRightBrace => ("A variable of the callback body has no right brace.".into(), Some("0007-00000105")),
        Fault::BodyTooLong(limit) => {
            (format!("The callback body has more than {limit} bytes with its variables.").into(), None)
        }
    };
    let error = OssError::invalid_argument(name, &invalid.text, message);
    match ec {
        Some(ec) => error.ec(ec),
        None => error,
    }
}
