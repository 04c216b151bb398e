//! The security token of temporary keys: a temporary key must send exactly its token, any other key none.
//!
//! A header signature carries it in a header, a signed URL in its query, a form in a field. The signature covers it, except for one SDK
//! quirk.

use std::sync::Arc;
use subtle::ConstantTimeEq;

use crate::{credential::Credential, error::AuthError, request::AuthRequest};

/// The form of signature under verification; only V1 headers have the alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier<'a> {
    V1Header,
    OtherHeader,
    Url,
    /// A form, with the token of its field. Headers of the request are not of the form.
    Form(Option<&'a str>),
}

/// Refuses a token that is missing, unexpected or wrong. An empty token counts as missing.
pub(super) fn check(request: &AuthRequest<'_>, credential: &Credential, carrier: Carrier<'_>) -> Result<(), AuthError> {
    let access_key_id = || Arc::clone(&credential.access_key_id);
    let sent = sent(request, credential.security_token.is_some(), carrier)?;
    match (&credential.security_token, sent) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(AuthError::UnexpectedSecurityToken { access_key_id: access_key_id() }),
        (Some(_), None) => Err(AuthError::MissingSecurityToken { access_key_id: access_key_id() }),
        (Some(token), Some(sent)) if token.as_bytes().ct_eq(sent).into() => Ok(()),
        (Some(_), Some(_)) => Err(AuthError::SecurityTokenMismatch { access_key_id: access_key_id() }),
    }
}

/// The token that a request has for a key that only the token describes.
pub(super) fn of_session<'a>(request: &AuthRequest<'a>, carrier: Carrier<'a>) -> Result<Option<&'a [u8]>, AuthError> {
    sent(request, true, carrier)
}

/// The Python SDK v2 sends the token of a V1 header signature in an unsigned header `security-token`; that name is
/// accepted for temporary keys only.
fn sent<'a>(
    request: &AuthRequest<'a>,
    is_temporary: bool,
    carrier: Carrier<'a>,
) -> Result<Option<&'a [u8]>, AuthError> {
    if let Carrier::Form(token) = carrier {
        return Ok(token.map(str::as_bytes));
    }
    let in_header = request.header("x-oss-security-token").filter(|token| !token.is_empty());
    if carrier == Carrier::Url {
        let parameter = |name| request.parameter(name).filter(|token| !token.is_empty()).map(str::as_bytes);
        let in_query = parameter("security-token").or_else(|| parameter("x-oss-security-token"));
        return match (in_query, in_header) {
            (None, Some(_)) => Err(AuthError::SecurityTokenNotInQuery),
            _ => Ok(in_query),
        };
    }
    let alias_applies = carrier == Carrier::V1Header && is_temporary;
    let alias = || request.header("security-token").filter(|token| alias_applies && !token.is_empty());
    Ok(in_header.or_else(alias))
}
