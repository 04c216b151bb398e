//! Master keys in memory: one active, which seals, and old ones, which open what they sealed. No I/O here.

use crate::{
    DataKey, KeyError, SealedSecret,
    data_key::DATA_KEY_CONTEXT,
    master_key::{KEY_BYTES, KeyBytes, MasterKey, random_key},
    sealed_secret::MAX_SECRET_BYTES,
};
use aws_lc_rs::rand;
use coho_model::{DataKeyId, MasterKeyId, SealedDataKey, Timestamp};
use zeroize::Zeroizing;

/// Some master keys; the last one is active.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    pub(crate) keys: Vec<MasterKey>,
}

/// What is shown of a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyOverview {
    /// Its name.
    pub id: MasterKeyId,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it seals what is written now.
    pub is_active: bool,
    /// When the next key was made, from which on this one sealed nothing more.
    pub superseded: Option<Timestamp>,
}

impl Keyring {
    /// A keyring with one new key, which is nowhere stored.
    pub fn generate(created: Timestamp) -> Result<Self, KeyError> {
        Ok(Self { keys: vec![MasterKey::generate(created)?] })
    }

    /// The key that seals; `None` in a keyring without keys.
    pub fn active(&self) -> Option<MasterKeyId> {
        self.keys.last().map(|key| key.id)
    }

    /// All keys, oldest first.
    pub fn overview(&self) -> Vec<KeyOverview> {
        let next = self.keys.iter().skip(1).map(|key| Some(key.created)).chain([None]);
        let shown = |(key, superseded): (&MasterKey, Option<Timestamp>)| KeyOverview {
            id: key.id,
            created: key.created,
            is_active: superseded.is_none(),
            superseded,
        };
        self.keys.iter().zip(next).map(shown).collect()
    }

    /// Whether the keyring has this key.
    pub fn contains(&self, id: MasterKeyId) -> bool {
        self.keys.iter().any(|key| key.id == id)
    }

    fn key(&self, id: MasterKeyId) -> Result<&MasterKey, KeyError> {
        self.keys.iter().find(|key| key.id == id).ok_or(KeyError::Missing(id))
    }

    fn sealing(&self) -> Result<&MasterKey, KeyError> {
        self.keys.last().ok_or(KeyError::Library)
    }

    /// Seals a small secret with the active key. `context` says what it is for ("access key LTAI…"), and opens it again; it is not stored.
    ///
    /// # Errors
    /// [`KeyError::Library`] for a secret of more than 16 KiB and for a keyring without keys.
    pub fn seal(&self, secret: &[u8], context: &[u8]) -> Result<SealedSecret, KeyError> {
        if secret.len() > MAX_SECRET_BYTES {
            return Err(KeyError::Library);
        }
        let key = self.sealing()?;
        Ok(SealedSecret { master: key.id, bytes: key.seal(secret, context)?.into() })
    }

    /// Opens a sealed secret; its bytes are erased when they are dropped.
    ///
    /// # Errors
    /// [`KeyError::Missing`] without its master key, [`KeyError::Damaged`] for other bytes or another context.
    pub fn open(&self, sealed: &SealedSecret, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.key(sealed.master)?.open(&sealed.bytes, context)
    }

    /// A new random data key, open and sealed by the active key.
    pub fn new_data_key(&self) -> Result<(DataKey, SealedDataKey), KeyError> {
        let mut id = [0; DataKeyId::BYTES];
        rand::fill(&mut id).map_err(|_| KeyError::Library)?;
        let key = DataKey { id: DataKeyId(id), bytes: random_key()? };
        let sealed = self.seal_data_key(&key)?;
        Ok((key, sealed))
    }

    /// An open data key sealed by the active key.
    pub fn seal_data_key(&self, key: &DataKey) -> Result<SealedDataKey, KeyError> {
        let master = self.sealing()?;
        let sealed = master.seal(&key.bytes[..], &data_key_context(key.id))?;
        Ok(SealedDataKey { id: key.id, master: master.id, sealed: sealed.into() })
    }

    /// Opens a data key.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_data_key(&self, sealed: &SealedDataKey) -> Result<DataKey, KeyError> {
        let opened = self.key(sealed.master)?.open(&sealed.sealed, &data_key_context(sealed.id))?;
        let bytes: &[u8; KEY_BYTES] = opened.as_slice().try_into().map_err(|_| KeyError::Damaged)?;
        Ok(DataKey { id: sealed.id, bytes: KeyBytes::new(*bytes) })
    }

    /// The same data key sealed by the active key: what a rotation writes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn reseal(&self, sealed: &SealedDataKey) -> Result<SealedDataKey, KeyError> {
        self.seal_data_key(&self.open_data_key(sealed)?)
    }
}

fn data_key_context(id: DataKeyId) -> Vec<u8> {
    [DATA_KEY_CONTEXT, &id.0].concat()
}
