//! Verifies V2 signatures. The windows of time are those of V1: `x-oss-expires` of a URL is a time.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;

use super::{Authenticated, Check, Form, signed, token};
use crate::{
    authorization::V2Claim,
    canonical_v2,
    credential::Credential,
    error::{AuthError, SignatureMismatch},
    sign_v1,
    signing_key::mac_v2,
    time,
};

/// Length of an HMAC-SHA256 in bytes.
const SIGNATURE_BYTES: usize = 32;

impl Check<'_> {
    pub(super) fn v2_header(&self, claim: &V2Claim<'_>) -> Result<Authenticated, AuthError> {
        let credential = self.credential(claim.access_key_id, token::Carrier::OtherHeader)?;
        let date = sign_v1::date_header(self.request).ok_or(AuthError::MissingDate)?;
        let request_time = time::parse_any(date).ok_or(AuthError::MissingDate)?;
        time::check_skew(request_time, self.now_unix_seconds)?;
        let additional = canonical_v2::additional_headers(claim.additional_headers.split(';'));
        let reading = self.v2_signature(&credential, claim, date, &additional)?;
        Ok(signed(&credential, Form::Header, reading, None))
    }

    pub(super) fn v2_url(&self, claim: &V2Claim<'_>, expires: &str) -> Result<Authenticated, AuthError> {
        let credential = self.credential(claim.access_key_id, token::Carrier::Url)?;
        time::check_expires_v1(expires, self.now_unix_seconds)?;
        let additional = canonical_v2::additional_headers(claim.additional_headers.split(';'));
        if let Some(name) = additional.iter().find(|name| !self.request.headers.contains_key(name.as_str())) {
            return Err(AuthError::MissingAdditionalHeader { name: name.clone() });
        }
        let reading = self.v2_signature(&credential, claim, expires.as_bytes(), &additional)?;
        Ok(signed(&credential, Form::Url, reading, None))
    }

    /// The index of the first reading that the signature matches.
    fn v2_signature(
        &self,
        credential: &Credential,
        claim: &V2Claim<'_>,
        date: &[u8],
        additional: &[String],
    ) -> Result<usize, AuthError> {
        let provided = STANDARD.decode(claim.signature).ok().filter(|bytes| bytes.len() == SIGNATURE_BYTES);
        let head = canonical_v2::head(self.request, date, additional);
        let fits = |resource| {
            let resource = canonical_v2::resource(resource, self.request.query);
            let proves = |secret, signature| mac_v2(secret, &[&head, &resource]).verify_slice(signature).is_ok();
            let mut secrets = credential.secrets(self.now_unix_seconds);
            provided.as_deref().is_some_and(|signature| secrets.any(|secret| proves(secret, signature)))
        };
        self.readings.iter().position(fits).ok_or_else(|| {
            let resource = canonical_v2::resource(&self.readings[0], self.request.query);
            AuthError::SignatureMismatch(Box::new(SignatureMismatch {
                access_key_id: Arc::clone(&credential.access_key_id),
                signature_provided: claim.signature.to_owned(),
                string_to_sign: [head.as_slice(), &resource].concat(),
                canonical_request: None,
            }))
        })
    }
}
