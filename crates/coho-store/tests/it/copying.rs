//! Copies to another key, and onto itself.

use crate::{
    multipart::begin,
    rig::{Engine, INLINE, LARGE, Rig, bytes, headers, key},
    source::Script,
};
use coho_model::{ByteRange, Crc64, ETag, ObjectAcl, ObjectType, Refusal, StorageClass};
use coho_store::{AnnouncedBody, NewPart, Replaced, StoreError, md5};

async fn check_copy(engine: Engine, size: usize) {
    let rig = Rig::with(engine).await;
    let body = bytes(1, size);
    let source = rig.put("source", &body).await.unwrap();
    rig.clock.advance(5_000);
    let target = key("target");
    let replaced = Replaced { acl: Some(ObjectAcl::PublicRead), ..Replaced::default() };
    let copy = rig.store.copy_object(source.clone(), &rig.bucket, &target, replaced, false).await.unwrap();
    assert_eq!((copy.size, copy.etag, copy.crc64), (size as u64, ETag::simple(md5(&body)), Crc64::of(&body)));
    assert_eq!((copy.acl, copy.storage_class), (ObjectAcl::PublicRead, StorageClass::Standard));
    assert_eq!((copy.headers.clone(), copy.modified), (source.headers.clone(), rig.store.now()));
    rig.delete("source").await;
    rig.sweep().await;
    assert_eq!(rig.content("target").await.unwrap(), body, "a copy has bytes of its own");

    let files = rig.files();
    let refused = rig.store.copy_object(copy, &rig.bucket, &target, Replaced::default(), true).await;
    assert!(matches!(refused, Err(StoreError::Refused(Refusal::AlreadyExists(_)))), "{refused:?}");
    assert_eq!(rig.files(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_an_object_of_its_own() {
    for size in [0, 1, INLINE, INLINE + 1, LARGE, (1 << 20) + 3] {
        for engine in Engine::ALL {
            check_copy(engine, size).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_copied_into_a_part() {
    let rig = Rig::new().await;
    let (target, body) = (key("target"), bytes(2, LARGE));
    let source = rig.put("source", &body).await.unwrap();
    for (start, end) in [(0, LARGE), (0, 1), (10, 150_000), (LARGE - 1, LARGE), (0, 256 * 1024)] {
        let range = ByteRange { start: start as u64, end: end as u64 };
        let upload = begin(&rig, "target").await;
        let mut bytes = rig.store.copy_source(source.clone(), range, None).await.unwrap();
        let expected = AnnouncedBody { length: Some(range.length()), ..AnnouncedBody::default() };
        let part = NewPart { key: target.clone(), upload, number: 1, expected };
        let part = rig.store.put_part(&rig.bucket, part, &mut bytes).await;
        let part = part.unwrap_or_else(|error| panic!("{range:?}: {error:?}")).part;
        assert_eq!((part.size, part.etag), (range.length(), ETag::simple(md5(&body[start..end]))), "{range:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_damaged_bytes_is_refused_as_damage() {
    let rig = Rig::new().await;
    let source = rig.put("source", &bytes(3, LARGE)).await.unwrap();
    let files = rig.files();
    let file = rig.file(*files.first().unwrap());
    let mut rotten = std::fs::read(&file).unwrap();
    rotten[LARGE / 2] ^= 1;
    std::fs::write(&file, rotten).unwrap();
    let refused = rig.store.copy_object(source, &rig.bucket, &key("target"), Replaced::default(), false).await;
    assert!(matches!(refused, Err(StoreError::Damaged(_))), "{refused:?}: the client announced no digest");
    assert_eq!(rig.object("target").await, None);
    assert_eq!(rig.files(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_onto_itself_keeps_the_bytes_and_replaces_the_headers() {
    for size in [0, 10, LARGE] {
        let rig = Rig::new().await;
        let body = bytes(4, size);
        let old = rig.put("key", &body).await.unwrap();
        let replaced = Replaced { headers: Some(headers("image/png")), ..Replaced::default() };
        rig.clock.advance(5_000);
        let new = rig.store.rewrite_object(&rig.bucket, &key("key"), old.clone(), replaced).await.unwrap();
        assert_eq!((new.headers.clone(), new.modified), (headers("image/png"), rig.store.now()));
        assert_eq!((&new.body, new.etag), (&old.body, old.etag));
        assert_eq!(rig.sweep().await, 0, "nothing became garbage");
        assert_eq!(rig.content("key").await.unwrap(), body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewrite_that_was_overtaken_looks_again() {
    let rig = Rig::new().await;
    let stale = rig.put("key", &bytes(5, LARGE)).await.unwrap();
    let newer = bytes(6, 10);
    let mut put = crate::rig::put("key", AnnouncedBody::default());
    put.headers = headers("newer");
    rig.put_from(put, &mut Script::of(&newer, 10)).await.unwrap();
    let replaced = Replaced { storage_class: Some(StorageClass::Ia), ..Replaced::default() };
    let record = rig.store.rewrite_object(&rig.bucket, &key("key"), stale.clone(), replaced.clone()).await.unwrap();
    assert_eq!((record.headers.clone(), record.storage_class), (headers("newer"), StorageClass::Ia));
    assert_eq!((record.object_type, rig.content("key").await.unwrap()), (ObjectType::Normal, newer.to_vec()));
    rig.delete("key").await;
    let gone = rig.store.rewrite_object(&rig.bucket, &key("key"), stale, replaced).await;
    assert!(matches!(gone, Err(StoreError::Refused(Refusal::NoSuchKey(_)))), "{gone:?}");
}
