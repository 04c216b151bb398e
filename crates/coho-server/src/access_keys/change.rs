//! Changes of accounts and keys. Each is durable, and in force, when it returns.

use super::{
    AccessKeysError, KeyRegistry, random,
    sealed::{self, OpenSecret},
};
use coho_auth::SESSION_PREFIX;
use coho_model::{AccessChange, AccessKeyRecord, AccountRecord, KeyRights, Timestamp};
use coho_store::BucketQuery;

/// What the ids of keys begin with that are not temporary.
const KEY_PREFIX: &str = "COHO";
/// Characters of an id after its beginning.
const ID_CHARS: usize = 16;
/// Characters of a secret: 200 random bits.
const SECRET_CHARS: usize = 40;
/// Characters of the security token of a stored key.
const TOKEN_CHARS: usize = 64;
/// Longest life of a temporary key that is stored, in seconds: a year.
const MAX_EXPIRES_SECONDS: u64 = 366 * 24 * 3600;
/// Longest time, in seconds, in which the secret from before a rotation still signs: thirty days.
const MAX_GRACE_SECONDS: u64 = 30 * 24 * 3600;

/// A key to be made.
#[derive(Debug)]
pub(crate) struct NewKey {
    /// Its account; the first one of the configuration without it. One that is not stored is made.
    pub(crate) account: Option<String>,
    /// The display name of the account, if it is made.
    pub(crate) display_name: Option<String>,
    pub(crate) rights: KeyRights,
    /// How long it is accepted; with it, it is a temporary key.
    pub(crate) expires_seconds: Option<u64>,
}

/// A key with its secret, which is shown once.
pub(crate) struct IssuedKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl KeyRegistry {
    /// Makes an account; without an id with a random one. Returns its id.
    pub(crate) async fn create_account(&self, id: Option<&str>, name: Option<&str>) -> Result<String, AccessKeysError> {
        let id = match id {
            Some(id) => id.to_owned(),
            None => random::account_id()?,
        };
        let account = AccountRecord::new(&id, name.unwrap_or(&id), self.store.now())?;
        self.change(AccessChange::CreateAccount(account)).await?;
        tracing::info!(account = id, "an account was made");
        Ok(id)
    }

    /// Gives an account another display name. One that only the configuration names is stored with it.
    pub(crate) async fn rename_account(&self, id: &str, name: &str) -> Result<(), AccessKeysError> {
        let display_name = AccountRecord::check_display_name(name)?.into();
        let current = self.current();
        if !current.table.accounts.contains_key(id) && current.configures(id) {
            return self.create_account(Some(id), Some(name)).await.map(drop);
        }
        self.change(AccessChange::RenameAccount { id: id.into(), display_name }).await?;
        tracing::info!(account = id, "an account was renamed");
        Ok(())
    }

    /// Removes an account without keys and buckets.
    pub(crate) async fn delete_account(&self, id: &str) -> Result<(), AccessKeysError> {
        if self.current().configures(id) {
            return Err(AccessKeysError::AccountConfigured(id.into()));
        }
        let query =
            BucketQuery { owner: Some(id.into()), prefix: String::new(), after: String::new(), tag: None, max: 1 };
        if !self.store.list_buckets(query).await?.buckets.is_empty() {
            return Err(AccessKeysError::AccountOwnsBuckets(id.into()));
        }
        self.change(AccessChange::DeleteAccount { id: id.into() }).await?;
        tracing::info!(account = id, "an account was deleted");
        Ok(())
    }

    /// Makes a key.
    pub(crate) async fn create_key(&self, new: NewKey) -> Result<IssuedKey, AccessKeysError> {
        let now = self.store.now();
        let expires = match new.expires_seconds {
            Some(seconds) => Some(later(now, "expires_seconds", seconds, 1, MAX_EXPIRES_SECONDS)?),
            None => None,
        };
        let account = new.account.unwrap_or_else(|| self.current().configured.owner.to_string());
        if !self.current().table.accounts.contains_key(&*account) {
            self.create_account(Some(&account), new.display_name.as_deref()).await?;
        }
        let (prefix, token) = match expires {
            Some(_) => (SESSION_PREFIX, Some(random::text(TOKEN_CHARS)?)),
            None => (KEY_PREFIX, None),
        };
        let id = format!("{prefix}{}", random::text(ID_CHARS)?);
        let _sealing = self.store.hold_master_key().await;
        let open = OpenSecret { secret: random::text(SECRET_CHARS)?, token };
        let record = AccessKeyRecord {
            id: id.as_str().into(),
            account: account.as_str().into(),
            secret: self.seal(&id, &open, now).await?,
            previous: None,
            is_enabled: true,
            created: now,
            expires,
            last_used: None,
            rights: new.rights,
        };
        let rights = record.rights.texts();
        self.change(AccessChange::CreateKey(Box::new(record))).await?;
        tracing::info!(access_key = id, account, ?rights, "an access key was made");
        Ok(IssuedKey { id, secret: open.secret, token: open.token })
    }

    /// Gives a key another secret. The old one still signs for `grace_seconds`.
    pub(crate) async fn rotate_key(&self, id: &str, grace_seconds: u64) -> Result<IssuedKey, AccessKeysError> {
        self.must_be_stored(id)?;
        let now = self.store.now();
        let previous_until = match grace_seconds {
            0 => None,
            seconds => Some(later(now, "grace_seconds", seconds, 0, MAX_GRACE_SECONDS)?),
        };
        let _sealing = self.store.hold_master_key().await;
        let open = OpenSecret { secret: random::text(SECRET_CHARS)?, token: None };
        let secret = self.seal(id, &open, now).await?;
        self.change(AccessChange::RotateKey { id: id.into(), secret, previous_until }).await?;
        tracing::info!(access_key = id, grace_seconds, "an access key was rotated");
        Ok(IssuedKey { id: id.to_owned(), secret: open.secret, token: None })
    }

    /// Enables or disables a key, with the sessions that were made with it.
    pub(crate) async fn set_key_enabled(&self, id: &str, is_enabled: bool) -> Result<(), AccessKeysError> {
        self.must_be_stored(id)?;
        self.change(AccessChange::SetKeyEnabled { id: id.into(), is_enabled }).await?;
        tracing::info!(access_key = id, is_enabled, "an access key was enabled or disabled");
        Ok(())
    }

    /// Changes what a key may do.
    pub(crate) async fn set_key_rights(&self, id: &str, rights: KeyRights) -> Result<(), AccessKeysError> {
        self.must_be_stored(id)?;
        let texts = rights.texts();
        self.change(AccessChange::SetKeyRights { id: id.into(), rights }).await?;
        tracing::info!(access_key = id, rights = ?texts, "the rights of an access key were changed");
        Ok(())
    }

    /// Removes a key; the sessions that were made with it end.
    pub(crate) async fn delete_key(&self, id: &str) -> Result<(), AccessKeysError> {
        self.must_be_stored(id)?;
        self.change(AccessChange::DeleteKey { id: id.into() }).await?;
        tracing::info!(access_key = id, "an access key was deleted");
        Ok(())
    }

    fn must_be_stored(&self, id: &str) -> Result<(), AccessKeysError> {
        match self.current().configured.credentials.get(id) {
            Some(_) => Err(AccessKeysError::Configured(id.into())),
            None => Ok(()),
        }
    }

    /// The first seal of a data folder writes a key file.
    async fn seal(
        &self,
        id: &str,
        open: &OpenSecret,
        now: Timestamp,
    ) -> Result<coho_model::StoredSecret, AccessKeysError> {
        if !self.master_keys.is_ready() {
            let keys = self.master_keys.clone();
            // A panic of the task is met again by the seal itself.
            let _made = tokio::task::spawn_blocking(move || keys.sealing(now).map(drop)).await;
        }
        sealed::seal(&self.master_keys, id, open, now)
    }

    /// Makes a change, and shows what is stored afterwards.
    pub(super) async fn change(&self, change: AccessChange) -> Result<(), AccessKeysError> {
        let _turn = self.turn.lock().await;
        self.store.change_access(change).await?;
        let table = self.store.access_table().await?;
        self.show(self.current().configured.clone(), table)?;
        self.store.events().configuration_changed(None, "access");
        Ok(())
    }
}

fn later(now: Timestamp, name: &'static str, seconds: u64, min: u64, max: u64) -> Result<Timestamp, AccessKeysError> {
    if !(min..=max).contains(&seconds) {
        return Err(AccessKeysError::Seconds { name, seconds, min, max });
    }
    Ok(now.plus_ms(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)))
}

impl super::AcceptedKeys {
    /// Whether a key of the configuration acts for the account.
    pub(crate) fn configures(&self, account: &str) -> bool {
        self.configured.credentials.all().any(|key| *key.owner == *account)
    }
}
