//! Fills give way to everything that comes after they began.

use super::sample::{
    assert_refused, at, begin_upload, bucket, delete_object, key, name, new_bucket, part, put_object, put_part, stored,
};
use crate::{MetaStore, PlacedFill};
use coho_model::{
    BlobId, BucketChange, BucketId, Collapsed, CompleteUpload, Fence, KeyChange, ListQuery, Listed, ObjectAcl,
    ObjectSummary, Refusal, UploadChange, UploadId,
};

fn fill(fence: Fence) -> KeyChange {
    KeyChange::Fill { object: stored(&[1]), fence }
}

async fn begin(store: &dyn MetaStore, bucket: BucketId, text: &str) -> Fence {
    let fence = store.begin_fill(bucket, &key(text)).await.expect("the fill begins");
    assert!(store.holds_fill(bucket, &key(text), fence).await);
    fence
}

/// The token is good for one commit; a later fill takes it; given back, it is good for none.
pub async fn a_fill_is_committed_once_by_its_holder(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let k = key("k");
    let (older, other) = (begin(store, id, "k").await, begin(store, id, "other").await);
    let newer = begin(store, id, "k").await;
    assert!(older != newer && !store.holds_fill(id, &k, older).await);
    store.end_fill(id, &k, older).await;
    assert_refused(store.change_key(id, &k, fill(older), at(0)).await, &Refusal::Overtaken);
    assert_refused(store.change_key(id, &k, fill(other), at(0)).await, &Refusal::Overtaken);
    assert_eq!(store.change_key(id, &k, fill(newer), at(0)).await.expect("filled"), Some(stored(&[1])));
    assert_eq!(store.object(id, &k).await.expect("read"), Some(stored(&[1])));
    delete_object(store, id, "k", at(0)).await;
    assert_refused(store.change_key(id, &k, fill(newer), at(0)).await, &Refusal::Overtaken);
    let given_back = begin(store, id, "k").await;
    store.end_fill(id, &k, given_back).await;
    assert!(!store.holds_fill(id, &k, given_back).await);
    assert_refused(store.change_key(id, &k, fill(given_back), at(0)).await, &Refusal::Overtaken);
    assert!(store.holds_fill(id, &key("other"), other).await);
}

/// A put, a deletion (also one that finds nothing), an ACL or a completion after the beginning: the fill is refused, and a
/// fill that begins then is not.
pub async fn whatever_is_written_later_beats_a_fill(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    for step in 0..4 {
        let text = format!("k{step}");
        let k = key(&text);
        let version = store.key_version(id, &k);
        let fence = begin(store, id, &text).await;
        assert_eq!(store.key_version(id, &k), version, "nothing was written");
        match step {
            0 => delete_object(store, id, &text, at(0)).await,
            1 => {
                put_object(store, id, &text, stored(&[2])).await;
                delete_object(store, id, &text, at(0)).await;
            }
            2 => {
                begin_upload(store, id, 2, &text).await;
                put_part(store, id, 2, &text, part(1, 1, 3)).await;
                assert!(
                    store.holds_fill(id, &k, fence).await,
                    "an upload that is not complete writes nothing under the key"
                );
                let complete = CompleteUpload { parts: None, modified: at(0), forbid_overwrite: false };
                store
                    .change_upload(id, &k, UploadId(2), UploadChange::Complete(complete), at(0))
                    .await
                    .expect("completed");
            }
            _ => {
                put_object(store, id, &text, stored(&[4])).await;
                let late = begin(store, id, &text).await;
                store.change_key(id, &k, KeyChange::SetAcl(ObjectAcl::Private), at(0)).await.expect("changed");
                assert!(!store.holds_fill(id, &k, late).await);
            }
        }
        assert!(!store.holds_fill(id, &k, fence).await, "{text}");
        assert_ne!(store.key_version(id, &k), version, "{text}");
        assert_refused(store.change_key(id, &k, fill(fence), at(0)).await, &Refusal::Overtaken);
        delete_object(store, id, &text, at(0)).await;
        let fence = begin(store, id, &text).await;
        assert_eq!(store.change_key(id, &k, fill(fence), at(0)).await.expect("filled"), Some(stored(&[1])));
    }
}

/// A placed object is read, listed and counted like any other, and stays when it is settled; it is placed by the holder alone.
pub async fn a_placed_object_is_seen_like_any_other(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    put_object(store, id, "a/2", stored(&[9])).await;
    let mut placed = Vec::new();
    for text in ["a/1", "a/3", "b"] {
        let (fence, object) = (begin(store, id, text).await, stored(&[placed.len() as u128 + 1]));
        assert_refused(store.place_fill(id, &key(text), object.clone(), Fence(fence.0 + 1)).await, &Refusal::Overtaken);
        let version = store.key_version(id, &key(text));
        store.place_fill(id, &key(text), object.clone(), fence).await.expect("placed");
        assert_ne!(store.key_version(id, &key(text)), version);
        assert_refused(store.place_fill(id, &key(text), object.clone(), fence).await, &Refusal::Overtaken);
        placed.push(PlacedFill { bucket: id, key: key(text), object });
    }
    for round in 0..3 {
        for PlacedFill { key, object, .. } in &placed {
            assert_eq!(store.object(id, key).await.expect("read").as_ref(), Some(object));
        }
        let list = |delimiter: &str, max| ListQuery { delimiter: delimiter.into(), max, ..ListQuery::default() };
        assert_eq!(names(&store.list_objects(id, list("", 9)).await.expect("listed")), ["a/1", "a/2", "a/3", "b"]);
        assert_eq!(names(&store.list_objects(id, list("/", 9)).await.expect("listed")), ["a/", "b"]);
        assert_eq!(names(&store.list_objects(id, list("", 2)).await.expect("listed")), ["a/1", "a/2"]);
        let stat = store.bucket_stat(id).await.expect("counted");
        assert_eq!((stat.objects, stat.bytes), (4, 40));
        let settled = if round == 0 { placed[..1].to_vec() } else { placed.clone() };
        store.settle_fills(settled, at(0)).await.expect("settled");
    }
    assert!(!store.withdraw_fill(&PlacedFill { object: stored(&[1]), ..placed[0].clone() }).await, "another record");
}

/// A put, a deletion or a completion replaces a placed object as it replaces any other, and a settling that comes later
/// does not bring it back; nor does one that was withdrawn come back.
pub async fn whatever_is_written_later_beats_a_placed_object(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    for step in 0..4u128 {
        let text = format!("k{step}");
        let (k, object) = (key(&text), stored(&[100 + step]));
        let fence = begin(store, id, &text).await;
        store.place_fill(id, &k, object.clone(), fence).await.expect("placed");
        let placed = PlacedFill { bucket: id, key: k.clone(), object };
        let careful = KeyChange::Put { object: stored(&[7]), forbid_overwrite: true };
        assert_refused(store.change_key(id, &k, careful, at(0)).await, &Refusal::AlreadyExists(k.clone()));
        let expected = match step {
            0 => {
                delete_object(store, id, &text, at(0)).await;
                None
            }
            1 => {
                put_object(store, id, &text, stored(&[2])).await;
                Some(stored(&[2]))
            }
            2 => {
                begin_upload(store, id, 2, &text).await;
                put_part(store, id, 2, &text, part(1, 1, 3)).await;
                let complete = CompleteUpload { parts: None, modified: at(0), forbid_overwrite: false };
                let change = UploadChange::Complete(complete);
                store.change_upload(id, &k, UploadId(2), change, at(0)).await.expect("completed")
            }
            _ => {
                assert!(store.withdraw_fill(&placed).await);
                None
            }
        };
        assert_eq!(store.object(id, &k).await.expect("read"), expected, "{text}");
        store.settle_fills(vec![placed.clone()], at(1)).await.expect("settled");
        assert!(!store.withdraw_fill(&placed).await);
        assert_eq!(store.object(id, &k).await.expect("read"), expected, "{text}");
    }
    let garbage = store.garbage(at(1), 9).await.expect("read");
    assert_eq!(garbage, [BlobId(100), BlobId(101), BlobId(102)]);
    let stat = store.bucket_stat(id).await.expect("counted");
    assert_eq!(stat.objects, 2);
    assert_refused(store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await, &Refusal::BucketNotEmpty);
}

/// A bucket with a placed object is not empty, and one whose placed objects are gone is.
pub async fn a_bucket_with_a_placed_object_stays(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let fence = begin(store, id, "k").await;
    store.place_fill(id, &key("k"), stored(&[1]), fence).await.expect("placed");
    let bucket = name("bucket-1");
    let delete = || store.change_bucket(&bucket, BucketChange::Delete, at(0));
    assert_refused(delete().await, &Refusal::BucketNotEmpty);
    delete_object(store, id, "k", at(0)).await;
    assert_eq!(delete().await.expect("deleted"), None);
    assert_refused(store.place_fill(id, &key("k"), stored(&[1]), fence).await, &Refusal::NoSuchBucket);
}

fn names(page: &Collapsed<ObjectSummary>) -> Vec<String> {
    let entries = page.entries.iter().map(|entry| match entry {
        Listed::Row(row) => row.key.as_str().to_owned(),
        Listed::Prefix(prefix) => prefix.clone(),
    });
    entries.collect()
}

/// The tokens go with the bucket, and none is given for a bucket that is not there.
pub async fn a_fill_of_a_bucket_that_goes_is_refused(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let fence = begin(store, id, "k").await;
    store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await.expect("deleted");
    assert!(!store.holds_fill(id, &key("k"), fence).await);
    assert_refused(store.change_key(id, &key("k"), fill(fence), at(0)).await, &Refusal::NoSuchBucket);
    assert_refused(store.begin_fill(id, &key("k")).await, &Refusal::NoSuchBucket);
    let new =
        store.change_bucket(&name("bucket-1"), new_bucket(2, "owner"), at(0)).await.expect("made").expect("recorded");
    assert_refused(store.change_key(new.id, &key("k"), fill(fence), at(0)).await, &Refusal::Overtaken);
}
