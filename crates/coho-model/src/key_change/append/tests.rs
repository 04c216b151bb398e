use super::*;
use crate::{
    BlobId, Crc64, KeyChange, KeyFound, ObjectAcl, ObjectAttributes, ObjectHeaders, StatDelta, StorageClass, TagSet,
};
use proptest::prelude::*;

fn key() -> ObjectKey {
    ObjectKey::parse("k").unwrap()
}

fn extent(blob: u128, length: u64) -> Extent {
    Extent { blob: BlobId(blob), offset: 0, length }
}

/// The object that these bytes alone make.
fn alone(blob: u128, bytes: &[u8]) -> Arc<ObjectRecord> {
    let extents: Vec<Extent> = (!bytes.is_empty()).then(|| extent(blob, bytes.len() as u64)).into_iter().collect();
    Arc::new(ObjectRecord {
        size: bytes.len() as u64,
        etag: ETag::simple([blob as u8; 16]),
        crc64: Crc64::of(bytes),
        whole_md5: None,
        object_type: ObjectType::Appendable,
        storage_class: StorageClass::Standard,
        acl: ObjectAcl::Private,
        modified: Timestamp::from_unix_ms(blob as i64 * 1000),
        headers: ObjectHeaders::new(),
        mirrored_from: None,
        attributes: None,
        version: crate::ObjectVersion::default(),
        body: Body::Extents(extents.into()),
    })
}

fn append(position: u64, added: Arc<ObjectRecord>) -> KeyChange {
    KeyChange::Append { position, added, acl: None, forbid_overwrite: false }
}

fn apply(change: &KeyChange, object: Option<&ObjectRecord>) -> Result<Effects, Refusal> {
    change.apply(&key(), KeyFound { bucket: Some(Versioning::Off), object, history: None })
}

fn written(effects: Effects) -> Arc<ObjectRecord> {
    let Row::Write(object) = effects.object else { panic!("{effects:?} writes no object") };
    object
}

#[test]
fn appends_add_up_to_one_object() {
    let first = apply(&append(0, alone(1, b"hello ")), None).unwrap();
    assert_eq!(first.stat, StatDelta { objects: 1, bytes: 6, ..StatDelta::default() });
    let first = written(first);
    let added = Arc::new(ObjectRecord { acl: ObjectAcl::PublicRead, ..(*alone(2, b"world")).clone() });
    let second = apply(&append(6, added.clone()), Some(&first)).unwrap();
    assert_eq!(second.stat, StatDelta { bytes: 5, ..StatDelta::default() });
    assert!(second.garbage.is_empty());
    let second = written(second);
    assert_eq!((second.size, second.crc64), (11, Crc64::of(b"hello world")));
    assert_eq!(second.body, Body::Extents([extent(1, 6), extent(2, 5)].into()));
    assert_eq!(
        (second.modified, second.acl),
        (added.modified, ObjectAcl::Private),
        "an append that names none keeps the ACL"
    );
    let named = KeyChange::Append {
        position: 6,
        added: added.clone(),
        acl: Some(ObjectAcl::PublicRead),
        forbid_overwrite: false,
    };
    let named = written(apply(&named, Some(&first)).unwrap());
    assert_eq!(named.acl, ObjectAcl::PublicRead, "a later append may name another");
    let nothing = KeyChange::Append {
        position: 6,
        added: alone(3, b""),
        acl: Some(ObjectAcl::PublicRead),
        forbid_overwrite: false,
    };
    assert_eq!(written(apply(&nothing, Some(&first)).unwrap()), first, "an append of no bytes changes nothing");
    assert!(first.etag != second.etag && second.etag != added.etag && second.etag.parts == 0);
    assert_eq!(second.content_md5(), None);
}

#[test]
fn an_append_of_nothing_makes_an_object_and_changes_none() {
    let empty = written(apply(&append(0, alone(1, b"")), None).unwrap());
    assert_eq!((empty.size, &empty.body), (0, &Body::empty()));
    let there = written(apply(&append(0, alone(2, b"abc")), Some(&empty)).unwrap());
    let effects = apply(&append(3, alone(3, b"")), Some(&there)).unwrap();
    assert_eq!((effects.stat, written(effects)), (StatDelta::default(), there));
}

#[test]
fn an_append_is_refused_where_it_does_not_fit() {
    let there = written(apply(&append(0, alone(1, b"abc")), None).unwrap());
    let normal = ObjectRecord { object_type: ObjectType::Normal, ..(*there).clone() };
    let sealed =
        written(apply(&KeyChange::Seal { position: 3, at: Timestamp::from_unix_ms(9) }, Some(&there)).unwrap());
    let full: Vec<Extent> = (0..MAX_APPEND_EXTENTS as u128).map(|blob| extent(blob, 1)).collect();
    let full = ObjectRecord { size: full.len() as u64, body: Body::Extents(full.into()), ..(*there).clone() };
    let careful = |position, bytes| {
        let added = alone(2, bytes);
        KeyChange::Append { position, added, acl: None, forbid_overwrite: true }
    };
    for (change, found, expected) in [
        (append(1, alone(2, b"x")), None, Refusal::PositionNotEqualToLength { length: 0 }),
        (append(0, alone(2, b"x")), Some(&*there), Refusal::PositionNotEqualToLength { length: 3 }),
        (append(4, alone(2, b"x")), Some(&*there), Refusal::PositionNotEqualToLength { length: 3 }),
        (append(4, alone(2, b"")), Some(&*there), Refusal::PositionNotEqualToLength { length: 3 }),
        (append(3, alone(2, b"x")), Some(&normal), Refusal::ObjectNotAppendable),
        (append(0, alone(2, b"x")), Some(&normal), Refusal::ObjectNotAppendable),
        (append(3, alone(2, b"x")), Some(&*sealed), Refusal::ObjectNotAppendable),
        (append(full.size, alone(2, b"x")), Some(&full), Refusal::TooManyExtents),
        (careful(3, b"x"), Some(&*there), Refusal::AlreadyExists(key())),
    ] {
        assert_eq!(apply(&change, found), Err(expected), "{change:?}");
    }
    assert!(apply(&careful(0, b"x"), None).is_ok());
    for (found, position, expected) in [
        (None, 0, Ok(())),
        (None, 1, Err(Refusal::PositionNotEqualToLength { length: 0 })),
        (Some(&*there), 3, Ok(())),
        (Some(&*there), 0, Err(Refusal::PositionNotEqualToLength { length: 3 })),
        (Some(&normal), 3, Err(Refusal::ObjectNotAppendable)),
        (Some(&*sealed), 3, Err(Refusal::ObjectNotAppendable)),
    ] {
        assert_eq!(admit_append(found, position), expected);
    }
}

#[test]
fn a_seal_keeps_the_time_of_the_first_one_and_everything_else() {
    let seal = |position, ms| KeyChange::Seal { position, at: Timestamp::from_unix_ms(ms) };
    let there = written(apply(&append(0, alone(1, b"abc")), None).unwrap());
    let tags = TagSet::parse_header("a=b").unwrap();
    let tagged = ObjectAttributes { tags: tags.clone(), ..ObjectAttributes::default() };
    let there = ObjectRecord { attributes: Some(Arc::new(tagged)), ..(*there).clone() };
    let once = written(apply(&seal(3, 5), Some(&there)).unwrap());
    let twice = written(apply(&seal(3, 7), Some(&once)).unwrap());
    assert_eq!(once, twice);
    let sealed = ObjectAttributes { tags, sealed: Some(Timestamp::from_unix_ms(5)), ..ObjectAttributes::default() };
    assert_eq!(*once, ObjectRecord { attributes: Some(Arc::new(sealed)), ..there.clone() });
    let normal = ObjectRecord { object_type: ObjectType::Normal, ..there.clone() };
    let sealed_normal = ObjectRecord { object_type: ObjectType::Normal, ..(*once).clone() };
    for (found, position, expected) in [
        (Some(&sealed_normal), 3, Refusal::ObjectNotAppendable),
        (None, 0, Refusal::NoSuchKey(key())),
        (Some(&there), 2, Refusal::PositionNotEqualToLength { length: 3 }),
        (Some(&*once), 2, Refusal::PositionNotEqualToLength { length: 3 }),
        (Some(&normal), 3, Refusal::ObjectNotAppendable),
    ] {
        assert_eq!(apply(&seal(position, 5), found), Err(expected));
    }
}

#[test]
fn a_merge_replaces_the_run_that_was_seen_and_keeps_what_came_since() {
    let there = |blobs: &[u128]| {
        let extents = blobs.iter().map(|blob| extent(*blob, 2)).collect();
        ObjectRecord { size: 2 * blobs.len() as u64, body: Body::Extents(extents), ..(*alone(1, b"")).clone() }
    };
    let merge = |from: usize, run: &[u128]| KeyChange::Merge {
        from,
        run: run.iter().map(|blob| extent(*blob, 2)).collect(),
        merged: extent(99, 2 * run.len() as u64),
    };
    let seen = there(&[1, 2, 3, 4]);
    let effects = apply(&merge(1, &[2, 3]), Some(&seen)).unwrap();
    assert_eq!((effects.garbage.as_slice(), effects.stat), (&[BlobId(2), BlobId(3)][..], StatDelta::default()));
    let expected = Body::Extents([extent(1, 2), extent(99, 4), extent(4, 2)].into());
    assert_eq!(*written(effects), ObjectRecord { body: expected, ..seen.clone() });
    for (change, found) in [
        (merge(0, &[2, 3]), Some(&seen)),
        (merge(3, &[4, 5]), Some(&seen)),
        (merge(9, &[4]), Some(&seen)),
        (merge(0, &[]), Some(&seen)),
    ] {
        assert_eq!(apply(&change, found), Err(Refusal::Overtaken), "{change:?}");
    }
    assert_eq!(apply(&merge(1, &[2, 3]), None), Err(Refusal::NoSuchKey(key())));
}

/// Appends of these lengths, each followed by the merge that is due: the extents, and how many bytes were merged.
fn appended_lengths(lengths: impl Iterator<Item = u64>) -> (Vec<u64>, usize, u64) {
    let (mut extents, mut most, mut moved) = (Vec::new(), 0, 0);
    for length in lengths {
        extents.push(extent(1, length));
        if let Some(run) = tail_to_merge(&extents) {
            let bytes: u64 = extents[run.clone()].iter().map(|extent| extent.length).sum();
            assert!(run.len() > 1 && bytes > 0);
            moved += bytes;
            extents.splice(run, [extent(2, bytes)]);
        }
        most = most.max(extents.len());
    }
    (extents.iter().map(|extent| extent.length).collect(), most, moved)
}

#[test]
fn many_small_appends_leave_few_extents_and_move_each_byte_a_few_times() {
    for (count, length, most_extents, most_moves) in [
        (100_000, 1, 80, 5),
        (100_000, 100, 80, 5),
        (100_000, 5_000, 130, 5),
        (20_000, 65_536, 400, 3),
        (5_120, 1 << 20, 1_320, 2),
        (1_280, 4 << 20, 1_280, 0),
    ] {
        let (extents, most, moved) = appended_lengths(std::iter::repeat_n(length, count));
        assert_eq!(extents.iter().sum::<u64>(), length * count as u64);
        assert!(most <= most_extents && most < MAX_APPEND_EXTENTS, "{count} of {length}: {most} extents");
        // The lowest level is merged whole each time: its few bytes cost less than the write of any file.
        let lowest = if length < LOWEST_LEVEL_BYTES { LOWEST_LEVEL_BYTES / MERGE_FACTOR as u64 } else { 0 };
        assert!(moved <= (most_moves * length + lowest) * count as u64, "{count} of {length}: {moved} bytes moved");
    }
}

proptest! {
    #[test]
    fn whatever_is_appended_few_extents_are_small(lengths in prop::collection::vec(
        prop_oneof![4 => 1u64..5_000, 2 => 5_000u64..2_000_000, 1 => 2_000_000u64..6_000_000], 1..600)
    ) {
        let total: u64 = lengths.iter().sum();
        let (extents, most, _) = appended_lengths(lengths.into_iter());
        prop_assert_eq!(extents.iter().sum::<u64>(), total);
        prop_assert!(most as u64 <= 2 * total.div_ceil(MERGED_BYTES) + 4 * MERGE_FACTOR as u64, "{}", most);
    }
}
