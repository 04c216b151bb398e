//! Fills against the writes that come after their beginning: the write wins.

use crate::{
    filling::{begin, commit, follow},
    multipart,
    rig::{LARGE, Rig, bucket_name, bytes, key, make_bucket},
};
use coho_model::{BucketChange, KeyChange};
use coho_store::{Filled, Replaced};

/// What comes between the beginning of a fill and its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Put,
    PutAndDelete,
    DeleteOfNothing,
    Copy,
    Completion,
    BucketRemoval,
    BucketMadeAnew,
    NewerFill,
}

const ALL: [Between; 8] = [
    Between::Put,
    Between::PutAndDelete,
    Between::DeleteOfNothing,
    Between::Copy,
    Between::Completion,
    Between::BucketRemoval,
    Between::BucketMadeAnew,
    Between::NewerFill,
];

/// Does it, and gives the size of what is under the key afterwards.
async fn interfere(rig: &mut Rig, between: Between) -> Option<usize> {
    let (name, now) = (key("key"), rig.store.now());
    match between {
        Between::Put => {
            rig.put("key", &bytes(7, LARGE)).await.unwrap();
            Some(LARGE)
        }
        Between::PutAndDelete => {
            rig.put("key", &bytes(7, 10)).await.unwrap();
            rig.delete("key").await;
            None
        }
        Between::DeleteOfNothing => {
            rig.meta.change_key(rig.bucket.id, &name, KeyChange::Delete { at: now, seed: 7 }, now).await.unwrap();
            None
        }
        Between::Copy => {
            let source = rig.put("source", &bytes(7, 10)).await.unwrap();
            rig.store.copy_object(source, &rig.bucket, &name, Replaced::default(), false).await.unwrap();
            Some(10)
        }
        Between::Completion => {
            let upload = multipart::begin(rig, "key").await;
            multipart::put_part(rig, "key", upload, 1, &bytes(7, 10)).await.unwrap();
            let all = multipart::completion(rig, None);
            rig.store.complete_upload(&rig.bucket, &name, upload, all).await.unwrap();
            Some(10)
        }
        Between::BucketRemoval | Between::BucketMadeAnew => {
            rig.meta.change_bucket(&bucket_name(), BucketChange::Delete, now).await.unwrap();
            if between == Between::BucketMadeAnew {
                rig.clock.advance(1);
                rig.bucket = make_bucket(&rig.store).await;
            }
            None
        }
        Between::NewerFill => {
            rig.store.begin_fill(&rig.bucket, &name).await.unwrap();
            None
        }
    }
}

async fn check(between: Between, size: usize) {
    let mut rig = Rig::new().await;
    let body = bytes(1, size);
    let mut fill = begin(&rig, "key", None).await;
    fill.write(body.slice(..size / 2)).await.unwrap();
    let left = interfere(&mut rig, between).await;
    fill.write(body.slice(size / 2..)).await.unwrap();
    let reader = fill.body().reader(0, None);
    let filled = commit(fill).await.unwrap();
    assert!(matches!(filled, Filled::Overtaken), "{between:?}: {filled:?}");
    let (read, end) = follow(reader).await;
    assert!(end.is_ok() && read == body, "{between:?}: earlier readers get their bytes");
    assert_eq!(rig.content("key").await, left.map(|left| bytes(7, left).to_vec()), "{between:?}");
    rig.sweep().await;
    let named: usize = match between {
        Between::Put | Between::Completion => 1,
        _ => 0,
    };
    assert_eq!(rig.files().len(), named, "{between:?} of {size}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_came_later_beats_the_fill() {
    for between in ALL {
        for size in [2, 100, LARGE] {
            check(between, size).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_without_a_lookup_does_not_replace_an_existing_object() {
    let rig = Rig::new().await;
    rig.put("key", &bytes(1, 10)).await.unwrap();
    let token = rig.store.begin_fill(&rig.bucket, &key("key")).await.unwrap();
    let (store, bucket) = (rig.store.clone(), rig.bucket.clone());
    let mut fill = coho_store::Fill::new(store, bucket, key("key"), Some(token), crate::rig::fill_head(None), 1 << 40);
    fill.write(bytes(2, LARGE)).await.unwrap();
    assert!(matches!(commit(fill).await.unwrap(), Filled::Overtaken));
    assert!(!rig.store.holds_token(&rig.bucket, &key("key"), token).await.unwrap(), "the token is given back");
    assert_eq!(rig.content("key").await.unwrap(), bytes(1, 10));
    assert!(rig.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_another_key_does_not_disturb_a_fill() {
    let rig = Rig::new().await;
    let mut fill = begin(&rig, "key", None).await;
    fill.write(bytes(1, LARGE)).await.unwrap();
    rig.put("kez", &bytes(2, 10)).await.unwrap();
    let stored = commit(fill).await.unwrap();
    assert!(matches!(stored, Filled::Stored(_)));
    assert_eq!(rig.content("key").await.unwrap(), bytes(1, LARGE));
}
