//! The search for files that nothing names.

use crate::{
    multipart,
    rig::{LARGE, Rig, bytes, put},
};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::{BlobId, Timestamp};
use coho_store::{AnnouncedBody, BodyError, BodySource, Store, new_blob_id, remove_orphans};
use std::sync::Arc;

async fn stray(rig: &Rig, begun: Timestamp) -> BlobId {
    let id = new_blob_id(begun);
    let mut sink = rig.blobs.begin(id, None).await.unwrap();
    sink.write(Bytes::from_static(b"stray")).await.unwrap();
    sink.seal().await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn only_old_files_that_nothing_names_are_orphans() {
    let mut rig = Rig::new().await;
    rig.put("object", &bytes(1, LARGE)).await.unwrap();
    rig.put("garbage", &bytes(2, LARGE)).await.unwrap();
    rig.delete("garbage").await;
    let upload = multipart::begin(&rig, "upload").await;
    multipart::put_part(&rig, "upload", upload, 1, &bytes(3, 10)).await.unwrap();
    multipart::put_part(&rig, "upload", upload, 2, &bytes(4, 10)).await.unwrap();
    let named = rig.files();
    assert_eq!(named.len(), 4);
    let now = rig.store.now();
    for age in [1, 1_000, 1_000_000_000] {
        stray(&rig, now.plus_ms(-age)).await;
    }
    rig.restart();
    let young = [stray(&rig, now).await, stray(&rig, now.plus_ms(1)).await];
    assert_eq!(remove_orphans(&rig.store, now).await.unwrap(), 3);
    let left: Vec<_> = rig.files().difference(&named).copied().collect();
    assert_eq!(left, young, "files of this process are none of its business");
    assert!(named.is_subset(&rig.files()));
    assert_eq!(remove_orphans(&rig.store, now).await.unwrap(), 0);
    assert_eq!(rig.content("object").await.unwrap(), bytes(1, LARGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_from_before_the_clock_was_set_back_are_orphans() {
    let mut rig = Rig::new().await;
    rig.put("object", &bytes(1, LARGE)).await.unwrap();
    let now = rig.store.now();
    stray(&rig, now).await;
    rig.clock.advance(-3_600_000);
    rig.restart();
    assert_eq!(remove_orphans(&rig.store, rig.store.now()).await.unwrap(), 1);
    assert_eq!(rig.content("object").await.unwrap(), bytes(1, LARGE));
}

/// Does something strange before it gives its last frame.
struct Meanwhile<'a> {
    rig: &'a Rig,
    frames: Vec<Bytes>,
    meanwhile: fn(&Rig, &Store) -> Timestamp,
}

#[async_trait]
impl BodySource for Meanwhile<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        if self.frames.len() == 1 {
            let started = (self.meanwhile)(self.rig, &self.rig.store);
            assert_eq!(remove_orphans(&self.rig.store, started).await.unwrap(), 0);
        }
        Ok(self.frames.pop())
    }
}

async fn check_search_spares_a_running_put(before: fn(&Rig), meanwhile: fn(&Rig, &Store) -> Timestamp) {
    let rig = Rig::new().await;
    before(&rig);
    let (first, last) = (bytes(1, LARGE), bytes(2, LARGE));
    let mut source = Meanwhile { rig: &rig, frames: vec![last.clone(), first.clone()], meanwhile };
    rig.store.put_object(&rig.bucket, put("key", AnnouncedBody::default()), &mut source).await.unwrap();
    assert_eq!(rig.content("key").await.unwrap(), [first, last].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_begins_after_the_first_request_spares_its_blobs() {
    check_search_spares_a_running_put(
        |_| {},
        |rig, store| {
            rig.clock.advance(5_000);
            store.now()
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_makes_no_orphans() {
    check_search_spares_a_running_put(|rig| rig.clock.advance(-3_600_000), |rig, _| rig.bucket.created).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_are_spared_as_well_when_the_clock_was_set_back() {
    let rig = Rig::new().await;
    let started = rig.store.now();
    rig.clock.advance(-3_600_000);
    let store: Arc<Store> = rig.store.clone();
    let token = store.begin_fill(&rig.bucket, &crate::rig::key("key")).await.unwrap();
    let (bucket, key) = (rig.bucket.clone(), crate::rig::key("key"));
    let mut fill =
        coho_store::Fill::new(store.clone(), bucket, key, Some(token), crate::rig::fill_head(None), u64::MAX);
    fill.write(bytes(1, LARGE)).await.unwrap();
    // The file is made next to the fill.
    while rig.files().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!((rig.files().len(), remove_orphans(&store, started).await.unwrap()), (1, 0));
    crate::filling::commit(fill).await.unwrap();
    assert_eq!(rig.content("key").await.unwrap(), bytes(1, LARGE));
}
