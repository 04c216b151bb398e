//! What a bucket should hold: OSS's semantics over lists of versions in memory, written without the code under test.

mod lifecycle;
mod object;
mod upload;

pub(super) use lifecycle::{Act, Due};
pub(super) use object::{Frozen, Kind, Object, RESTORE_DELAY_MS};
pub(super) use upload::{Part, Upload};

use super::step::{Place, Rule};
use coho_model::{ObjectAcl, VersionId};
use std::collections::BTreeMap;

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Denied {
    NoSuchKey,
    NoSuchVersion,
    IsMarker,
    Exists,
    NotAppendable,
    Position(u64),
    NotArchived,
    InvalidRestore,
    RestoreInProgress,
    RestoreUnfinished,
    NotRestored,
    NoParts,
    PartTooSmall,
    PartExists,
    PartNotSequential,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Unversioned,
    Enabled,
    Suspended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    Null,
    /// Clients learn it from the store.
    Unseen,
    Seen(VersionId),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Version {
    pub(super) id: Id,
    /// When it was made, which is when the one before it became noncurrent.
    pub(super) made: i64,
    /// `None` is a delete marker.
    pub(super) object: Option<Object>,
}

/// The bucket, whose keys are numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Twin {
    pub(super) state: State,
    /// Milliseconds since the epoch.
    pub(super) now: i64,
    /// The newest first; a key without any has no entry.
    pub(super) keys: BTreeMap<usize, Vec<Version>>,
    pub(super) uploads: Vec<Upload>,
    pub(super) rules: Vec<Rule>,
    /// The number of the fill that would win each key.
    pub(super) tokens: BTreeMap<usize, u64>,
}

impl Twin {
    pub(super) fn new() -> Self {
        let (keys, uploads, rules, tokens) = Default::default();
        Self { state: State::Unversioned, now: 0, keys, uploads, rules, tokens }
    }

    pub(super) fn versions(&self, key: usize) -> &[Version] {
        self.keys.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The object that a read without a version gets.
    pub(super) fn current(&self, key: usize) -> Option<&Object> {
        self.versions(key).first()?.object.as_ref()
    }

    /// The id of the version at a place, or one that no version has.
    pub(super) fn id_at(&self, key: usize, place: Place) -> Id {
        let versions = self.versions(key);
        match versions.get(place % (versions.len() + 1)) {
            Some(version) => version.id,
            None if place.is_multiple_of(2) && versions.iter().all(|version| version.id != Id::Null) => Id::Null,
            None => Id::Seen(VersionId::Unique { sequence: 1, seed: 1 }),
        }
    }

    fn place_of(&self, key: usize, id: Id) -> Option<Place> {
        self.versions(key).iter().position(|version| version.id == id)
    }

    fn unless_exists(&self, key: usize, forbid: bool) -> Result<(), Denied> {
        // OSS: the header has no effect once versioning was enabled.
        let refuses = forbid && self.state == State::Unversioned && self.current(key).is_some();
        if refuses { Err(Denied::Exists) } else { Ok(()) }
    }

    /// A write takes its key from the fill that would have won it.
    pub(super) fn touched(&mut self, key: usize) {
        self.tokens.remove(&key);
        if self.versions(key).is_empty() {
            self.keys.remove(&key);
        }
    }

    /// A new version, which replaces what cannot be beside it.
    fn make(&mut self, key: usize, object: Option<Object>) {
        let (state, made) = (self.state, self.now);
        let versions = self.keys.entry(key).or_default();
        let id = match state {
            State::Unversioned => {
                versions.clear();
                Id::Null
            }
            State::Enabled => Id::Unseen,
            State::Suspended => {
                versions.retain(|version| version.id != Id::Null);
                Id::Null
            }
        };
        versions.insert(0, Version { id, made, object });
        self.touched(key);
    }

    pub(super) fn put(&mut self, key: usize, object: Object, forbid: bool) -> Result<(), Denied> {
        self.unless_exists(key, forbid)?;
        self.make(key, Some(object));
        Ok(())
    }

    pub(super) fn delete(&mut self, key: usize) {
        match self.state {
            State::Unversioned => {
                self.keys.remove(&key);
                self.touched(key);
            }
            State::Enabled | State::Suspended => self.make(key, None),
        }
    }

    /// Tells whether it was a delete marker.
    pub(super) fn delete_version(&mut self, key: usize, id: Id) -> Result<bool, Denied> {
        match self.place_of(key, id) {
            Some(place) => {
                let removed = self.keys.get_mut(&key).map(|versions| versions.remove(place));
                self.touched(key);
                Ok(removed.is_some_and(|version| version.object.is_none()))
            }
            // The version `null` is the object itself: deleting what does not exist succeeds.
            None if self.state == State::Unversioned && id == Id::Null => {
                self.touched(key);
                Ok(false)
            }
            None => Err(Denied::NoSuchVersion),
        }
    }

    /// Changes the object of a version, or the current one.
    pub(super) fn revise(
        &mut self,
        key: usize,
        id: Option<Id>,
        revise: impl FnOnce(&mut Object, i64) -> Result<(), Denied>,
    ) -> Result<(), Denied> {
        let place = match id {
            None => 0,
            Some(id) => self.place_of(key, id).ok_or(Denied::NoSuchVersion)?,
        };
        let now = self.now;
        let version = self.keys.get_mut(&key).and_then(|versions| versions.get_mut(place)).ok_or(Denied::NoSuchKey)?;
        let missing = if id.is_some() { Denied::IsMarker } else { Denied::NoSuchKey };
        let object = version.object.as_mut().ok_or(missing)?;
        revise(object, now)?;
        object.durable = true;
        self.touched(key);
        Ok(())
    }

    /// `added` has the bytes, and everything else of an object that does not exist yet.
    pub(super) fn append(
        &mut self,
        key: usize,
        position: u64,
        added: Object,
        acl: Option<ObjectAcl>,
        forbid: bool,
    ) -> Result<(), Denied> {
        let Some(old) = self.current(key).cloned() else {
            if position != 0 {
                return Err(Denied::Position(0));
            }
            if !self.versions(key).is_empty() {
                return Err(Denied::NotAppendable);
            }
            // OSS: an appendable object has the version `null`, also while versioning is enabled.
            let made = self.now;
            self.keys.insert(key, vec![Version { id: Id::Null, made, object: Some(added) }]);
            self.touched(key);
            return Ok(());
        };
        old.takes_appends_at(position)?;
        self.unless_exists(key, forbid)?;
        let grown = if added.bytes.is_empty() { old } else { old.with_more(&added, acl) };
        if let Some(version) = self.keys.get_mut(&key).and_then(|versions| versions.first_mut()) {
            version.object = Some(grown);
        }
        self.touched(key);
        Ok(())
    }

    /// The object of a fill whose body is whole, if nothing was written meanwhile.
    pub(super) fn publish(&mut self, key: usize, fill: u64, object: Object) -> bool {
        let wins = self.wins(key, fill);
        self.give_back(key, fill);
        if wins {
            self.keys.insert(key, vec![Version { id: Id::Null, made: 0, object: Some(object) }]);
        }
        wins
    }

    pub(super) fn wins(&self, key: usize, fill: u64) -> bool {
        self.tokens.get(&key) == Some(&fill) && self.versions(key).is_empty()
    }

    pub(super) fn give_back(&mut self, key: usize, fill: u64) {
        if self.tokens.get(&key) == Some(&fill) {
            self.tokens.remove(&key);
        }
    }
}
