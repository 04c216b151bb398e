//! Verifies the signature of a form (PostObject), which covers the policy as it is sent, in base64.
//!
//! The version is that of `x-oss-signature-version`; without it, any field of V1 asks for all three. A form without fields of a
//! signature is anonymous. When a form may be sent is said by its policy.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;
use http::HeaderMap;

use super::{Authenticated, Authenticator, Check, Form, Identity, signed, token};
use crate::{
    authorization::{V2_ALGORITHM, V4_ALGORITHM, V4Credential},
    credential::Credential,
    error::{AuthError, SignatureMismatch},
    request::AuthRequest,
    signing_key::{SigningKey, mac_v1, mac_v2},
    time::{self, MAX_PRESIGN_SECONDS},
};

/// What the fields of a form say.
pub struct FormClaims<'a> {
    /// Gives the value of a field by its name.
    pub field: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl std::fmt::Debug for FormClaims<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormClaims").finish_non_exhaustive()
    }
}

impl<'a> FormClaims<'a> {
    fn get(&self, field: &str) -> Option<&'a str> {
        (self.field)(field).map(str::trim).filter(|value| !value.is_empty())
    }

    fn required(&self, field: &'static str) -> Result<&'a str, AuthError> {
        self.get(field).ok_or(AuthError::IncompleteForm { field })
    }

    fn carrier(&self) -> token::Carrier<'a> {
        token::Carrier::Form(self.get("x-oss-security-token"))
    }
}

impl Authenticator {
    /// Verifies the signature of a form, and gives its sender.
    ///
    /// # Errors
    /// [`AuthError`], each variant of which corresponds to one OSS answer.
    pub fn authenticate_form(&self, form: &FormClaims<'_>, now_unix_seconds: i64) -> Result<Authenticated, AuthError> {
        const OF_V1: [&str; 3] = ["OSSAccessKeyId", "policy", "Signature"];
        let version = form.get("x-oss-signature-version");
        if version.is_none() && OF_V1.iter().all(|field| form.get(field).is_none()) {
            let (identity, used_key) = (Identity::Anonymous, None);
            return Ok(Authenticated { identity, reading: 0, content_sha256: None, used_key });
        }
        let headers = HeaderMap::new();
        let request = AuthRequest { method: "POST", headers: &headers, query: &[] };
        let check = Check { authenticator: self, request: &request, readings: &[], now_unix_seconds };
        match version {
            None => check.v1_form(form),
            Some(V2_ALGORITHM) => check.v2_form(form),
            Some(V4_ALGORITHM) => check.v4_form(form),
            Some(_) => Err(AuthError::UnknownSignatureVersion),
        }
    }
}

impl Check<'_> {
    fn v1_form(&self, form: &FormClaims<'_>) -> Result<Authenticated, AuthError> {
        let id = form.required("OSSAccessKeyId")?;
        let (signature, policy) = (form.required("Signature")?, form.required("policy")?);
        let credential = self.credential(id, form.carrier())?;
        let provided = STANDARD.decode(signature).unwrap_or_default();
        let proves = |secret: &str| mac_v1(secret, &[policy.as_bytes()]).verify_slice(&provided).is_ok();
        let is_right = credential.secrets(self.now_unix_seconds).any(proves);
        accept(&credential, is_right, signature, policy)
    }

    fn v2_form(&self, form: &FormClaims<'_>) -> Result<Authenticated, AuthError> {
        let id = form.required("x-oss-access-key-id")?;
        let (signature, policy) = (form.required("x-oss-signature")?, form.required("policy")?);
        let credential = self.credential(id, form.carrier())?;
        let provided = STANDARD.decode(signature).unwrap_or_default();
        let proves = |secret: &str| mac_v2(secret, &[policy.as_bytes()]).verify_slice(&provided).is_ok();
        let is_right = credential.secrets(self.now_unix_seconds).any(proves);
        accept(&credential, is_right, signature, policy)
    }

    fn v4_form(&self, form: &FormClaims<'_>) -> Result<Authenticated, AuthError> {
        let claim = V4Credential::parse(form.required("x-oss-credential")?)?;
        let (signature, policy) = (form.required("x-oss-signature")?, form.required("policy")?);
        let timestamp = form.required("x-oss-date")?;
        let credential = self.credential(claim.access_key_id, form.carrier())?;
        self.scope(&claim)?;
        let date = time::parse_iso_basic(timestamp.as_bytes()).ok_or(AuthError::MissingDate)?;
        time::check_window_v4(date, Some(&MAX_PRESIGN_SECONDS.to_string()), self.now_unix_seconds)?;
        super::v4::check_day(&claim, timestamp)?;
        let provided = hex::decode(signature).unwrap_or_default();
        let proves = |secret: &str| {
            let key = SigningKey::derive(secret, claim.day, claim.region, claim.product);
            key.mac(policy.as_bytes()).verify_slice(&provided).is_ok()
        };
        let is_right = credential.secrets(self.now_unix_seconds).any(proves);
        accept(&credential, is_right, signature, policy)
    }
}

fn accept(credential: &Credential, is_right: bool, signature: &str, policy: &str) -> Result<Authenticated, AuthError> {
    if is_right {
        return Ok(signed(credential, Form::Fields, 0, None));
    }
    Err(AuthError::SignatureMismatch(Box::new(SignatureMismatch {
        access_key_id: Arc::clone(&credential.access_key_id),
        signature_provided: signature.to_owned(),
        string_to_sign: policy.as_bytes().to_vec(),
        canonical_request: None,
    })))
}
