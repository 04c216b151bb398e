//! What lifecycle rules do to versions: only to the one that a rule has matched, in the state in which it has.

use super::{KeyFound, is_same};
use crate::{Effects, KeyVersion, ObjectKey, ObjectRecord, Refusal, StorageClass, Versioning};

/// Moves the current object, or a noncurrent version, to another class.
pub(super) fn moved(
    key: &ObjectKey,
    found: KeyFound<'_>,
    seen: &ObjectRecord,
    class: StorageClass,
    is_noncurrent: bool,
) -> Result<Effects, Refusal> {
    let present = if is_noncurrent { noncurrent(found, &seen.version).and_then(object) } else { found.object };
    if !present.is_some_and(|object| is_same(object, seen)) {
        return Err(Refusal::Overtaken);
    }
    let mut effects = Effects::default();
    effects.revise(key, found, is_noncurrent.then(|| seen.version.id()), |old| {
        let attributes = old.attributes.clone().and_then(|all| all.in_class(old.storage_class, class));
        ObjectRecord { storage_class: class, attributes, ..old.clone() }
    })?;
    Ok(effects)
}

/// Removes a noncurrent version, or a delete marker that is alone.
pub(super) fn removed(
    key: &ObjectKey,
    found: KeyFound<'_>,
    versioning: Versioning,
    seen: &KeyVersion,
) -> Result<Effects, Refusal> {
    let is_still = match (noncurrent(found, &seen.version()), seen) {
        (Some(KeyVersion::Object(present)), KeyVersion::Object(seen)) => is_same(present, seen),
        (Some(KeyVersion::Marker(present)), KeyVersion::Marker(seen)) => present == seen,
        (None, KeyVersion::Marker(seen)) => {
            let newest = found.history.map_or(&[][..], |history| &history.newest);
            found.object.is_none() && *newest == [KeyVersion::Marker(*seen)]
        }
        (Some(_) | None, _) => false,
    };
    if !is_still {
        return Err(Refusal::Overtaken);
    }
    let mut effects = Effects::default();
    effects.delete_version(key, found, versioning, seen.version().id())?;
    Ok(effects)
}

/// The version that the change names, if a newer one of the key exists.
fn noncurrent<'a>(found: KeyFound<'a>, version: &crate::ObjectVersion) -> Option<&'a KeyVersion> {
    let history = found.history?;
    let named = history.named.as_ref().filter(|named| named.version() == *version)?;
    let is_current = found.object.is_none() && history.newest.first().is_some_and(|it| it.version() == *version);
    Some(named).filter(|_| !is_current)
}

fn object(version: &KeyVersion) -> Option<&ObjectRecord> {
    version.object().map(AsRef::as_ref)
}
