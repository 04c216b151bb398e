//! The access keys that requests are accepted with: those of the configuration, and those that are stored with the metadata.
//!
//! Invariant: what is in memory is what was stored by the last change of this process, so that a change holds from the next request
//! on. Secrets are stored sealed by a master key, and are open in memory alone. The last use of a key is noted in memory; it is
//! stored from time to time, never by a request.

mod accepted;
mod change;
mod error;
mod maintenance;
mod random;
mod resealing;
mod roles;
mod sealed;
mod sessions;
#[cfg(test)]
mod tests;

pub(crate) use accepted::AcceptedKeys;
pub(crate) use change::{IssuedKey, NewKey};
pub(crate) use coho_model::MAX_SESSION_SECONDS;
pub(crate) use error::AccessKeysError;
pub(crate) use roles::RoleDraft;
pub(crate) use sessions::{IssuedSession, NewSession};

use coho_admin_api::access::AccessKeySource;
use coho_auth::{AcceptedRegion, Credentials};
use coho_crypt::MasterKeys;
use coho_model::AccessTable;
use coho_store::Store;
use sessions::SealedSessions;
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

/// The keys of the configuration.
#[derive(Debug, Clone)]
pub struct ConfiguredKeys {
    /// The keys.
    pub credentials: Credentials,
    /// Where they come from.
    pub source: AccessKeySource,
    /// The account of the first of them, which owns what the operator makes.
    pub owner: Arc<str>,
}

/// All access keys of a server.
#[derive(Debug)]
pub struct KeyRegistry {
    store: Arc<Store>,
    master_keys: Arc<MasterKeys>,
    region: AcceptedRegion,
    sessions: Arc<SealedSessions>,
    current: RwLock<Arc<AcceptedKeys>>,
    /// Attempts to store when keys were used that failed.
    failed_use_writes: AtomicU64,
    /// One change at a time: what is shown is what the last one left.
    turn: tokio::sync::Mutex<()>,
}

impl KeyRegistry {
    /// Reads the stored keys and opens their secrets.
    ///
    /// # Errors
    /// If a secret cannot be opened: its master key is missing. A start must not refuse keys that are valid.
    pub async fn load(
        store: Arc<Store>,
        master_keys: Arc<MasterKeys>,
        configured: ConfiguredKeys,
        region: AcceptedRegion,
    ) -> Result<Arc<Self>, Box<dyn std::error::Error + Send + Sync>> {
        let sessions = Arc::new(SealedSessions::new(master_keys.clone()));
        let table = store.access_table().await?;
        let accepted = AcceptedKeys::new(configured, table, &master_keys, region.clone(), sessions.clone(), None)?;
        let current = RwLock::new(Arc::new(accepted));
        let (failed_use_writes, turn) = (AtomicU64::new(0), Default::default());
        Ok(Arc::new(Self { store, master_keys, region, sessions, current, failed_use_writes, turn }))
    }

    /// The keys of this moment.
    pub(crate) fn current(&self) -> Arc<AcceptedKeys> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Attempts to store when keys were used that have failed since the start.
    pub(crate) fn failed_use_writes(&self) -> u64 {
        self.failed_use_writes.load(Ordering::Relaxed)
    }

    /// Accepts other keys of the configuration from the next request on. The accepted region stays.
    ///
    /// # Errors
    /// If the secret of a stored key cannot be opened; nothing changes then.
    pub async fn replace_configured(
        &self,
        configured: ConfiguredKeys,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let _turn = self.turn.lock().await;
        let table = self.current().table.clone();
        Ok(self.show(configured, table)?)
    }

    fn show(&self, configured: ConfiguredKeys, table: AccessTable) -> Result<(), AccessKeysError> {
        let (keys, region, sessions) = (&self.master_keys, self.region.clone(), self.sessions.clone());
        let accepted = AcceptedKeys::new(configured, table, keys, region, sessions, Some(&self.current()))?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(accepted);
        Ok(())
    }
}
