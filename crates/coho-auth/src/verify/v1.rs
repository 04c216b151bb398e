//! Verifies V1 signatures, and tolerates the SDKs that leave harmless parameters unsigned.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;

use super::{Authenticated, Check, Form, signed, token};
use crate::{
    authorization::V1Claim,
    canonical_v1,
    credential::Credential,
    error::{AuthError, SignatureMismatch},
    sign_v1,
    signing_key::mac_v1,
    subresource::{Coverage, may_be_reduced},
    time,
};

/// Length of an HMAC-SHA1 in bytes.
const SIGNATURE_BYTES: usize = 20;

impl Check<'_> {
    pub(super) fn v1_header(&self, claim: &V1Claim<'_>) -> Result<Authenticated, AuthError> {
        let credential = self.credential(claim.access_key_id, token::Carrier::V1Header)?;
        let date = sign_v1::date_header(self.request).ok_or(AuthError::MissingDate)?;
        let request_time = time::parse_any(date).ok_or(AuthError::MissingDate)?;
        time::check_skew(request_time, self.now_unix_seconds)?;
        let reading = self.v1_signature(&credential, claim, date)?;
        Ok(signed(&credential, Form::Header, reading, None))
    }

    pub(super) fn v1_url(&self, claim: &V1Claim<'_>, expires: &str) -> Result<Authenticated, AuthError> {
        let credential = self.credential(claim.access_key_id, token::Carrier::Url)?;
        time::check_expires_v1(expires, self.now_unix_seconds)?;
        let reading = self.v1_signature(&credential, claim, expires.as_bytes())?;
        Ok(signed(&credential, Form::Url, reading, None))
    }

    /// The index of the first reading that the signature matches; full coverage is tried before reduced coverage.
    fn v1_signature(&self, credential: &Credential, claim: &V1Claim<'_>, date: &[u8]) -> Result<usize, AuthError> {
        let provided = STANDARD.decode(claim.signature).ok().filter(|bytes| bytes.len() == SIGNATURE_BYTES);
        let head = canonical_v1::head(self.request, date);
        let fits = |resource, coverage| {
            let resource = canonical_v1::resource(resource, self.request.query, coverage);
            let proves = |secret, signature| mac_v1(secret, &[&head, &resource]).verify_slice(signature).is_ok();
            let mut secrets = credential.secrets(self.now_unix_seconds);
            provided.as_deref().is_some_and(|signature| secrets.any(|secret| proves(secret, signature)))
        };
        let reading = |coverage| self.readings.iter().position(|resource| fits(resource, coverage));
        let loose = || may_be_reduced(self.request.query).then(|| reading(Coverage::Reduced)).flatten();
        reading(Coverage::Full).or_else(loose).ok_or_else(|| {
            let resource = canonical_v1::resource(&self.readings[0], self.request.query, Coverage::Full);
            AuthError::SignatureMismatch(Box::new(SignatureMismatch {
                access_key_id: Arc::clone(&credential.access_key_id),
                signature_provided: claim.signature.to_owned(),
                string_to_sign: [head.as_slice(), &resource].concat(),
                canonical_request: None,
            }))
        })
    }
}
