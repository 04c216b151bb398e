//! Appendable objects: what an append writes, how they are sealed, and when their extents are merged.
//!
//! Every append adds one extent. So that a log of many small appends stays cheap to read and to extend, its last extents are merged now
//! and then: [`tail_to_merge`] says which ones, and [`KeyChange::Merge`](super::KeyChange::Merge) puts one in their place. Each byte is
//! merged a few times at most.

use super::KeyFound;
use crate::{
    Body, ETag, Effects, Extent, ObjectAcl, ObjectKey, ObjectRecord, ObjectType, Refusal, Row, Timestamp, Versioning,
};
use std::{ops::Range, sync::Arc};

/// Most extents of an appendable object. Merging keeps an object of OSS's largest size, 5 GB, well below it: an append that meets
/// the limit is refused, because the merges before it have failed.
pub const MAX_APPEND_EXTENTS: usize = 4096;

/// Extents of at least this many bytes are never merged.
const MERGED_BYTES: u64 = 4 << 20;
/// Extents below this many bytes are of the lowest level.
const LOWEST_LEVEL_BYTES: u64 = 4 << 10;
/// How many extents of a level are merged; the next level's are larger by the same factor.
const MERGE_FACTOR: usize = 16;

/// What an append brings.
pub(super) struct Append<'a> {
    /// The length that the object must have.
    pub(super) position: u64,
    /// The object that the new bytes alone would make.
    pub(super) added: &'a Arc<ObjectRecord>,
    /// The new ACL of an existing object, if the request names one: OSS takes it from every append, as the only one of its settings.
    pub(super) acl: Option<ObjectAcl>,
}

/// The object after an append.
pub(super) fn appended(
    key: &ObjectKey,
    found: KeyFound<'_>,
    versioning: Versioning,
    append: Append<'_>,
    forbid_overwrite: bool,
) -> Result<Effects, Refusal> {
    let Append { position, added, acl } = append;
    let mut effects = Effects::default();
    let Some(old) = found.object else {
        if position != 0 {
            return Err(Refusal::PositionNotEqualToLength { length: 0 });
        }
        let new = ObjectRecord { etag: ETag::of_append(None, added.etag), ..(**added).clone() };
        // OSS: a delete marker takes no append. It would also replace the version `null` that the deletion has kept.
        if found.history.is_some_and(|history| !history.newest.is_empty()) {
            return Err(Refusal::ObjectNotAppendable);
        }
        // OSS: appendable objects have the version `null`, so that appends make no versions.
        let versioning = if versioning.is_versioned() { Versioning::Suspended } else { Versioning::Off };
        effects.put_object(found, versioning, &Arc::new(new), 0);
        return Ok(effects);
    };
    if forbid_overwrite && !versioning.is_versioned() {
        return Err(Refusal::AlreadyExists(key.clone()));
    }
    let extents = appendable(old, position)?;
    let new_extents = match &added.body {
        Body::Extents(new) => new,
        Body::Inline { .. } => return Err(Refusal::ObjectNotAppendable),
    };
    // Another object of this length has come in place of the one that the caller has encrypted for.
    if added.size > 0 && added.data_key() != old.data_key() {
        return Err(Refusal::Overtaken);
    }
    if extents.len() + new_extents.len() > MAX_APPEND_EXTENTS {
        return Err(Refusal::TooManyExtents);
    }
    let new = if added.size == 0 {
        // OSS: it leaves the object as it is.
        old.clone()
    } else {
        ObjectRecord {
            size: old.size + added.size,
            etag: ETag::of_append(Some(old.etag), added.etag),
            crc64: old.crc64.then(added.crc64, added.size),
            modified: added.modified,
            acl: acl.unwrap_or(old.acl),
            body: Body::Extents(extents.iter().chain(new_extents.iter()).copied().collect()),
            ..old.clone()
        }
    };
    write_over(&mut effects, old, new);
    Ok(effects)
}

/// The object after SealAppendObject; the time of the first seal stays.
pub(super) fn sealed(old: &ObjectRecord, position: u64, at: Timestamp) -> Result<Effects, Refusal> {
    // The bytes of an inline body are not at hand here.
    if old.object_type != ObjectType::Appendable || old.body.inline_blob().is_some() {
        return Err(Refusal::ObjectNotAppendable);
    }
    if old.size != position {
        return Err(Refusal::PositionNotEqualToLength { length: old.size });
    }
    let mut attributes = old.attributes.as_deref().cloned().unwrap_or_default();
    attributes.sealed.get_or_insert(at);
    let mut effects = Effects::default();
    write_over(&mut effects, old, ObjectRecord { attributes: Some(Arc::new(attributes)), ..old.clone() });
    Ok(effects)
}

/// The object with a run of its extents replaced by one that holds the same bytes. What was appended since stays.
pub(super) fn merged(old: &ObjectRecord, from: usize, run: &[Extent], merged: Extent) -> Result<Effects, Refusal> {
    let Body::Extents(extents) = &old.body else { return Err(Refusal::Overtaken) };
    let until = from + run.len();
    if run.is_empty() || extents.get(from..until) != Some(run) {
        return Err(Refusal::Overtaken);
    }
    let body = extents[..from].iter().chain([&merged]).chain(&extents[until..]).copied().collect();
    let mut effects = Effects::default();
    write_over(&mut effects, old, ObjectRecord { body: Body::Extents(body), ..old.clone() });
    effects.garbage.extend(run.iter().map(|extent| extent.blob));
    Ok(effects)
}

/// Writes a record that names the blobs of the old one, or copies of their bytes.
fn write_over(effects: &mut Effects, old: &ObjectRecord, new: ObjectRecord) {
    effects.stat.discount(old);
    effects.stat.count(&new);
    effects.object = Row::Write(Arc::new(new));
}

/// The extents of an object that takes an append at this position.
fn appendable(old: &ObjectRecord, position: u64) -> Result<&[Extent], Refusal> {
    let extents = match &old.body {
        Body::Extents(extents) if old.object_type == ObjectType::Appendable && !is_sealed(old) => extents,
        Body::Extents(_) | Body::Inline { .. } => return Err(Refusal::ObjectNotAppendable),
    };
    if old.size != position {
        return Err(Refusal::PositionNotEqualToLength { length: old.size });
    }
    Ok(extents)
}

fn is_sealed(object: &ObjectRecord) -> bool {
    object.attributes.as_ref().is_some_and(|attributes| attributes.sealed.is_some())
}

/// Refuses an append that its object would refuse, before its body is read.
pub fn admit_append(old: Option<&ObjectRecord>, position: u64) -> Result<(), Refusal> {
    match old {
        Some(old) => appendable(old, position).map(drop),
        None if position == 0 => Ok(()),
        None => Err(Refusal::PositionNotEqualToLength { length: 0 }),
    }
}

/// The extents that are to be merged after an append: as soon as a level ends with sixteen, or a large one ends a
/// run of small ones.
pub fn tail_to_merge(extents: &[Extent]) -> Option<Range<usize>> {
    let last = extents.len().checked_sub(1)?;
    let small_before = |at: usize, limit: u64| {
        let run = extents[..at].iter().rev().take_while(|extent| extent.length < limit);
        at - run.count()
    };
    if extents[last].length >= MERGED_BYTES {
        let from = small_before(last, MERGED_BYTES);
        return (last - from > 1).then_some(from..last);
    }
    let (mut from, mut bytes) = (last, extents[last].length);
    while bytes < MERGED_BYTES {
        let run_from = small_before(from, level_limit(bytes));
        if from - run_from + 1 < MERGE_FACTOR {
            break;
        }
        bytes += extents[run_from..from].iter().map(|extent| extent.length).sum::<u64>();
        from = run_from;
    }
    (from < last).then_some(from..extents.len())
}

/// The length below which extents are of the level of this one, or of a lower one.
fn level_limit(bytes: u64) -> u64 {
    let mut limit = LOWEST_LEVEL_BYTES;
    while limit <= bytes && limit < MERGED_BYTES {
        limit *= MERGE_FACTOR as u64;
    }
    limit.min(MERGED_BYTES)
}

#[cfg(test)]
mod tests;
