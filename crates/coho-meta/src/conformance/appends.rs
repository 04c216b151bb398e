//! Appendable objects: what appends, seals and merges leave in rows, counters and garbage.

use super::sample::{appended, assert_refused, at, bucket, key, object_of_appends};
use crate::MetaStore;
use coho_model::{BlobId, Body, BucketId, BucketStat, Extent, KeyChange, ObjectRecord, Refusal};
use std::sync::Arc;

async fn append(
    store: &dyn MetaStore,
    bucket: BucketId,
    position: u64,
    blob: u128,
) -> Result<Option<Arc<ObjectRecord>>, crate::MetaError> {
    let change = KeyChange::Append { position, added: appended(blob), acl: None, forbid_overwrite: false };
    store.change_key(bucket, &key("log"), change, at(0)).await
}

/// Appends make one object; of several at one position one is made, and the others learn the length.
pub async fn appends_at_one_position_exclude_each_other(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    append(store, id, 0, 1).await.expect("created");
    let results = tokio::join!(append(store, id, 10, 2), append(store, id, 10, 3), append(store, id, 10, 4));
    let (mut made, mut refused) = (Vec::new(), 0);
    for result in [results.0, results.1, results.2] {
        match result {
            Ok(object) => made.push(object),
            refusal => {
                assert_refused(refusal, &Refusal::PositionNotEqualToLength { length: 20 });
                refused += 1;
            }
        }
    }
    assert_eq!((made.len(), refused), (1, 2));
    let there = store.object(id, &key("log")).await.expect("read");
    assert_eq!(there, made[0]);
    let object = there.expect("the object exists");
    let blobs: Vec<BlobId> = object.body.file_blobs().collect();
    assert_eq!((object.size, blobs[0], blobs.len()), (20, BlobId(1), 2));
    let expected = BucketStat { objects: 1, bytes: 20, ..BucketStat::default() };
    assert_eq!(store.bucket_stat(id).await.expect("counted"), expected);
    assert!(store.garbage(at(9), 9).await.expect("listed").is_empty());
}

/// Merged extents become garbage, and what was appended after they were read stays; a sealed object takes no more.
pub async fn a_merge_frees_what_it_replaces_and_a_seal_ends_appends(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    for (position, blob) in [(0, 1), (10, 2), (20, 3)] {
        append(store, id, position, blob).await.expect("appended");
    }
    let Body::Extents(extents) = object_of_appends(&[1, 2]).body.clone() else { unreachable!("appends are extents") };
    let merged = Extent { blob: BlobId(9), offset: 0, length: 20 };
    let merge = |from, run: &[Extent]| KeyChange::Merge { from, run: run.into(), merged };
    let before = store.object(id, &key("log")).await.expect("read").expect("there");
    let after = store.change_key(id, &key("log"), merge(0, &extents), at(0)).await.expect("merged").expect("recorded");
    let last = Extent { blob: BlobId(3), offset: 0, length: 10 };
    assert_eq!(*after, ObjectRecord { body: Body::Extents([merged, last].into()), ..(*before).clone() });
    assert_eq!(store.object(id, &key("log")).await.expect("read"), Some(after.clone()));
    assert_eq!(store.garbage(at(9), 9).await.expect("listed"), [BlobId(1), BlobId(2)]);
    assert_refused(store.change_key(id, &key("log"), merge(0, &extents), at(0)).await, &Refusal::Overtaken);
    let seal = KeyChange::Seal { position: 30, at: at(5) };
    let sealed = store.change_key(id, &key("log"), seal, at(0)).await.expect("sealed").expect("recorded");
    assert_eq!(sealed.attributes.as_ref().and_then(|attributes| attributes.sealed), Some(at(5)));
    assert_eq!(store.object(id, &key("log")).await.expect("read"), Some(sealed));
    assert_refused(append(store, id, 30, 4).await, &Refusal::ObjectNotAppendable);
    let expected = BucketStat { objects: 1, bytes: 30, ..BucketStat::default() };
    assert_eq!(store.bucket_stat(id).await.expect("counted"), expected);
}
