//! The master keys of one data folder: read at the start, made at the first need, changed by a rotation.
//!
//! Invariant: a key is durable in the key file before it seals anything. A key that the data folder needs and the key file does not have
//! stops sealing, so that no new key is made in its place, and what it sealed cannot be opened until it is back.

use crate::{
    DataKey, KeyError, Keyring, SealedSecret,
    key_file::{self, MAX_KEYS},
    master_key::MasterKey,
};
use coho_model::{MasterKeyId, SealedDataKey, Timestamp};
use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use zeroize::Zeroizing;

/// Replaces a file that only its owner may read, durable with its name.
pub type ReplaceKeyFile = fn(&Path, &str) -> io::Result<()>;

/// Where the keys are.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// The key file.
    pub keys: PathBuf,
    /// The list of the ids that the data folder needs, in that folder.
    pub known: PathBuf,
    /// How both are written.
    pub replace: ReplaceKeyFile,
}

/// The master keys of a data folder, which all its parts share.
pub struct MasterKeys {
    files: Option<KeyFiles>,
    ring: RwLock<Arc<Keyring>>,
    /// One writer of the files at a time; the ids that the data folder needs.
    known: Mutex<BTreeSet<MasterKeyId>>,
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKeys").field("files", &self.files).field("active", &self.keyring().active()).finish()
    }
}

impl MasterKeys {
    /// Reads the files. A missing key file is made at the first need, unless the data folder needs its keys.
    ///
    /// # Errors
    /// [`KeyError::File`] and [`KeyError::Malformed`]: a start with them would take encrypted objects for damaged ones.
    pub fn open(files: KeyFiles) -> Result<Self, KeyError> {
        let ring = key_file::read_keys(&files.keys)?.unwrap_or_default();
        let known = key_file::read_known(&files.known)?;
        for id in known.iter().filter(|id| !ring.contains(**id)) {
            let key_file = files.keys.display();
            tracing::error!(key = %id, %key_file, "a master key that the data folder needs is not in the key file");
        }
        Ok(Self { files: Some(files), ring: RwLock::new(Arc::new(ring)), known: Mutex::new(known) })
    }

    /// Keys that are in memory alone: for tests, and for stores that are.
    pub fn in_memory(now: Timestamp) -> Result<Self, KeyError> {
        let ring = RwLock::new(Arc::new(Keyring::generate(now)?));
        Ok(Self { files: None, ring, known: Mutex::default() })
    }

    /// The present keys, as a value that no rotation changes. It has no active key before the first need.
    pub fn keyring(&self) -> Arc<Keyring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key file, if the keys are in one.
    pub fn key_file(&self) -> Option<&Path> {
        self.files.as_ref().map(|files| files.keys.as_path())
    }

    /// The keys that the data folder needs and the key file does not have.
    pub fn missing(&self) -> Vec<MasterKeyId> {
        let ring = self.keyring();
        self.lock().iter().filter(|id| !ring.contains(**id)).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<MasterKeyId>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys with an active one, which is made and written if there is none: the first call may wait for the disk, later ones do not.
    ///
    /// # Errors
    /// [`KeyError::Missing`] while the key file lacks all keys and the data folder needs some; [`KeyError::File`].
    pub fn sealing(&self, now: Timestamp) -> Result<Arc<Keyring>, KeyError> {
        let ring = self.keyring();
        if ring.active().is_some() {
            return Ok(ring);
        }
        let mut known = self.lock();
        // Another thread may have made it.
        let ring = self.keyring();
        match known.first() {
            _ if ring.active().is_some() => Ok(ring),
            Some(missing) => Err(KeyError::Missing(*missing)),
            None => self.add_key(&mut known, now),
        }
    }

    /// Whether [`Self::sealing`] returns without waiting for a disk.
    pub fn is_ready(&self) -> bool {
        self.keyring().active().is_some()
    }

    /// Makes a new key the active one. What is sealed from now on needs it; old keys stay for what they sealed.
    ///
    /// # Errors
    /// [`KeyError::File`], [`KeyError::TooMany`]; and [`KeyError::Missing`] while the key file lacks a key that the data folder needs.
    pub fn rotate(&self, now: Timestamp) -> Result<MasterKeyId, KeyError> {
        let mut known = self.lock();
        let ring = self.keyring();
        if let Some(missing) = known.iter().find(|id| !ring.contains(**id)) {
            return Err(KeyError::Missing(*missing));
        }
        self.add_key(&mut known, now)?.active().ok_or(KeyError::Library)
    }

    fn add_key(&self, known: &mut BTreeSet<MasterKeyId>, now: Timestamp) -> Result<Arc<Keyring>, KeyError> {
        let mut ring = (*self.keyring()).clone();
        if ring.keys.len() >= MAX_KEYS {
            return Err(KeyError::TooMany(MAX_KEYS));
        }
        let key = MasterKey::generate(now)?;
        let id = key.id;
        ring.keys.push(key);
        let needed = known.iter().copied().chain([id]).collect();
        self.check_key_file()?;
        // The key file first: a key that is only in the list would keep the next start from making one.
        self.write_keys(&ring)?;
        self.write_known(&needed)?;
        tracing::info!(key = %id, "a master key was made and is active");
        *known = needed;
        Ok(self.publish(ring))
    }

    /// Removes an old key from the key file. `sealed` is how many data keys and secrets the caller has found that it seals; it seals no
    /// others, since it is not active.
    ///
    /// # Errors
    /// [`KeyError::InUse`] for any number but 0, [`KeyError::Active`], [`KeyError::Missing`] for a key that is in neither file,
    /// [`KeyError::File`].
    pub fn retire(&self, id: MasterKeyId, sealed: u64) -> Result<(), KeyError> {
        let mut known = self.lock();
        let mut ring = (*self.keyring()).clone();
        if ring.active() == Some(id) {
            return Err(KeyError::Active(id));
        }
        if !ring.contains(id) && !known.contains(&id) {
            return Err(KeyError::Missing(id));
        }
        if sealed > 0 {
            return Err(KeyError::InUse(id, sealed));
        }
        ring.keys.retain(|key| key.id != id);
        let needed: BTreeSet<_> = known.iter().copied().filter(|needed| *needed != id).collect();
        self.check_key_file()?;
        // The list first: after a crash in between the key file has a key too many, and not the list one that is nowhere.
        self.write_known(&needed)?;
        self.write_keys(&ring)?;
        tracing::info!(key = %id, "a master key was removed from the key file");
        *known = needed;
        self.publish(ring);
        Ok(())
    }

    /// A key that was put into the file since the start must not be lost.
    fn check_key_file(&self) -> Result<(), KeyError> {
        let Some(files) = &self.files else { return Ok(()) };
        let there = key_file::read_keys(&files.keys)?.unwrap_or_default();
        let before = self.keyring();
        if let Some(other) = there.keys.iter().find(|key| !before.contains(key.id)) {
            let reason = format!("it has the key {}, which was added since the start: start again", other.id);
            return Err(KeyError::Malformed { path: files.keys.clone(), reason });
        }
        Ok(())
    }

    fn write_keys(&self, ring: &Keyring) -> Result<(), KeyError> {
        let Some(files) = &self.files else { return Ok(()) };
        (files.replace)(&files.keys, &key_file::text_of(ring)?).map_err(|source| not_written(&files.keys, source))
    }

    fn write_known(&self, known: &BTreeSet<MasterKeyId>) -> Result<(), KeyError> {
        let Some(files) = &self.files else { return Ok(()) };
        (files.replace)(&files.known, &key_file::text_of_known(known)?)
            .map_err(|source| not_written(&files.known, source))
    }

    fn publish(&self, ring: Keyring) -> Arc<Keyring> {
        let ring = Arc::new(ring);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring.clone();
        ring
    }

    /// Seals a small secret as [`Keyring::seal`], with a key that is made if there is none.
    pub fn seal(&self, secret: &[u8], context: &[u8], now: Timestamp) -> Result<SealedSecret, KeyError> {
        self.sealing(now)?.seal(secret, context)
    }

    /// Opens a sealed secret as [`Keyring::open`].
    pub fn open_secret(&self, sealed: &SealedSecret, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.keyring().open(sealed, context)
    }

    /// A new data key as [`Keyring::new_data_key`], by a key that is made if there is none.
    pub fn new_data_key(&self, now: Timestamp) -> Result<(DataKey, SealedDataKey), KeyError> {
        self.sealing(now)?.new_data_key()
    }

    /// Opens a data key as [`Keyring::open_data_key`].
    pub fn open_data_key(&self, sealed: &SealedDataKey) -> Result<DataKey, KeyError> {
        self.keyring().open_data_key(sealed)
    }
}

fn not_written(path: &Path, source: io::Error) -> KeyError {
    KeyError::File { operation: "cannot write", path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
