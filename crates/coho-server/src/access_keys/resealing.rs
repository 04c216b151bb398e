//! Secrets of stored keys and a rotation of the master key: which master key seals them, and sealing them by the active one.

use super::{AccessKeysError, KeyRegistry, sealed};
use coho_crypt::SealedSecret;
use coho_model::{AccessChange, AccessKeyRecord, AccessTable, MasterKeyId, ResealedSecret, StoredSecret};
use std::collections::BTreeMap;

/// What became of the secrets that another master key had sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ResealedSecrets {
    pub(crate) resealed: u64,
    /// Those that cannot be opened: of keys that one of the configuration hides, since every other one is opened at the start.
    pub(crate) unopened: u64,
}

/// The present secret of a key, and the one before it.
fn secrets(key: &AccessKeyRecord) -> impl Iterator<Item = &StoredSecret> {
    [Some(&key.secret), key.previous.as_ref().map(|previous| &previous.secret)].into_iter().flatten()
}

fn master_of(secret: &StoredSecret) -> Option<MasterKeyId> {
    secret.0.parse::<SealedSecret>().ok().map(|sealed| sealed.master)
}

fn masters(table: &AccessTable) -> BTreeMap<MasterKeyId, u64> {
    let mut all = BTreeMap::new();
    for key in table.keys.values() {
        let mut of_key: Vec<_> = secrets(key).filter_map(master_of).collect();
        of_key.sort_unstable();
        of_key.dedup();
        for master in of_key {
            *all.entry(master).or_default() += 1;
        }
    }
    all
}

impl KeyRegistry {
    /// How many stored keys have a secret that each master key has sealed.
    pub(crate) fn sealed_by(&self) -> BTreeMap<MasterKeyId, u64> {
        masters(&self.current().table)
    }

    /// Has the active master key seal every secret.
    pub(crate) async fn reseal(&self) -> Result<ResealedSecrets, AccessKeysError> {
        let _sealing = self.store.hold_master_key().await;
        let Some(active) = self.master_keys.keyring().active() else { return Ok(ResealedSecrets::default()) };
        let (current, now) = (self.current(), self.store.now());
        let (mut changes, mut unopened) = (Vec::new(), 0);
        for key in current.table.keys.values() {
            for from in secrets(key).filter(|secret| master_of(secret) != Some(active)) {
                match sealed::open(&self.master_keys, &key.id, from) {
                    Ok(open) => {
                        let to = sealed::seal(&self.master_keys, &key.id, &open, now)?;
                        changes.push(ResealedSecret { id: key.id.clone(), from: from.clone(), to });
                    }
                    Err(error) => {
                        unopened += 1;
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, access_key = &*key.id, "the secret of an access key is not sealed anew");
                    }
                }
            }
        }
        let resealed = changes.len() as u64;
        if !changes.is_empty() {
            self.change(AccessChange::Reseal(changes)).await?;
        }
        Ok(ResealedSecrets { resealed, unopened })
    }
}
