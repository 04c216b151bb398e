//! Verifies a request and determines its identity.
//!
//! The order is that of OSS: form, access key, security token, time, signature. Signatures and tokens are compared in
//! constant time. If an address has several readings, the first one that the signature matches is accepted.

mod form;
mod sts;
mod token;
mod v1;
mod v2;
mod v4;

pub use form::FormClaims;
pub use sts::{StsAuthError, StsCaller, StsRequest};

use coho_model::{KeyRights, RoleRecord};
use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use crate::{
    credential::{Credential, Credentials},
    error::AuthError,
    limits::KeyLimits,
    request::{AuthRequest, Resource},
    scheme::{Scheme, classify},
    session::{NoSessions, OpenSession},
    signing_key::SigningKeyCache,
};

/// What the ids of temporary keys begin with.
pub const SESSION_PREFIX: &str = "STS.";

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
        /// What limits the key beside its account; `None` for no limits.
        limits: Option<Arc<KeyLimits>>,
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
    /// The key of the set that was used: of a session, the one that it was made with.
    pub used_key: Option<Arc<str>>,
}

/// Verifies requests against a fixed set of access keys.
pub struct Authenticator {
    credentials: Credentials,
    sessions: Arc<dyn OpenSession>,
    /// The roles that sessions may have, by their ids.
    roles: HashMap<Box<str>, RoleRecord>,
    region: AcceptedRegion,
    signing_keys: SigningKeyCache,
}

impl Authenticator {
    /// Creates an authenticator for these keys.
    pub fn new(credentials: Credentials, region: AcceptedRegion) -> Self {
        let (sessions, roles) = (Arc::new(NoSessions), HashMap::new());
        Self { credentials, sessions, roles, region, signing_keys: SigningKeyCache::default() }
    }

    /// Accepts sessions as well, also those that have one of these roles.
    #[must_use]
    pub fn with_sessions(
        mut self,
        sessions: Arc<dyn OpenSession>,
        roles: impl IntoIterator<Item = RoleRecord>,
    ) -> Self {
        self.sessions = sessions;
        self.roles = roles.into_iter().map(|role| (role.id.clone(), role)).collect();
        self
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
            Scheme::Anonymous => {
                let (identity, used_key) = (Identity::Anonymous, None);
                Ok(Authenticated { identity, reading: 0, content_sha256: None, used_key })
            }
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
    /// The key of that id: one of the set, or the one of the session whose token the request has. It is not over, and its token
    /// is the right one.
    fn credential(&self, access_key_id: &str, carrier: token::Carrier<'_>) -> Result<Cow<'a, Credential>, AuthError> {
        let credential = match self.authenticator.credentials.get(access_key_id) {
            Some(credential) => Cow::Borrowed(credential),
            None => Cow::Owned(self.session(access_key_id, carrier)?),
        };
        self.must_be_enabled(&credential)?;
        token::check(self.request, &credential, carrier)?;
        self.must_not_be_over(&credential)?;
        Ok(credential)
    }

    fn must_be_enabled(&self, credential: &Credential) -> Result<(), AuthError> {
        if credential.is_enabled {
            return Ok(());
        }
        Err(AuthError::AccessKeyDisabled { access_key_id: Arc::clone(&credential.access_key_id) })
    }

    fn must_not_be_over(&self, credential: &Credential) -> Result<(), AuthError> {
        if credential.expires_unix_seconds.is_none_or(|expires| self.now_unix_seconds < expires) {
            return Ok(());
        }
        Err(AuthError::SecurityTokenExpired { access_key_id: Arc::clone(&credential.access_key_id) })
    }

    /// The key of a session. It ends with the key that it was made with, and with its role.
    fn session(&self, access_key_id: &str, carrier: token::Carrier<'_>) -> Result<Credential, AuthError> {
        let unknown = || AuthError::UnknownAccessKey { access_key_id: access_key_id.to_owned() };
        if !access_key_id.starts_with(SESSION_PREFIX) {
            return Err(unknown());
        }
        let token = token::of_session(self.request, carrier)?.ok_or_else(unknown)?;
        let token = std::str::from_utf8(token).unwrap_or_default();
        let opened = self.authenticator.sessions.open(token).filter(|session| session.access_key_id == access_key_id);
        let session = opened
            .ok_or_else(|| AuthError::SecurityTokenMismatch { access_key_id: access_key_id.to_owned().into() })?;
        let parent = self.authenticator.credentials.get(&session.parent).ok_or_else(unknown)?;
        self.must_be_enabled(parent)?;
        self.must_not_be_over(parent)?;
        // Who holds a secret that was replaced must not go on by what it has made.
        if !parent.has_mark(&session.parent_mark, self.now_unix_seconds) {
            return Err(AuthError::SecurityTokenExpired { access_key_id: access_key_id.into() });
        }
        let (owner, rights) = match &session.role {
            None => (&*parent.owner, parent.rights().cloned()),
            Some(id) => {
                let role = self.authenticator.roles.get(id.as_str()).ok_or_else(unknown)?;
                if !role.is_enabled || !role.trusts(&parent.access_key_id, &parent.owner, parent.is_full()) {
                    return Err(AuthError::AccessKeyDisabled { access_key_id: access_key_id.into() });
                }
                (&*role.account, Some(role.rights.clone()).filter(|rights| *rights != KeyRights::full()))
            }
        };
        let mut credential = Credential::new(access_key_id, &session.access_key_secret, owner);
        credential.security_token = Some(token.to_owned());
        credential.expires_unix_seconds = Some(session.expires_unix_seconds);
        credential.parent = Some(Arc::clone(&parent.access_key_id));
        if rights.is_some() || session.policy.is_some() {
            credential.limits = Some(Arc::new(KeyLimits { rights, policy: session.policy }));
        }
        Ok(credential)
    }
}

fn signed(credential: &Credential, form: Form, reading: usize, content_sha256: Option<[u8; 32]>) -> Authenticated {
    let identity = Identity::Signed {
        access_key_id: Arc::clone(&credential.access_key_id),
        owner: Arc::clone(&credential.owner),
        form,
        limits: credential.limits.clone(),
    };
    let used_key = credential.parent.as_ref().unwrap_or(&credential.access_key_id);
    Authenticated { identity, reading, content_sha256, used_key: Some(Arc::clone(used_key)) }
}
