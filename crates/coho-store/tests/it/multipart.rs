//! Uploads in parts.

use crate::{
    rig::{Engine, Rig, bytes, headers, key},
    source::Script,
};
use bytes::Bytes;
use coho_model::{
    ByteRange, CompleteUpload, Crc64, ETag, ListedPart, MIN_PART_BYTES, ObjectAcl, ObjectType, PartRecord, Refusal,
    StorageClass, UploadId,
};
use coho_store::{AnnouncedBody, NewPart, NewUpload, StoreError, md5};

/// As small as a part may be that is not the last.
const PART: usize = MIN_PART_BYTES as usize;

pub(crate) fn new_upload(name: &str) -> NewUpload {
    NewUpload {
        key: key(name),
        headers: headers("image/png"),
        acl: ObjectAcl::Private,
        storage_class: StorageClass::Ia,
        forbid_overwrite: false,
        is_sequential: false,
        attributes: None,
        encryption: None,
    }
}

pub(crate) async fn begin(rig: &Rig, name: &str) -> UploadId {
    let upload = NewUpload { encryption: rig.encryption, ..new_upload(name) };
    rig.store.begin_upload(&rig.bucket, upload).await.unwrap()
}

pub(crate) async fn put_part(
    rig: &Rig,
    name: &str,
    upload: UploadId,
    number: u16,
    body: &Bytes,
) -> Result<PartRecord, StoreError> {
    let expected =
        AnnouncedBody { length: Some(body.len() as u64), md5: Some(md5(body)), crc64: Some(Crc64::of(body)) };
    let part = NewPart { key: key(name), upload, number, expected };
    let written = rig.store.put_part(&rig.bucket, part, &mut Script::of(body, 30_000)).await?;
    Ok(written.part)
}

pub(crate) fn completion(rig: &Rig, parts: Option<&[&PartRecord]>) -> CompleteUpload {
    let listed = |part: &&PartRecord| ListedPart { number: part.number, etag: Some(part.etag) };
    let parts = parts.map(|parts| parts.iter().map(listed).collect());
    CompleteUpload {
        parts,
        modified: rig.store.now(),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_become_an_object_without_being_copied() {
    for engine in Engine::ALL {
        check_parts(Rig::with(engine).await).await;
    }
}

async fn check_parts(rig: Rig) {
    let upload = begin(&rig, "key").await;
    let (third, first, last) = (bytes(3, PART + 7), bytes(1, PART), bytes(9, 5));
    let mut parts = Vec::new();
    for (number, body) in [(3, &third), (1, &first), (900, &last)] {
        parts.push(put_part(&rig, "key", upload, number, body).await.unwrap());
    }
    assert_eq!((parts[0].size, parts[0].etag), (PART as u64 + 7, ETag::simple(md5(&third))));
    let files = rig.files();
    assert_eq!(files.len(), 3, "parts are files, however small");
    assert_eq!(rig.object("key").await, None);

    let chosen = completion(&rig, Some(&[&parts[1], &parts[0], &parts[2]]));
    let object = rig.store.complete_upload(&rig.bucket, &key("key"), upload, chosen).await.unwrap();
    let whole = [&first[..], &third, &last].concat();
    assert_eq!((object.size, object.object_type), (whole.len() as u64, ObjectType::Multipart));
    assert_eq!((object.crc64, object.acl), (Crc64::of(&whole), ObjectAcl::Private));
    assert_eq!(object.etag, ETag::of_parts(&[parts[1].etag, parts[0].etag, parts[2].etag]));
    assert_eq!((rig.files(), rig.sweep().await), (files, 0));
    assert_eq!(rig.content("key").await.unwrap(), whole);
    for cut in [PART as u64 - 1, PART as u64, 2 * PART as u64 + 7, whole.len() as u64] {
        for range in [ByteRange { start: 0, end: cut }, ByteRange { start: cut - 1, end: whole.len() as u64 }] {
            let read = rig.read(&object, range).await.unwrap();
            assert_eq!(read, whole[range.start as usize..range.end as usize], "{range:?}");
        }
    }
    let again = put_part(&rig, "key", upload, 1, &first).await;
    assert!(matches!(again, Err(StoreError::Refused(Refusal::NoSuchUpload))), "{again:?}");
    rig.delete("key").await;
    assert_eq!(rig.sweep().await, 3);
    assert!(rig.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_parts_take_no_file_and_may_stand_alone_or_last() {
    let rig = Rig::new().await;
    let body = bytes(1, PART);
    for parts in [vec![Bytes::new()], vec![body.clone(), Bytes::new()]] {
        let upload = begin(&rig, "key").await;
        for (number, part) in (1..).zip(&parts) {
            put_part(&rig, "key", upload, number, part).await.unwrap();
        }
        let object = rig.store.complete_upload(&rig.bucket, &key("key"), upload, completion(&rig, None)).await;
        assert_eq!(object.unwrap().size, parts.concat().len() as u64);
        assert_eq!(rig.content("key").await.unwrap(), parts.concat());
        rig.sweep().await;
        assert_eq!(rig.files().len(), parts.len() - 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced_unlisted_and_aborted_parts_are_freed() {
    let rig = Rig::new().await;
    let upload = begin(&rig, "key").await;
    let (old, new, unlisted) = (bytes(1, 10), bytes(2, 20), bytes(3, 30));
    put_part(&rig, "key", upload, 1, &old).await.unwrap();
    let part = put_part(&rig, "key", upload, 1, &new).await.unwrap();
    assert_eq!(rig.sweep().await, 1, "the replaced part");
    put_part(&rig, "key", upload, 2, &unlisted).await.unwrap();
    let chosen = completion(&rig, Some(&[&part]));
    rig.store.complete_upload(&rig.bucket, &key("key"), upload, chosen).await.unwrap();
    assert_eq!(rig.sweep().await, 1, "the unlisted part");
    assert_eq!(rig.content("key").await.unwrap(), new);

    let aborted = begin(&rig, "key").await;
    put_part(&rig, "key", aborted, 1, &old).await.unwrap();
    put_part(&rig, "key", aborted, 2, &old).await.unwrap();
    rig.store.abort_upload(&rig.bucket, &key("key"), aborted).await.unwrap();
    assert_eq!(rig.sweep().await, 2, "the aborted parts");
    assert_eq!(rig.content("key").await.unwrap(), new, "an abort leaves the object alone");
    assert_eq!(rig.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_that_is_refused_keeps_the_upload() {
    let rig = Rig::new().await;
    let upload = begin(&rig, "key").await;
    let none = rig.store.complete_upload(&rig.bucket, &key("key"), upload, completion(&rig, None)).await;
    assert!(matches!(none, Err(StoreError::Refused(Refusal::NoParts))), "{none:?}");
    let (small, last) = (bytes(1, PART - 1), bytes(2, 10));
    let first = put_part(&rig, "key", upload, 1, &small).await.unwrap();
    let last = put_part(&rig, "key", upload, 2, &last).await.unwrap();
    let gap = PartRecord { number: 3, ..last.clone() };
    let other = PartRecord { etag: first.etag, ..last.clone() };
    type IsRight = fn(&Refusal) -> bool;
    let cases: [(&[&PartRecord], IsRight); 4] = [
        (&[&first, &last], |refusal| matches!(refusal, Refusal::PartTooSmall { number: 1, .. })),
        (&[&last, &first], |refusal| matches!(refusal, Refusal::InvalidPartOrder)),
        (&[&first, &gap], |refusal| matches!(refusal, Refusal::InvalidPart { number: 3, .. })),
        (&[&first, &other], |refusal| matches!(refusal, Refusal::InvalidPart { number: 2, .. })),
    ];
    for (parts, is_right) in cases {
        let chosen = completion(&rig, Some(parts));
        let refused = rig.store.complete_upload(&rig.bucket, &key("key"), upload, chosen).await;
        assert!(matches!(&refused, Err(StoreError::Refused(refusal)) if is_right(refusal)), "{refused:?}");
    }
    assert_eq!((rig.object("key").await, rig.sweep().await, rig.files().len()), (None, 0, 2));
    let chosen = completion(&rig, Some(&[&last]));
    rig.store.complete_upload(&rig.bucket, &key("key"), upload, chosen).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_an_upload_that_goes_meanwhile_is_taken_back() {
    use async_trait::async_trait;
    use coho_store::{BodyError, BodySource};
    use std::sync::Arc;

    /// Aborts the upload before it gives its only frame.
    struct Aborting(Arc<coho_store::Store>, Arc<coho_model::BucketRecord>, UploadId, Option<Bytes>);

    #[async_trait]
    impl BodySource for Aborting {
        async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
            if self.3.is_some() {
                self.0.abort_upload(&self.1, &key("key"), self.2).await.unwrap();
            }
            Ok(self.3.take())
        }
    }

    let rig = Rig::new().await;
    let upload = begin(&rig, "key").await;
    let mut source = Aborting(rig.store.clone(), rig.bucket.clone(), upload, Some(bytes(1, PART)));
    let part = NewPart { key: key("key"), upload, number: 1, expected: AnnouncedBody::default() };
    let refused = rig.store.put_part(&rig.bucket, part, &mut source).await;
    assert!(matches!(refused, Err(StoreError::Refused(Refusal::NoSuchUpload))), "{refused:?}");
    assert!(rig.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequential_upload_becomes_an_object_with_the_md5_of_the_whole() {
    for engine in Engine::ALL {
        check_sequential(Rig::with(engine).await).await;
    }
}

async fn check_sequential(rig: Rig) {
    let begin = || rig.store.begin_upload(&rig.bucket, NewUpload { is_sequential: true, ..new_upload("key") });
    let bodies = [bytes(1, 3 * PART + 7), bytes(2, PART), bytes(3, 5)];
    for (taken, all) in [(3, true), (3, false), (2, false), (0, false)] {
        let upload = begin().await.unwrap();
        let early = put_part(&rig, "key", upload, 2, &bodies[1]).await;
        assert!(matches!(early, Err(StoreError::Refused(Refusal::PartNotSequential { number: 2 }))), "{early:?}");
        let mut parts = Vec::new();
        for (number, body) in (1..).zip(&bodies) {
            parts.push(put_part(&rig, "key", upload, number, body).await.unwrap());
            let again = put_part(&rig, "key", upload, number, body).await;
            assert!(matches!(again, Err(StoreError::Refused(Refusal::PartAlreadyExists { .. }))), "{again:?}");
        }
        let listed: Vec<_> = parts.iter().take(taken).collect();
        let chosen = completion(&rig, if all { None } else { Some(&listed) });
        let object = rig.store.complete_upload(&rig.bucket, &key("key"), upload, chosen.clone()).await.unwrap();
        let whole = bodies[..taken].concat();
        assert_eq!((object.content_md5(), object.crc64), (Some(md5(&whole)), Crc64::of(&whole)), "{taken} parts");
        assert_eq!(rig.object("key").await.unwrap(), object);
        let gone = rig.store.complete_upload(&rig.bucket, &key("key"), upload, chosen).await;
        assert!(matches!(gone, Err(StoreError::Refused(Refusal::NoSuchUpload))), "{gone:?}");
    }
    let upload = begin().await.unwrap();
    let none = rig.store.complete_upload(&rig.bucket, &key("key"), upload, completion(&rig, None)).await;
    assert!(matches!(none, Err(StoreError::Refused(Refusal::NoParts))), "{none:?}");
}
