//! Fills give way to everything that comes after they began.

use super::sample::{
    assert_refused, at, begin_upload, bucket, delete_object, key, name, new_bucket, part, put_object, put_part, stored,
};
use crate::MetaStore;
use coho_model::{
    BucketChange, BucketId, CompleteUpload, Fence, KeyChange, ObjectAcl, Refusal, UploadChange, UploadId,
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
        let fence = begin(store, id, &text).await;
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
        assert_refused(store.change_key(id, &k, fill(fence), at(0)).await, &Refusal::Overtaken);
        delete_object(store, id, &text, at(0)).await;
        let fence = begin(store, id, &text).await;
        assert_eq!(store.change_key(id, &k, fill(fence), at(0)).await.expect("filled"), Some(stored(&[1])));
    }
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
