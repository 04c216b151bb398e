//! The same over the engine of one machine, which is closed and opened again.

use crate::{
    filling, multipart,
    rig::{Engine, INLINE, LARGE, MetaEngine, Rig, bytes, fs_blobs, key, sqlite},
};
use bytes::Bytes;
use coho_blob::BlobStore;
use coho_store::{Filled, StoreError, new_blob_id, remove_orphans};
use std::sync::Arc;
use tempfile::TempDir;

async fn rig() -> Rig {
    Rig::on(Engine::Files, MetaEngine::Sqlite).await
}

/// Closes everything and opens it again, later.
async fn reopened(rig: Rig) -> Rig {
    let Rig { memory, clock, meta, blobs, store, bucket, folder, keys, encryption, options } = rig;
    drop((store, blobs, meta));
    clock.advance(10_000);
    let meta = MetaEngine::Sqlite.open(folder.path());
    let blobs: Arc<dyn BlobStore> = fs_blobs(folder.path(), 0);
    let store = crate::rig::store(&meta, &blobs, &clock);
    let again = Rig { memory, clock, meta, blobs, store, bucket, folder, keys, encryption, options };
    assert_eq!(again.store.bucket(&again.bucket.name).await.unwrap().unwrap(), again.bucket);
    again
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_a_restart_and_nothing_else() {
    let rig = rig().await;
    let (small, large) = (bytes(1, 10), bytes(2, LARGE));
    rig.put("small", &small).await.unwrap();
    rig.put("large", &large).await.unwrap();
    rig.put("garbage", &large).await.unwrap();
    rig.delete("garbage").await;
    let upload = multipart::begin(&rig, "parts").await;
    multipart::put_part(&rig, "parts", upload, 1, &large).await.unwrap();
    multipart::put_part(&rig, "parts", upload, 2, &small).await.unwrap();
    let mut stored = filling::begin(&rig, "mirrored", None).await;
    stored.write(large.clone()).await.unwrap();
    assert!(matches!(filling::commit(stored).await.unwrap(), Filled::Stored(_)));
    let named = rig.files();
    let mut sink = rig.blobs.begin(new_blob_id(rig.store.now()), None).await.unwrap();
    sink.write(Bytes::from_static(b"sealed and never named")).await.unwrap();
    sink.seal().await.unwrap();
    assert_eq!((named.len(), rig.files().len()), (5, 6));

    let rig = reopened(rig).await;
    assert_eq!(remove_orphans(&rig.store, rig.store.now()).await.unwrap(), 1);
    assert_eq!(rig.files(), named, "the garbage list is not forgotten");
    assert_eq!(rig.sweep().await, 1);
    for (name, body) in [("small", &small), ("large", &large), ("mirrored", &large)] {
        assert_eq!(rig.content(name).await.unwrap(), *body, "{name}");
    }
    let all = multipart::completion(&rig, None);
    rig.store.complete_upload(&rig.bucket, &key("parts"), upload, all).await.unwrap();
    assert_eq!(rig.content("parts").await.unwrap(), [large, small].concat());
    for name in ["small", "large", "mirrored", "parts"] {
        rig.delete(name).await;
    }
    rig.sweep().await;
    let rig = reopened(rig).await;
    assert!(rig.files().is_empty());
    assert_eq!(rig.object("large").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_of_before_the_restart_commits_nothing_after_it() {
    let rig = rig().await;
    let name = key("key");
    let token = rig.store.begin_fill(&rig.bucket, &name).await.unwrap();
    let rig = reopened(rig).await;
    assert!(!rig.store.holds_token(&rig.bucket, &name, token).await.unwrap());
    let (store, bucket) = (rig.store.clone(), rig.bucket.clone());
    let mut fill = coho_store::Fill::new(store, bucket, name, Some(token), crate::rig::fill_head(None), 1 << 40);
    fill.write(bytes(1, LARGE)).await.unwrap();
    assert!(matches!(filling::commit(fill).await.unwrap(), Filled::Overtaken));
    assert!(rig.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_engine_is_a_store_that_stops() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let meta = Arc::new(sqlite(folder.path()));
    let blobs = fs_blobs(folder.path(), 0);
    let rig = Rig::over(folder, meta.clone(), blobs).await;
    meta.engine().close().await.unwrap();
    let refused = rig.put("key", &bytes(1, 10)).await;
    assert!(matches!(refused, Err(StoreError::Stopping)), "{refused:?}");
}

/// A metadata file does not shrink: on a full disk what was deleted in it is the room for what comes.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_small_objects_take_the_place_of_deleted_ones() {
    let mut rig = rig().await;
    let body = bytes(1, INLINE);
    for number in 0..400 {
        rig.put(&format!("{number:03}"), &body).await.unwrap();
    }
    rig.with_blobs(fs_blobs(rig.folder.path(), u64::MAX));
    assert!(matches!(rig.put("new", &body).await, Err(StoreError::Full)));
    for number in 0..400 {
        rig.delete(&format!("{number:03}")).await;
    }
    rig.put("new", &body).await.unwrap();
    assert_eq!(rig.content("new").await.unwrap(), body);
    assert!(matches!(rig.put("large", &bytes(2, LARGE)).await, Err(StoreError::Full)));
}
