use super::*;
use crate::{
    BlobId, Body, Crc64, ETag, Extent, KeyChange, KeyHistory, ObjectAcl, ObjectHeaders, ObjectType, Row, StatDelta,
    StorageClass,
};
use Versioning::{Enabled, Off, Suspended};

/// An object of that many bytes, in the blob of that number.
fn object(blob: u64, version: ObjectVersion) -> Arc<ObjectRecord> {
    Arc::new(ObjectRecord {
        size: blob,
        etag: ETag::simple([0; 16]),
        crc64: Crc64(0),
        whole_md5: None,
        object_type: ObjectType::Normal,
        storage_class: StorageClass::Standard,
        acl: ObjectAcl::Default,
        modified: at(100),
        headers: ObjectHeaders::new(),
        mirrored_from: None,
        attributes: None,
        version,
        body: Body::Extents(Arc::from([Extent { blob: BlobId(blob.into()), offset: 0, length: blob }])),
    })
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

fn unique(sequence: u64) -> ObjectVersion {
    ObjectVersion { sequence, seed: Some(7) }
}

fn null(sequence: u64) -> ObjectVersion {
    ObjectVersion { sequence, seed: None }
}

fn marker(version: ObjectVersion) -> KeyVersion {
    KeyVersion::Marker(DeleteMarker { version, modified: at(1) })
}

fn key() -> ObjectKey {
    ObjectKey::parse("k").unwrap()
}

/// All versions of a key, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
struct Key(Vec<KeyVersion>);

impl Key {
    fn of(versions: impl IntoIterator<Item = KeyVersion>) -> Self {
        Self(versions.into_iter().collect())
    }

    fn apply(&self, versioning: Versioning, change: &KeyChange) -> Result<Effects, Refusal> {
        let object = self.0.first().and_then(KeyVersion::object);
        let rest = &self.0[usize::from(object.is_some())..];
        let find = |id| rest.iter().find(|version| version.version().id() == id).cloned();
        let history = KeyHistory {
            newest: rest.iter().take(2).cloned().collect(),
            null: find(VersionId::Null),
            named: change.named_version().and_then(find),
        };
        let history = versioning.is_versioned().then_some(&history);
        change.apply(&key(), KeyFound { bucket: Some(versioning), object: object.map(|object| &**object), history })
    }

    /// As an engine writes the effects. Blobs may neither be lost nor be freed while a version has them.
    fn write(&mut self, effects: &Effects) {
        let before: i64 = self.0.iter().filter_map(KeyVersion::object).map(|object| object.size as i64).sum();
        let had_object = self.0.first().is_some_and(|first| first.object().is_some());
        let mut current = had_object.then(|| self.0.remove(0));
        for removed in &effects.removed_versions {
            self.0.retain(|version| version.version().sequence != removed.sequence);
        }
        if effects.retire {
            self.0.insert(0, current.take().unwrap());
        }
        match &effects.object {
            Row::Keep => {}
            Row::Write(object) => current = Some(KeyVersion::Object(object.clone())),
            Row::Remove => current = None,
        }
        if let Some(marker) = effects.marker {
            self.0.insert(0, KeyVersion::Marker(marker));
        }
        if let Some(sequence) = effects.promote {
            assert!(current.is_none());
            assert_eq!(self.0[0].version().sequence, sequence, "the newest one becomes current");
            current = Some(self.0.remove(0));
        }
        self.0.splice(0..0, current);
        let after: i64 = self.0.iter().filter_map(KeyVersion::object).map(|object| object.size as i64).sum();
        assert_eq!(effects.stat.bytes, after - before);
        assert!(self.0.windows(2).all(|pair| pair[0].version().sequence > pair[1].version().sequence));
        assert!(self.0.iter().filter(|version| version.version().id() == VersionId::Null).count() <= 1);
    }

    fn ids(&self) -> Vec<String> {
        let id = |version: &KeyVersion| match version {
            KeyVersion::Object(object) => format!("{}:{}", object.version.id(), object.size),
            KeyVersion::Marker(marker) => format!("{} marker", marker.version.id()),
        };
        self.0.iter().map(id).collect()
    }
}

fn put(blob: u64) -> KeyChange {
    KeyChange::Put { object: object(blob, ObjectVersion::default()), forbid_overwrite: true, seed: 7 }
}

fn delete() -> KeyChange {
    KeyChange::Delete { at: at(100), seed: 7 }
}

fn check(before: &Key, versioning: Versioning, change: &KeyChange, expected: &[String], freed: &[u128]) {
    let effects = before.apply(versioning, change).unwrap();
    let mut after = before.clone();
    after.write(&effects);
    assert_eq!(after.ids(), expected, "{versioning:?} {change:?}");
    assert_eq!(effects.garbage, freed.iter().copied().map(BlobId).collect::<Vec<_>>(), "{versioning:?} {change:?}");
}

fn o(blob: u64, version: ObjectVersion) -> KeyVersion {
    KeyVersion::Object(object(blob, version))
}

fn text(version: ObjectVersion, what: &str) -> String {
    format!("{}{what}", version.id())
}

#[test]
fn writes_make_versions_while_versioning_is_enabled_and_replace_null_while_it_is_suspended() {
    let (old, before) = (unique(50), null(0));
    for (versions, versioning, expected, freed) in [
        (vec![], Enabled, vec![text(unique(100), ":9")], &[][..]),
        (vec![o(1, before)], Enabled, vec![text(unique(100), ":9"), "null:1".into()], &[]),
        // A clock that was set back does not put a version before older ones.
        (vec![o(1, unique(500))], Enabled, vec![text(unique(501), ":9"), text(unique(500), ":1")], &[]),
        (vec![marker(unique(500))], Enabled, vec![text(unique(501), ":9"), text(unique(500), " marker")], &[]),
        (vec![o(1, old)], Suspended, vec!["null:9".into(), text(old, ":1")], &[]),
        (vec![o(1, before)], Suspended, vec!["null:9".into()], &[1]),
        (vec![o(2, old), o(1, before)], Suspended, vec!["null:9".into(), text(old, ":2")], &[1]),
        (vec![o(2, old), marker(before)], Suspended, vec!["null:9".into(), text(old, ":2")], &[]),
        (vec![marker(null(60)), o(1, old)], Suspended, vec!["null:9".into(), text(old, ":1")], &[]),
    ] {
        check(&Key::of(versions), versioning, &put(9), &expected, freed);
    }
}

#[test]
fn a_delete_leaves_a_marker_and_loses_only_what_is_null_while_suspended() {
    let (old, before, new) = (unique(50), null(0), text(unique(100), " marker"));
    for (versions, versioning, expected, freed) in [
        (vec![], Enabled, vec![new.clone()], &[][..]),
        (vec![o(1, before)], Enabled, vec![new.clone(), "null:1".into()], &[]),
        (vec![marker(old)], Enabled, vec![new.clone(), text(old, " marker")], &[]),
        (vec![], Suspended, vec!["null marker".into()], &[]),
        (vec![o(1, before)], Suspended, vec!["null marker".into()], &[1]),
        (vec![o(2, old), o(1, before)], Suspended, vec!["null marker".into(), text(old, ":2")], &[1]),
        (vec![marker(null(60)), o(1, old)], Suspended, vec!["null marker".into(), text(old, ":1")], &[]),
    ] {
        let key = Key::of(versions);
        check(&key, versioning, &delete(), &expected, freed);
        let effects = key.apply(versioning, &delete()).unwrap();
        assert!(effects.version.is_some_and(|version| version.is_marker));
    }
}

#[test]
fn a_version_that_is_deleted_by_its_id_uncovers_the_next_one() {
    let (newest, middle, oldest) = (unique(30), unique(20), null(10));
    let all = [o(3, newest), o(2, middle), o(1, oldest)];
    let marked = [marker(newest), o(2, middle), o(1, oldest)];
    let twice = [marker(newest), marker(middle), o(1, oldest)];
    for (versions, id, expected, freed, is_marker) in [
        (&all, newest, vec![text(middle, ":2"), "null:1".into()], &[3][..], false),
        (&all, middle, vec![text(newest, ":3"), "null:1".into()], &[2], false),
        (&all, oldest, vec![text(newest, ":3"), text(middle, ":2")], &[1], false),
        (&marked, newest, vec![text(middle, ":2"), "null:1".into()], &[], true),
        (&marked, middle, vec![text(newest, " marker"), "null:1".into()], &[2], false),
        (&twice, newest, vec![text(middle, " marker"), "null:1".into()], &[], true),
        (&twice, middle, vec![text(newest, " marker"), "null:1".into()], &[], true),
    ] {
        let (key, change) = (Key::of(versions.clone()), KeyChange::DeleteVersion(id.id()));
        check(&key, Enabled, &change, &expected, freed);
        check(&key, Suspended, &change, &expected, freed);
        let version = key.apply(Enabled, &change).unwrap().version;
        assert_eq!(version, Some(ChangedVersion { id: id.id(), is_marker }));
    }
    let last = Key::of([o(1, newest)]);
    check(&last, Enabled, &KeyChange::DeleteVersion(newest.id()), &[], &[1]);
}

#[test]
fn a_version_that_does_not_exist_is_refused_by_its_id() {
    let there = Key::of([o(2, unique(20)), o(1, unique(10))]);
    for id in [VersionId::Null, unique(15).id(), VersionId::Unique { sequence: 20, seed: 8 }] {
        let unknown = Err(Refusal::NoSuchVersion { key: key(), id });
        assert_eq!(there.apply(Enabled, &KeyChange::DeleteVersion(id)), unknown);
        let acl = KeyChange::SetAcl { acl: ObjectAcl::Private, version: Some(id) };
        assert_eq!(there.apply(Suspended, &acl), unknown);
    }
}

#[test]
fn an_unversioned_bucket_has_the_version_null_alone() {
    let there = Key::of([o(1, null(0))]);
    check(&there, Off, &KeyChange::DeleteVersion(VersionId::Null), &[], &[1]);
    check(&there, Off, &delete(), &[], &[1]);
    assert_eq!(Key::default().apply(Off, &KeyChange::DeleteVersion(VersionId::Null)), Ok(Effects::default()));
    assert!(there.apply(Off, &KeyChange::DeleteVersion(unique(1).id())).is_err());
    assert_eq!(there.apply(Off, &put(9)), Err(Refusal::AlreadyExists(key())));
    assert_eq!(Key::default().apply(Off, &put(9)).unwrap().object, Row::Write(object(9, ObjectVersion::default())));
}

#[test]
fn an_acl_is_that_of_one_version() {
    let there = Key::of([o(2, unique(20)), o(1, unique(10)), marker(unique(5))]);
    let set = |version: Option<ObjectVersion>| {
        let acl = KeyChange::SetAcl { acl: ObjectAcl::Private, version: version.map(ObjectVersion::id) };
        there.apply(Enabled, &acl)
    };
    for version in [None, Some(unique(20))] {
        let Row::Write(written) = set(version).unwrap().object else { panic!("the current one is written") };
        assert_eq!((written.acl, written.version), (ObjectAcl::Private, unique(20)));
    }
    let effects = set(Some(unique(10))).unwrap();
    let revised = effects.revised_version.clone().unwrap();
    assert_eq!((revised.acl, revised.version), (ObjectAcl::Private, unique(10)));
    assert!(!effects.touches_object() && effects.stat == StatDelta::default() && effects.garbage.is_empty());
    let refused = Refusal::IsDeleteMarker { key: key(), id: unique(5).id() };
    assert_eq!(set(Some(unique(5))), Err(refused));
}

#[test]
fn bytes_are_never_shared_by_two_versions() {
    let there = object(1, null(0));
    let key = Key::of([KeyVersion::Object(there.clone())]);
    let rewrite = KeyChange::Rewrite {
        seen: there.body.clone(),
        headers: ObjectHeaders::new(),
        storage_class: None,
        acl: None,
        tags: None,
        modified: at(1),
    };
    for change in [rewrite, KeyChange::Discard { seen: there }] {
        assert_eq!(key.apply(Suspended, &change), Err(Refusal::Overtaken));
    }
}

#[test]
fn an_append_makes_the_version_null_and_no_other() {
    let append = |position| {
        let added = ObjectRecord { object_type: ObjectType::Appendable, ..(*object(9, null(0))).clone() };
        KeyChange::Append { position, added: Arc::new(added), acl: None, forbid_overwrite: true }
    };
    let old = unique(50);
    for versioning in [Enabled, Suspended] {
        check(&Key::default(), versioning, &append(0), &["null:9".into()], &[]);
        let deleted = Key::of([marker(old), o(1, null(0))]);
        assert_eq!(
            deleted.apply(versioning, &append(0)),
            Err(Refusal::ObjectNotAppendable),
            "what was deleted is kept"
        );
        let there = ObjectRecord { object_type: ObjectType::Appendable, ..(*object(5, null(60))).clone() };
        let key = Key::of([KeyVersion::Object(Arc::new(there)), o(1, old)]);
        check(&key, versioning, &append(5), &["null:14".into(), text(old, ":1")], &[]);
        let normal = Key::of([o(5, old)]);
        assert_eq!(normal.apply(versioning, &append(5)), Err(Refusal::ObjectNotAppendable));
    }
}
