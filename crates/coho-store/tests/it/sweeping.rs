//! What the sweeper removes, and what it must not.

use crate::{
    faulty, multipart,
    rig::{Engine, LARGE, Rig, bytes, key},
};
use coho_model::{BlobId, Body, ByteRange, Extent, KeyChange, ObjectRecord};
use coho_store::Sweeper;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn garbage_goes_when_it_is_older_than_the_grace() {
    let rig = Rig::new().await;
    let sweeper = Sweeper::new(rig.store.clone());
    rig.put("old", &bytes(1, LARGE)).await.unwrap();
    rig.put("young", &bytes(2, LARGE)).await.unwrap();
    rig.put("kept", &bytes(3, LARGE)).await.unwrap();
    rig.delete("old").await;
    rig.clock.advance(1_000);
    rig.put("young", &bytes(4, 10)).await.unwrap();
    rig.clock.advance(59_001);
    assert_eq!(sweeper.sweep(60_000).await.unwrap(), 1);
    assert_eq!(rig.files().len(), 2);
    rig.clock.advance(1_000);
    assert_eq!(sweeper.sweep(60_000).await.unwrap(), 1);
    assert_eq!(sweeper.sweep(0).await.unwrap(), 0, "what went is forgotten");
    assert_eq!(rig.content("kept").await.unwrap(), bytes(3, LARGE));
    assert_eq!(rig.content("young").await.unwrap(), bytes(4, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_goes_although_the_clock_was_set_back() {
    let rig = Rig::new().await;
    let sweeper = Sweeper::new(rig.store.clone());
    rig.put("key", &bytes(1, LARGE)).await.unwrap();
    rig.delete("key").await;
    rig.clock.advance(-3_600_000);
    assert_eq!(sweeper.sweep(60_000).await.unwrap(), 0, "a reader may still open it");
    assert_eq!(sweeper.sweep(0).await.unwrap(), 1, "the grace is over");
    assert_eq!((rig.files().len(), sweeper.sweep(0).await.unwrap()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_goes_while_it_is_read_is_read_to_its_end() {
    let rig = Rig::new().await;
    let body = bytes(1, LARGE * 2);
    let record = rig.put("key", &body).await.unwrap();
    let whole = ByteRange { start: 0, end: record.size };
    let mut reader = rig.store.read_object(record, whole).await.unwrap();
    let mut read = reader.read().await.unwrap().unwrap().to_vec();
    rig.delete("key").await;
    assert_eq!((rig.sweep().await, rig.files().len()), (1, 0), "one that is open needs no file name");
    while let Some(bytes) = reader.read().await.unwrap() {
        read.extend_from_slice(&bytes);
    }
    assert_eq!(read, body);
}

async fn two_parts(rig: &Rig) -> Arc<ObjectRecord> {
    let upload = multipart::begin(rig, "key").await;
    for number in [1, 2] {
        multipart::put_part(rig, "key", upload, number, &bytes(u64::from(number), LARGE)).await.unwrap();
    }
    let all = multipart::completion(rig, None);
    rig.store.complete_upload(&rig.bucket, &key("key"), upload, all).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_an_object_stay_until_its_last_reader_is_done() {
    let rig = Rig::new().await;
    let record = two_parts(&rig).await;
    let whole = ByteRange { start: 0, end: record.size };
    let mut first = rig.store.read_object(record.clone(), whole).await.unwrap();
    let second = rig.store.read_object(record, whole).await.unwrap();
    rig.delete("key").await;
    assert_eq!((rig.sweep().await, rig.files().len()), (0, 2));
    drop(second);
    assert_eq!(rig.sweep().await, 0, "one reader is left");
    let mut read = Vec::new();
    while let Some(bytes) = first.read().await.unwrap() {
        read.extend_from_slice(&bytes);
    }
    assert_eq!(read, [bytes(1, LARGE), bytes(2, LARGE)].concat());
    drop(first);
    assert_eq!((rig.sweep().await, rig.files().len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reader_of_an_object_of_many_parts_does_not_hold_up_the_rest() {
    let rig = Rig::new().await;
    let real = rig.put("many", &bytes(1, LARGE)).await.unwrap();
    let Body::Extents(extents) = &real.body else { panic!("{real:?}") };
    let others = (1..=1_000).map(|id| Extent { blob: BlobId(id), offset: 0, length: 1 });
    let body = Body::Extents(extents.iter().copied().chain(others).collect());
    let many = Arc::new(ObjectRecord { size: real.size + 1_000, body, ..(*real).clone() });
    // The first part is the real file under another key's record, so that key must not be deleted.
    let change = KeyChange::Put { object: many.clone(), forbid_overwrite: false, seed: 7 };
    rig.meta.change_key(rig.bucket.id, &key("other"), change, rig.store.now()).await.unwrap();
    let reader = rig.store.read_object(many, ByteRange { start: 0, end: 10 }).await.unwrap();
    rig.delete("other").await;
    rig.clock.advance(1_000);
    rig.put("single", &bytes(2, LARGE)).await.unwrap();
    rig.delete("single").await;
    assert_eq!(rig.sweep().await, 1, "the single blob after a thousand pinned ones");
    drop(reader);
    assert_eq!(rig.sweep().await, 1_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_removed_does_not_hold_up_the_rest() {
    let (rig, plan) = faulty::rig(Engine::Files).await;
    rig.put("first", &bytes(1, LARGE)).await.unwrap();
    let stuck = *rig.files().first().unwrap();
    plan.stick(stuck);
    rig.delete("first").await;
    rig.clock.advance(1_000);
    rig.put("second", &bytes(2, LARGE)).await.unwrap();
    rig.delete("second").await;
    rig.clock.advance(1_000);
    let swept = Sweeper::new(rig.store.clone()).sweep(0).await;
    assert!(swept.is_err(), "a failure is reported");
    assert_eq!(rig.files(), [stuck].into());
    plan.stick(BlobId(0));
    assert_eq!((rig.sweep().await, rig.files().len()), (1, 0), "it is tried again");
}
