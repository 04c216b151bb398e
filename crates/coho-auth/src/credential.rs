//! Access keys, and the bounded set of keys that a server accepts.
//!
//! Secrets and tokens never appear in `Debug` output. A set never changes: who changes a key makes another set.

use crate::limits::KeyLimits;
use coho_model::KeyRights;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt, sync::Arc};
use subtle::ConstantTimeEq;

/// Maximum number of access keys in one set: those of a credentials file, and those that are stored.
pub const MAX_CREDENTIALS: usize = 1024 + coho_model::MAX_ACCESS_KEYS;

/// What the digest of a mark begins with.
const MARK_CONTEXT: &[u8] = b"secret of a session's key\0";
/// Bytes of a mark.
const MARK_BYTES: usize = 16;

/// An access key with its secret and the account that it acts for.
#[derive(Clone)]
pub struct Credential {
    /// The public part of the key.
    pub access_key_id: Arc<str>,
    /// The signing secret.
    pub access_key_secret: String,
    /// The account that owns the resources created with this key.
    pub owner: Arc<str>,
    /// The token that every request with a temporary key must carry; `None` for a long-lived key.
    pub security_token: Option<String>,
    /// The secret from before a rotation, and the last Unix second at which it signs.
    pub previous_secret: Option<(String, i64)>,
    /// From when on requests are refused, in Unix seconds.
    pub expires_unix_seconds: Option<i64>,
    /// Whether requests are accepted at all.
    pub is_enabled: bool,
    /// What limits the key beside its account; `None` for no limits.
    pub limits: Option<Arc<KeyLimits>>,
    /// The key that a session was made with.
    pub parent: Option<Arc<str>>,
}

impl Credential {
    /// Creates a long-lived key, which has no security token and no limits.
    pub fn new(access_key_id: &str, access_key_secret: &str, owner: &str) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            access_key_secret: access_key_secret.to_owned(),
            owner: owner.into(),
            security_token: None,
            previous_secret: None,
            expires_unix_seconds: None,
            is_enabled: true,
            limits: None,
            parent: None,
        }
    }

    /// The rights that limit the key; `None` for a key without limits.
    pub fn rights(&self) -> Option<&KeyRights> {
        self.limits.as_ref()?.rights.as_ref()
    }

    /// Whether the holder of its secret administers the server. A temporary key does not.
    pub fn is_admin(&self) -> bool {
        self.is_enabled && self.security_token.is_none() && self.rights().is_some_and(KeyRights::is_admin)
    }

    /// The mark of the secret that is given, if it is one that signs at this time. The comparison takes a time that does not depend on
    /// where the first difference is.
    pub fn mark_of(&self, given: &str, now_unix_seconds: i64) -> Option<String> {
        let is_given = |secret: &&str| bool::from(secret.as_bytes().ct_eq(given.as_bytes()));
        self.secrets(now_unix_seconds).find(is_given).map(secret_mark)
    }

    /// What a session that is made with the present secret keeps of it.
    pub fn secret_mark(&self) -> String {
        secret_mark(&self.access_key_secret)
    }

    /// Whether a secret that signs at this time has that mark.
    pub fn has_mark(&self, mark: &str, now_unix_seconds: i64) -> bool {
        self.secrets(now_unix_seconds).any(|secret| secret_mark(secret) == mark)
    }

    /// Whether the key may do everything that its account may.
    pub(crate) fn is_full(&self) -> bool {
        self.rights().is_none_or(KeyRights::is_full)
    }

    /// The secrets that sign at this time, the present one first.
    pub(crate) fn secrets(&self, now_unix_seconds: i64) -> impl Iterator<Item = &str> {
        let previous = self.previous_secret.as_ref().filter(|(_, until)| now_unix_seconds <= *until);
        std::iter::once(self.access_key_secret.as_str()).chain(previous.map(|(secret, _)| secret.as_str()))
    }

    /// Turns the key into a temporary one, as issued by STS.
    #[must_use]
    pub fn with_security_token(mut self, token: &str) -> Self {
        self.security_token = Some(token.to_owned());
        self
    }
}

/// A name of a secret from which it cannot be found: a session that names it ends with the secret.
pub(crate) fn secret_mark(secret: &str) -> String {
    let digest = Sha256::new().chain_update(MARK_CONTEXT).chain_update(secret).finalize();
    hex::encode(&digest[..MARK_BYTES])
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("access_key_id", &self.access_key_id)
            .field("owner", &self.owner)
            .field("is_temporary", &self.security_token.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a set of access keys is unusable; the configuration must be corrected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// There are more keys than [`MAX_CREDENTIALS`].
    #[error("{count} access keys are more than {MAX_CREDENTIALS}")]
    TooMany {
        /// The number of keys.
        count: usize,
    },
    /// An access key id is repeated.
    #[error("access key {0} appears twice")]
    Duplicate(Arc<str>),
    /// The id cannot be written into an `Authorization` header: it is empty, or has characters other than letters,
    /// digits, `.`, `-`, `_`.
    #[error("access key id {0:?} is not made of letters, digits, '.', '-' and '_'")]
    InvalidId(Arc<str>),
    /// The secret is empty, so anyone could sign with the key.
    #[error("access key {0} has no secret")]
    EmptySecret(Arc<str>),
    /// The security token is empty. Clients never send an empty token, so the key would be unusable.
    #[error("access key {0} has an empty security token")]
    EmptyToken(Arc<str>),
}

/// The access keys of a server, indexed by id.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    by_id: HashMap<Arc<str>, Credential>,
}

impl Credentials {
    /// Builds the set.
    ///
    /// # Errors
    /// If the set is too large, an id is repeated, or a key is unusable or unsafe.
    pub fn new(keys: impl IntoIterator<Item = Credential>) -> Result<Self, CredentialsError> {
        let mut by_id = HashMap::new();
        let mut count = 0_usize;
        for key in keys {
            count += 1;
            if count > MAX_CREDENTIALS {
                return Err(CredentialsError::TooMany { count });
            }
            check(&key)?;
            let id = Arc::clone(&key.access_key_id);
            if by_id.insert(Arc::clone(&id), key).is_some() {
                return Err(CredentialsError::Duplicate(id));
            }
        }
        Ok(Self { by_id })
    }

    /// The key with this id.
    pub fn get(&self, access_key_id: &str) -> Option<&Credential> {
        self.by_id.get(access_key_id)
    }

    /// Every key, in no particular order.
    pub fn all(&self) -> impl Iterator<Item = &Credential> {
        self.by_id.values()
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether the set is empty, so that only anonymous requests pass.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

fn check(key: &Credential) -> Result<(), CredentialsError> {
    let id = &key.access_key_id;
    let writable = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_');
    if id.is_empty() || !id.bytes().all(writable) {
        return Err(CredentialsError::InvalidId(Arc::clone(id)));
    }
    if key.access_key_secret.is_empty() {
        return Err(CredentialsError::EmptySecret(Arc::clone(id)));
    }
    if key.security_token.as_deref() == Some("") {
        return Err(CredentialsError::EmptyToken(Arc::clone(id)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Credential, Credentials, CredentialsError, MAX_CREDENTIALS};

    #[test]
    fn debug_output_shows_neither_secret_nor_token() {
        let key = Credential::new("ak", "very-secret", "owner").with_security_token("very-token");
        let text = format!("{key:?} {:?}", Credentials::new([key.clone()]).unwrap());
        assert!(text.contains("ak") && !text.contains("very-"), "{text}");
    }

    #[test]
    fn unusable_sets_are_refused() {
        let key = |id: &str, secret: &str| Credential::new(id, secret, "o");
        let check = |keys: Vec<Credential>, expected: CredentialsError| {
            assert_eq!(Credentials::new(keys).unwrap_err(), expected);
        };
        check(vec![key("a", "s"), key("a", "t")], CredentialsError::Duplicate("a".into()));
        check(vec![key("", "s")], CredentialsError::InvalidId("".into()));
        check(vec![key("a/b", "s")], CredentialsError::InvalidId("a/b".into()));
        check(vec![key("a", "")], CredentialsError::EmptySecret("a".into()));
        check(vec![key("a", "s").with_security_token("")], CredentialsError::EmptyToken("a".into()));
        let many = (0..=MAX_CREDENTIALS).map(|n| key(&format!("k{n}"), "s")).collect();
        check(many, CredentialsError::TooMany { count: MAX_CREDENTIALS + 1 });
    }
}
