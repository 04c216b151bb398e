//! Sessions: temporary keys that are in their security tokens alone, sealed by a master key. Nothing of them is stored, so that their
//! number has no limit and no request for one waits for a disk; they end with the key that they were made with.

use super::{AccessKeysError, KeyRegistry, random};
use coho_auth::{KeySession, OpenSession, SESSION_PREFIX};
use coho_crypt::MasterKeys;
use coho_model::{AccessRefusal, BucketPolicy, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS, RoleRecord, Timestamp};
use coho_oss::document::policy::parse_session;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Characters of an id after its beginning.
const ID_CHARS: usize = 24;
/// Characters of a secret: 200 random bits.
const SECRET_CHARS: usize = 40;
/// Longest token that is looked at, in bytes. Its policy may have 2,048 bytes, which JSON and base64 make longer.
const MAX_TOKEN_BYTES: usize = 8192;
/// What the seal is for.
const CONTEXT: &[u8] = b"security token of a session";
/// Characters of a sealed text that URLs and headers give a meaning to, and what stands for them in a token.
const REPLACED: [(char, char); 3] = [('+', '~'), ('/', '_'), (':', '.')];

/// What a token seals.
#[derive(Serialize, Deserialize)]
struct SessionForm {
    id: String,
    secret: String,
    parent: String,
    /// Names the secret of the parent.
    parent_mark: String,
    /// The id of a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// Unix seconds.
    expires: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

/// A session to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewSession<'a> {
    /// The key that it is made with, which is not temporary.
    pub(crate) parent: &'a str,
    /// The mark of the secret that has asked for it; without it, of the present one.
    pub(crate) parent_mark: Option<&'a str>,
    /// The role that it has; without one it has the rights of the key.
    pub(crate) role: Option<&'a RoleRecord>,
    pub(crate) seconds: u64,
    pub(crate) policy: Option<&'a BucketPolicy>,
}

/// A session with its secret, which is shown once.
pub(crate) struct IssuedSession {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) expires: Timestamp,
}

/// Opens what this server has sealed.
#[derive(Debug)]
pub(super) struct SealedSessions(Arc<MasterKeys>);

impl SealedSessions {
    pub(super) fn new(keys: Arc<MasterKeys>) -> Self {
        Self(keys)
    }
}

impl OpenSession for SealedSessions {
    fn open(&self, token: &str) -> Option<KeySession> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let sealed = replaced(token, |(plain, safe)| (safe, plain)).parse().ok()?;
        let bytes = self.0.open_secret(&sealed, CONTEXT).ok()?;
        let form: SessionForm = serde_json::from_slice(&bytes).ok()?;
        // A policy that is not understood any more must not be left out.
        let policy = form.policy.as_deref().map(parse_session).transpose().ok()?;
        Some(KeySession {
            access_key_id: form.id,
            access_key_secret: form.secret,
            parent: form.parent,
            parent_mark: form.parent_mark,
            role: form.role,
            expires_unix_seconds: form.expires,
            policy: policy.map(Box::new),
        })
    }
}

fn replaced(text: &str, pair: impl Fn((char, char)) -> (char, char)) -> String {
    let pairs = REPLACED.map(pair);
    text.chars().map(|c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

impl KeyRegistry {
    /// Makes a session.
    pub(crate) async fn make_session(&self, new: NewSession<'_>) -> Result<IssuedSession, AccessKeysError> {
        let NewSession { parent, parent_mark, role, seconds, policy } = new;
        let (min, max) = (MIN_SESSION_SECONDS, role.map_or(MAX_SESSION_SECONDS, |role| role.max_session_seconds));
        if !(min..=max).contains(&seconds) {
            return Err(AccessKeysError::Seconds { name: "expires_seconds", seconds, min, max });
        }
        let present_mark = match self.current().authenticator.credentials().get(parent) {
            Some(key) if key.security_token.is_some() => {
                return Err(AccessRefusal::KeyIsTemporary(parent.into()).into());
            }
            Some(key) => key.secret_mark(),
            None => return Err(AccessRefusal::NoSuchKey(parent.into()).into()),
        };
        let now = self.store.now();
        let expires = now.plus_ms(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX));
        let form = SessionForm {
            id: format!("{SESSION_PREFIX}{}", random::text(ID_CHARS)?),
            secret: random::text(SECRET_CHARS)?,
            parent: parent.to_owned(),
            parent_mark: parent_mark.map_or(present_mark, str::to_owned),
            role: role.map(|role| role.id.to_string()),
            expires: expires.unix_s(),
            policy: policy.map(|policy| policy.document.to_string()),
        };
        let token = self.sealed_token(&form, now).await?;
        Ok(IssuedSession { id: form.id, secret: form.secret, token, expires })
    }

    async fn sealed_token(&self, form: &SessionForm, now: Timestamp) -> Result<String, AccessKeysError> {
        let damaged = || AccessKeysError::DamagedSecret(form.id.as_str().into());
        let text = serde_json::to_vec(form).map_err(|_| damaged())?;
        let keys = self.master_keys.clone();
        // The first seal of a data folder writes a key file.
        let sealed = match keys.is_ready() {
            true => keys.seal(&text, CONTEXT, now),
            false => {
                let sealing = tokio::task::spawn_blocking(move || keys.seal(&text, CONTEXT, now));
                sealing.await.map_err(|_| damaged())?
            }
        };
        let sealed = sealed.map_err(|source| AccessKeysError::Secret { id: form.id.as_str().into(), source })?;
        Ok(replaced(&sealed.to_string(), |pair| pair))
    }
}
