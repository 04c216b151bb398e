//! The keys of a moment: a value that requests read, and a change replaces.

use super::{AccessKeysError, ConfiguredKeys, sealed, sessions::SealedSessions};
use coho_auth::{AcceptedRegion, Authenticator, Credential, Credentials, KeyLimits};
use coho_crypt::MasterKeys;
use coho_model::{AccessKeyRecord, AccessTable, KeyRights, Timestamp};
use coho_oss::document::Owner;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// Seconds between two notes of the use of a key: a key that is always in use must not move memory between processors at each
/// request.
const USE_STEP_SECONDS: i64 = 60;
/// The time of a key that was not used since the start.
const NEVER: i64 = i64::MIN;

/// When keys were used, in Unix seconds.
type Uses = HashMap<Arc<str>, Arc<AtomicI64>>;

/// The keys that are accepted at a moment.
#[derive(Debug)]
pub(crate) struct AcceptedKeys {
    pub(crate) authenticator: Authenticator,
    pub(crate) configured: ConfiguredKeys,
    /// What is stored.
    pub(crate) table: AccessTable,
    uses: Uses,
}

impl AcceptedKeys {
    /// Opens the secrets. A key of the configuration precedes a stored one of the same id.
    pub(super) fn new(
        configured: ConfiguredKeys,
        table: AccessTable,
        master_keys: &MasterKeys,
        region: AcceptedRegion,
        sessions: Arc<SealedSessions>,
        before: Option<&Self>,
    ) -> Result<Self, AccessKeysError> {
        let mut credentials: Vec<_> = configured.credentials.all().cloned().collect();
        for key in table.keys.values() {
            if configured.credentials.get(&key.id).is_some() {
                tracing::warn!(access_key = &*key.id, "a stored access key is hidden by one of the configuration");
                continue;
            }
            credentials.push(credential(key, master_keys)?);
        }
        let uses = credentials.iter().map(|key| {
            let id = &key.access_key_id;
            let known = before.and_then(|before| before.uses.get(id)).cloned();
            (id.clone(), known.unwrap_or_else(|| Arc::new(AtomicI64::new(NEVER))))
        });
        let uses = uses.collect();
        let authenticator = Authenticator::new(Credentials::new(credentials)?, region)
            .with_sessions(sessions, table.roles.values().cloned());
        Ok(Self { authenticator, configured, table, uses })
    }

    /// Notes that a key was used.
    pub(crate) fn note_use(&self, id: &str, now: Timestamp) {
        let Some(last) = self.uses.get(id) else { return };
        if now.unix_s().saturating_sub(last.load(Ordering::Relaxed)) >= USE_STEP_SECONDS {
            last.store(now.unix_s(), Ordering::Relaxed);
        }
    }

    /// When a key was last used, to a minute; of a stored key also before the start.
    pub(crate) fn last_use(&self, id: &str) -> Option<Timestamp> {
        let stored = self.table.keys.get(id).and_then(|key| key.last_used);
        stored.max(self.use_since_start(id))
    }

    fn use_since_start(&self, id: &str) -> Option<Timestamp> {
        let seconds = self.uses.get(id)?.load(Ordering::Relaxed);
        (seconds != NEVER).then(|| Timestamp::from_unix_ms(seconds.saturating_mul(1000)))
    }

    /// Uses of stored keys that are later than what is stored.
    pub(super) fn unstored_uses(&self) -> Vec<(Box<str>, Timestamp)> {
        let keys = self.table.keys.values().filter_map(|key| {
            let used = self.use_since_start(&key.id)?;
            (key.last_used < Some(used)).then(|| (key.id.clone(), used))
        });
        keys.collect()
    }

    /// Whether this key administers the server, and the secret of this mark still signs.
    pub(crate) fn may_administer(&self, id: &str, mark: &str, now: Timestamp) -> bool {
        let key = self.authenticator.credentials().get(id).filter(|key| key.is_admin());
        key.is_some_and(|key| key.has_mark(mark, now.unix_s()))
    }

    /// The mark of a secret of a key that administers the server.
    pub(crate) fn administrator(&self, id: &str, secret: &str, now: Timestamp) -> Option<String> {
        let key = self.authenticator.credentials().get(id).filter(|key| key.is_admin())?;
        let mark = key.mark_of(secret, now.unix_s())?;
        self.note_use(id, now);
        Some(mark)
    }

    /// What answers show of an account beside its id: the id again, unless it has a name.
    pub(crate) fn display_name<'a>(&'a self, account: &'a str) -> &'a str {
        self.table.accounts.get(account).map_or(account, |account| &account.display_name)
    }

    /// The account as documents show it.
    pub(crate) fn owner<'a>(&'a self, account: &'a str) -> Owner<'a> {
        Owner { id: account, display_name: self.display_name(account) }
    }
}

fn credential(key: &AccessKeyRecord, master_keys: &MasterKeys) -> Result<Credential, AccessKeysError> {
    let open = sealed::open(master_keys, &key.id, &key.secret)?;
    let mut credential = Credential::new(&key.id, &open.secret, &key.account);
    credential.security_token = open.token;
    credential.expires_unix_seconds = key.expires.map(Timestamp::unix_s);
    credential.is_enabled = key.is_enabled;
    if let Some(previous) = &key.previous {
        let secret = sealed::open(master_keys, &key.id, &previous.secret)?.secret;
        credential.previous_secret = Some((secret, previous.until.unix_s()));
    }
    // A key with all rights needs no check.
    if key.rights != KeyRights::full() {
        credential.limits = Some(Arc::new(KeyLimits { rights: Some(key.rights.clone()), policy: None }));
    }
    Ok(credential)
}
