//! The state after the file is opened again, and the errors of an engine for a file that it cannot use.

use crate::engines::{fresh, open, options};
use coho_meta::{
    MetaError, MetaStore, SqliteMeta,
    conformance::sample::{at, begin_upload, bucket, inline, key, name, part, put, put_object, put_part, stored},
};
use coho_model::{BucketChange, UploadId, website::WebsiteConfiguration};
use std::{error::Error, sync::Arc};

#[tokio::test]
async fn everything_is_there_after_reopening_with_or_without_closing() {
    let directory = tempfile::tempdir().unwrap();
    let meta = open(directory.path());
    let id = bucket(&meta, 1).await;
    let website = Some(Arc::new(WebsiteConfiguration::default()));
    meta.change_bucket(&name("bucket-1"), BucketChange::SetWebsite(website.clone()), at(0)).await.unwrap();
    put_object(&meta, id, "file", stored(&[1, 2])).await;
    put_object(&meta, id, "inline", inline(3, b"bytes")).await;
    begin_upload(&meta, id, 2, "upload").await;
    put_part(&meta, id, 2, "upload", part(7, 5, 4)).await;
    let (record, stat) = (meta.bucket(&name("bucket-1")).await.unwrap(), meta.bucket_stat(id).await.unwrap());
    drop(meta);
    for close in [true, false] {
        let meta = open_again(directory.path(), close).await;
        assert_eq!(meta.bucket(&name("bucket-1")).await.unwrap(), record);
        assert_eq!(meta.bucket_stat(id).await.unwrap(), stat);
        assert_eq!(meta.object(id, &key("file")).await.unwrap(), Some(stored(&[1, 2])));
        assert_eq!(meta.object(id, &key("inline")).await.unwrap(), Some(inline(3, b"bytes")));
        assert_eq!(meta.list_parts(id, UploadId(2), 0, 9).await.unwrap().parts, [part(7, 5, 4)]);
    }
    async fn open_again(directory: &std::path::Path, close: bool) -> SqliteMeta {
        let meta = open(directory);
        if close {
            meta.close().await.unwrap();
            assert_eq!(std::fs::metadata(directory.join("meta.sqlite-wal")).unwrap().len(), 0, "the log is emptied");
        }
        drop(meta);
        open(directory)
    }
}

#[tokio::test]
async fn a_closed_engine_takes_no_changes_but_still_reads() {
    let (meta, _directory) = fresh();
    let id = bucket(&meta, 1).await;
    put_object(&meta, id, "k", stored(&[1])).await;
    meta.close().await.unwrap();
    let late = meta.change_key(id, &key("k"), put(stored(&[2])), at(0)).await;
    assert!(matches!(late, Err(MetaError::Closed)), "{late:?}");
    assert!(matches!(meta.close().await, Err(MetaError::Closed)));
    assert_eq!(meta.object(id, &key("k")).await.unwrap(), Some(stored(&[1])));
}

#[track_caller]
fn check_refused(directory: &std::path::Path, expected: &str) {
    let error = SqliteMeta::open(&directory.join("meta.sqlite"), options(0)).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), expected);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_apart() {
    let (meta, directory) = fresh();
    check_refused(directory.path(), "metadata file is opened by another process");
    drop(meta);
    let file = rusqlite::Connection::open(directory.path().join("meta.sqlite")).unwrap();
    file.execute_batch("PRAGMA user_version = 5").unwrap();
    check_refused(directory.path(), "metadata file has format 5, this release knows formats up to 4");
    file.execute_batch("PRAGMA user_version = -1").unwrap();
    check_refused(directory.path(), "metadata file has format -1, this release knows formats up to 4");
}

#[tokio::test]
async fn a_file_of_an_earlier_format_keeps_its_buckets() {
    let directory = tempfile::tempdir().unwrap();
    let file = rusqlite::Connection::open(directory.path().join("meta.sqlite")).unwrap();
    file.execute_batch(include_str!("../../src/embedded/migrations/0001.sql")).unwrap();
    file.execute_batch(
        "INSERT INTO bucket VALUES (7, 'photos', 'me', 0, 0, 0, 0, NULL);
         INSERT INTO bucket_counter VALUES (7, 1, 0, 0, 0);
         INSERT INTO object VALUES
            (7, x'6f6c64', 0, zeroblob(16), 0, 0, 0, 0, 0, 0, x'0100', 'http%3a%2f%2fo', NULL, x'0100');
         PRAGMA user_version = 1",
    )
    .unwrap();
    drop(file);
    let meta = SqliteMeta::open(&directory.path().join("meta.sqlite"), options(0)).unwrap();
    let bucket = meta.bucket(&coho_model::BucketName::parse("photos").unwrap()).await.unwrap().unwrap();
    assert_eq!((bucket.id.0, &bucket.mirror), (7, &coho_model::MirrorPolicy::default()));
    let key = coho_model::ObjectKey::parse("old").unwrap();
    let object = meta.object(bucket.id, &key).await.unwrap().unwrap();
    let provenance = coho_model::Provenance { url: "http%3a%2f%2fo".into(), fetch: None };
    assert_eq!(object.mirrored_from.as_deref(), Some(&provenance));
}

#[tokio::test]
async fn damaged_rows_are_errors_that_name_the_column() {
    let (meta, directory) = fresh();
    let id = bucket(&meta, 1).await;
    put_object(&meta, id, "k", inline(1, b"bytes")).await;
    drop(meta);
    let path = directory.path().join("meta.sqlite");
    for (sql, expected) in [
        ("UPDATE object SET headers = x'0105'", "encoded column is damaged"),
        ("UPDATE object SET headers = x'09'", "unknown version 9 of an encoded column"),
        ("UPDATE object SET headers = x'0100', acl = 17", "column acl is damaged"),
        ("UPDATE object SET acl = 0, size = -1", "column size is damaged"),
        ("UPDATE object SET size = 5, extents = x'0100'", "column extents is damaged"),
        ("UPDATE object SET extents = NULL; DELETE FROM inline_data", "column bytes is damaged"),
    ] {
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let meta = open(directory.path());
        let error = meta.object(id, &key("k")).await.unwrap_err();
        assert!(matches!(error, MetaError::Engine { operation: "reading an object", .. }));
        assert_eq!(error.source().unwrap().to_string(), expected, "{sql}");
    }
}
