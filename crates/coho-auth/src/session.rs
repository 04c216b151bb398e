//! Sessions: temporary keys that a holder of an access key got, which are in their security token and nowhere else.

use coho_model::BucketPolicy;
use std::fmt;

/// What a security token says.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySession {
    /// The id of the temporary key.
    pub access_key_id: String,
    /// Its secret.
    pub access_key_secret: String,
    /// The key that it was made with. The session ends when that is disabled, deleted or over.
    pub parent: String,
    /// The [`secret_mark`](crate::Credential::secret_mark) of that key: the session ends when that signs no more.
    pub parent_mark: String,
    /// The id of the role that it has; without one it has the rights of that key. It ends when the role is disabled or deleted, or
    /// trusts the key no more.
    pub role: Option<String>,
    /// From when on it is refused, in Unix seconds.
    pub expires_unix_seconds: i64,
    /// What limits it beside the rights of its parent or role.
    pub policy: Option<Box<BucketPolicy>>,
}

impl fmt::Debug for KeySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySession")
            .field("access_key_id", &self.access_key_id)
            .field("parent", &self.parent)
            .field("role", &self.role)
            .field("expires_unix_seconds", &self.expires_unix_seconds)
            .finish_non_exhaustive()
    }
}

/// Opens security tokens. Only what this server has sealed is a session.
pub trait OpenSession: fmt::Debug + Send + Sync {
    /// The session of a token; `None` for any other text.
    fn open(&self, token: &str) -> Option<KeySession>;
}

/// Of a server without sessions.
#[derive(Debug, Clone, Copy)]
pub struct NoSessions;

impl OpenSession for NoSessions {
    fn open(&self, _token: &str) -> Option<KeySession> {
        None
    }
}
