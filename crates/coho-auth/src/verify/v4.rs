//! Verifies V4 signatures.

use std::sync::Arc;

use hmac::Mac;

use super::{AcceptedRegion, Authenticated, Check, Form, signed, token};
use crate::{
    authorization::{V4_TERMINATOR, V4Claim, V4Credential},
    canonical_v4::{self, Tail, UNSIGNED_PAYLOAD},
    credential::Credential,
    error::{AuthError, SignatureMismatch},
    sign_v4,
    signing_key::SigningKey,
    time,
};

/// The product names of OSS in a V4 credential.
const PRODUCTS: [&str; 2] = ["oss", "oss-cloudbox"];
/// Length of an HMAC-SHA256 in bytes.
const SIGNATURE_BYTES: usize = 32;

/// Checks that the credential's day is the day of the request, whose time is given in ISO form.
pub(super) fn check_day(credential: &V4Credential<'_>, iso: &str) -> Result<(), AuthError> {
    let same = credential.day.len() == "YYYYMMDD".len() && iso.starts_with(credential.day);
    if same { Ok(()) } else { Err(AuthError::CredentialDateMismatch) }
}

impl Check<'_> {
    pub(super) fn v4_header(&self, claim: &V4Claim<'_>) -> Result<Authenticated, AuthError> {
        let credential = self.credential(claim.credential.access_key_id, token::Carrier::OtherHeader)?;
        self.scope(&claim.credential)?;
        let date = sign_v4::date_header(self.request).ok_or(AuthError::MissingDate)?;
        time::check_skew(date.unix_seconds, self.now_unix_seconds)?;
        check_day(&claim.credential, &date.iso)?;
        let payload = self.request.header("x-oss-content-sha256").ok_or(AuthError::MissingContentSha256)?;
        self.v4_signature(&credential, claim, Form::Header, &date.text, payload)
    }

    pub(super) fn v4_url(&self, claim: &V4Claim<'_>) -> Result<Authenticated, AuthError> {
        let credential = self.credential(claim.credential.access_key_id, token::Carrier::Url)?;
        self.scope(&claim.credential)?;
        let timestamp = self.request.parameter("x-oss-date").filter(|date| !date.is_empty());
        let timestamp = timestamp.ok_or(AuthError::IncompleteUrlV4 { parameter: "x-oss-date" })?;
        let date = time::parse_iso_basic(timestamp.as_bytes()).ok_or(AuthError::MissingDate)?;
        time::check_window_v4(date, self.request.parameter("x-oss-expires"), self.now_unix_seconds)?;
        check_day(&claim.credential, timestamp)?;
        let payload = self.request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD.as_bytes());
        self.v4_signature(&credential, claim, Form::Url, timestamp, payload)
    }

    pub(super) fn scope(&self, credential: &V4Credential<'_>) -> Result<(), AuthError> {
        if credential.terminator != V4_TERMINATOR {
            return Err(AuthError::WrongTerminator);
        }
        if !PRODUCTS.contains(&credential.product) {
            return Err(AuthError::WrongProduct { product: credential.product.to_owned() });
        }
        match &self.authenticator.region {
            AcceptedRegion::Only(region) if region != credential.region => {
                Err(AuthError::WrongRegion { region: credential.region.to_owned() })
            }
            AcceptedRegion::Only(_) | AcceptedRegion::Any => Ok(()),
        }
    }

    /// `timestamp` is the time as it appears in the string to sign.
    fn v4_signature(
        &self,
        credential: &Credential,
        claim: &V4Claim<'_>,
        form: Form,
        timestamp: &str,
        payload: &[u8],
    ) -> Result<Authenticated, AuthError> {
        let content_sha256 = parse_payload(payload)?;
        let additional = canonical_v4::additional_headers(claim.additional_headers.split(';'));
        let missing = additional.iter().find(|name| !self.request.headers.contains_key(name.as_str()));
        if let Some(name) = missing.filter(|_| form == Form::Url) {
            return Err(AuthError::MissingAdditionalHeader { name: name.clone() });
        }
        let tail = Tail::new(self.request, &additional, payload, form == Form::Url);
        let reading = self.v4_reading(credential, claim, timestamp, &tail)?;
        Ok(signed(credential, form, reading, content_sha256))
    }

    /// The index of the first reading that the signature matches.
    fn v4_reading(
        &self,
        credential: &Credential,
        claim: &V4Claim<'_>,
        timestamp: &str,
        tail: &Tail,
    ) -> Result<usize, AuthError> {
        let keys = &self.authenticator.signing_keys;
        let cached = keys.get(&claim.credential);
        let is_new = cached.is_none();
        let V4Credential { day, region, product, .. } = claim.credential;
        let key = cached.unwrap_or_else(|| SigningKey::derive(&credential.access_key_secret, day, region, product));
        let mut provided = [0; SIGNATURE_BYTES];
        let is_hex = hex::decode_to_slice(claim.signature, &mut provided).is_ok();
        let previous = credential.secrets(self.now_unix_seconds).nth(1);
        let previous = previous.map(|secret| SigningKey::derive(secret, day, region, product));
        let mut first = None;
        for (index, resource) in self.readings.iter().enumerate() {
            let canonical_request = tail.canonical_request(self.request.method, resource);
            let string_to_sign = canonical_v4::string_to_sign(timestamp, claim.credential.scope(), &canonical_request);
            if is_hex && key.mac(&string_to_sign).verify_slice(&provided).is_ok() {
                if is_new {
                    keys.insert(&claim.credential, key);
                }
                return Ok(index);
            }
            // It is not cached: the cache does not know when it ends.
            let by_previous = |key: &SigningKey| key.mac(&string_to_sign).verify_slice(&provided).is_ok();
            if is_hex && previous.as_ref().is_some_and(by_previous) {
                return Ok(index);
            }
            first.get_or_insert((string_to_sign, canonical_request));
        }
        let (string_to_sign, canonical_request) = first.unwrap_or_default();
        Err(AuthError::SignatureMismatch(Box::new(SignatureMismatch {
            access_key_id: Arc::clone(&credential.access_key_id),
            signature_provided: claim.signature.to_owned(),
            string_to_sign,
            canonical_request: Some(canonical_request),
        })))
    }
}

/// `UNSIGNED-PAYLOAD` declares no digest; any other value is the digest of the body in lower-case hex.
fn parse_payload(payload: &[u8]) -> Result<Option<[u8; 32]>, AuthError> {
    if payload == UNSIGNED_PAYLOAD.as_bytes() {
        return Ok(None);
    }
    let mut digest = [0; 32];
    let is_digest = hex::decode_to_slice(payload, &mut digest).is_ok() && !payload.iter().any(u8::is_ascii_uppercase);
    is_digest.then_some(Some(digest)).ok_or(AuthError::InvalidContentSha256)
}
