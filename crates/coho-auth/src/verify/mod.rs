//! Verifies a request and determines its identity.
//!
//! The order is that of OSS: form, access key, security token, time, signature. Signatures and tokens are compared in
//! constant time. If an address has several readings, the first one that the signature matches is accepted.

mod form;
mod token;
mod v1;
mod v2;
mod v4;

pub use form::FormClaims;

use std::{fmt, sync::Arc};

use crate::{
    credential::{Credential, Credentials},
    error::AuthError,
    request::{AuthRequest, Resource},
    scheme::{Scheme, classify},
    signing_key::SigningKeyCache,
};

/// The region that V4 credentials must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedRegion {
    /// Any region.
    Any,
    /// Only this region, without the `oss-` prefix.
    Only(String),
}

/// Where the signature was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In query parameters: a signed URL.
    Url,
    /// In the fields of a form (PostObject).
    Fields,
}

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The request is not signed.
    Anonymous,
    /// Signed by a known access key.
    Signed {
        /// The signing key.
        access_key_id: Arc<str>,
        /// The account that the key acts for.
        owner: Arc<str>,
        /// Where the signature was sent.
        form: Form,
    },
    /// An administrator of the server, who owns every bucket. A server that has authenticated one in its own way says so; no
    /// signature proves it.
    Administrator {
        /// The account that owns what the request creates.
        account: Arc<str>,
    },
}

/// A verified request, ready for authorisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// The sender.
    pub identity: Identity,
    /// Index of the reading of the address that the signature covers; 0 for an anonymous request.
    pub reading: usize,
    /// The SHA-256 that the V4 signature declares for the body, which the server must verify; `None` if it declares
    /// none.
    pub content_sha256: Option<[u8; 32]>,
}

/// Verifies requests against a fixed set of access keys.
pub struct Authenticator {
    credentials: Credentials,
    region: AcceptedRegion,
    signing_keys: SigningKeyCache,
}

impl Authenticator {
    /// Creates an authenticator for these keys.
    pub fn new(credentials: Credentials, region: AcceptedRegion) -> Self {
        Self { credentials, region, signing_keys: SigningKeyCache::default() }
    }

    /// The accepted access keys.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The region that V4 credentials must name.
    pub fn region(&self) -> &AcceptedRegion {
        &self.region
    }

    /// Verifies one request. `readings` are the possible readings of its address, the preferred one first; an empty
    /// slice means the service. An anonymous request is verified without allocating.
    ///
    /// # Errors
    /// [`AuthError`], each variant of which corresponds to one OSS answer.
    pub fn authenticate(
        &self,
        request: &AuthRequest<'_>,
        readings: &[Resource<'_>],
        now_unix_seconds: i64,
    ) -> Result<Authenticated, AuthError> {
        let scheme = classify(request)?;
        let readings = if readings.is_empty() { &[Resource { bucket: None, key: None }] } else { readings };
        let check = Check { authenticator: self, request, readings, now_unix_seconds };
        match scheme {
            Scheme::Anonymous => Ok(Authenticated { identity: Identity::Anonymous, reading: 0, content_sha256: None }),
            Scheme::V1Header(claim) => check.v1_header(&claim),
            Scheme::V1Url { claim, expires } => check.v1_url(&claim, expires),
            Scheme::V2Header(claim) => check.v2_header(&claim),
            Scheme::V2Url { claim, expires } => check.v2_url(&claim, expires),
            Scheme::V4Header(claim) => check.v4_header(&claim),
            Scheme::V4Url(claim) => check.v4_url(&claim),
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("credentials", &self.credentials.len())
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A signed request during verification.
struct Check<'a> {
    authenticator: &'a Authenticator,
    request: &'a AuthRequest<'a>,
    readings: &'a [Resource<'a>],
    now_unix_seconds: i64,
}

impl<'a> Check<'a> {
    fn credential(&self, access_key_id: &str) -> Result<&'a Credential, AuthError> {
        let unknown = || AuthError::UnknownAccessKey { access_key_id: access_key_id.to_owned() };
        self.authenticator.credentials.get(access_key_id).ok_or_else(unknown)
    }
}

fn signed(credential: &Credential, form: Form, reading: usize, content_sha256: Option<[u8; 32]>) -> Authenticated {
    let identity = Identity::Signed {
        access_key_id: Arc::clone(&credential.access_key_id),
        owner: Arc::clone(&credential.owner),
        form,
    };
    Authenticated { identity, reading, content_sha256 }
}
