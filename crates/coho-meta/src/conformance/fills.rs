//! Fills give way to every write that comes after they began.

use super::sample::{
    appended, assert_refused, at, begin_upload, bucket, delete, delete_object, key, name, new_bucket, part, put,
    put_object, put_part, set_acl, stored,
};
use crate::{FillStore, MetaError};
use coho_model::{
    BlobId, BucketChange, BucketId, Collapsed, CompleteUpload, FillToken, KeyChange, ListQuery, Listed, ObjectAcl,
    ObjectRecord, ObjectSummary, PersistFill, Refusal, UploadChange, UploadId,
};
use std::{collections::BTreeSet, sync::Arc};

async fn begin(store: &dyn FillStore, bucket: BucketId, text: &str) -> FillToken {
    let token = store.begin_fill(bucket, &key(text)).await.expect("the fill begins");
    assert!(holds(store, bucket, text, token).await);
    token
}

async fn holds(store: &dyn FillStore, bucket: BucketId, text: &str, token: FillToken) -> bool {
    store.holds_token(bucket, &key(text), token).await.expect("read")
}

async fn version(store: &dyn FillStore, bucket: BucketId, text: &str) -> u64 {
    store.key_version(bucket, &key(text)).await.expect("read")
}

fn fill(bucket: BucketId, text: &str, object: Arc<ObjectRecord>) -> PersistFill {
    PersistFill { bucket, key: key(text), object }
}

/// Publishes an object with a token of its own.
async fn publish(store: &dyn FillStore, bucket: BucketId, text: &str, object: Arc<ObjectRecord>) -> PersistFill {
    let (token, fill) = (begin(store, bucket, text).await, fill(bucket, text, object));
    store.publish(fill.clone(), token).await.expect("published");
    fill
}

async fn assert_overtaken(store: &dyn FillStore, bucket: BucketId, text: &str, token: FillToken) {
    assert_refused(store.publish(fill(bucket, text, stored(&[1])), token).await, &Refusal::Overtaken);
}

async fn object(store: &dyn FillStore, bucket: BucketId, text: &str) -> Option<Arc<ObjectRecord>> {
    store.object(bucket, &key(text)).await.expect("read")
}

async fn complete(store: &dyn FillStore, bucket: BucketId, text: &str, id: u128) -> Option<Arc<ObjectRecord>> {
    begin_upload(store, bucket, id, text).await;
    put_part(store, bucket, id, text, part(1, 1, id + 1000)).await;
    let complete = CompleteUpload {
        parts: None,
        modified: at(0),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: None,
    };
    let change = UploadChange::Complete(complete);
    store.change_upload(bucket, &key(text), UploadId(id), change, at(0)).await.expect("completed")
}

/// The token serves for one object; a later fill takes it; given back, it serves for none.
pub async fn a_fill_is_published_once_by_its_holder(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    let (older, other) = (begin(store, id, "k").await, begin(store, id, "other").await);
    let newer = begin(store, id, "k").await;
    assert!(older != newer && !holds(store, id, "k", older).await);
    store.end_fill(id, &key("k"), older).await.expect("ended");
    assert_overtaken(store, id, "k", older).await;
    assert_overtaken(store, id, "k", other).await;
    let published = fill(id, "k", stored(&[1]));
    store.publish(published.clone(), newer).await.expect("published");
    store.persist(vec![published], at(0)).await.expect("persisted");
    assert_eq!(object(store, id, "k").await, Some(stored(&[1])));
    delete_object(store, id, "k", at(0)).await;
    assert_overtaken(store, id, "k", newer).await;
    let given_back = begin(store, id, "k").await;
    store.end_fill(id, &key("k"), given_back).await.expect("ended");
    assert!(!holds(store, id, "k", given_back).await);
    assert_overtaken(store, id, "k", given_back).await;
    assert!(holds(store, id, "other", other).await);
}

/// A put, a deletion (also one that finds nothing), an ACL or a completion after the beginning: the fill is refused, and a
/// fill that begins then is not. What writes no object takes nothing.
pub async fn whatever_is_written_later_beats_a_fill(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    for step in 0..5 {
        let text = format!("k{step}");
        let k = key(&text);
        let before = version(store, id, &text).await;
        let token = begin(store, id, &text).await;
        assert_eq!(version(store, id, &text).await, before, "nothing was written");
        match step {
            0 => delete_object(store, id, &text, at(0)).await,
            1 => {
                put_object(store, id, &text, stored(&[2])).await;
                delete_object(store, id, &text, at(0)).await;
            }
            3 => {
                let append = KeyChange::Append { position: 0, added: appended(5), acl: None, forbid_overwrite: false };
                store.change_key(id, &k, append, at(0)).await.expect("appended");
            }
            2 => {
                begin_upload(store, id, 2, &text).await;
                put_part(store, id, 2, &text, part(1, 1, 3)).await;
                store.change_upload(id, &k, UploadId(2), UploadChange::Abort, at(0)).await.expect("aborted");
                let refused = store.change_key(id, &k, set_acl(ObjectAcl::Private), at(0)).await;
                assert_refused(refused, &Refusal::NoSuchKey(k.clone()));
                assert!(holds(store, id, &text, token).await, "neither writes an object");
                complete(store, id, &text, 4).await;
            }
            _ => {
                put_object(store, id, &text, stored(&[4])).await;
                let late = begin(store, id, &text).await;
                store.change_key(id, &k, set_acl(ObjectAcl::Private), at(0)).await.expect("changed");
                assert!(!holds(store, id, &text, late).await);
            }
        }
        assert!(!holds(store, id, &text, token).await, "{text}");
        assert_ne!(version(store, id, &text).await, before, "{text}");
        assert_overtaken(store, id, &text, token).await;
        delete_object(store, id, &text, at(0)).await;
        publish(store, id, &text, stored(&[1])).await;
        assert_eq!(object(store, id, &text).await, Some(stored(&[1])));
    }
}

/// A published object is read, listed and counted like any other, and stays when it is persisted; only the holder of the
/// token publishes.
pub async fn a_published_object_is_seen_like_any_other(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    put_object(store, id, "a/2", stored(&[9])).await;
    let mut published = Vec::new();
    for text in ["a/1", "a/3", "b"] {
        let (token, object) = (begin(store, id, text).await, stored(&[published.len() as u128 + 1]));
        assert_overtaken(store, id, text, FillToken(token.0 + 1)).await;
        let (before, fill) = (version(store, id, text).await, fill(id, text, object));
        store.publish(fill.clone(), token).await.expect("published");
        assert_ne!(version(store, id, text).await, before);
        assert_overtaken(store, id, text, token).await;
        published.push(fill);
    }
    for round in 0..3 {
        for PersistFill { key, object, .. } in &published {
            assert_eq!(store.object(id, key).await.expect("read").as_ref(), Some(object));
        }
        let list = |delimiter: &str, max| ListQuery { delimiter: delimiter.into(), max, ..ListQuery::default() };
        assert_eq!(names(&store.list_objects(id, list("", 9)).await.expect("listed")), ["a/1", "a/2", "a/3", "b"]);
        assert_eq!(names(&store.list_objects(id, list("/", 9)).await.expect("listed")), ["a/", "b"]);
        assert_eq!(names(&store.list_objects(id, list("", 2)).await.expect("listed")), ["a/1", "a/2"]);
        let stat = store.bucket_stat(id).await.expect("counted");
        assert_eq!((stat.objects, stat.bytes), (4, 40));
        assert_eq!((stat.mirrored_objects, stat.mirrored_bytes), (1, 10), "the one with an even number");
        let persisted = if round == 0 { published[..1].to_vec() } else { published.clone() };
        store.persist(persisted, at(0)).await.expect("persisted");
    }
    let other = PersistFill { object: stored(&[1]), ..published[0].clone() };
    assert!(!store.withdraw(&other).await.expect("withdrawn"), "another record");
}

/// The blobs of published objects are in use: the search for orphans must not find them.
pub async fn a_walk_names_the_blobs_of_published_objects(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    put_object(store, id, "a", stored(&[1])).await;
    let published = publish(store, id, "b", stored(&[2, 3])).await;
    for _ in 0..2 {
        let (mut all, mut cursor) = (BTreeSet::new(), None);
        loop {
            let page = store.referenced_blobs(cursor, 1).await.expect("walked");
            all.extend(page.blobs);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(all, BTreeSet::from([1, 2, 3].map(BlobId)));
        store.persist(vec![published.clone()], at(0)).await.expect("persisted");
    }
}

/// A put, a deletion or a completion replaces a published object as it replaces any other, and a later attempt to persist
/// it does not bring it back. One that was withdrawn does not come back either.
pub async fn whatever_is_written_later_beats_a_published_object(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    for step in 0..4u128 {
        let text = format!("k{step}");
        let k = key(&text);
        let published = publish(store, id, &text, stored(&[100 + step])).await;
        let careful = KeyChange::Put { object: stored(&[7]), forbid_overwrite: true, seed: 7 };
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
            2 => complete(store, id, &text, 2).await,
            _ => {
                assert!(store.withdraw(&published).await.expect("withdrawn"));
                None
            }
        };
        assert_eq!(object(store, id, &text).await, expected, "{text}");
        store.persist(vec![published.clone()], at(1)).await.expect("persisted");
        assert!(!store.withdraw(&published).await.expect("withdrawn"));
        assert_eq!(object(store, id, &text).await, expected, "{text}");
    }
    let garbage = store.garbage(at(1), 9).await.expect("read");
    assert_eq!(garbage, [BlobId(100), BlobId(101), BlobId(102)]);
    let stat = store.bucket_stat(id).await.expect("counted");
    assert_eq!(stat.objects, 2);
    assert_refused(store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await, &Refusal::BucketNotEmpty);
}

/// A change that keeps the bytes of an object waits for them to be durable.
pub async fn a_published_object_is_persisted_before_its_record_changes(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    let (k, published) = (key("k"), publish(store, id, "k", stored(&[1])).await);
    let private = || store.change_key(id, &k, set_acl(ObjectAcl::Private), at(0));
    let early = private().await;
    assert!(matches!(early, Err(MetaError::Unpersisted)), "{early:?}");
    store.persist(vec![published], at(0)).await.expect("persisted");
    let changed = private().await.expect("changed").expect("there");
    assert_eq!((changed.acl, object(store, id, "k").await), (ObjectAcl::Private, Some(changed.clone())));
}

/// A row under the key belongs to a write: the published object of a fill that did not look is refused, with its batch.
pub async fn an_object_is_not_persisted_over_a_row(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    put_object(store, id, "taken", stored(&[1])).await;
    let fills = [publish(store, id, "taken", stored(&[2])).await, publish(store, id, "free", stored(&[3])).await];
    assert_refused(store.persist(fills.to_vec(), at(0)).await, &Refusal::Overtaken);
    for fill in &fills {
        assert!(store.withdraw(fill).await.expect("withdrawn"));
    }
    assert_eq!((object(store, id, "taken").await, object(store, id, "free").await), (Some(stored(&[1])), None));
}

/// Many writers of one key on which an object is published: one of them meets it, and all are made.
pub async fn writers_of_a_published_object_take_turns(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    for round in 0..10u128 {
        let published = publish(store, id, "k", stored(&[round])).await;
        let k = key("k");
        let (a, b, c, persisted) = tokio::join!(
            store.change_key(id, &k, put(stored(&[100])), at(0)),
            store.change_key(id, &k, delete(at(0)), at(0)),
            store.change_key(id, &k, put(stored(&[101])), at(0)),
            store.persist(vec![published], at(0)),
        );
        assert!(a.is_ok() && b.is_ok() && c.is_ok() && persisted.is_ok());
        delete_object(store, id, "k", at(0)).await;
        assert_eq!(object(store, id, "k").await, None);
        assert_eq!(store.bucket_stat(id).await.expect("counted").objects, 0);
    }
}

/// A bucket with a published object is not empty; when the object is gone, it is.
pub async fn a_bucket_with_a_published_object_stays(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    let (token, k) = (begin(store, id, "late").await, "k");
    publish(store, id, k, stored(&[1])).await;
    let bucket = name("bucket-1");
    let delete = || store.change_bucket(&bucket, BucketChange::Delete, at(0));
    assert_refused(delete().await, &Refusal::BucketNotEmpty);
    assert_eq!(object(store, id, k).await, Some(stored(&[1])));
    delete_object(store, id, k, at(0)).await;
    assert_eq!(delete().await.expect("deleted"), None);
    assert_refused(delete().await, &Refusal::NoSuchBucket);
    assert_refused(store.publish(fill(id, "late", stored(&[1])), token).await, &Refusal::NoSuchBucket);
}

fn names(page: &Collapsed<ObjectSummary>) -> Vec<String> {
    let entries = page.entries.iter().map(|entry| match entry {
        Listed::Row(row) => row.key.as_str().to_owned(),
        Listed::Prefix(prefix) => prefix.clone(),
    });
    entries.collect()
}

/// The tokens go with the bucket, and a bucket that does not exist gives none.
pub async fn a_fill_of_a_bucket_that_goes_is_refused(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    let token = begin(store, id, "k").await;
    let late = fill(id, "k", stored(&[1]));
    store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await.expect("deleted");
    assert!(!holds(store, id, "k", token).await);
    assert_refused(store.publish(late, token).await, &Refusal::NoSuchBucket);
    assert_refused(store.begin_fill(id, &key("k")).await, &Refusal::NoSuchBucket);
    let new = store.change_bucket(&name("bucket-1"), new_bucket(2, "owner"), at(0)).await;
    let new = new.expect("made").expect("recorded");
    assert_overtaken(store, new.id, "k", token).await;
}
