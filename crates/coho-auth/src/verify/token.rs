//! The security token of temporary keys: a temporary key must send exactly its token, any other key none.
//!
//! A header signature carries it in a header, a signed URL in its query. The signature covers it, except for one SDK
//! quirk.

use std::sync::Arc;
use subtle::ConstantTimeEq;

use crate::{credential::Credential, error::AuthError, request::AuthRequest};

/// The form of signature under verification; only V1 headers have the alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    V1Header,
    OtherHeader,
    Url,
}

/// Refuses a token that is missing, unexpected or wrong. An empty token counts as missing.
pub(super) fn check(request: &AuthRequest<'_>, credential: &Credential, carrier: Carrier) -> Result<(), AuthError> {
    let access_key_id = || Arc::clone(&credential.access_key_id);
    let sent = sent(request, credential, carrier)?;
    match (&credential.security_token, sent) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(AuthError::UnexpectedSecurityToken { access_key_id: access_key_id() }),
        (Some(_), None) => Err(AuthError::MissingSecurityToken { access_key_id: access_key_id() }),
        (Some(token), Some(sent)) if token.as_bytes().ct_eq(sent).into() => Ok(()),
        (Some(_), Some(_)) => Err(AuthError::SecurityTokenMismatch { access_key_id: access_key_id() }),
    }
}

/// The Python SDK v2 sends the token of a V1 header signature in an unsigned header `security-token`; that name is
/// accepted for temporary keys only.
fn sent<'a>(
    request: &AuthRequest<'a>,
    credential: &Credential,
    carrier: Carrier,
) -> Result<Option<&'a [u8]>, AuthError> {
    let in_header = request.header("x-oss-security-token").filter(|token| !token.is_empty());
    if carrier == Carrier::Url {
        let parameter = |name| request.parameter(name).filter(|token| !token.is_empty()).map(str::as_bytes);
        let in_query = parameter("security-token").or_else(|| parameter("x-oss-security-token"));
        return match (in_query, in_header) {
            (None, Some(_)) => Err(AuthError::SecurityTokenNotInQuery),
            _ => Ok(in_query),
        };
    }
    let alias_applies = carrier == Carrier::V1Header && credential.security_token.is_some();
    let alias = || request.header("security-token").filter(|token| alias_applies && !token.is_empty());
    Ok(in_header.or_else(alias))
}
