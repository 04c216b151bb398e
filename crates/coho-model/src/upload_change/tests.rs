use super::*;
use crate::{BlobId, ObjectAcl, ObjectHeaders, StatDelta, StorageClass, UploadId, Versioning};

fn upload() -> UploadRecord {
    UploadRecord {
        id: UploadId(1),
        key: ObjectKey::parse("k").unwrap(),
        initiated: Timestamp::from_unix_ms(0),
        headers: ObjectHeaders::new(),
        acl: ObjectAcl::PublicRead,
        storage_class: StorageClass::Ia,
        forbid_overwrite: false,
        is_sequential: false,
        attributes: None,
    }
}

fn part(number: u16, size: u64) -> PartRecord {
    PartRecord {
        number,
        size,
        etag: ETag::simple([number as u8; 16]),
        crc64: Crc64(u64::from(number)),
        modified: Timestamp::from_unix_ms(0),
        extent: Some(Extent { blob: BlobId(u128::from(number)), offset: 0, length: size }),
    }
}

fn complete(parts: Option<&[u16]>) -> UploadChange {
    let listed = |number: &u16| ListedPart { number: *number, etag: Some(ETag::simple([*number as u8; 16])) };
    UploadChange::Complete(CompleteUpload {
        parts: parts.map(|numbers| numbers.iter().map(listed).collect()),
        modified: Timestamp::from_unix_ms(9),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 0,
        whole_md5: None,
    })
}

fn found_key(object: Option<&ObjectRecord>) -> KeyFound<'_> {
    KeyFound { bucket: Some(Versioning::Off), object, history: None }
}

fn apply(change: &UploadChange, parts: &[PartRecord]) -> Result<Effects, Refusal> {
    let upload = upload();
    let found = UploadFound { key: found_key(None), upload: Some(&upload), parts };
    change.apply(&upload.key, found)
}

#[test]
fn listed_parts_become_the_object_and_the_rest_is_dropped() {
    let parts = [part(1, MIN_PART_BYTES), part(3, 7), part(4, MIN_PART_BYTES), part(9, 5)];
    let effects = apply(&complete(Some(&[1, 4, 9])), &parts).unwrap();
    let Row::Write(object) = &effects.object else { panic!("an object is written") };
    assert_eq!(object.size, 2 * MIN_PART_BYTES + 5);
    assert_eq!(object.etag.parts, 3);
    assert_eq!(object.body.file_blobs().collect::<Vec<_>>(), [BlobId(1), BlobId(4), BlobId(9)]);
    assert_eq!((object.acl, object.storage_class), (ObjectAcl::PublicRead, StorageClass::Ia));
    assert_eq!(effects.garbage, [BlobId(3)]);
    assert_eq!(
        effects.stat,
        StatDelta { objects: 1, bytes: object.size as i64, uploads: -1, parts: -4, ..StatDelta::default() }
    );
    assert!(effects.remove_parts && effects.upload == Row::Remove);
}

#[test]
fn an_empty_list_makes_an_empty_object() {
    let effects = apply(&complete(Some(&[])), &[part(1, 5)]).unwrap();
    let Row::Write(object) = &effects.object else { panic!("an object is written") };
    assert_eq!((object.size, object.crc64, &object.body), (0, Crc64::default(), &Body::Extents([].into())));
    assert_eq!(effects.garbage, [BlobId(1)]);
}

#[test]
fn the_acl_of_a_completion_replaces_that_of_its_upload() {
    for (acl, expected) in [
        (None, ObjectAcl::PublicRead),
        (Some(ObjectAcl::Private), ObjectAcl::Private),
        (Some(ObjectAcl::Default), ObjectAcl::Default),
    ] {
        let UploadChange::Complete(plain) = complete(None) else { panic!("a completion") };
        let change = UploadChange::Complete(CompleteUpload { acl, ..plain });
        let Row::Write(object) = apply(&change, &[part(1, 5)]).unwrap().object else { panic!("an object is written") };
        assert_eq!(object.acl, expected, "{acl:?}");
    }
}

#[test]
fn an_object_of_another_crc_is_refused() {
    let crc64 = Crc64(1).then(Crc64(2), 7);
    let parts = [part(1, MIN_PART_BYTES), part(2, 7)];
    for (expected, refusal) in [(None, None), (Some(crc64), None), (Some(Crc64(1)), Some(Refusal::OtherCrc64))] {
        let UploadChange::Complete(plain) = complete(None) else { panic!("a completion") };
        let applied = apply(&UploadChange::Complete(CompleteUpload { crc64: expected, ..plain }), &parts);
        assert_eq!(applied.err(), refusal, "{expected:?}");
    }
}

#[test]
fn parts_are_those_that_an_encrypting_client_announced() {
    let check = |part_size: &str, data_size: &str, sizes: &[u64], fits: bool| {
        let mut upload = upload();
        for (name, value) in [("part-size", part_size), ("data-size", data_size)] {
            if !value.is_empty() {
                upload.headers.set(&format!("x-oss-meta-client-side-encryption-{name}"), value.as_bytes());
            }
        }
        let parts: Vec<_> = sizes.iter().zip(1..).map(|(size, number)| part(number, *size)).collect();
        let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
        let found = UploadFound { key: found_key(None), upload: Some(&upload), parts: &parts };
        let applied = complete(Some(&numbers)).apply(&upload.key, found).map(drop);
        let expected = if fits { Ok(()) } else { Err(Refusal::NotAsEncrypted) };
        assert_eq!(applied, expected, "{part_size} {data_size} {sizes:?}");
    };
    for (part_size, data_size, sizes, fits) in [
        ("", "", &[204_800, 102_400, 7][..], true),
        ("102400", "204807", &[102_400, 102_400, 7], true),
        ("102400", "204800", &[102_400, 102_400], true),
        ("102400", "", &[7], true),
        ("102400", "204807", &[102_400, 102_407], false),
        ("102400", "", &[102_400, 102_401], false),
        ("102400", "", &[102_401, 7], false),
        ("102400", "256000", &[102_400, 102_400], false),
        ("", "256000", &[102_400, 102_400], false),
        ("102400", "0", &[], true),
        ("102400", "1", &[], false),
        ("+102400", "many", &[102_401, 7], true),
    ] {
        check(part_size, data_size, sizes, fits);
    }
}

#[test]
fn wrong_lists_are_refused_by_name() {
    let parts = [part(1, MIN_PART_BYTES), part(2, 7), part(3, 7)];
    let etag = |number: u16| Some(ETag::simple([number as u8; 16]));
    for (listed, expected) in [
        (&[2, 1][..], Refusal::InvalidPartOrder),
        (&[1, 1], Refusal::InvalidPartOrder),
        (&[1, 4], Refusal::InvalidPart { number: 4, etag: etag(4) }),
        (&[1, 2, 3], Refusal::PartTooSmall { number: 2, size: 7 }),
    ] {
        assert_eq!(apply(&complete(Some(listed)), &parts), Err(expected), "{listed:?}");
    }
    assert_eq!(apply(&complete(None), &[]), Err(Refusal::NoParts));
    let no_tag = UploadChange::Complete(CompleteUpload {
        parts: Some(vec![ListedPart { number: 1, etag: None }]),
        modified: Timestamp::from_unix_ms(0),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 0,
        whole_md5: None,
    });
    assert_eq!(apply(&no_tag, &parts), Err(Refusal::InvalidPart { number: 1, etag: None }));
}

#[test]
fn a_part_replaces_the_one_of_its_number() {
    let again = PartRecord { extent: None, ..part(2, 0) };
    let effects = apply(&UploadChange::PutPart(again.clone()), &[part(2, 7)]).unwrap();
    assert_eq!((effects.garbage, effects.part, effects.stat.parts), (vec![BlobId(2)], Some(again), 0));
    assert_eq!(apply(&UploadChange::PutPart(part(5, 1)), &[]).unwrap().stat.parts, 1);
}

#[test]
fn an_abort_frees_every_part_and_keeps_the_object() {
    let effects = apply(&UploadChange::Abort, &[part(1, 5), part(2, 7)]).unwrap();
    assert_eq!(effects.garbage, [BlobId(1), BlobId(2)]);
    assert!(effects.remove_parts && effects.object == Row::Keep);
}

#[test]
fn without_an_upload_only_initiation_succeeds() {
    let found = UploadFound { key: found_key(None), upload: None, parts: &[] };
    for change in [complete(None), UploadChange::Abort, UploadChange::PutPart(part(1, 1))] {
        assert_eq!(change.apply(&upload().key, found), Err(Refusal::NoSuchUpload));
    }
    assert!(UploadChange::Begin(upload()).apply(&upload().key, found).is_ok());
}

#[test]
fn a_completion_that_forbids_overwriting_fails_if_the_object_exists() {
    let careful = UploadRecord { forbid_overwrite: true, ..upload() };
    let parts = [part(1, 5)];
    let Row::Write(object) = apply(&complete(None), &parts).unwrap().object else { panic!("written") };
    let found = UploadFound { key: found_key(Some(&object)), upload: Some(&careful), parts: &parts };
    assert_eq!(complete(None).apply(&careful.key, found), Err(Refusal::AlreadyExists(careful.key.clone())));
}

fn sequential(change: &UploadChange, parts: &[PartRecord]) -> Result<Effects, Refusal> {
    let upload = UploadRecord { is_sequential: true, ..upload() };
    change.apply(&upload.key, UploadFound { key: found_key(None), upload: Some(&upload), parts })
}

#[test]
fn a_sequential_upload_takes_the_next_part_only() {
    let early = |number| Some(Refusal::PartNotSequential { number });
    let late = |number: u16| Some(Refusal::PartAlreadyExists { number, etag: part(number, 0).etag });
    for (there, number, refusal) in [
        (&[][..], 1, None),
        (&[], 2, early(2)),
        (&[], 10_000, early(10_000)),
        (&[1], 1, late(1)),
        (&[1], 2, None),
        (&[1], 3, early(3)),
        (&[1, 2], 1, late(1)),
        (&[1, 2], 2, late(2)),
        (&[1, 2], 4, early(4)),
    ] {
        // What an engine reads of them.
        let near = there.iter().filter(|there| (number - 1..=number).contains(*there));
        let near: Vec<_> = near.map(|number| part(*number, 7)).collect();
        let change = UploadChange::PutPart(part(number, 8));
        assert_eq!(sequential(&change, &near).err(), refusal, "{there:?}, then {number}");
        assert_eq!(apply(&change, &near).err(), None, "any other upload: {there:?}, then {number}");
    }
}

#[test]
fn a_sequential_upload_becomes_its_first_parts_and_has_their_md5() {
    let parts = [part(1, MIN_PART_BYTES), part(2, MIN_PART_BYTES), part(3, 7)];
    let with_md5 = |listed: Option<&[u16]>| {
        let UploadChange::Complete(plain) = complete(listed) else { panic!("a completion") };
        UploadChange::Complete(CompleteUpload { whole_md5: Some([5; 16]), ..plain })
    };
    for (listed, refusal) in [
        (None, None),
        (Some(&[1, 2, 3][..]), None),
        (Some(&[1, 2]), None),
        (Some(&[]), None),
        (Some(&[1, 3]), Some(Refusal::PartNotSequential { number: 3 })),
        (Some(&[2, 3]), Some(Refusal::PartNotSequential { number: 2 })),
        (Some(&[2, 1]), Some(Refusal::InvalidPartOrder)),
    ] {
        let effects = match sequential(&with_md5(listed), &parts) {
            Ok(effects) => effects,
            Err(found) => {
                assert_eq!(Some(found), refusal, "{listed:?}");
                continue;
            }
        };
        assert_eq!(refusal, None, "{listed:?}");
        let Row::Write(object) = effects.object else { panic!("an object is written") };
        assert_eq!(object.content_md5(), Some([5; 16]), "{listed:?}");
    }
    let Row::Write(object) = apply(&complete(None), &parts).unwrap().object else { panic!("an object is written") };
    assert_eq!(object.content_md5(), None, "of an upload that is not sequential");
}
