//! Listings: order, collapsing, pages.

use super::sample::{at, begin_upload, bucket, delete_object, put_object, stored, upload};
use crate::{MetaStore, UploadQuery};
use coho_model::{BucketId, ListQuery, Listed, UploadId};

const KEYS: [&str; 9] = ["A", "a", "a/b", "a/b/c", "a/b/d", "a0", "b/", "b/x", "中/文"];

async fn filled(store: &dyn MetaStore) -> BucketId {
    let (id, other) = (bucket(store, 1).await, bucket(store, 2).await);
    for text in KEYS.into_iter().rev() {
        put_object(store, id, text, stored(&[])).await;
        put_object(store, other, &format!("{text}-other"), stored(&[])).await;
    }
    id
}

async fn names(store: &dyn MetaStore, bucket: BucketId, query: ListQuery) -> (Vec<String>, Option<String>) {
    let page = store.list_objects(bucket, query).await.expect("listed");
    let text = |entry: Listed<coho_model::ObjectSummary>| match entry {
        Listed::Row(object) => object.key.as_str().to_owned(),
        Listed::Prefix(prefix) => format!("{prefix}*"),
    };
    (page.entries.into_iter().map(text).collect(), page.next)
}

/// Keys come in byte order, as what they were put, and a deleted one does not.
pub async fn keys_come_in_byte_order(store: &dyn MetaStore) {
    let id = filled(store).await;
    let all = ListQuery { max: 100, ..ListQuery::default() };
    assert_eq!(names(store, id, all.clone()).await, (KEYS.map(String::from).to_vec(), None));
    let page = store.list_objects(id, ListQuery { max: 1, ..ListQuery::default() }).await.expect("listed");
    let object = stored(&[]);
    let [Listed::Row(first)] = &page.entries[..] else { panic!("{page:?}") };
    assert_eq!((first.size, first.etag, first.object_type), (object.size, object.etag, object.object_type));
    assert_eq!((first.storage_class, first.modified), (object.storage_class, object.modified));
    delete_object(store, id, "a/b", at(0)).await;
    let (left, _) = names(store, id, all).await;
    assert_eq!(left, KEYS.into_iter().filter(|key| *key != "a/b").collect::<Vec<_>>());
    assert_eq!(names(store, BucketId(99), ListQuery { max: 9, ..ListQuery::default() }).await, (vec![], None));
}

/// Prefix, delimiter and marker, as the fold says, over a real index.
pub async fn keys_collapse_at_the_delimiter(store: &dyn MetaStore) {
    let id = filled(store).await;
    for (prefix, delimiter, after, max, expected, next) in [
        ("", "/", "", 100, &["A", "a", "a/*", "a0", "b/*", "中/*"][..], None),
        ("", "/", "a/", 2, &["a0", "b/*"], Some("b/")),
        ("", "/", "b/", 100, &["中/*"], None),
        ("a/", "/", "", 100, &["a/b", "a/b/*"], None),
        ("a/b/", "/", "", 100, &["a/b/c", "a/b/d"], None),
        ("b/", "/", "", 100, &["b/", "b/x"], None),
        ("a", "", "a/b", 2, &["a/b/c", "a/b/d"], Some("a/b/d")),
        ("c", "/", "", 100, &[], None),
        ("", "/", "", 0, &[], None),
    ] {
        let query = ListQuery { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into(), max };
        let page = names(store, id, query.clone()).await;
        assert_eq!(
            (&page.0[..], page.1.as_deref()),
            (&expected.iter().map(|t| String::from(*t)).collect::<Vec<_>>()[..], next),
            "{query:?}"
        );
    }
}

/// Pages of every size, put together, are the whole.
pub async fn pages_of_objects_cover_all(store: &dyn MetaStore) {
    let id = filled(store).await;
    for delimiter in ["", "/", "b"] {
        let query = ListQuery { delimiter: delimiter.into(), max: 100, ..ListQuery::default() };
        let (whole, _) = names(store, id, query.clone()).await;
        for max in 1..5 {
            let (mut all, mut after) = (Vec::new(), Some(String::new()));
            while let Some(marker) = after {
                let (page, next) = names(store, id, ListQuery { after: marker, max, ..query.clone() }).await;
                assert!(page.len() == max || next.is_none(), "only the last page is short");
                all.extend(page);
                after = next;
            }
            assert_eq!(all, whole, "{delimiter:?} by {max}");
        }
    }
}

async fn uploads(
    store: &dyn MetaStore,
    bucket: BucketId,
    query: UploadQuery,
) -> (Vec<(String, u128)>, Option<(String, Option<UploadId>)>) {
    let page = store.list_uploads(bucket, query).await.expect("listed");
    let entry = |entry: Listed<coho_model::UploadRecord>| match entry {
        Listed::Row(row) => {
            assert_eq!(row, upload(row.id.0, row.key.as_str()));
            (row.key.as_str().to_owned(), row.id.0)
        }
        Listed::Prefix(prefix) => (prefix, 0),
    };
    (page.entries.into_iter().map(entry).collect(), page.next)
}

async fn with_uploads(store: &dyn MetaStore) -> BucketId {
    let (id, other) = (bucket(store, 1).await, bucket(store, 2).await);
    for (number, text) in
        [(9, "b"), (8, "a/x"), (7, "a/x"), (6, "a"), (1 << 127, "a"), (5, "a"), (4, "a/y"), (3, "c/z")]
    {
        begin_upload(store, id, number, text).await;
        begin_upload(store, other, number + 100, text).await;
    }
    id
}

/// Uploads come by key, then by id; a marker may be a key, or an upload of it.
pub async fn uploads_of_one_key_come_by_id(store: &dyn MetaStore) {
    let id = with_uploads(store).await;
    let big = 1 << 127;
    for (prefix, delimiter, after, after_upload, expected) in [
        (
            "",
            "",
            "",
            None,
            &[("a", 5), ("a", 6), ("a", big), ("a/x", 7), ("a/x", 8), ("a/y", 4), ("b", 9), ("c/z", 3)][..],
        ),
        ("", "", "a", None, &[("a/x", 7), ("a/x", 8), ("a/y", 4), ("b", 9), ("c/z", 3)]),
        ("", "", "a", Some(5), &[("a", 6), ("a", big), ("a/x", 7), ("a/x", 8), ("a/y", 4), ("b", 9), ("c/z", 3)]),
        ("a/", "", "a/x", Some(7), &[("a/x", 8), ("a/y", 4)]),
        ("a/", "", "a/x", Some(8), &[("a/y", 4)]),
        ("b", "", "a", Some(5), &[("b", 9)]),
        ("", "/", "", None, &[("a", 5), ("a", 6), ("a", big), ("a/", 0), ("b", 9), ("c/", 0)]),
        ("", "/", "a/", None, &[("b", 9), ("c/", 0)]),
        ("", "/", "a", Some(6), &[("a", big), ("a/", 0), ("b", 9), ("c/", 0)]),
    ] {
        let list = ListQuery { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into(), max: 100 };
        let query = UploadQuery { list, after_upload: after_upload.map(UploadId) };
        let expected: Vec<_> = expected.iter().map(|(text, id)| (String::from(*text), *id)).collect();
        assert_eq!(uploads(store, id, query.clone()).await, (expected, None), "{query:?}");
    }
}

/// Pages of every size, put together, are the whole, also where a page ends among the uploads of a key.
pub async fn pages_of_uploads_cover_all(store: &dyn MetaStore) {
    let id = with_uploads(store).await;
    for delimiter in ["", "/"] {
        let list = ListQuery { delimiter: delimiter.into(), max: 100, ..ListQuery::default() };
        let (whole, _) = uploads(store, id, UploadQuery { list: list.clone(), after_upload: None }).await;
        for max in 1..5 {
            let (mut all, mut next) = (Vec::new(), Some((String::new(), None)));
            while let Some((after, after_upload)) = next {
                let list = ListQuery { after, max, ..list.clone() };
                let (page, behind) = uploads(store, id, UploadQuery { list, after_upload }).await;
                assert!(page.len() == max || behind.is_none(), "only the last page is short");
                all.extend(page);
                next = behind;
            }
            assert_eq!(all, whole, "{delimiter:?} by {max}");
        }
    }
}
