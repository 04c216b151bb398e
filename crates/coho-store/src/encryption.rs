//! The keys of bodies: a new one for what is written, and that of a record for what is read.
//!
//! Invariant: whether bytes are encrypted, and by which key, is what the record says that names them. Each blob of it has a key of its own,
//! which is derived from the data key of the record.

use crate::{EncryptionCounters, Store, StoreError, store::unfinished};
use coho_blob::BlobError;
use coho_crypt::{DataKey, KeyError, MasterKeys};
use coho_model::{ObjectAttributes, ObjectEncryption, ObjectRecord, SealedDataKey, SseAlgorithm};
use std::{io, sync::Arc};
use tokio::sync::RwLockReadGuard;

/// The attributes of a record, and the key of its bytes if they are encrypted.
pub(crate) type Encrypted = (Option<Arc<ObjectAttributes>>, Option<DataKey>);

impl Store {
    /// The master keys.
    pub fn keys(&self) -> &Arc<MasterKeys> {
        &self.keys
    }

    /// What was encrypted and opened since the start.
    pub fn encryption_counters(&self) -> &EncryptionCounters {
        &self.encryption_counters
    }

    /// A new record's attributes, with a new data key if its bytes are to be encrypted.
    pub(crate) async fn encrypted(
        &self,
        attributes: Option<Arc<ObjectAttributes>>,
        algorithm: Option<SseAlgorithm>,
    ) -> Result<Encrypted, StoreError> {
        let Some(algorithm) = algorithm else { return Ok((attributes, None)) };
        let (key, sealed) = self.new_data_key().await?;
        let encryption = ObjectEncryption { algorithm, key: sealed };
        Ok((ObjectAttributes::with_encryption(attributes.as_deref(), Some(encryption)), Some(key)))
    }

    pub(crate) async fn new_data_key(&self) -> Result<(DataKey, SealedDataKey), StoreError> {
        let now = self.now();
        if !self.keys.is_ready() {
            // The first of all: it writes the key file.
            let keys = self.keys.clone();
            let made = tokio::task::spawn_blocking(move || keys.sealing(now).map(drop)).await;
            let made = made.map_err(|error| unfinished(&error, "making a master key"))?;
            self.encryption_counters.noted(made)?;
        }
        Ok(self.encryption_counters.noted(self.keys.new_data_key(now))?)
    }

    /// The key of a record's bytes, if they are encrypted.
    pub(crate) fn data_key(&self, attributes: Option<&ObjectAttributes>) -> Result<Option<DataKey>, StoreError> {
        let encryption = attributes.and_then(|attributes| attributes.encryption.as_deref());
        let opened = encryption.map(|encryption| self.keys.open_data_key(&encryption.key)).transpose();
        Ok(self.encryption_counters.noted(opened)?)
    }

    /// Keeps the master key active until the guard is dropped: for secrets that are sealed and then stored.
    pub async fn hold_master_key(&self) -> RwLockReadGuard<'_, ()> {
        self.rotating.read().await
    }

    /// The same, with the encryption of a new record by that key: a data key that was sealed before a rotation is sealed anew, also if its
    /// old master key has been retired while the bytes arrived. With the guard held until the record is written, no record by an older key
    /// is written after a rotation.
    pub(crate) async fn sealing_now(
        &self,
        encryption: Option<ObjectEncryption>,
        key: Option<&DataKey>,
    ) -> Result<(Option<RwLockReadGuard<'_, ()>>, Option<ObjectEncryption>), StoreError> {
        let Some(encryption) = encryption else { return Ok((None, None)) };
        let guard = self.rotating.read().await;
        let keys = self.keys.keyring();
        let encryption = match keys.active() {
            Some(active) if active != encryption.key.master => {
                let key = key.map_or_else(|| keys.reseal(&encryption.key), |key| keys.seal_data_key(key))?;
                ObjectEncryption { key, ..encryption }
            }
            Some(_) | None => encryption,
        };
        Ok((Some(guard), Some(encryption)))
    }

    /// The same for the attributes of a new record.
    pub(crate) async fn sealed_now(
        &self,
        attributes: Option<Arc<ObjectAttributes>>,
        key: Option<&DataKey>,
    ) -> Result<(Option<RwLockReadGuard<'_, ()>>, Option<Arc<ObjectAttributes>>), StoreError> {
        let encryption = attributes.as_deref().and_then(|attributes| attributes.encryption.as_deref()).cloned();
        let (guard, encryption) = self.sealing_now(encryption, key).await?;
        let attributes = match encryption {
            Some(encryption) => ObjectAttributes::with_encryption(attributes.as_deref(), Some(encryption)),
            None => attributes,
        };
        Ok((guard, attributes))
    }

    /// What the bytes of a new record have of an existing one: those that are added to it are encrypted by its key.
    pub(crate) fn encrypted_like(
        &self,
        old: &ObjectRecord,
        attributes: Option<Arc<ObjectAttributes>>,
    ) -> Result<Encrypted, StoreError> {
        let Some(encryption) = old.encryption() else { return Ok((attributes, None)) };
        let attributes = ObjectAttributes::with_encryption(attributes.as_deref(), Some(encryption.clone()));
        Ok((attributes, self.data_key(old.attributes.as_deref())?))
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Damaged => {
                let source = io::Error::new(io::ErrorKind::InvalidData, "encrypted bytes were changed");
                Self::Damaged(BlobError::Io { operation: "opening an encrypted body", source })
            }
            error => Self::Key(error),
        }
    }
}
