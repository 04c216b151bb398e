//! What a write does to the versions of its key.
//!
//! - Off: the object is replaced, as if there were no versions.
//! - Enabled: what is current becomes noncurrent, and the new version comes before it.
//! - Suspended: the new version has the id `null` and replaces the one with that id; what is current otherwise becomes noncurrent.

use crate::{
    ChangedVersion, DeleteMarker, Effects, KeyFound, KeyVersion, ObjectKey, ObjectRecord, ObjectVersion, Refusal,
    RemovedVersion, Timestamp, VersionId, Versioning,
};
use std::sync::Arc;

impl KeyFound<'_> {
    /// The version of a write at this time; after every other one of the key, whatever the clock says.
    fn next_version(&self, versioning: Versioning, at: Timestamp, seed: u64) -> ObjectVersion {
        let newest = match self.object {
            Some(object) => Some(object.version),
            None => self.newest(0).map(KeyVersion::version),
        };
        let now = u64::try_from(at.unix_ms()).unwrap_or(0);
        let sequence = newest.map_or(now, |newest| now.max(newest.sequence.saturating_add(1)));
        ObjectVersion { sequence, seed: (versioning == Versioning::Enabled).then_some(seed) }
    }

    /// One of the newest noncurrent versions and delete markers.
    fn newest(&self, at: usize) -> Option<&KeyVersion> {
        self.history?.newest.get(at)
    }

    fn current(&self, id: VersionId) -> Option<&ObjectRecord> {
        self.object.filter(|object| object.version.id() == id)
    }

    /// The noncurrent version or delete marker that the change names.
    fn named(&self, id: VersionId) -> Option<&KeyVersion> {
        self.history?.named.as_ref().filter(|named| named.version().id() == id)
    }
}

impl Effects {
    /// Writes an object under the key. Of its version only the place is known to the change.
    pub(crate) fn put_object(
        &mut self,
        found: KeyFound<'_>,
        versioning: Versioning,
        object: &Arc<ObjectRecord>,
        seed: u64,
    ) {
        if !versioning.is_versioned() {
            return self.replace_object(found.object, Some(object.clone()));
        }
        let version = found.next_version(versioning, object.modified, seed);
        let replaced = self.make_room(found, version);
        self.replace_object(replaced, Some(Arc::new(ObjectRecord { version, ..(**object).clone() })));
        self.version = Some(ChangedVersion { id: version.id(), is_marker: false });
    }

    /// Deletes what is under the key: nothing that has a version is lost.
    pub(crate) fn delete_object(&mut self, found: KeyFound<'_>, versioning: Versioning, at: Timestamp, seed: u64) {
        if !versioning.is_versioned() {
            return self.replace_object(found.object, None);
        }
        let version = found.next_version(versioning, at, seed);
        let replaced = self.make_room(found, version);
        self.replace_object(replaced, None);
        self.marker = Some(DeleteMarker { version, modified: at });
        self.stat.delete_markers += 1;
        self.version = Some(ChangedVersion { id: version.id(), is_marker: true });
    }

    /// Removes the versions that a new one replaces, and retires the current object otherwise. Gives the current object if the
    /// new version replaces it.
    fn make_room<'a>(&mut self, found: KeyFound<'a>, new: ObjectVersion) -> Option<&'a ObjectRecord> {
        let is_null = new.id() == VersionId::Null;
        if is_null && let Some(replaced) = found.object.filter(|object| object.version.id() == VersionId::Null) {
            return Some(replaced);
        }
        if is_null && let Some(null) = found.history.and_then(|history| history.null.as_ref()) {
            self.remove_version(null);
        }
        self.retire = found.object.is_some();
        None
    }

    /// Removes one version for good; what is newest then is the current one.
    pub(crate) fn delete_version(
        &mut self,
        key: &ObjectKey,
        found: KeyFound<'_>,
        versioning: Versioning,
        id: VersionId,
    ) -> Result<(), Refusal> {
        let unknown = || Err(Refusal::NoSuchVersion { key: key.clone(), id });
        if !versioning.is_versioned() {
            // An object is its own only version. Deleting what is not there succeeds.
            if id != VersionId::Null {
                return unknown();
            }
            self.replace_object(found.object, None);
            return Ok(());
        }
        let (is_marker, next) = if let Some(current) = found.current(id) {
            self.replace_object(Some(current), None);
            (false, found.newest(0))
        } else if let Some(named) = found.named(id) {
            self.remove_version(named);
            let was_current = found.object.is_none() && found.newest(0).is_some_and(|it| it.version().id() == id);
            (named.object().is_none(), found.newest(1).filter(|_| was_current))
        } else {
            return unknown();
        };
        self.promote = next.and_then(KeyVersion::object).map(|object| object.version.sequence);
        self.version = Some(ChangedVersion { id, is_marker });
        Ok(())
    }

    /// Replaces the record of the current object, or of the version that is named, with one of the same version and bytes.
    pub(crate) fn revise(
        &mut self,
        key: &ObjectKey,
        found: KeyFound<'_>,
        id: Option<VersionId>,
        revise: impl FnOnce(&ObjectRecord) -> ObjectRecord,
    ) -> Result<(), Refusal> {
        self.try_revise(key, found, id, |old| Ok(revise(old)))
    }

    /// The same where the record may refuse the change.
    pub(crate) fn try_revise(
        &mut self,
        key: &ObjectKey,
        found: KeyFound<'_>,
        id: Option<VersionId>,
        revise: impl FnOnce(&ObjectRecord) -> Result<ObjectRecord, Refusal>,
    ) -> Result<(), Refusal> {
        let current = match id {
            None => Some(found.object.ok_or_else(|| Refusal::NoSuchKey(key.clone()))?),
            Some(id) => found.current(id),
        };
        let Some(id) = id.filter(|_| current.is_none()) else {
            let old = current.ok_or_else(|| Refusal::NoSuchKey(key.clone()))?;
            self.replace_object(Some(old), Some(Arc::new(revise(old)?)));
            return Ok(());
        };
        match found.named(id) {
            Some(KeyVersion::Object(old)) => self.revised_version = Some(Arc::new(revise(old)?)),
            Some(KeyVersion::Marker(_)) => return Err(Refusal::IsDeleteMarker { key: key.clone(), id }),
            None => return Err(Refusal::NoSuchVersion { key: key.clone(), id }),
        }
        Ok(())
    }

    fn remove_version(&mut self, version: &KeyVersion) {
        let sequence = version.version().sequence;
        let inline = version.object().and_then(|object| object.body.inline_blob());
        self.removed_versions.push(RemovedVersion { sequence, inline });
        match version {
            KeyVersion::Object(object) => {
                self.garbage.extend(object.body.file_blobs());
                self.stat.discount(object);
            }
            KeyVersion::Marker(_) => self.stat.delete_markers -= 1,
        }
    }
}

#[cfg(test)]
mod tests;
