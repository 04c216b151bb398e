//! Why a call failed.

use super::xml::{document, text};
use crate::cli::admin_client::shown;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;

/// Largest error document that is read, in bytes.
pub(super) const MAX_ERROR_BYTES: usize = 64 << 10;
/// The status of an upload whose callback has failed, with an error document.
pub(super) const CALLBACK_FAILED: u16 = 203;
/// Statuses that a later attempt may not have.
const PASSING_STATUSES: [u16; 4] = [500, 502, 503, 504];

/// Why a call failed; it says whether a later attempt may succeed.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum CallFailure {
    /// The store refused.
    #[error("{}", .0.told())]
    Refused(OssRefusal),
    /// No answer came, or not to its end.
    #[error("{0}")]
    Interrupted(String),
    /// The request cannot be made, or the answer is not one of OSS.
    #[error("{0}")]
    Unusable(String),
}

/// An answer with the status of an error.
#[derive(Debug, Default)]
pub(in crate::cli) struct OssRefusal {
    pub(in crate::cli) status: u16,
    pub(in crate::cli) code: String,
    pub(in crate::cli) message: String,
    pub(in crate::cli) request_id: String,
}

impl CallFailure {
    pub(in crate::cli) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Interrupted(_) | Self::Unusable(_) => None,
        }
    }

    /// The code of the store's refusal.
    pub(in crate::cli) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            Self::Interrupted(_) | Self::Unusable(_) => None,
        }
    }

    pub(in crate::cli) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => PASSING_STATUSES.contains(&refusal.status),
            Self::Interrupted(_) => true,
            Self::Unusable(_) => false,
        }
    }
}

impl OssRefusal {
    /// Reads the error document of the body, or of the header that answers to HEAD have.
    pub(super) fn read(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let decoded =
            if body.is_empty() { STANDARD.decode(header("x-oss-err")).unwrap_or_default() } else { body.to_vec() };
        let mut refusal = Self { status, request_id: header("x-oss-request-id").to_owned(), ..Self::default() };
        if let Ok(root) = document(&decoded, "Error", MAX_ERROR_BYTES) {
            refusal.code = text(&root, "Code").to_owned();
            refusal.message = text(&root, "Message").to_owned();
        }
        refusal
    }

    fn told(&self) -> String {
        let Self { status, code, message, request_id } = self;
        let reason = match (*status, code.is_empty(), message.is_empty()) {
            (CALLBACK_FAILED, ..) => {
                format!("the object is stored, and its callback has failed: {} (status {status}", shown(message))
            }
            (_, false, false) => format!("{} ({}, status {status}", shown(message), shown(code)),
            (404, ..) => "no such object or bucket (status 404".to_owned(),
            (401 | 403, ..) => format!("access is denied (status {status}"),
            _ => format!("the store refused (status {status}"),
        };
        if request_id.is_empty() { format!("{reason})") } else { format!("{reason}, request {})", shown(request_id)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_from_body_or_header() {
        let check = |status, header: Option<&str>, body: &str, expected: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-oss-request-id", "5F".parse().unwrap());
            if let Some(value) = header {
                headers.insert("x-oss-err", value.parse().unwrap());
            }
            let failure = CallFailure::Refused(OssRefusal::read(status, &headers, body.as_bytes()));
            assert_eq!(failure.to_string(), expected);
        };
        let xml = "<Error><Code>NoSuchKey</Code><Message>no \u{7f} key</Message></Error>";
        check(404, None, xml, "no \\u{7f} key (NoSuchKey, status 404, request 5F)");
        check(404, Some(&STANDARD.encode(xml)), "", "no \\u{7f} key (NoSuchKey, status 404, request 5F)");
        check(404, Some("###"), "", "no such object or bucket (status 404, request 5F)");
        check(403, None, "<html>", "access is denied (status 403, request 5F)");
        let xml = "<Error><Code>CallbackFailed</Code><Message>Error status : 500.</Message></Error>";
        let told = "the object is stored, and its callback has failed: Error status : 500. (status 203, request 5F)";
        check(203, None, xml, told);
        check(502, None, "Bad Gateway", "the store refused (status 502, request 5F)");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, expected) in
            [(500, true), (503, true), (504, true), (501, false), (507, false), (404, false), (409, false)]
        {
            let failure = CallFailure::Refused(OssRefusal { status, ..OssRefusal::default() });
            assert_eq!(failure.is_passing(), expected, "{status}");
        }
        assert!(CallFailure::Interrupted(String::new()).is_passing());
        assert!(!CallFailure::Unusable(String::new()).is_passing());
    }
}
