use super::*;
use crate::{
    MetaStore,
    conformance::sample::{at, bucket, delete, inline, key, put, put_object, stored},
};
use coho_model::{BucketId, PersistFill};
use std::{future::poll_fn, task::Poll};

fn options() -> SqliteOptions {
    SqliteOptions {
        record_cache_bytes: 1 << 20,
        reader_connections: 1,
        page_connections: 1,
        reader_page_cache_bytes: 1 << 20,
        writer_page_cache_bytes: 1 << 20,
        segments: SegmentOptions::default(),
        legacy_website: |text| Err(text.into()),
    }
}

/// An engine whose writing connection was first given this SQL.
fn prepared(path: &Path, sql: &str) -> SqliteMeta {
    let lock = lock(path).unwrap();
    let connection = schema::open_writer(path, 1 << 20, options().legacy_website).unwrap();
    let segments = SegmentWriter::open(path, options().segments, &connection).unwrap();
    connection.execute_batch(sql).unwrap();
    start(path, lock, connection, segments, options()).unwrap()
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
    assert_eq!(meta.change_key(id, &key("small"), delete(at(0)), at(0)).await.unwrap(), None);
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
    assert!(!meta.is_read_only());
    let failed = meta.change_key(id, &key("failed"), put(stored(&[2, 3])), at(0)).await;
    assert!(matches!(failed, Err(MetaError::Engine { operation: "committing changes", .. })), "{failed:?}");
    let after = meta.change_key(id, &key("after"), put(stored(&[4])), at(0)).await;
    assert!(matches!(after, Err(MetaError::ReadOnly)), "{after:?}");
    assert!(meta.is_read_only());
    assert!(matches!(meta.close().await, Err(MetaError::ReadOnly)));
    drop(meta);
    let meta = SqliteMeta::open(&path, options()).unwrap();
    for (text, expected) in [("before", true), ("failed", false), ("after", false)] {
        assert_object_is(&meta, id, text, expected).await;
    }
}

#[tokio::test]
async fn a_failed_statement_rolls_its_whole_group_back_and_the_engine_stays_usable() {
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

/// All callers of a group get its failure, and none of its changes stays: not in the rows, not in the bucket table.
#[test]
fn all_changes_of_a_failed_group_are_undone() {
    use crate::Change;
    use crate::conformance::sample::{name, new_bucket};
    use job::Work;
    use tokio::sync::oneshot;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("meta");
    let sql = "CREATE TRIGGER broken BEFORE INSERT ON object BEGIN SELECT RAISE(ABORT, 'broken'); END";
    let meta = prepared(&path, sql);
    let connection = schema::open_writer(&path, 1 << 20, options().legacy_website).unwrap();
    let checkpointer =
        Checkpointer::spawn(schema::open_checkpointer(&path).unwrap(), meta.shared.counters.clone()).unwrap();
    let segments = SegmentWriter::open(&path, SegmentOptions::default(), &connection).unwrap();
    let mut writer = Writer::new(connection, meta.shared.clone(), segments, checkpointer);
    let (bucket_answer, mut bucket_answered) = oneshot::channel();
    let (key_answer, mut key_answered) = oneshot::channel();
    let work = |change: Change| Work::Commit { batch: change.into(), at: at(0) };
    let create = |id, owner| work(Change::Bucket { name: name("bucket-1"), change: new_bucket(id, owner) });
    let put = work(Change::Key { bucket: BucketId(1), key: key("k"), change: put(stored(&[1])) });
    writer.write(vec![(put, key_answer), (create(1, "me"), bucket_answer)]);
    for answered in [bucket_answered.try_recv().unwrap(), key_answered.try_recv().unwrap()] {
        assert!(matches!(answered, Err(MetaError::Engine { operation: "applying changes", .. })));
    }
    assert!(!meta.shared.buckets().has(BucketId(1)));
    let (answer, mut answered) = oneshot::channel();
    writer.write(vec![(create(2, "you"), answer)]);
    let made = answered.try_recv().unwrap().ok().and_then(|changed| changed.bucket).unwrap();
    assert_eq!(made.id, BucketId(2), "the writer forgot the bucket of the failed group");
}

/// Several changes of segments in one group: all are made, or none.
#[test]
fn a_group_over_segments_is_made_whole_or_not_at_all() {
    use crate::{
        Batch, Change, Changed,
        conformance::sample::{name, new_bucket},
    };
    use job::Work;
    use tokio::sync::oneshot;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("meta");
    let sql =
        "CREATE TRIGGER broken BEFORE INSERT ON object WHEN NEW.size = 20 BEGIN SELECT RAISE(ABORT, 'broken'); END";
    let connection = schema::open_writer(&path, 1 << 20, options().legacy_website).unwrap();
    connection.execute_batch(sql).unwrap();
    let small = SegmentOptions { min_body_bytes: 1, min_persisted_bytes: 1, full_bytes: 8 << 10 };
    let segments = SegmentWriter::open(&path, small, &connection).unwrap();
    let (mut writer, shared) = prepare(&path, lock(&path).unwrap(), connection, segments, options()).unwrap();
    let mut write = |batches: Vec<Batch>| {
        let (group, answers): (Vec<_>, Vec<_>) = batches
            .into_iter()
            .map(|batch| {
                let (answer, answered) = oneshot::channel();
                ((Work::Commit { batch, at: at(0) }, answer), answered)
            })
            .unzip();
        writer.write(group);
        answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect::<Vec<Result<Changed, MetaError>>>()
    };
    let id = BucketId(1);
    let create = Change::Bucket { name: name("bucket-1"), change: new_bucket(1, "me") };
    write(vec![create.into()]).remove(0).unwrap();
    let body = |number: u8| inline(u128::from(number), &[number; 5_000]);
    let persist = |numbers: &[u8]| {
        let fill = |number: &u8| PersistFill { bucket: id, key: key(&format!("k{number}")), object: body(*number) };
        Batch { fills: numbers.iter().map(fill).collect(), change: None }
    };
    let change = |text: &str, change| Batch::from(Change::Key { bucket: id, key: key(text), change });
    let read = |number: u8| {
        let connection = shared.points.borrow();
        let key = key(&format!("k{number}"));
        effects::read_object(&connection, &shared.segments, id, &key, effects::InlineBytes::Read).unwrap().map(Arc::new)
    };
    assert!(write(vec![persist(&[1, 2, 3])])[0].is_ok());
    // Frees two bodies, appends two to another segment since the first is full, and breaks.
    let broken = vec![
        persist(&[4, 5]),
        change("k1", delete(at(0))),
        change("k2", put(inline(12, b"other"))),
        change("x", put(stored(&[8, 9]))),
    ];
    for answered in write(broken) {
        assert!(matches!(answered, Err(MetaError::Engine { operation: "applying changes", .. })));
    }
    for number in 1..=3 {
        assert_eq!(read(number), Some(body(number)), "{number}");
    }
    assert_eq!((read(4), read(5)), (None, None));
    let whole = vec![persist(&[6, 7]), change("k1", delete(at(0))), change("k2", put(inline(12, b"other")))];
    assert!(write(whole).iter().all(Result::is_ok));
    assert_eq!((read(1), read(2), read(3)), (None, Some(inline(12, b"other")), Some(body(3))));
    assert_eq!((read(6), read(7)), (Some(body(6)), Some(body(7))));
    let files = || std::fs::read_dir(directory.path().join("meta-segments")).unwrap().count();
    assert_eq!(files(), 2);
    // The last body of the first one, which nothing is appended to any more.
    assert!(write(vec![change("k3", delete(at(0)))])[0].is_ok());
    assert_eq!((files(), read(6)), (1, Some(body(6))));
}

/// As when a commit takes long: the writer has a batch, and its queue is full.
#[tokio::test]
async fn changes_beyond_the_queue_wait_for_their_place_and_none_is_refused() {
    // One group with the writer, and a queue.
    const CHANGES: usize = 2 * writer::QUEUED_JOBS + 100;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("meta");
    let meta = prepared(&path, "");
    let id = bucket(&meta, 1).await;
    let other = schema::open_checkpointer(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let keys: Vec<_> = (0..CHANGES).map(|number| key(&format!("k{number}"))).collect();
    let blobs = 1..;
    let mut changes: Vec<_> =
        keys.iter().zip(blobs).map(|(key, blob)| meta.change_key(id, key, put(stored(&[blob])), at(0))).collect();
    for change in &mut changes {
        let is_pending = poll_fn(|cx| Poll::Ready(change.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending, "no change is answered before its commit");
    }
    other.execute_batch("ROLLBACK").unwrap();
    for change in changes {
        change.await.unwrap();
    }
    assert_eq!(meta.bucket_stat(id).await.unwrap().objects, CHANGES as u64);
}
