//! Master keys: a new one is made, and a walk seals by it what older ones sealed. Only then may the older ones go.

use super::{Stop, World};
use crate::rig::Rig;
use coho_model::MasterKeyId;
use coho_store::{ResealOutcome, SealedCursor, StoreError};
use std::collections::BTreeMap;

impl World {
    /// Makes a new master key, unless a walk seals data keys anew.
    pub(super) async fn rotate(&mut self) -> Result<(), Stop> {
        if self.walk.is_none() {
            let rotated = self.rig.store.rotate_master_key().await;
            self.judge(&Ok(()), rotated)?;
            self.walk = Some(SealedCursor::default());
        }
        Ok(())
    }

    /// A page of the walk, with whatever was done since the one before; one that a fault ends is made again. After the last page no
    /// older key seals anything, and what still runs does without.
    pub(super) async fn reseal(&mut self) -> Result<(), Stop> {
        let Some(cursor) = self.walk.clone() else { return Ok(()) };
        let page = self.rig.store.sealed_page(&self.rig.bucket, &cursor).await;
        let Some(page) = self.judge(&Ok(()), page)? else { return Ok(()) };
        for item in &page.items {
            let outcome = self.rig.store.reseal(&self.rig.bucket, item).await;
            if let Some(ResealOutcome::Unopened(error)) = self.judge(&Ok(()), outcome)? {
                return Err(format!("a data key was not opened: {error:?}").into());
            }
        }
        if page.next.is_some() {
            self.walk = page.next;
            return Ok(());
        }
        let sealed = sealed_pages(&self.rig).await;
        let Some(sealed) = self.judge(&Ok(()), sealed)? else { return Ok(()) };
        self.walk = None;
        for key in self.rig.keys.keyring().overview().iter().filter(|key| !key.is_active) {
            let count = sealed.get(&key.id).copied().unwrap_or_default();
            if count > 0 {
                return Err(format!("{:?} seals {count} data keys after a walk: {sealed:?}", key.id).into());
            }
            let retired = self.rig.store.retire_master_key(key.id, count).await;
            self.judge(&Ok(()), retired)?;
        }
        Ok(())
    }
}

/// How many data keys each master key seals.
pub(crate) async fn sealed_by(rig: &Rig) -> BTreeMap<MasterKeyId, u64> {
    sealed_pages(rig).await.unwrap()
}

async fn sealed_pages(rig: &Rig) -> Result<BTreeMap<MasterKeyId, u64>, StoreError> {
    let (mut cursor, mut sealed) = (Some(SealedCursor::default()), BTreeMap::new());
    while let Some(at) = cursor {
        let page = rig.store.sealed_page(&rig.bucket, &at).await?;
        for item in page.items {
            *sealed.entry(item.data_key.master).or_default() += 1;
        }
        cursor = page.next;
    }
    Ok(sealed)
}
