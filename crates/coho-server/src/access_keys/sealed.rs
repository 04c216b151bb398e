//! The stored form of secrets: the secret, and of a temporary key its security token after a line break, sealed for that key.

use super::AccessKeysError;
use coho_crypt::MasterKeys;
use coho_model::{StoredSecret, Timestamp};

/// What a key signs with.
pub(super) struct OpenSecret {
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

fn context(id: &str) -> String {
    format!("access key {id}")
}

/// Seals the secret of the key with this id.
pub(super) fn seal(
    keys: &MasterKeys,
    id: &str,
    open: &OpenSecret,
    now: Timestamp,
) -> Result<StoredSecret, AccessKeysError> {
    let text = match &open.token {
        Some(token) => format!("{}\n{token}", open.secret),
        None => open.secret.clone(),
    };
    let sealed = keys.seal(text.as_bytes(), context(id).as_bytes(), now);
    let sealed = sealed.map_err(|source| AccessKeysError::Secret { id: id.into(), source })?;
    Ok(StoredSecret(sealed.to_string().into()))
}

/// Opens it again.
pub(super) fn open(keys: &MasterKeys, id: &str, sealed: &StoredSecret) -> Result<OpenSecret, AccessKeysError> {
    let failed = |source| AccessKeysError::Secret { id: id.into(), source };
    let sealed = sealed.0.parse().map_err(failed)?;
    let bytes = keys.open_secret(&sealed, context(id).as_bytes()).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| AccessKeysError::DamagedSecret(id.into()))?;
    Ok(match text.split_once('\n') {
        Some((secret, token)) => OpenSecret { secret: secret.to_owned(), token: Some(token.to_owned()) },
        None => OpenSecret { secret: text.to_owned(), token: None },
    })
}
