//! Garbage, and the walk over everything that is referred to.

use super::sample::{at, begin_upload, bucket, delete_object, inline, key, part, put_object, put_part, stored};
use crate::{BlobCursor, MetaStore};
use coho_model::{BlobId, CompleteUpload, UploadChange, UploadId};
use std::collections::BTreeSet;

/// What is freed waits, oldest first, until it is forgotten; inline bodies never come.
pub async fn garbage_is_given_oldest_first_until_it_is_forgotten(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    for (text, object) in [("a", stored(&[1, 1])), ("b", stored(&[2])), ("c", stored(&[3])), ("d", inline(4, b"x"))] {
        put_object(store, id, text, object).await;
    }
    for (text, time) in [("c", 10), ("a", 20), ("b", 20), ("d", 20)] {
        delete_object(store, id, text, at(time)).await;
    }
    for (unused_since, max, expected) in
        [(10, 9, &[][..]), (11, 9, &[3]), (20, 9, &[3]), (21, 9, &[3, 1, 2]), (21, 2, &[3, 1]), (21, 0, &[])]
    {
        let garbage = store.garbage(at(unused_since), max).await.expect("listed");
        assert_eq!(garbage, expected.iter().map(|blob| BlobId(*blob)).collect::<Vec<_>>(), "{unused_since}");
    }
    for (now, max, expected) in [(9, 9, &[3, 1, 2][..]), (10, 9, &[1, 2]), (10, 1, &[1]), (20, 9, &[]), (30, 9, &[])] {
        let future = store.future_garbage(at(now), max).await.expect("listed");
        assert_eq!(future, expected.iter().map(|blob| BlobId(*blob)).collect::<Vec<_>>(), "{now}");
    }
    store.forget(&[BlobId(3), BlobId(99)]).await.expect("forgotten");
    store.forget(&[]).await.expect("nothing is forgotten");
    assert_eq!(store.garbage(at(21), 9).await.expect("listed"), [BlobId(1), BlobId(2)]);
}

async fn walk_from(store: &dyn MetaStore, mut cursor: Option<BlobCursor>, max: usize, all: &mut BTreeSet<BlobId>) {
    loop {
        let page = store.referenced_blobs(cursor, max).await.expect("walked");
        all.extend(page.blobs);
        cursor = page.next;
        if cursor.is_none() {
            return;
        }
    }
}

/// Blobs of objects, parts and garbage are all named, whatever the size of the pages.
pub async fn a_walk_names_all_blobs_that_stay(store: &dyn MetaStore) {
    let mut all = BTreeSet::new();
    walk_from(store, None, 1, &mut all).await;
    assert!(all.is_empty(), "an engine that holds nothing names nothing");
    for bucket_id in [1, 2] {
        let base = 1_000 * bucket_id as u128;
        let id = bucket(store, bucket_id).await;
        put_object(store, id, "a", stored(&[base + 1, base + 2, base + 3])).await;
        put_object(store, id, "b", inline(base + 4, b"inline")).await;
        put_object(store, id, "c", stored(&[base + 5])).await;
        put_object(store, id, "c", stored(&[base + 6])).await;
        begin_upload(store, id, base + 8, "d").await;
        for (number, blob) in [(1, base + 7), (2, 0), (3, base + 8)] {
            put_part(store, id, base + 8, "d", part(number, 1, blob)).await;
        }
    }
    let expected: BTreeSet<_> =
        [1_000, 2_000].into_iter().flat_map(|base| [1, 2, 3, 5, 6, 7, 8].map(|n| BlobId(base + n))).collect();
    for max in [1, 2, 3, 100] {
        let mut all = BTreeSet::new();
        walk_from(store, None, max, &mut all).await;
        assert_eq!(all, expected, "by {max}");
    }
}

/// A part that becomes an object, or an object that becomes garbage, is named wherever the walk stood at that time.
pub async fn blobs_that_move_during_a_walk_are_named(store: &dyn MetaStore) {
    for pages in 0..8 {
        let id = bucket(store, 1 + pages).await;
        let base = 100 * pages as u128;
        put_object(store, id, "a", stored(&[base + 1])).await;
        put_object(store, id, "z", stored(&[base + 2])).await;
        begin_upload(store, id, base + 2, "b").await;
        put_part(store, id, base + 2, "b", part(1, 1, base + 3)).await;
        let (mut all, mut cursor) = (BTreeSet::new(), None);
        for _ in 0..=pages {
            let page = store.referenced_blobs(cursor, 1).await.expect("walked");
            all.extend(page.blobs);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let complete = UploadChange::Complete(CompleteUpload {
            parts: None,
            modified: at(0),
            forbid_overwrite: false,
            acl: None,
            crc64: None,
            seed: 7,
            whole_md5: None,
        });
        store.change_upload(id, &key("b"), UploadId(base + 2), complete, at(0)).await.expect("completed");
        delete_object(store, id, "a", at(0)).await;
        delete_object(store, id, "z", at(0)).await;
        if cursor.is_some() {
            walk_from(store, cursor, 1, &mut all).await;
        }
        for blob in [1, 2, 3] {
            assert!(all.contains(&BlobId(base + blob)), "blob {blob} after {pages} pages");
        }
    }
}
