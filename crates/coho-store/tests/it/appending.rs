//! Appending: what is stored, when files are merged, and what readers see meanwhile.

use crate::{
    rig::{Engine, MetaEngine, Rig, bytes, headers, key},
    source::Script,
};
use bytes::Bytes;
use coho_model::{Body, ByteRange, Crc64, ObjectRecord, ObjectType, Refusal, StorageClass};
use coho_store::{AnnouncedBody, AppendObject, BodyError, MAX_BODY_BYTES, StoreError};
use std::{collections::BTreeSet, sync::Arc};

pub(crate) fn request(name: &str, position: u64, expected: AnnouncedBody) -> AppendObject {
    AppendObject {
        key: key(name),
        position,
        headers: headers("text/plain"),
        acl: None,
        attributes: None,
        encryption: None,
        storage_class: StorageClass::Standard,
        forbid_overwrite: false,
        expected,
    }
}

pub(crate) async fn append(
    rig: &Rig,
    name: &str,
    position: u64,
    body: &Bytes,
) -> Result<Arc<ObjectRecord>, StoreError> {
    let expected = AnnouncedBody { length: Some(body.len() as u64), ..AnnouncedBody::default() };
    let request = AppendObject { encryption: rig.encryption, ..request(name, position, expected) };
    rig.store.append_object(&rig.bucket, request, &mut Script::of(body, 50_000)).await
}

fn extents(record: &ObjectRecord) -> usize {
    match &record.body {
        Body::Extents(extents) => extents.len(),
        Body::Inline { .. } => panic!("an appendable object has files"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_appends_are_merged_and_read_as_one_object() {
    for engine in Engine::ALL {
        for meta in MetaEngine::ALL {
            let rig = Rig::on(engine, meta).await;
            let mut whole = Vec::new();
            for round in 0..150_u64 {
                let body = bytes(round, [1, 700, 5_000, 0, 90_000][round as usize % 5]);
                let record = append(&rig, "log", whole.len() as u64, &body).await.unwrap();
                whole.extend_from_slice(&body);
                assert_eq!((record.size, record.crc64), (whole.len() as u64, Crc64::of(&whole)));
            }
            let record = rig.object("log").await.unwrap();
            assert_eq!(record.object_type, ObjectType::Appendable);
            assert!(extents(&record) < 50, "{} extents", extents(&record));
            assert!(rig.content("log").await.unwrap() == whole);
            for range in [ByteRange { start: 3, end: 95_700 }, ByteRange { start: 1_000_000, end: record.size }] {
                let read = rig.read(&record, range).await.unwrap();
                assert!(read == whole[range.start as usize..range.end as usize], "{range:?}");
            }
            rig.sweep().await;
            assert_eq!(rig.files(), record.body.file_blobs().collect::<BTreeSet<_>>(), "what was merged is gone");
            rig.delete("log").await;
            rig.sweep().await;
            assert!(rig.files().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_the_object_as_it_was_when_it_was_opened() {
    let rig = Rig::new().await;
    let body = bytes(1, 1_000);
    for round in 0..15 {
        append(&rig, "log", round * 1_000, &body).await.unwrap();
    }
    let before = rig.object("log").await.unwrap();
    assert_eq!(extents(&before), 15);
    let whole = ByteRange { start: 0, end: before.size };
    let mut reader = rig.store.read_object(before.clone(), whole).await.unwrap();
    let after = append(&rig, "log", before.size, &body).await.unwrap();
    assert_eq!(extents(&rig.object("log").await.unwrap()), 1, "the sixteenth of them is merged with the others");
    assert_eq!(after.size, 16_000);
    rig.sweep().await;
    let mut read = Vec::new();
    while let Some(piece) = reader.read().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert!(read == body.repeat(15));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_is_refused_leaves_nothing() {
    let rig = Rig::new().await;
    let body = bytes(1, 5_000);
    append(&rig, "log", 0, &body).await.unwrap();
    let files = rig.files();
    let announced = |length, md5| AnnouncedBody { length, md5, crc64: None };
    for (position, expected, is_expected) in [
        (4_999, announced(Some(5_000), None), "position"),
        (5_000, announced(Some(5_000), Some([0; 16])), "md5"),
        (5_000, announced(Some(4_000), None), "length"),
        (5_000, announced(Some(MAX_BODY_BYTES - 4_999), None), "too large"),
    ] {
        let mut source = Script::of(&body, 1_000);
        let refused = rig.store.append_object(&rig.bucket, request("log", position, expected), &mut source).await;
        let is_right = match &refused {
            Err(StoreError::Refused(Refusal::PositionNotEqualToLength { length: 5_000 })) => "position",
            Err(StoreError::Md5Mismatch { .. }) => "md5",
            Err(StoreError::Body(BodyError::Incomplete)) => "length",
            Err(StoreError::Body(BodyError::TooLarge { limit: MAX_BODY_BYTES })) => "too large",
            other => panic!("{other:?}"),
        };
        assert_eq!(is_right, is_expected);
        assert_eq!((rig.content("log").await.unwrap(), rig.files()), (body.to_vec(), files.clone()));
    }
}
