//! The sender of a request to STS.

use super::request::StsParameters;
use crate::context::Context;
use coho_auth::{AuthError, StsAuthError, StsCaller};
use coho_model::Timestamp;
use coho_oss::sts::StsRefusal;

/// Verifies a request, and that it was not sent before.
pub(super) fn authenticate(
    context: &Context,
    parameters: &StsParameters<'_>,
    now: Timestamp,
) -> Result<StsCaller, StsRefusal> {
    let keys = context.accepted_keys();
    let caller = keys.authenticator.authenticate_sts(&parameters.request(), now.unix_s()).map_err(refusal)?;
    keys.note_use(&caller.used_key, now);
    context.sts_nonces.note(&caller, now.unix_s())?;
    Ok(caller)
}

fn refusal(error: StsAuthError) -> StsRefusal {
    match error {
        StsAuthError::Missing(name) => StsRefusal::Missing(name),
        StsAuthError::Invalid { name, reason } => StsRefusal::Signature { name, reason: reason.into() },
        StsAuthError::Unsigned(header) => {
            StsRefusal::Signature { name: "Authorization", reason: format!("does not sign the header {header}").into() }
        }
        StsAuthError::BodyMismatch => {
            StsRefusal::Signature { name: "x-acs-content-sha256", reason: "is not the digest of the body".into() }
        }
        StsAuthError::Duplicate(_) => StsRefusal::Unreadable(error.to_string()),
        StsAuthError::MalformedTime => StsRefusal::TimeFormat,
        StsAuthError::Auth(error) => of_key(error),
    }
}

fn of_key(error: AuthError) -> StsRefusal {
    match error {
        AuthError::UnknownAccessKey { .. } => StsRefusal::UnknownKey,
        AuthError::AccessKeyDisabled { .. } => StsRefusal::DisabledKey,
        AuthError::MissingSecurityToken { .. } => StsRefusal::MissingToken,
        AuthError::UnexpectedSecurityToken { .. } | AuthError::SecurityTokenMismatch { .. } => {
            StsRefusal::TokenMismatch
        }
        AuthError::SecurityTokenExpired { .. } => StsRefusal::TokenExpired,
        AuthError::TimeTooSkewed { .. } => StsRefusal::TimeExpired,
        AuthError::SignatureMismatch(mismatch) => {
            let signed = match mismatch.canonical_request_text() {
                Some(canonical) => format!("{} canonical request is:{canonical}", mismatch.string_to_sign_text()),
                None => mismatch.string_to_sign_text().into_owned(),
            };
            StsRefusal::SignatureMismatch(signed)
        }
        // Of other schemes.
        other => StsRefusal::Unreadable(other.to_string()),
    }
}
