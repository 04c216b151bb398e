//! The counters of buckets against a count of their rows, after an end of the process at any time and after an upgrade.

use crate::engines::{fresh, open};
use coho_meta::{
    MetaStore,
    conformance::sample::{at, bucket, delete, inline, key, name, put, put_object, stored},
};
use coho_model::{BucketChange, ConfigurationChange, Versioning};
use std::path::Path;

/// The rows of a bucket, counted.
const COUNTED: &str = "SELECT
    (SELECT count(*) FROM object o WHERE o.bucket_id = b.bucket_id)
        + (SELECT count(*) FROM object_version v WHERE v.bucket_id = b.bucket_id AND NOT is_marker),
    (SELECT coalesce(sum(size), 0) FROM object o WHERE o.bucket_id = b.bucket_id)
        + (SELECT coalesce(sum(size), 0) FROM object_version v WHERE v.bucket_id = b.bucket_id),
    (SELECT count(*) FROM upload u WHERE u.bucket_id = b.bucket_id),
    (SELECT count(*) FROM part p WHERE p.bucket_id = b.bucket_id),
    (SELECT count(*) FROM object_version v WHERE v.bucket_id = b.bucket_id AND is_marker),
    (SELECT count(*) FROM object o WHERE o.bucket_id = b.bucket_id AND provenance IS NOT NULL)
        + (SELECT count(*) FROM object_version v WHERE v.bucket_id = b.bucket_id AND provenance IS NOT NULL),
    (SELECT coalesce(sum(size), 0) FROM object o WHERE o.bucket_id = b.bucket_id AND provenance IS NOT NULL)
        + (SELECT coalesce(sum(size), 0) FROM object_version v WHERE v.bucket_id = b.bucket_id AND provenance IS NOT NULL)
    FROM bucket b ORDER BY b.bucket_id";
const KEPT: &str = "SELECT objects, bytes, uploads, parts, delete_markers, mirrored_objects, mirrored_bytes
    FROM bucket_counter ORDER BY bucket_id";

fn numbers(file: &rusqlite::Connection, sql: &str) -> Vec<[i64; 7]> {
    let mut statement = file.prepare(sql).unwrap();
    let mut rows = statement.query(()).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        found.push(std::array::from_fn(|at| row.get(at).unwrap()));
    }
    found
}

/// Each bucket has counters, and they are those of its rows.
pub(crate) fn assert_exact(directory: &Path) {
    let file = rusqlite::Connection::open(directory.join("meta.sqlite")).unwrap();
    assert_eq!(numbers(&file, KEPT), numbers(&file, COUNTED));
}

/// What an upgrade to format 12 has to count: current objects and versions, from origins and of clients, in several buckets.
#[tokio::test]
async fn an_upgrade_counts_mirrored_objects_once() {
    let (meta, directory) = fresh();
    let (plain, versioned) = (bucket(&meta, 1).await, bucket(&meta, 2).await);
    let _empty = bucket(&meta, 3).await;
    for (number, text) in (1..).zip(["a", "b", "c", "d", "e"]) {
        put_object(&meta, plain, text, stored(&[number])).await;
    }
    let enabled = BucketChange::Configure(ConfigurationChange::Versioning(Versioning::Enabled));
    meta.change_bucket(&name("bucket-2"), enabled, at(0)).await.unwrap();
    for number in [10u8, 11, 12] {
        let object = inline(number.into(), &vec![number; 100 * usize::from(number)]);
        meta.change_key(versioned, &key("k"), put(object), at(0)).await.unwrap();
    }
    meta.change_key(versioned, &key("k"), delete(at(0)), at(0)).await.unwrap();
    let before = [meta.bucket_stat(plain).await.unwrap(), meta.bucket_stat(versioned).await.unwrap()];
    let mirrored = before.map(|stat| (stat.mirrored_objects, stat.mirrored_bytes));
    assert_eq!(mirrored, [(2, 20), (2, 2200)]);
    drop(meta);
    let file = rusqlite::Connection::open(directory.path().join("meta.sqlite")).unwrap();
    let older = "ALTER TABLE bucket_counter DROP COLUMN mirrored_objects;
                 ALTER TABLE bucket_counter DROP COLUMN mirrored_bytes;
                 DROP TABLE role;
                 PRAGMA user_version = 11;";
    file.execute_batch(older).unwrap();
    drop(file);
    for _ in 0..2 {
        let meta = open(directory.path());
        let after = [meta.bucket_stat(plain).await.unwrap(), meta.bucket_stat(versioned).await.unwrap()];
        assert_eq!(after, before);
        drop(meta);
        assert_exact(directory.path());
    }
}
