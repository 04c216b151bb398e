//! A disk without room for bodies.

use crate::rig::{INLINE, LARGE, Rig, bytes, fs_blobs, key};
use coho_store::{AnnouncedBody, BodyError, Fill, StoreError};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_reads_and_deletions_go_on_and_no_write_takes_the_room_that_they_need() {
    let mut rig = Rig::new().await;
    let body = bytes(1, LARGE);
    rig.put("old", &body).await.unwrap();
    rig.put("small", &bytes(2, 10)).await.unwrap();
    rig.with_blobs(fs_blobs(rig.folder.path(), u64::MAX));
    for known in [true, false] {
        let expected = AnnouncedBody { length: known.then_some(LARGE as u64), ..AnnouncedBody::default() };
        let mut source = crate::source::Script::of(&body, 10_000);
        let ended = source.ended();
        let full = rig.put_from(crate::rig::put("new", expected), &mut source).await;
        assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
        assert!(!ended.load(std::sync::atomic::Ordering::SeqCst), "refused while the body arrives");
    }
    assert_eq!(rig.object("new").await, None);
    // Small bodies live with the metadata, whose room is what the reserve is for.
    for length in [0, 1, INLINE] {
        let full = rig.put("inline", &bytes(3, length)).await;
        assert!(matches!(full, Err(StoreError::Full)), "{length}: {full:?}");
    }
    assert_eq!(rig.content("old").await.unwrap(), body);
    rig.delete("old").await;
    rig.delete("small").await;
    assert_eq!((rig.sweep().await, rig.files().len()), (1, 0));
    rig.with_blobs(fs_blobs(rig.folder.path(), 0));
    rig.put("new", &body).await.unwrap();
    assert_eq!(rig.content("new").await.unwrap(), body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_without_space_is_refused_before_readers_learn_of_it() {
    let mut rig = Rig::new().await;
    rig.with_blobs(fs_blobs(rig.folder.path(), u64::MAX));
    let begin = |length: Option<u64>, limit: u64| {
        let (store, bucket) = (rig.store.clone(), rig.bucket.clone());
        async move {
            let token = store.begin_fill(&bucket, &key("key")).await.unwrap();
            Fill::new(store, bucket, key("key"), Some(token), crate::rig::fill_head(length), limit)
        }
    };
    let mut known = begin(Some(LARGE as u64), u64::MAX).await;
    assert!(matches!(known.admit().await, Err(StoreError::Full)));
    known.abandon("no room").await;
    let mut too_large = begin(Some(LARGE as u64), 100).await;
    assert!(matches!(too_large.admit().await, Err(StoreError::Body(BodyError::TooLarge { limit: 100 }))));
    too_large.abandon("too large").await;
    for length in [None, Some(10)] {
        let mut fill = begin(length, u64::MAX).await;
        assert!(matches!(fill.admit().await, Err(StoreError::Full)), "{length:?}");
        let in_progress: Arc<_> = fill.body();
        fill.abandon("no room").await;
        assert!(in_progress.reader(0, None).read().await.is_err());
    }
    assert!(rig.files().is_empty());
}
