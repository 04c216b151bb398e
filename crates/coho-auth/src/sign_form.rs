//! Signs the policy of a form (PostObject). The counterpart of `verify/form.rs`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;

use crate::{
    authorization::{V2_ALGORITHM, V4_ALGORITHM},
    credential::Credential,
    error::SignError,
    sign_v4::{self, Scope},
    signing_key::{SigningKey, mac_v1, mac_v2},
    time,
};

/// The version of a form's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormScheme<'a> {
    /// HMAC-SHA1.
    V1,
    /// HMAC-SHA256.
    V2,
    /// HMAC-SHA256 with a key for this scope.
    V4(Scope<'a>),
}

/// The fields that sign this policy, in JSON: the policy itself among them, and the token of a temporary key.
///
/// # Errors
/// [`SignError::InvalidValue`] if the time has no four-digit year.
pub fn sign_form(
    credential: &Credential,
    scheme: FormScheme<'_>,
    policy: &str,
    now_unix_seconds: i64,
) -> Result<Vec<(&'static str, String)>, SignError> {
    let policy = STANDARD.encode(policy);
    let (id, secret) = (credential.access_key_id.to_string(), credential.access_key_secret.as_str());
    let mut fields = match scheme {
        FormScheme::V1 => {
            let signature = STANDARD.encode(mac_v1(secret, &[policy.as_bytes()]).finalize().into_bytes());
            vec![("OSSAccessKeyId", id), ("Signature", signature)]
        }
        FormScheme::V2 => {
            let signature = STANDARD.encode(mac_v2(secret, &[policy.as_bytes()]).finalize().into_bytes());
            let version = ("x-oss-signature-version", V2_ALGORITHM.to_owned());
            vec![version, ("x-oss-access-key-id", id), ("x-oss-signature", signature)]
        }
        FormScheme::V4(scope) => {
            let date = time::format_iso_basic(now_unix_seconds).ok_or(SignError::InvalidValue("x-oss-date"))?;
            let key = SigningKey::derive(secret, &date[..8], scope.region, scope.product);
            let signature = hex::encode(key.mac(policy.as_bytes()).finalize().into_bytes());
            vec![
                ("x-oss-signature-version", V4_ALGORITHM.to_owned()),
                ("x-oss-credential", sign_v4::credential_text(credential, scope, &date)),
                ("x-oss-date", date),
                ("x-oss-signature", signature),
            ]
        }
    };
    if let Some(token) = &credential.security_token {
        fields.push(("x-oss-security-token", token.clone()));
    }
    fields.push(("policy", policy));
    Ok(fields)
}
