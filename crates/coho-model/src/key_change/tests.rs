use super::*;
use crate::{BlobId, Crc64, DeleteMarker, ETag, Extent, ObjectType, ObjectVersion, Row, StatDelta};
use std::sync::Arc;

fn object(blob: u128, size: u64) -> Arc<ObjectRecord> {
    Arc::new(ObjectRecord {
        size,
        etag: ETag::simple([blob as u8; 16]),
        crc64: Crc64(0),
        whole_md5: None,
        object_type: ObjectType::Normal,
        storage_class: StorageClass::Standard,
        acl: ObjectAcl::Default,
        modified: Timestamp::from_unix_ms(0),
        headers: ObjectHeaders::new(),
        mirrored_from: Some(Arc::new(crate::Provenance {
            url: "http%3a%2f%2fo%2fk".into(),
            fetch: None,
            rewritten: None,
        })),
        attributes: None,
        version: ObjectVersion::default(),
        body: Body::Extents(Arc::from([Extent { blob: BlobId(blob), offset: 0, length: size }])),
    })
}

fn delete() -> KeyChange {
    KeyChange::Delete { at: Timestamp::from_unix_ms(9), seed: 0 }
}

fn key() -> ObjectKey {
    ObjectKey::parse("k").unwrap()
}

fn apply(change: &KeyChange, object: Option<&ObjectRecord>) -> Result<Effects, Refusal> {
    change.apply(&key(), KeyFound { bucket: Some(Versioning::Off), object, history: None })
}

#[test]
fn a_put_replaces_and_frees_what_was_there() {
    let (old, new) = (object(1, 10), object(2, 30));
    let put = KeyChange::Put { object: new.clone(), forbid_overwrite: false, seed: 0 };
    let effects = apply(&put, Some(&old)).unwrap();
    assert_eq!(effects.object, Row::Write(new));
    assert_eq!(effects.garbage, [BlobId(1)]);
    assert_eq!(effects.stat, StatDelta { bytes: 20, mirrored_bytes: 20, ..StatDelta::default() });
    let client = Arc::new(ObjectRecord { mirrored_from: None, ..(*object(3, 30)).clone() });
    let put = KeyChange::Put { object: client.clone(), forbid_overwrite: false, seed: 0 };
    let overwritten = StatDelta { bytes: 20, mirrored_objects: -1, mirrored_bytes: -10, ..StatDelta::default() };
    assert_eq!(apply(&put, Some(&old)).unwrap().stat, overwritten);
    assert_eq!(apply(&put, Some(&client)).unwrap().stat, StatDelta::default());
}

#[test]
fn a_put_that_forbids_overwriting_is_refused_only_where_something_is() {
    let put = KeyChange::Put { object: object(2, 1), forbid_overwrite: true, seed: 0 };
    assert_eq!(apply(&put, Some(&object(1, 1))), Err(Refusal::AlreadyExists(key())));
    assert!(apply(&put, None).is_ok());
}

#[test]
fn a_delete_of_nothing_is_made_and_writes_nothing() {
    assert_eq!(apply(&delete(), None), Ok(Effects::default()));
    assert_eq!(apply(&delete(), Some(&object(1, 4))).unwrap().object, Row::Remove);
}

#[test]
fn only_the_mirrored_object_that_was_seen_is_discarded() {
    let old = object(1, 4);
    let client = Arc::new(ObjectRecord { mirrored_from: None, ..(*old).clone() });
    let private = ObjectRecord { acl: ObjectAcl::Private, ..(*old).clone() };
    let from = old.mirrored_from.as_ref().map(|from| Arc::new(from.rewritten(Timestamp::from_unix_ms(5))));
    let rewritten = Arc::new(ObjectRecord { mirrored_from: from, ..(*old).clone() });
    let discard = |seen: &Arc<ObjectRecord>| KeyChange::Discard { seen: seen.clone() };
    let effects = apply(&discard(&old), Some(&old)).unwrap();
    assert_eq!((effects.object, effects.garbage), (Row::Remove, vec![BlobId(1)]));
    assert_eq!(apply(&discard(&old), None), Ok(Effects::default()));
    let overtaken = [(&old, &*object(2, 4)), (&old, &private), (&client, &*client), (&old, &*client)];
    for (seen, found) in overtaken.into_iter().chain([(&rewritten, &*rewritten), (&old, &*rewritten)]) {
        assert_eq!(apply(&discard(seen), Some(found)), Err(Refusal::Overtaken));
    }
}

#[test]
fn new_headers_and_acls_keep_the_bytes() {
    let old = object(1, 10);
    let rewrite = |seen: &ObjectRecord| KeyChange::Rewrite {
        seen: seen.body.clone(),
        headers: ObjectHeaders::new(),
        storage_class: None,
        acl: None,
        tags: None,
        modified: Timestamp::from_unix_ms(5),
    };
    for (change, rewritten) in [
        (KeyChange::SetAcl { acl: ObjectAcl::Private, version: None }, None),
        (rewrite(&old), Some(Timestamp::from_unix_ms(5))),
    ] {
        let effects = apply(&change, Some(&old)).unwrap();
        let Row::Write(new) = effects.object else { panic!("{change:?} writes") };
        assert!(effects.garbage.is_empty() && new.body.same_place(&old.body));
        let from = crate::Provenance { rewritten, ..old.mirrored_from.as_deref().unwrap().clone() };
        assert_eq!(new.mirrored_from.as_deref(), Some(&from), "{change:?}");
        assert_eq!(new.is_as_fetched(), rewritten.is_none(), "{change:?}");
        assert_eq!(apply(&change, None), Err(Refusal::NoSuchKey(key())));
    }
    assert_eq!(apply(&rewrite(&object(9, 10)), Some(&old)), Err(Refusal::Overtaken));
}

#[test]
fn tags_are_replaced_and_removed_without_another_date() {
    let tags = |text: &str| TagSet::parse_header(text).unwrap();
    let apply = |change: &KeyChange, old: &ObjectRecord| match apply(change, Some(old)).unwrap().object {
        Row::Write(new) => new,
        other => panic!("{other:?}"),
    };
    let old = object(1, 10);
    let tagged = apply(&KeyChange::SetTags { tags: tags("a=1&b=2"), version: None }, &old);
    assert_eq!(tagged.attributes.as_ref().unwrap().tags, tags("a=1&b=2"));
    assert_eq!(ObjectRecord { attributes: None, ..(*tagged).clone() }, *old);
    assert_eq!(apply(&KeyChange::SetTags { tags: TagSet::default(), version: None }, &tagged), old);
    for (replaced, expected) in [(None, tags("a=1&b=2")), (Some(tags("c=3")), tags("c=3"))] {
        let rewrite = KeyChange::Rewrite {
            seen: old.body.clone(),
            headers: ObjectHeaders::new(),
            storage_class: None,
            acl: None,
            tags: replaced,
            modified: Timestamp::from_unix_ms(5),
        };
        assert_eq!(apply(&rewrite, &tagged).attributes.as_ref().unwrap().tags, expected);
    }
    let found = KeyFound { bucket: Some(Versioning::Off), object: None, history: None };
    let refused = KeyChange::SetTags { tags: tags("a=1"), version: None }.apply(&key(), found);
    assert_eq!(refused, Err(Refusal::NoSuchKey(key())));
}

#[test]
fn nothing_is_written_into_a_bucket_that_is_gone() {
    let found = KeyFound { bucket: None, object: None, history: None };
    for change in [delete(), KeyChange::Put { object: object(2, 1), forbid_overwrite: false, seed: 0 }] {
        assert_eq!(change.apply(&key(), found), Err(Refusal::NoSuchBucket));
    }
}

#[test]
fn a_lifecycle_rule_changes_only_the_object_that_it_has_matched() {
    let old = object(1, 4);
    let seen = old.clone();
    let rewritten = ObjectRecord { modified: Timestamp::from_unix_ms(9), ..(*old).clone() };
    let tagged = ObjectRecord { attributes: Some(Arc::default()), ..(*old).clone() };
    let other_bytes = ObjectRecord { body: object(2, 4).body.clone(), ..(*old).clone() };
    let delete = KeyChange::DeleteIf { seen: seen.clone(), at: Timestamp::from_unix_ms(5), seed: 7 };
    let cool = KeyChange::Transition { seen, storage_class: StorageClass::Ia, is_noncurrent: false };
    for change in [&delete, &cool] {
        for found in [Some(&rewritten), Some(&tagged), Some(&other_bytes), None] {
            assert_eq!(apply(change, found), Err(Refusal::Overtaken), "{change:?} {found:?}");
        }
    }
    let effects = apply(&delete, Some(&old)).unwrap();
    assert_eq!((effects.object, effects.garbage), (Row::Remove, vec![BlobId(1)]));
    let effects = apply(&cool, Some(&old)).unwrap();
    let cooled = ObjectRecord { storage_class: StorageClass::Ia, ..(*old).clone() };
    assert_eq!((effects.object, effects.garbage), (Row::Write(Arc::new(cooled)), vec![]));
    assert_eq!(effects.stat, StatDelta::default());
}

#[test]
fn a_lifecycle_rule_removes_or_moves_only_the_noncurrent_version_that_it_has_matched() {
    let version = |sequence, base: u128| {
        let version = ObjectVersion { sequence, seed: Some(sequence) };
        Arc::new(ObjectRecord { version, ..(*object(base, 4)).clone() })
    };
    let (old, new) = (version(1, 1), version(2, 2));
    let tagged = Arc::new(ObjectRecord { attributes: Some(Arc::default()), ..(*old).clone() });
    let mark = |sequence| DeleteMarker {
        version: ObjectVersion { sequence, seed: Some(sequence) },
        modified: Timestamp::from_unix_ms(5),
    };
    let remove = |seen: &KeyVersion| KeyChange::DeleteVersionIf { seen: seen.clone() };
    let cool = KeyChange::Transition { seen: old.clone(), storage_class: StorageClass::Ia, is_noncurrent: true };
    let [old_version, tagged] = [&old, &tagged].map(|object| KeyVersion::Object(object.clone()));
    let [marker, newer_marker] = [mark(1), mark(3)].map(KeyVersion::Marker);
    let apply = |change: &KeyChange, current: Option<&ObjectRecord>, newest: &[&KeyVersion]| {
        let named = newest.iter().find(|version| Some(version.version().id()) == change.named_version());
        let history = KeyHistory {
            newest: newest.iter().map(|version| (*version).clone()).collect(),
            null: None,
            named: named.map(|version| (*version).clone()),
        };
        let found = KeyFound { bucket: Some(Versioning::Enabled), object: current, history: Some(&history) };
        change.apply(&key(), found)
    };
    for (change, current, newest, is_made) in [
        (remove(&old_version), Some(&*new), vec![&old_version], true),
        (remove(&old_version), None, vec![&newer_marker, &old_version], true),
        (remove(&old_version), Some(&*new), vec![&tagged], false),
        (remove(&old_version), Some(&*new), vec![], false),
        // What is current again, or gone.
        (remove(&old_version), Some(&*old), vec![], false),
        (remove(&old_version), None, vec![], false),
        (cool.clone(), Some(&*new), vec![&old_version], true),
        (cool.clone(), Some(&*new), vec![&tagged], false),
        (cool, Some(&*old), vec![], false),
        (remove(&marker), None, vec![&marker], true),
        (remove(&marker), Some(&*new), vec![&marker], true),
        (remove(&newer_marker), None, vec![&newer_marker, &old_version], false),
        (remove(&newer_marker), Some(&*new), vec![], false),
    ] {
        let made = apply(&change, current, &newest);
        assert_eq!(made.is_ok(), is_made, "{change:?} of {current:?} before {newest:?}: {made:?}");
        match made {
            Ok(effects) => assert_eq!(effects.promote, None, "nothing else moves"),
            Err(refusal) => assert_eq!(refusal, Refusal::Overtaken),
        }
    }
}
