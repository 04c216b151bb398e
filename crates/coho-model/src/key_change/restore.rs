//! What RestoreObject and CleanRestoredObject write.

use crate::{ObjectRecord, Refusal, Restore, RestoreRequest, RestoreState, Timestamp};

/// The object after RestoreObject at that time, when a restore takes this time.
pub(super) fn restored(
    old: &ObjectRecord,
    request: &RestoreRequest,
    now: Timestamp,
    delay_ms: i64,
) -> Result<ObjectRecord, Refusal> {
    let state = old.restore_state(now);
    if state == RestoreState::NotArchived {
        return Err(Refusal::NotArchived);
    }
    let days = request.days_for(old.storage_class).map_err(Refusal::InvalidRestore)?;
    let restore = match (state, old.restore()) {
        (RestoreState::Restoring, _) => return Err(Refusal::RestoreInProgress),
        (RestoreState::Restored(_), Some(restore)) => restore.extended(now, days),
        _ => Restore::new(now, delay_ms, days),
    };
    Ok(with_restore(old, Some(restore)))
}

/// The object after CleanRestoredObject at that time.
pub(super) fn cleaned(old: &ObjectRecord, now: Timestamp) -> Result<ObjectRecord, Refusal> {
    match old.restore_state(now) {
        RestoreState::NotArchived => Err(Refusal::NotArchived),
        RestoreState::Frozen => Err(Refusal::NotRestored),
        RestoreState::Restoring => Err(Refusal::RestoreUnfinished),
        RestoreState::Restored(_) => Ok(with_restore(old, None)),
    }
}

fn with_restore(old: &ObjectRecord, restore: Option<Restore>) -> ObjectRecord {
    let mut attributes = old.attributes.as_deref().cloned().unwrap_or_default();
    attributes.restore = restore;
    ObjectRecord { attributes: attributes.into_record(), ..old.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BlobId, Body, Crc64, ETag, KeyChange, KeyFound, ObjectAcl, ObjectHeaders, ObjectKey, ObjectType, Row,
        StorageClass, Versioning,
    };
    use std::sync::Arc;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn object(storage_class: StorageClass) -> ObjectRecord {
        ObjectRecord {
            size: 3,
            etag: ETag::simple([0; 16]),
            crc64: Crc64(0),
            whole_md5: None,
            object_type: ObjectType::Normal,
            storage_class,
            acl: ObjectAcl::Default,
            modified: at(0),
            headers: ObjectHeaders::new(),
            mirrored_from: None,
            attributes: None,
            version: crate::ObjectVersion::default(),
            body: Body::Inline { blob: BlobId(1), bytes: bytes::Bytes::from_static(b"abc") },
        }
    }

    fn apply(change: &KeyChange, object: Option<&ObjectRecord>) -> Result<Arc<ObjectRecord>, Refusal> {
        let key = ObjectKey::parse("k").unwrap();
        let effects = change.apply(&key, KeyFound { bucket: Some(Versioning::Off), object, history: None })?;
        assert!(effects.garbage.is_empty() && effects.inline_garbage.is_empty() && change.keeps_bytes());
        let Row::Write(new) = effects.object else { panic!("{change:?} writes") };
        Ok(new)
    }

    fn restore(days: u32, now: i64) -> KeyChange {
        let request = RestoreRequest { days: Some(days), tier: None };
        KeyChange::Restore { request, version: None, now: at(now), delay_ms: 1_000 }
    }

    #[test]
    fn an_object_is_frozen_restored_and_frozen_again() {
        const DAY: i64 = 86_400_000;
        let frozen = object(StorageClass::Archive);
        let clean = |now| KeyChange::CleanRestored { version: None, now: at(now) };
        let restoring = apply(&restore(2, 5_000), Some(&frozen)).unwrap();
        assert_eq!(restoring.restore_state(at(5_999)), RestoreState::Restoring);
        assert_eq!(apply(&restore(2, 5_999), Some(&restoring)), Err(Refusal::RestoreInProgress));
        assert_eq!(apply(&clean(5_999), Some(&restoring)), Err(Refusal::RestoreUnfinished));
        let until = 6_000 + 2 * DAY;
        assert_eq!(restoring.restore_state(at(6_000)), RestoreState::Restored(at(until)));
        let longer = apply(&restore(7, 7_000), Some(&restoring)).unwrap();
        assert_eq!(longer.restore_state(at(7_000)), RestoreState::Restored(at(7_000 + 7 * DAY)));
        let again = apply(&restore(1, until), Some(&restoring)).unwrap();
        assert_eq!(again.restore_state(at(until)), RestoreState::Restoring);
        let cleaned = apply(&clean(6_000), Some(&restoring)).unwrap();
        assert_eq!(*cleaned, frozen, "nothing is left of it");
        assert_eq!(apply(&clean(6_000), Some(&cleaned)), Err(Refusal::NotRestored));
        assert_eq!(apply(&clean(until), Some(&restoring)), Err(Refusal::NotRestored));
    }

    #[test]
    fn only_what_is_archived_is_restored() {
        for class in [StorageClass::Standard, StorageClass::Ia] {
            assert_eq!(apply(&restore(1, 0), Some(&object(class))), Err(Refusal::NotArchived));
            let clean = KeyChange::CleanRestored { version: None, now: at(0) };
            assert_eq!(apply(&clean, Some(&object(class))), Err(Refusal::NotArchived));
        }
        let refused = apply(&restore(8, 0), Some(&object(StorageClass::Archive)));
        assert!(matches!(refused, Err(Refusal::InvalidRestore(_))), "{refused:?}");
        assert_eq!(apply(&restore(1, 0), None), Err(Refusal::NoSuchKey(ObjectKey::parse("k").unwrap())));
    }

    #[test]
    fn a_new_class_ends_the_restore() {
        let restored = apply(&restore(2, 0), Some(&object(StorageClass::Archive))).unwrap();
        let rewrite = |storage_class| KeyChange::Rewrite {
            seen: restored.body.clone(),
            headers: ObjectHeaders::new(),
            storage_class,
            acl: None,
            tags: None,
            modified: at(9),
        };
        assert_eq!(apply(&rewrite(None), Some(&restored)).unwrap().restore(), restored.restore());
        for class in [StorageClass::Standard, StorageClass::ColdArchive] {
            assert_eq!(apply(&rewrite(Some(class)), Some(&restored)).unwrap().attributes, None, "{class:?}");
        }
    }
}
