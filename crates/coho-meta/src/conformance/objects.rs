//! Objects, what a refusal leaves, and the counters.

use super::sample::{
    assert_refused, at, begin_upload, bucket, delete_object, inline, key, part, put, put_object, put_part, set_acl,
    stored, tags,
};
use crate::MetaStore;
use coho_model::{
    BlobId, BucketStat, CompleteUpload, KeyChange, ObjectAcl, ObjectHeaders, ObjectRecord, Refusal, StorageClass,
    TagSet, UploadChange, UploadId,
};

/// Every field survives, wherever the bytes are, and the last put counts.
pub async fn objects_come_back_as_they_were_put(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let large = vec![7; 70_000];
    let objects =
        [stored(&[]), stored(&[1 << 100]), stored(&[5, 6, 7]), inline(8, b""), inline(9, b"bytes"), inline(10, &large)];
    for object in &objects {
        put_object(store, id, "same", object.clone()).await;
        assert_eq!(store.object(id, &key("same")).await.expect("read"), Some(object.clone()));
    }
    for (at, object) in objects.iter().enumerate() {
        let blob_of_its_own = match object.body.inline_blob() {
            Some(blob) => inline(blob.0 + 100, &vec![1; object.size as usize]),
            None => object.clone(),
        };
        put_object(store, id, &format!("k{at}"), blob_of_its_own.clone()).await;
        assert_eq!(store.object(id, &key(&format!("k{at}"))).await.expect("read"), Some(blob_of_its_own));
    }
    for text in ["k", "k00", "Same"] {
        assert_eq!(store.object(id, &key(text)).await.expect("read"), None, "{text}");
    }
    delete_object(store, id, "same", at(0)).await;
    assert_eq!(store.object(id, &key("same")).await.expect("read"), None);
}

/// New headers, ACLs and tags leave bytes, size and entity tag as they are, and free nothing.
pub async fn new_headers_and_acls_keep_the_bytes(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    for (text, object) in [("inline", inline(1, b"bytes")), ("file", stored(&[2, 4]))] {
        put_object(store, id, text, object.clone()).await;
        let acl = set_acl(ObjectAcl::Private);
        let changed = store.change_key(id, &key(text), acl, at(0)).await.expect("changed").expect("recorded");
        assert_eq!((changed.acl, &changed.body, &changed.headers), (ObjectAcl::Private, &object.body, &object.headers));
        let set_tags = KeyChange::SetTags { tags: tags("new"), version: None };
        let tagged = store.change_key(id, &key(text), set_tags, at(0)).await.expect("changed").expect("recorded");
        assert_eq!(*tagged, ObjectRecord { attributes: tagged.attributes.clone(), ..(*changed).clone() });
        assert_eq!(tagged.attributes.as_ref().map(|attributes| &attributes.tags), Some(&tags("new")));
        assert_eq!(store.object(id, &key(text)).await.expect("read"), Some(tagged));
        let mut headers = ObjectHeaders::new();
        headers.set("content-language", b"eo");
        let rewrite = KeyChange::Rewrite {
            seen: object.body.clone(),
            headers: headers.clone(),
            storage_class: Some(StorageClass::ColdArchive),
            acl: None,
            tags: None,
            modified: at(99_000),
        };
        let written = store.change_key(id, &key(text), rewrite, at(0)).await.expect("changed").expect("recorded");
        assert_eq!((&written.body, written.acl, &written.headers), (&object.body, ObjectAcl::Private, &headers));
        assert_eq!((written.modified, written.size, written.etag), (at(99_000), object.size, object.etag));
        assert_eq!(written.attributes.as_ref().map(|attributes| &attributes.tags), Some(&tags("new")));
        assert_eq!(store.object(id, &key(text)).await.expect("read"), Some(written));
        let no_tags = KeyChange::SetTags { tags: TagSet::default(), version: None };
        let untagged = store.change_key(id, &key(text), no_tags, at(0)).await.expect("changed").expect("recorded");
        assert_eq!(untagged.attributes, None);
    }
    assert!(store.garbage(at(1_000_000), 9).await.expect("listed").is_empty());
}

/// After a refusal everything is as before: rows, counters, garbage.
pub async fn a_refused_change_writes_nothing(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let (there, other) = (stored(&[1]), stored(&[2]));
    put_object(store, id, "k", there.clone()).await;
    begin_upload(store, id, 2, "k").await;
    put_part(store, id, 2, "k", part(1, 5, 3)).await;
    let stat = store.bucket_stat(id).await.expect("counted");
    let careful = KeyChange::Put { object: other.clone(), forbid_overwrite: true, seed: 7 };
    assert_refused(store.change_key(id, &key("k"), careful, at(0)).await, &Refusal::AlreadyExists(key("k")));
    let acl = set_acl(ObjectAcl::Private);
    assert_refused(store.change_key(id, &key("none"), acl, at(0)).await, &Refusal::NoSuchKey(key("none")));
    let complete = UploadChange::Complete(CompleteUpload {
        parts: None,
        modified: at(0),
        forbid_overwrite: true,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: None,
    });
    let completed = store.change_upload(id, &key("k"), UploadId(2), complete, at(0)).await;
    assert_refused(completed, &Refusal::AlreadyExists(key("k")));
    for (text, upload) in [("k", 4), ("other", 2)] {
        let abort = store.change_upload(id, &key(text), UploadId(upload), UploadChange::Abort, at(0)).await;
        assert_refused(abort, &Refusal::NoSuchUpload);
        assert_eq!(store.upload(id, &key(text), UploadId(upload)).await.expect("read"), None);
    }
    assert_eq!(store.object(id, &key("k")).await.expect("read"), Some(there));
    assert_eq!(store.bucket_stat(id).await.expect("counted"), stat);
    assert_eq!(store.list_parts(id, UploadId(2), 0, 9).await.expect("listed").parts, [part(1, 5, 3)]);
    assert_eq!(store.garbage(at(1_000), 9).await.expect("listed"), []);
}

/// The counters say what the bucket holds after every kind of change.
pub async fn counters_follow_every_change(store: &dyn MetaStore) {
    let (id, other) = (bucket(store, 1).await, bucket(store, 2).await);
    let check = async |objects, bytes, uploads, parts| {
        let counted = store.bucket_stat(id).await.expect("counted");
        let (mirrored_objects, mirrored_bytes) = (counted.mirrored_objects, counted.mirrored_bytes);
        let delete_markers = 0;
        assert_eq!(
            counted,
            BucketStat { objects, bytes, uploads, parts, delete_markers, mirrored_objects, mirrored_bytes }
        );
        assert_eq!(store.bucket_stat(other).await.expect("counted"), BucketStat::default());
    };
    check(0, 0, 0, 0).await;
    put_object(store, id, "a", stored(&[1, 2])).await;
    put_object(store, id, "b", inline(3, b"abc")).await;
    check(2, 23, 0, 0).await;
    put_object(store, id, "a", stored(&[4])).await;
    check(2, 13, 0, 0).await;
    begin_upload(store, id, 2, "c").await;
    put_part(store, id, 2, "c", part(1, 5, 5)).await;
    put_part(store, id, 2, "c", part(1, 6, 6)).await;
    check(2, 13, 1, 1).await;
    let complete = UploadChange::Complete(CompleteUpload {
        parts: None,
        modified: at(0),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: None,
    });
    store.change_upload(id, &key("c"), UploadId(2), complete, at(0)).await.expect("completed");
    check(3, 19, 0, 0).await;
    for text in ["a", "b", "c", "never"] {
        delete_object(store, id, text, at(0)).await;
    }
    check(0, 0, 0, 0).await;
}

/// Objects from an origin are counted apart, by what they are after each change. Those of the samples are the ones with even numbers.
pub async fn mirrored_objects_are_counted_apart(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let check = async |objects, bytes, mirrored_objects, mirrored_bytes| {
        let counted = store.bucket_stat(id).await.expect("counted");
        let mirrored = (counted.mirrored_objects, counted.mirrored_bytes);
        assert_eq!((counted.objects, counted.bytes, mirrored), (objects, bytes, (mirrored_objects, mirrored_bytes)));
    };
    put_object(store, id, "written", stored(&[1])).await;
    check(1, 10, 0, 0).await;
    put_object(store, id, "mirrored", stored(&[2, 4])).await;
    put_object(store, id, "inline", inline(8, b"abc")).await;
    check(3, 33, 2, 23).await;
    let there = store.object(id, &key("inline")).await.expect("read").expect("there");
    let change = KeyChange::Rewrite {
        seen: there.body.clone(),
        headers: ObjectHeaders::new(),
        storage_class: None,
        acl: None,
        tags: None,
        modified: at(5),
    };
    store.change_key(id, &key("inline"), change, at(5)).await.expect("rewritten");
    store.change_key(id, &key("mirrored"), set_acl(ObjectAcl::Private), at(5)).await.expect("changed");
    check(3, 33, 2, 23).await;
    put_object(store, id, "mirrored", stored(&[5])).await;
    put_object(store, id, "written", stored(&[6, 7, 9])).await;
    check(3, 43, 2, 33).await;
    delete_object(store, id, "inline", at(6)).await;
    check(2, 40, 1, 30).await;
    begin_upload(store, id, 2, "written").await;
    put_part(store, id, 2, "written", part(1, 5, 11)).await;
    let complete = UploadChange::Complete(CompleteUpload {
        parts: None,
        modified: at(0),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: None,
    });
    store.change_upload(id, &key("written"), UploadId(2), complete, at(0)).await.expect("completed");
    check(2, 15, 0, 0).await;
}

/// Changes of one key happen one after the other: of several that may not overwrite, one is made.
pub async fn one_of_many_careful_puts_succeeds(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let k = key("k");
    let careful = |blob| KeyChange::Put { object: stored(&[blob]), forbid_overwrite: true, seed: 7 };
    let results = tokio::join!(
        store.change_key(id, &k, careful(1), at(0)),
        store.change_key(id, &k, careful(2), at(0)),
        store.change_key(id, &k, careful(3), at(0)),
        store.change_key(id, &k, careful(4), at(0)),
    );
    let made: Vec<_> = [results.0, results.1, results.2, results.3].into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    assert_eq!(store.object(id, &k).await.expect("read"), made[0]);
    assert_eq!(store.change_key(id, &k, put(stored(&[5])), at(0)).await.expect("put"), Some(stored(&[5])));
    let freed: Vec<BlobId> = made[0].iter().flat_map(|object| object.body.file_blobs()).collect();
    assert_eq!(store.garbage(at(1), 9).await.expect("listed"), freed);
}
