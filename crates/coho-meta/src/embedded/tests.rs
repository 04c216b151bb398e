use super::*;
use crate::{
    MetaStore,
    conformance::sample::{at, bucket, inline, key, put, put_object, stored},
};
use coho_model::{BucketId, KeyChange, website::WebsiteConfiguration};

#[derive(Debug)]
struct NoSettings;

impl SettingsCodec for NoSettings {
    fn encode_website(&self, _: &WebsiteConfiguration) -> String {
        String::new()
    }

    fn decode_website(&self, _: &str) -> Result<Arc<WebsiteConfiguration>, Box<dyn std::error::Error + Send + Sync>> {
        Err("no settings here".into())
    }
}

fn options() -> SqliteOptions {
    SqliteOptions {
        record_cache_bytes: 1 << 20,
        reader_connections: 1,
        page_connections: 1,
        reader_page_cache_bytes: 1 << 20,
        writer_page_cache_bytes: 1 << 20,
        segments: SegmentOptions::default(),
        settings: Arc::new(NoSettings),
    }
}

/// An engine whose writing connection was first given this SQL.
fn prepared(path: &Path, sql: &str) -> SqliteMeta {
    let lock = lock(path).unwrap();
    let connection = schema::open_writer(path, 1 << 20).unwrap();
    connection.execute_batch(sql).unwrap();
    start(path, lock, connection, options()).unwrap()
}

async fn assert_object_is(meta: &SqliteMeta, bucket: BucketId, text: &str, expected: bool) {
    assert_eq!(meta.object(bucket, &key(text)).await.unwrap().is_some(), expected, "{text}");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let meta = prepared(&directory.path().join("meta"), "PRAGMA max_page_count = 40");
    let id = bucket(&meta, 1).await;
    put_object(&meta, id, "small", inline(1, &[1; 50_000])).await;
    let large = meta.change_key(id, &key("large"), put(inline(2, &[2; 200_000])), at(0)).await;
    assert!(matches!(large, Err(MetaError::Full)), "{large:?}");
    assert_object_is(&meta, id, "large", false).await;
    assert_object_is(&meta, id, "small", true).await;
    assert_eq!(meta.change_key(id, &key("small"), KeyChange::Delete, at(0)).await.unwrap(), None);
    put_object(&meta, id, "again", inline(3, &[3; 50_000])).await;
    assert_eq!(meta.bucket_stat(id).await.unwrap().bytes, 50_000);
}

#[tokio::test]
async fn a_failed_commit_leaves_the_engine_read_only() {
    let directory = tempfile::tempdir().unwrap();
    let sql = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
               CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
               CREATE TRIGGER orphan AFTER INSERT ON object WHEN NEW.size = 20 BEGIN INSERT INTO child VALUES (1); END;
               PRAGMA foreign_keys = ON;";
    let path = directory.path().join("meta");
    let meta = prepared(&path, sql);
    let id = bucket(&meta, 1).await;
    put_object(&meta, id, "before", stored(&[1])).await;
    let failed = meta.change_key(id, &key("failed"), put(stored(&[2, 3])), at(0)).await;
    assert!(matches!(failed, Err(MetaError::Engine { operation: "committing changes", .. })), "{failed:?}");
    let after = meta.change_key(id, &key("after"), put(stored(&[4])), at(0)).await;
    assert!(matches!(after, Err(MetaError::ReadOnly)), "{after:?}");
    assert!(matches!(meta.close().await, Err(MetaError::ReadOnly)));
    drop(meta);
    let meta = SqliteMeta::open(&path, options()).unwrap();
    for (text, expected) in [("before", true), ("failed", false), ("after", false)] {
        assert_object_is(&meta, id, text, expected).await;
    }
}

#[tokio::test]
async fn a_failed_statement_rolls_its_whole_batch_back_and_the_engine_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let sql =
        "CREATE TRIGGER broken BEFORE INSERT ON object WHEN NEW.size = 20 BEGIN SELECT RAISE(ABORT, 'broken'); END";
    let meta = prepared(&directory.path().join("meta"), sql);
    let id = bucket(&meta, 1).await;
    let failed = meta.change_key(id, &key("failed"), put(stored(&[2, 3])), at(0)).await;
    assert!(matches!(failed, Err(MetaError::Engine { operation: "applying changes", .. })), "{failed:?}");
    put_object(&meta, id, "after", stored(&[4])).await;
    let stat = meta.bucket_stat(id).await.unwrap();
    assert_eq!((stat.objects, stat.bytes), (1, 10));
    assert_eq!(meta.stats().checkpoint_failures, 0);
}

/// Everybody who is in a batch hears of its failure, and nobody's change stays: not in the rows, not in the bucket table.
#[test]
fn all_changes_of_a_failed_batch_are_undone() {
    use crate::conformance::sample::{name, new_bucket};
    use job::Change;
    use tokio::sync::oneshot;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("meta");
    let sql = "CREATE TRIGGER broken BEFORE INSERT ON object BEGIN SELECT RAISE(ABORT, 'broken'); END";
    let meta = prepared(&path, sql);
    let connection = schema::open_writer(&path, 1 << 20).unwrap();
    let checkpointer =
        Checkpointer::spawn(schema::open_checkpointer(&path).unwrap(), meta.shared.counters.clone()).unwrap();
    let segments = SegmentWriter::open(&path, SegmentOptions::default(), &connection).unwrap();
    let mut writer = Writer::new(connection, meta.shared.clone(), segments, checkpointer);
    let (bucket_answer, mut bucket_answered) = oneshot::channel();
    let (key_answer, mut key_answered) = oneshot::channel();
    let create = Change::Bucket { name: name("bucket-1"), change: new_bucket(1, "me") };
    let put = Change::Key { bucket: BucketId(1), key: key("k"), change: put(stored(&[1])), at: at(0) };
    writer.write(vec![(put, key_answer), (create, bucket_answer)]);
    for answered in [bucket_answered.try_recv().unwrap(), key_answered.try_recv().unwrap()] {
        assert!(matches!(answered, Err(MetaError::Engine { operation: "applying changes", .. })));
    }
    assert!(!meta.shared.buckets().has(BucketId(1)));
    let (answer, mut answered) = oneshot::channel();
    writer.write(vec![(Change::Bucket { name: name("bucket-1"), change: new_bucket(2, "you") }, answer)]);
    let made = answered.try_recv().unwrap().ok().and_then(|outcome| outcome.bucket).unwrap();
    assert_eq!(made.id, BucketId(2), "the writer forgot the bucket of the failed batch");
}
