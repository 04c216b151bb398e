//! Multipart uploads.

use super::sample::{assert_refused, at, begin_upload, bucket, key, part, put_object, put_part, stored, upload};
use crate::MetaStore;
use coho_model::{
    BlobId, CompleteUpload, ListQuery, ListedPart, MIN_PART_BYTES, ObjectType, PartRecord, Refusal, UploadChange,
    UploadId, UploadRecord,
};

/// Parts come by number, page by page, the last one of each number; they belong to their upload and bucket alone.
pub async fn parts_are_replaced_and_paged(store: &dyn MetaStore) {
    let (id, other) = (bucket(store, 1).await, bucket(store, 2).await);
    for (bucket, upload) in [(id, 2), (id, 4), (other, 6)] {
        begin_upload(store, bucket, upload, "k").await;
    }
    assert_eq!(store.upload(id, &key("k"), UploadId(2)).await.expect("read"), Some(upload(2, "k")));
    for (number, blob) in [(10_000, 1), (2, 2), (1, 3), (2, 4), (7, 0)] {
        put_part(store, id, 2, "k", part(number, 10 * u64::from(number), blob)).await;
    }
    put_part(store, id, 4, "k", part(3, 1, 9)).await;
    for (after, max, expected, truncated) in [
        (0, 9, &[1, 2, 7, 10_000][..], false),
        (0, 2, &[1, 2], true),
        (2, 2, &[7, 10_000], false),
        (7, 1, &[10_000], false),
        (10_000, 9, &[], false),
        (0, 0, &[], false),
    ] {
        let page = store.list_parts(id, UploadId(2), after, max).await.expect("listed");
        let numbers: Vec<_> = page.parts.iter().map(|part| part.number).collect();
        assert_eq!((&numbers[..], page.truncated), (expected, truncated), "after {after}, at most {max}");
    }
    let page = store.list_parts(id, UploadId(2), 1, 2).await.expect("listed");
    assert_eq!(page.parts, [part(2, 20, 4), part(7, 70, 0)]);
    assert_eq!(store.garbage(at(1), 9).await.expect("listed"), [BlobId(2)]);
    assert!(store.list_parts(other, UploadId(2), 0, 9).await.expect("listed").parts.is_empty());
}

/// The object has the listed parts in order, replaces the previous object, and the upload is gone.
pub async fn a_completion_puts_the_parts_together(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    put_object(store, id, "k", stored(&[50])).await;
    begin_upload(store, id, 2, "k").await;
    for (number, blob) in [(1, 1), (2, 2), (5, 5)] {
        put_part(store, id, 2, "k", part(number, MIN_PART_BYTES, blob)).await;
    }
    let listed = |number, blob| ListedPart { number, etag: Some(part(number, 0, blob).etag) };
    let complete = |parts| {
        UploadChange::Complete(CompleteUpload {
            parts: Some(parts),
            modified: at(9),
            forbid_overwrite: false,
            acl: None,
            crc64: None,
            seed: 7,
            whole_md5: None,
        })
    };
    let wrong = complete(vec![listed(1, 1), listed(2, 1)]);
    let refused = store.change_upload(id, &key("k"), UploadId(2), wrong, at(0)).await;
    assert_refused(refused, &Refusal::InvalidPart { number: 2, etag: Some(part(2, 0, 1).etag) });
    let right = complete(vec![listed(1, 1), listed(5, 5)]);
    let object = store
        .change_upload(id, &key("k"), UploadId(2), right.clone(), at(0))
        .await
        .expect("completed")
        .expect("recorded");
    assert_eq!((object.size, object.object_type, object.modified), (2 * MIN_PART_BYTES, ObjectType::Multipart, at(9)));
    assert_eq!(object.body.file_blobs().collect::<Vec<_>>(), [BlobId(1), BlobId(5)]);
    assert_eq!(store.object(id, &key("k")).await.expect("read"), Some(object));
    let mut garbage = store.garbage(at(1), 9).await.expect("listed");
    garbage.sort();
    assert_eq!(garbage, [BlobId(2), BlobId(50)]);
    assert_eq!(store.upload(id, &key("k"), UploadId(2)).await.expect("read"), None);
    assert!(store.list_parts(id, UploadId(2), 0, 9).await.expect("listed").parts.is_empty());
    assert_refused(store.change_upload(id, &key("k"), UploadId(2), right, at(0)).await, &Refusal::NoSuchUpload);
}

/// An aborted upload frees its parts, leaves other uploads of the key, and the object.
pub async fn an_abort_leaves_no_trace(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    for upload in [2, 4] {
        begin_upload(store, id, upload, "k").await;
        put_part(store, id, upload, "k", part(1, 5, upload)).await;
    }
    store.change_upload(id, &key("k"), UploadId(2), UploadChange::Abort, at(0)).await.expect("aborted");
    assert_eq!(store.garbage(at(1), 9).await.expect("listed"), [BlobId(2)]);
    assert!(store.list_parts(id, UploadId(2), 0, 9).await.expect("listed").parts.is_empty());
    assert_eq!(store.list_parts(id, UploadId(4), 0, 9).await.expect("listed").parts, [part(1, 5, 4)]);
    let late = store.change_upload(id, &key("k"), UploadId(2), UploadChange::PutPart(part(1, 1, 7)), at(0)).await;
    assert_refused(late, &Refusal::NoSuchUpload);
    let query = ListQuery { max: 9, ..ListQuery::default() };
    assert!(store.list_objects(id, query).await.expect("listed").entries.is_empty());
}

/// Parts come one after the other, and of those that race for a place one wins. The object keeps the MD5 of the whole.
pub async fn a_sequential_upload_takes_each_part_once_and_in_order(store: &dyn MetaStore) {
    let (id, k, upload_id) = (bucket(store, 1).await, key("k"), UploadId(2));
    let begun = UploadRecord { is_sequential: true, ..upload(2, "k") };
    let begin = UploadChange::Begin(begun.clone());
    assert_eq!(store.change_upload(id, &k, upload_id, begin, at(0)).await.expect("begun"), None);
    assert_eq!(store.upload(id, &k, upload_id).await.expect("read"), Some(begun));
    let put = |part: PartRecord| store.change_upload(id, &k, upload_id, UploadChange::PutPart(part), at(0));
    assert_refused(put(part(2, MIN_PART_BYTES, 20)).await, &Refusal::PartNotSequential { number: 2 });
    for number in 1..=3 {
        let racing = [part(number, MIN_PART_BYTES, 1), part(number, MIN_PART_BYTES, 2)].map(&put);
        let [one, other] = racing;
        let (one, other) = tokio::join!(one, other);
        let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(won.expect("one part is stored"), None);
        let there = store.list_parts(id, upload_id, number - 1, 9).await.expect("listed").parts;
        assert_eq!(there.len(), 1, "{there:?}");
        assert_refused(lost, &Refusal::PartAlreadyExists { number, etag: there[0].etag });
    }
    assert_refused(put(part(5, 1, 50)).await, &Refusal::PartNotSequential { number: 5 });
    let first = store.list_parts(id, upload_id, 0, 1).await.expect("listed").parts;
    assert_refused(put(part(1, 1, 10)).await, &Refusal::PartAlreadyExists { number: 1, etag: first[0].etag });
    let complete = UploadChange::Complete(CompleteUpload {
        parts: None,
        modified: at(9),
        forbid_overwrite: false,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: Some([7; 16]),
    });
    let object = store.change_upload(id, &k, upload_id, complete, at(0)).await.expect("completed").expect("recorded");
    assert_eq!((object.size, object.content_md5()), (3 * MIN_PART_BYTES, Some([7; 16])));
    assert_eq!(store.object(id, &k).await.expect("read"), Some(object));
}
