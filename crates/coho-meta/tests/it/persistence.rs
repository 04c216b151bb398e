//! The state after the file is opened again, and the errors of an engine for a file that it cannot use.

use crate::engines::{fresh, open, options};
use coho_meta::{
    MetaError, MetaStore, SqliteMeta,
    conformance::sample::{at, begin_upload, bucket, edit, inline, key, name, part, put, put_object, put_part, stored},
};
use coho_model::{
    BlobId, Body, BucketAcl, BucketChange, Crc64, Extent, Fetched, MirrorLimit, MirrorLimits, MirrorPolicy, Provenance,
    TrafficCounts, TrafficPoint, TrafficRow, TrafficStep, UploadId, WebsiteVersion, website::WebsiteConfiguration,
};
use std::{error::Error, sync::Arc};

#[tokio::test]
async fn everything_is_there_after_reopening_with_or_without_closing() {
    let directory = tempfile::tempdir().unwrap();
    let meta = open(directory.path());
    let id = bucket(&meta, 1).await;
    let website = Some(Arc::new(WebsiteConfiguration::default()));
    meta.change_bucket(&name("bucket-1"), BucketChange::SetWebsite(website.clone(), edit(9)), at(0)).await.unwrap();
    put_object(&meta, id, "file", stored(&[1, 2])).await;
    put_object(&meta, id, "inline", inline(3, b"bytes")).await;
    begin_upload(&meta, id, 2, "upload").await;
    put_part(&meta, id, 2, "upload", part(7, 5, 4)).await;
    let (record, stat) = (meta.bucket(&name("bucket-1")).await.unwrap(), meta.bucket_stat(id).await.unwrap());
    let versions = meta.website_versions(id, None, 9).await.unwrap();
    assert_eq!(versions.len(), 1);
    drop(meta);
    for close in [true, false] {
        let meta = open_again(directory.path(), close).await;
        assert_eq!(meta.bucket(&name("bucket-1")).await.unwrap(), record);
        assert_eq!(meta.bucket_stat(id).await.unwrap(), stat);
        assert_eq!(meta.website_versions(id, None, 9).await.unwrap(), versions);
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
    file.execute_batch("PRAGMA user_version = 14").unwrap();
    let advice = "and this release supports formats up to 13; start the release that wrote it, or a later one, or restore a backup \
                  from before its upgrade";
    check_refused(directory.path(), &format!("metadata file has format 14, {advice}"));
    file.execute_batch("PRAGMA user_version = -1").unwrap();
    check_refused(directory.path(), &format!("metadata file has format -1, {advice}"));
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
    assert_eq!((bucket.id.0, &bucket.mirror), (7, &MirrorPolicy::default()));
    let key = coho_model::ObjectKey::parse("old").unwrap();
    let object = meta.object(bucket.id, &key).await.unwrap().unwrap();
    let provenance = Provenance { url: "http%3a%2f%2fo".into(), fetch: None, rewritten: None };
    assert_eq!(object.mirrored_from.as_deref(), Some(&provenance));
    let stat = meta.bucket_stat(bucket.id).await.unwrap();
    assert_eq!((stat.objects, stat.mirrored_objects, stat.mirrored_bytes), (1, 1, 0));
}

/// A file of format 4 with rows of every notation that it had.
fn file_of_format_4(directory: &std::path::Path, website: &str) {
    let file = rusqlite::Connection::open(directory.join("meta.sqlite")).unwrap();
    for migration in [
        include_str!("../../src/embedded/migrations/0001.sql"),
        include_str!("../../src/embedded/migrations/0002.sql"),
        include_str!("../../src/embedded/migrations/0003.sql"),
        include_str!("../../src/embedded/migrations/0004.sql"),
    ] {
        file.execute_batch(migration).unwrap();
    }
    file.execute_batch(&format!(
        "INSERT INTO bucket VALUES (7, 'photos', 'me', 5, 1, 2, 1, '{website}', 9, -1, 'idle_timeout_ms=8' || char(10));
         INSERT INTO bucket_counter VALUES (7, 2, 3, 1, 0);
         INSERT INTO inline_data VALUES (zeroblob(16), x'616263');
         INSERT INTO object VALUES
            (7, x'66', 4, zeroblob(16), 2, -1, 1, 3, 2, 6, x'010103782d6101e9', 'http%3a%2f%2fo', NULL,
             x'0101000000000000000000000000000000000304', '11' || char(9) || '3' || char(9) || '\"t\"' || char(9), NULL),
            (7, x'69', 3, zeroblob(16), 0, 7, 0, 0, 0, 0, x'0100', NULL, zeroblob(16), NULL, NULL, NULL);
         INSERT INTO upload VALUES (7, x'75', zeroblob(16), 12, x'010103782d610162', 1, 2, 1);
         PRAGMA user_version = 4"
    ))
    .unwrap();
}

#[tokio::test]
async fn every_notation_of_format_4_is_read_once_and_written_anew() {
    let directory = tempfile::tempdir().unwrap();
    file_of_format_4(directory.path(), "index.html");
    // The second time it is of the present format.
    for _ in 0..2 {
        let meta = SqliteMeta::open(&directory.path().join("meta.sqlite"), options(0)).unwrap();
        let bucket = meta.bucket(&name("photos")).await.unwrap().unwrap();
        let website = bucket.website.as_ref().and_then(|website| website.index_document.as_ref());
        assert_eq!(website.and_then(|index| index.suffix.as_deref()), Some("index.html"));
        let before = WebsiteVersion { id: 1, at: None, author: "".into(), website: bucket.website.clone() };
        assert_eq!(meta.website_versions(bucket.id, None, 9).await.unwrap(), [before], "its history begins with it");
        let limits = MirrorLimits { qps: MirrorLimit::PerSecond(9), bandwidth: MirrorLimit::None };
        let mirror = MirrorPolicy { limits, idle_timeout_ms: Some(8), ..MirrorPolicy::default() };
        assert_eq!((bucket.mirror.clone(), bucket.acl, bucket.created), (mirror, BucketAcl::PublicRead, at(5)));
        let object = meta.object(bucket.id, &key("f")).await.unwrap().unwrap();
        let fetch = Fetched { at: at(11), rule_number: 3, etag: Some("\"t\"".into()), last_modified: None };
        let provenance = Provenance { url: "http%3a%2f%2fo".into(), fetch: Some(fetch), rewritten: None };
        assert_eq!(object.mirrored_from.as_deref(), Some(&provenance));
        let extent = Extent { blob: BlobId(0), offset: 3, length: 4 };
        assert_eq!(object.body, Body::Extents([extent].into()));
        assert_eq!(object.whole_md5, None);
        assert_eq!((object.size, object.crc64, object.headers.get("x-a")), (4, Crc64(u64::MAX), Some(&b"\xe9"[..])));
        let object = meta.object(bucket.id, &key("i")).await.unwrap().unwrap();
        let Body::Inline { bytes, .. } = &object.body else { panic!("{object:?}") };
        assert_eq!((&bytes[..], object.mirrored_from.as_ref()), (&b"abc"[..], None));
        let upload = meta.upload(bucket.id, &key("u"), UploadId(0)).await.unwrap().unwrap();
        assert_eq!(
            (upload.initiated, upload.headers.get("x-a"), upload.forbid_overwrite, upload.is_sequential),
            (at(12), Some(&b"b"[..]), true, false)
        );
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    file_of_format_4(directory.path(), "damaged");
    for _ in 0..2 {
        check_refused(directory.path(), "website configuration cannot be read");
    }
    let file = rusqlite::Connection::open(directory.path().join("meta.sqlite")).unwrap();
    file.execute_batch("UPDATE bucket SET website = 'index.html'").unwrap();
    drop(file);
    assert!(open(directory.path()).bucket(&name("photos")).await.unwrap().is_some());
}

#[tokio::test]
async fn damaged_rows_are_errors_that_name_the_column() {
    let (meta, directory) = fresh();
    let id = bucket(&meta, 1).await;
    put_object(&meta, id, "k", inline(1, b"bytes")).await;
    drop(meta);
    let path = directory.path().join("meta.sqlite");
    for (sql, expected) in [
        ("UPDATE object SET headers = x'0205'", "encoded value is damaged"),
        ("UPDATE object SET headers = x'09'", "encoded value has version 9, this release knows version 2"),
        ("UPDATE object SET headers = x'0280', acl = 17", "column acl is damaged"),
        ("UPDATE object SET acl = 0, size = -1", "column size is damaged"),
        ("UPDATE object SET size = 5, extents = x'0280'", "column extents is damaged"),
        ("UPDATE object SET extents = NULL; DELETE FROM inline_data", "column bytes is damaged"),
    ] {
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let meta = open(directory.path());
        let error = meta.object(id, &key("k")).await.unwrap_err();
        assert!(matches!(error, MetaError::Engine { operation: "reading an object", .. }));
        assert_eq!(error.source().unwrap().to_string(), expected, "{sql}");
    }
}

#[tokio::test]
async fn traffic_that_cannot_be_written_fails_no_other_change() {
    let (meta, directory) = fresh();
    let id = bucket(&meta, 1).await;
    drop(meta);
    let file = rusqlite::Connection::open(directory.path().join("meta.sqlite")).unwrap();
    file.execute_batch("ALTER TABLE traffic RENAME TO lost").unwrap();
    drop(file);
    let meta = open(directory.path());
    let row = TrafficRow { bucket: id, at: at(0), counts: TrafficCounts::new([1; 11]) };
    let (first, second) = (key("first"), key("second"));
    let (before, traffic, after) = tokio::join!(
        meta.change_key(id, &first, put(stored(&[1])), at(0)),
        meta.add_traffic(vec![row], at(0)),
        meta.change_key(id, &second, put(stored(&[2])), at(0)),
    );
    assert!(matches!(traffic, Err(MetaError::Engine { .. })), "{traffic:?}");
    assert!(before.is_ok() && after.is_ok() && !meta.is_read_only());
    drop(meta);
    let file = rusqlite::Connection::open(directory.path().join("meta.sqlite")).unwrap();
    file.execute_batch("ALTER TABLE lost RENAME TO traffic").unwrap();
    drop(file);
    let meta = open(directory.path());
    meta.add_traffic(vec![row], at(0)).await.unwrap();
    drop(meta);
    let points = open(directory.path()).traffic(id, TrafficStep::Hour, 0, 9).await.unwrap();
    assert_eq!(points, [TrafficPoint { start: 0, counts: row.counts }], "after another start");
}
