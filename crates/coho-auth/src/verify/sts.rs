//! Verifies requests to STS: RPC style with HMAC-SHA1 in its parameters, and ACS3-HMAC-SHA256 in its headers.
//!
//! Both sign all parameters, a time and a nonce. The caller remembers nonces: what it gets here says until when a request with
//! one could be repeated.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use super::{Authenticator, Check, token};
use crate::{
    MAX_AUTHORIZATION_BYTES,
    canonical_sts::{self, ACS3_ALGORITHM, Blank, RPC_SIGNATURE},
    credential::secret_mark,
    error::{AuthError, SignatureMismatch},
    request::AuthRequest,
    signing_key::{mac_v1, mac_v2},
    time::{self, MAX_SKEW_SECONDS},
};

/// Most bytes of a nonce.
const MAX_NONCE_BYTES: usize = 128;
/// Headers that a signature of ACS3 must cover.
const ALWAYS_SIGNED: [&str; 5] =
    ["x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"];
/// The token of a temporary key, which it must cover, too, if it is sent.
const ACS3_TOKEN: &str = "x-acs-security-token";

/// A request to STS, with all of its body.
#[derive(Debug, Clone, Copy)]
pub struct StsRequest<'a> {
    /// The method in upper case.
    pub method: &'a str,
    /// All request headers.
    pub headers: &'a HeaderMap,
    /// Decoded query parameters.
    pub query: &'a [(String, String)],
    /// Decoded parameters of the body, if that is a form.
    pub form: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

/// The sender of a request to STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsCaller {
    /// The key that has signed.
    pub access_key_id: Arc<str>,
    /// The key of the set that was used: of a session, the one that it was made with.
    pub used_key: Arc<str>,
    /// The account that the key acts for.
    pub account: Arc<str>,
    /// Whether the key may do everything that its account may.
    pub is_full: bool,
    /// Whether it is a temporary key.
    pub is_temporary: bool,
    /// The mark of the secret that has signed, which a session keeps.
    pub secret_mark: String,
    /// What no other request of the key may have.
    pub nonce: String,
    /// Last second, in Unix time, at which a request with this time is accepted.
    pub repeatable_until: i64,
}

/// Why a request to STS is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StsAuthError {
    /// A parameter or header is missing or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter or header has a value that is not supported, or cannot be one.
    #[error("{name} {reason}")]
    Invalid {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A parameter has several values, of which a signature proves none.
    #[error("the parameter {0:?} is given more than once")]
    Duplicate(String),
    /// The time cannot be parsed.
    #[error("the time is not of the form YYYY-MM-DDThh:mm:ssZ")]
    MalformedTime,
    /// The signature does not cover this header.
    #[error("the header {0} is not signed")]
    Unsigned(&'static str),
    /// The body does not have the digest that was signed.
    #[error("the body does not have the digest of x-acs-content-sha256")]
    BodyMismatch,
    /// As of every request: the key, its token, the time, the signature.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

fn invalid(name: &'static str, reason: &'static str) -> StsAuthError {
    StsAuthError::Invalid { name, reason }
}

/// What a request says of its sender.
struct Claim<'a> {
    access_key_id: &'a str,
    token: Option<&'a str>,
    nonce: &'a str,
    time: &'a str,
    signature: &'a str,
}

impl<'a> StsRequest<'a> {
    /// The only value of a parameter of the query or of the form; an empty one counts as missing.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        let found = self.query.iter().chain(self.form).find(|(have, _)| have == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A header as text; an empty one counts as missing.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
    }

    /// Whether it is signed in its headers.
    pub fn is_acs3(&self) -> bool {
        self.headers.contains_key(header::AUTHORIZATION)
    }

    fn required(&self, name: &'static str) -> Result<&'a str, StsAuthError> {
        self.parameter(name).ok_or(StsAuthError::Missing(name))
    }

    fn required_header(&self, name: &'static str) -> Result<&'a str, StsAuthError> {
        self.header(name).ok_or(StsAuthError::Missing(name))
    }

    fn must_have_each_once(&self) -> Result<(), StsAuthError> {
        let mut names: Vec<_> = self.query.iter().chain(self.form).map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(StsAuthError::Duplicate(pair[0].to_owned())),
            None => Ok(()),
        }
    }
}

impl Authenticator {
    /// Verifies a request to STS.
    ///
    /// # Errors
    /// [`StsAuthError`].
    pub fn authenticate_sts(&self, request: &StsRequest<'_>, now: i64) -> Result<StsCaller, StsAuthError> {
        request.must_have_each_once()?;
        if request.is_acs3() { self.acs3(request, now) } else { self.rpc(request, now) }
    }

    fn rpc(&self, request: &StsRequest<'_>, now: i64) -> Result<StsCaller, StsAuthError> {
        let claim = Claim {
            access_key_id: request.required("AccessKeyId")?,
            token: request.parameter("SecurityToken"),
            nonce: request.required("SignatureNonce")?,
            time: request.required("Timestamp")?,
            signature: request.required(RPC_SIGNATURE)?,
        };
        if request.required("SignatureMethod")? != "HMAC-SHA1" {
            return Err(invalid("SignatureMethod", "must be HMAC-SHA1"));
        }
        if request.required("SignatureVersion")? != "1.0" {
            return Err(invalid("SignatureVersion", "must be 1.0"));
        }
        let text = |blank| canonical_sts::rpc(request.method, request.query.iter().chain(request.form), blank);
        let texts = [text(Blank::Escape), text(Blank::Plus)];
        let provided = STANDARD.decode(claim.signature).unwrap_or_default();
        let proves = |secret: &str| {
            let secret = format!("{secret}&");
            texts.iter().any(|text| mac_v1(&secret, &[text.as_bytes()]).verify_slice(&provided).is_ok())
        };
        self.caller(&claim, now, proves, (&texts[0], None))
    }

    fn acs3(&self, request: &StsRequest<'_>, now: i64) -> Result<StsCaller, StsAuthError> {
        let Acs3Authorization { access_key_id, signed_headers, signature } = Acs3Authorization::of(request)?;
        let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed == name);
        let sent_token = Some(ACS3_TOKEN).filter(|name| request.headers.contains_key(*name));
        if let Some(name) = ALWAYS_SIGNED.into_iter().chain(sent_token).find(|name| !is_signed(name)) {
            return Err(StsAuthError::Unsigned(name));
        }
        let claim = Claim {
            access_key_id,
            token: request.header(ACS3_TOKEN),
            nonce: request.required_header("x-acs-signature-nonce")?,
            time: request.required_header("x-acs-date")?,
            signature,
        };
        let digest = request.required_header("x-acs-content-sha256")?;
        if !digest.eq_ignore_ascii_case(&hex::encode(Sha256::digest(request.body))) {
            return Err(StsAuthError::BodyMismatch);
        }
        let canonical = canonical_sts::acs3(request.method, request.headers, request.query, signed_headers, digest);
        let text = canonical_sts::acs3_string_to_sign(&canonical);
        let provided = hex::decode(signature).unwrap_or_default();
        let proves = |secret: &str| mac_v2(secret, &[text.as_bytes()]).verify_slice(&provided).is_ok();
        self.caller(&claim, now, proves, (&text, Some(&canonical)))
    }

    /// The order is that of other requests: key, token, time, signature.
    fn caller(
        &self,
        claim: &Claim<'_>,
        now: i64,
        proves: impl Fn(&str) -> bool,
        (string_to_sign, canonical_request): (&str, Option<&str>),
    ) -> Result<StsCaller, StsAuthError> {
        if claim.nonce.len() > MAX_NONCE_BYTES {
            return Err(invalid("SignatureNonce", "has more than 128 bytes"));
        }
        let headers = HeaderMap::new();
        let request = AuthRequest { method: "", headers: &headers, query: &[] };
        let check = Check { authenticator: self, request: &request, readings: &[], now_unix_seconds: now };
        let credential = check.credential(claim.access_key_id, token::Carrier::Form(claim.token))?;
        let time = time::parse_iso_extended(claim.time.as_bytes()).ok_or(StsAuthError::MalformedTime)?;
        time::check_skew(time, now)?;
        let Some(secret) = credential.secrets(now).find(|secret| proves(secret)) else {
            let mismatch = SignatureMismatch {
                access_key_id: Arc::clone(&credential.access_key_id),
                signature_provided: claim.signature.to_owned(),
                string_to_sign: string_to_sign.as_bytes().to_vec(),
                canonical_request: canonical_request.map(|text| text.as_bytes().to_vec()),
            };
            return Err(AuthError::SignatureMismatch(Box::new(mismatch)).into());
        };
        Ok(StsCaller {
            access_key_id: Arc::clone(&credential.access_key_id),
            used_key: Arc::clone(credential.parent.as_ref().unwrap_or(&credential.access_key_id)),
            account: Arc::clone(&credential.owner),
            is_full: credential.is_full(),
            is_temporary: credential.security_token.is_some(),
            secret_mark: secret_mark(secret),
            nonce: claim.nonce.to_owned(),
            repeatable_until: time + MAX_SKEW_SECONDS,
        })
    }
}

/// The parts of an `Authorization` header of ACS3.
struct Acs3Authorization<'a> {
    access_key_id: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Acs3Authorization<'a> {
    fn of(request: &StsRequest<'a>) -> Result<Self, StsAuthError> {
        let malformed = |reason| invalid("Authorization", reason);
        let mut values = request.headers.get_all(header::AUTHORIZATION).iter();
        let (value, None) = (values.next().ok_or(StsAuthError::Missing("Authorization"))?, values.next()) else {
            return Err(malformed("is given more than once"));
        };
        if value.len() > MAX_AUTHORIZATION_BYTES {
            return Err(malformed("is too long"));
        }
        let text = value.to_str().map_err(|_| malformed("is not text"))?.trim();
        let rest = text.strip_prefix(ACS3_ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
        let rest = rest.ok_or_else(|| malformed("must have the scheme ACS3-HMAC-SHA256"))?;
        let (mut access_key_id, mut signed_headers, mut signature) = (None, None, None);
        for field in rest.split(',') {
            let (name, value) = field.split_once('=').ok_or_else(|| malformed("has a field that is not name=value"))?;
            let slot = match name.trim() {
                "Credential" => &mut access_key_id,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(malformed("has an unknown field")),
            };
            slot.get_or_insert(value.trim());
        }
        let required = |field: Option<&'a str>| {
            field
                .filter(|value| !value.is_empty())
                .ok_or_else(|| malformed("needs Credential, SignedHeaders and Signature"))
        };
        Ok(Self {
            access_key_id: required(access_key_id)?,
            signed_headers: required(signed_headers)?,
            signature: required(signature)?,
        })
    }
}
