//! Batches: the rows of published objects, and the change that meets them.

use super::sample::{assert_refused, at, bucket, delete, key, name, put, put_object, stored};
use crate::{Batch, Change, MetaStore};
use coho_model::{BlobId, BucketChange, BucketId, KeyChange, ObjectRecord, PersistFill, Refusal};
use std::sync::Arc;

fn fill(bucket: BucketId, text: &str, object: Arc<ObjectRecord>) -> PersistFill {
    PersistFill { bucket, key: key(text), object }
}

async fn object(store: &dyn MetaStore, bucket: BucketId, text: &str) -> Option<Arc<ObjectRecord>> {
    store.object(bucket, &key(text)).await.expect("read")
}

/// Rows are written where nothing is; one that may not be written keeps the others from being written.
pub async fn the_rows_of_a_batch_are_written_together_or_not_at_all(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    put_object(store, id, "taken", stored(&[1])).await;
    let (a, b) = (fill(id, "a", stored(&[2])), fill(id, "b", stored(&[3])));
    for (third, refusal) in [
        (fill(id, "taken", stored(&[4])), Refusal::Overtaken),
        (fill(BucketId(99), "c", stored(&[4])), Refusal::NoSuchBucket),
    ] {
        let batch = Batch { fills: vec![a.clone(), third, b.clone()], change: None };
        assert_refused(store.commit(batch, at(0)).await, &refusal);
        assert_eq!((object(store, id, "a").await, object(store, id, "b").await), (None, None));
    }
    let batch = Batch { fills: vec![b, a], change: None };
    store.commit(batch.clone(), at(0)).await.expect("made");
    assert_eq!((object(store, id, "a").await, object(store, id, "b").await), (Some(stored(&[2])), Some(stored(&[3]))));
    assert_refused(store.commit(batch, at(0)).await, &Refusal::Overtaken);
    let stat = store.bucket_stat(id).await.expect("counted");
    assert_eq!((stat.objects, stat.bytes), (3, 30));
    store.commit(Batch::default(), at(0)).await.expect("an empty batch is made");
}

/// The change finds what the fills of its batch have written. If it is refused, they are not made either.
pub async fn the_change_of_a_batch_comes_after_its_fills(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let batch = |text: &str, blob, change| Batch {
        fills: vec![fill(id, text, stored(&[blob]))],
        change: Some(Change::Key { bucket: id, key: key(text), change }),
    };
    let careful = KeyChange::Put { object: stored(&[8]), forbid_overwrite: true, seed: 7 };
    let refused = store.commit(batch("a", 1, careful), at(0)).await;
    assert_refused(refused, &Refusal::AlreadyExists(key("a")));
    assert_eq!(object(store, id, "a").await, None);
    let changed = store.commit(batch("a", 2, put(stored(&[9]))), at(0)).await.expect("made");
    assert_eq!((changed.object, object(store, id, "a").await), (Some(stored(&[9])), Some(stored(&[9]))));
    let changed = store.commit(batch("b", 3, delete(at(0))), at(0)).await.expect("made");
    assert_eq!((changed.object, object(store, id, "b").await), (None, None));
    assert_eq!(store.garbage(at(1), 9).await.expect("read"), [BlobId(2), BlobId(3)]);
    let stat = store.bucket_stat(id).await.expect("counted");
    assert_eq!((stat.objects, stat.bytes), (1, 10));
}

/// A bucket that a fill of the batch writes into is not empty.
pub async fn a_batch_does_not_delete_the_bucket_that_it_fills(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let delete = Change::Bucket { name: name("bucket-1"), change: BucketChange::Delete };
    let batch = Batch { fills: vec![fill(id, "k", stored(&[1]))], change: Some(delete.clone()) };
    assert_refused(store.commit(batch, at(0)).await, &Refusal::BucketNotEmpty);
    assert_eq!(object(store, id, "k").await, None);
    assert!(store.has_bucket(id).await.expect("read"));
    store.commit(delete.into(), at(0)).await.expect("deleted");
    assert!(!store.has_bucket(id).await.expect("read"));
}
