//! Settings of whole accounts: whether one blocks public access to all its buckets.
//!
//! They are in a file of the data folder, since the metadata knows buckets and not accounts. Invariant: what is in memory is in
//! the file.

use crate::failure::{Failure, FailureKind};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Most accounts with settings. There are fewer access keys.
const MAX_ACCOUNTS: usize = 100_000;

/// Replaces a file, durable with its name.
pub type ReplaceFile = fn(&Path, &str) -> io::Result<()>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StoredAccounts {
    /// The accounts that block public access.
    blocks_public_access: BTreeSet<String>,
}

/// The settings of all accounts.
pub struct AccountSettings {
    path: PathBuf,
    replace: ReplaceFile,
    stored: RwLock<Arc<StoredAccounts>>,
    /// Whether any account blocks public access: the usual answer needs no lock.
    is_any_blocked: AtomicBool,
    /// One writer of the file at a time.
    writer: tokio::sync::Mutex<()>,
}

impl fmt::Debug for AccountSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountSettings").field(&self.path).finish()
    }
}

impl AccountSettings {
    /// Those of the file; without one there are none.
    ///
    /// # Errors
    /// If the file cannot be read, or is not one of these: public access that is blocked must not be opened by a start.
    pub fn load(path: PathBuf, replace: ReplaceFile) -> io::Result<Self> {
        let stored: StoredAccounts = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => StoredAccounts::default(),
            Err(error) => return Err(error),
        };
        let is_any_blocked = AtomicBool::new(!stored.blocks_public_access.is_empty());
        Ok(Self { path, replace, stored: RwLock::new(Arc::new(stored)), is_any_blocked, writer: Default::default() })
    }

    fn stored(&self) -> Arc<StoredAccounts> {
        self.stored.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the account blocks public access to all its buckets.
    pub(crate) fn blocks_public_access(&self, account: &str) -> bool {
        self.is_any_blocked.load(Ordering::Acquire) && self.stored().blocks_public_access.contains(account)
    }

    /// Sets whether it does. Durable when it returns.
    pub(crate) async fn set_blocks_public_access(self: &Arc<Self>, account: &str, blocks: bool) -> Result<(), Failure> {
        let _turn = self.writer.lock().await;
        let mut changed = (*self.stored()).clone();
        let is_change = if blocks {
            changed.blocks_public_access.insert(account.to_owned())
        } else {
            changed.blocks_public_access.remove(account)
        };
        if !is_change {
            return Ok(());
        }
        if changed.blocks_public_access.len() > MAX_ACCOUNTS {
            return Err(FailureKind::Unavailable.into());
        }
        let settings = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            let text = serde_json::to_string_pretty(&changed).map_err(io::Error::from)?;
            (settings.replace)(&settings.path, &text)?;
            let is_any = !changed.blocks_public_access.is_empty();
            *settings.stored.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(changed);
            settings.is_any_blocked.store(is_any, Ordering::Release);
            Ok::<_, io::Error>(())
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == io::ErrorKind::StorageFull => {
                Err(Failure { kind: FailureKind::Full, cause: Some(error.into()) })
            }
            Ok(Err(error)) => Err(Failure { kind: FailureKind::Internal, cause: Some(error.into()) }),
            Err(error) => Err(Failure { kind: FailureKind::Internal, cause: Some(error.into()) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_an_account_blocks_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.json");
        let open = || Arc::new(AccountSettings::load(path.clone(), |path, text| std::fs::write(path, text)).unwrap());
        let settings = open();
        assert!(!settings.blocks_public_access("1001"));
        settings.set_blocks_public_access("1001", true).await.unwrap();
        assert!(settings.blocks_public_access("1001") && !settings.blocks_public_access("1002"));
        let settings = open();
        assert!(settings.blocks_public_access("1001"));
        settings.set_blocks_public_access("1001", false).await.unwrap();
        assert!(!settings.blocks_public_access("1001") && !open().blocks_public_access("1001"));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_changes_nothing_and_one_that_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.json");
        let fails: ReplaceFile = |_, _| Err(io::ErrorKind::StorageFull.into());
        let settings = Arc::new(AccountSettings::load(path.clone(), fails).unwrap());
        assert!(settings.set_blocks_public_access("1001", true).await.is_err());
        assert!(!settings.blocks_public_access("1001"));
        std::fs::write(&path, "{").unwrap();
        assert!(AccountSettings::load(path, fails).is_err());
    }
}
