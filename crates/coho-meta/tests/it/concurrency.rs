//! What holds while many read and write at the same time.

use crate::engines::{fresh, fresh_overlay, fresh_with};
use coho_meta::{
    FillStore, MemoryMeta, MetaError, MetaStore, Overlay,
    conformance::sample::{assert_refused, at, bucket, delete, key, name, new_bucket, put, stored},
};
use coho_model::{BucketChange, BucketId, ObjectKey, ObjectRecord, PersistFill, Refusal};
use rusqlite::{Connection, OpenFlags};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::task::JoinSet;

const READERS: usize = 4;

fn sized(size: u64) -> Arc<ObjectRecord> {
    Arc::new(ObjectRecord { size, ..(*stored(&[])).clone() })
}

/// Reads until told to stop. No read gives less than what was answered, or read by anybody, before it began.
async fn read_on(
    store: Arc<dyn MetaStore>,
    bucket: BucketId,
    key: ObjectKey,
    floor: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) {
    while !stop.load(Ordering::Acquire) {
        let least = floor.load(Ordering::Acquire);
        let size = store.object(bucket, &key).await.unwrap().map_or(0, |object| object.size);
        assert!(size >= least, "read {size} after {least}");
        floor.fetch_max(size, Ordering::AcqRel);
        tokio::task::yield_now().await;
    }
}

async fn hammer(store: Arc<dyn MetaStore>, puts: u64) {
    let bucket = bucket(&*store, 1).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for text in ["one", "two"] {
        let floor = Arc::new(AtomicU64::new(0));
        for _ in 0..READERS {
            tasks.spawn(read_on(store.clone(), bucket, key(text), floor.clone(), stop.clone()));
        }
        let store = store.clone();
        tasks.spawn(async move {
            for size in 1..=puts {
                store.change_key(bucket, &key(text), put(sized(size)), at(0)).await.unwrap();
                floor.fetch_max(size, Ordering::AcqRel);
            }
        });
    }
    for _ in 0..2 {
        // Readers end only when told to, so what ends first are the two writers, or a reader that failed.
        tasks.join_next().await.unwrap().unwrap();
    }
    stop.store(true, Ordering::Release);
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_is_older_than_one_before_it() {
    let (meta, _directory) = fresh();
    hammer(Arc::new(meta), 1500).await;
    let (meta, _directory) = fresh_with(0);
    hammer(Arc::new(meta), 300).await;
    hammer(Arc::new(MemoryMeta::new()), 3000).await;
}

/// An object is published only if no deletion was answered since its fill began, and none comes back after a deletion,
/// whichever order they meet the writer in.
async fn race_fills_with_deletions(store: Arc<dyn FillStore>, rounds: u32) {
    let bucket = bucket(&*store, 1).await;
    for round in 0..rounds {
        let k = key(&format!("k{round}"));
        let token = store.begin_fill(bucket, &k).await.unwrap();
        let fill = PersistFill { bucket, key: k.clone(), object: stored(&[1]) };
        let (filled, deleted) = tokio::join!(
            tokio::spawn({
                let (store, fill) = (store.clone(), fill.clone());
                async move {
                    store.publish(fill.clone(), token).await?;
                    store.persist(vec![fill], at(0)).await
                }
            }),
            tokio::spawn({
                let (store, k) = (store.clone(), k.clone());
                async move { store.change_key(bucket, &k, delete(at(0)), at(0)).await }
            }),
        );
        deleted.unwrap().unwrap();
        let filled = filled.unwrap();
        if filled.is_err() {
            assert_refused(filled, &Refusal::Overtaken);
        }
        store.persist(vec![fill], at(0)).await.unwrap();
        assert_eq!(store.object(bucket, &k).await.unwrap(), None, "the deletion came last or the fill was refused");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deletion_is_never_undone_by_a_fill() {
    let (meta, _directory) = fresh_overlay();
    race_fills_with_deletions(Arc::new(meta), 600).await;
    race_fills_with_deletions(Arc::new(Overlay::new(MemoryMeta::new().into())), 300).await;
}

/// A bucket goes while objects are published in it, or stays: it never goes with an object that is visible.
async fn race_fills_with_bucket_deletions(store: Arc<dyn FillStore>, rounds: i64) {
    for round in 1..=rounds {
        let id = bucket(&*store, round).await;
        let (k, name) = (key("k"), name(&format!("bucket-{round}")));
        let token = store.begin_fill(id, &k).await.unwrap();
        let fill = PersistFill { bucket: id, key: k.clone(), object: stored(&[1]) };
        let (published, deleted) = tokio::join!(
            tokio::spawn({
                let (store, fill) = (store.clone(), fill.clone());
                async move { store.publish(fill, token).await }
            }),
            tokio::spawn({
                let store = store.clone();
                async move { store.change_bucket(&name, BucketChange::Delete, at(0)).await }
            }),
        );
        let (published, deleted) = (published.unwrap(), deleted.unwrap());
        assert_eq!(published.is_ok(), deleted.is_err(), "{published:?} {deleted:?}");
        assert_eq!(store.object(id, &k).await.unwrap().is_some(), published.is_ok());
        store.persist(vec![fill], at(0)).await.unwrap();
        assert_eq!(store.bucket_stat(id).await.unwrap().objects, u64::from(published.is_ok()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bucket_never_goes_with_a_published_object() {
    let (meta, _directory) = fresh_overlay();
    race_fills_with_bucket_deletions(Arc::new(meta), 300).await;
    race_fills_with_bucket_deletions(Arc::new(Overlay::new(MemoryMeta::new().into())), 300).await;
}

async fn make_too_many_buckets(store: Arc<dyn MetaStore>) {
    let mut tasks = JoinSet::new();
    for id in 0..1010 {
        let store = store.clone();
        tasks.spawn(async move { store.change_bucket(&name(&format!("b-{id}")), new_bucket(id, "me"), at(0)).await });
    }
    let results = tasks.join_all().await;
    let refused = |result: &&Result<_, _>| matches!(result, Err(MetaError::Refused(Refusal::TooManyBuckets(1000))));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1000);
    assert_eq!(results.iter().filter(refused).count(), 10);
    let other = store.change_bucket(&name("other"), new_bucket(9999, "you"), at(0)).await;
    assert!(other.unwrap().is_some(), "the limit is each owner's own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_owner_has_at_most_a_thousand_buckets() {
    let (meta, _directory) = fresh();
    make_too_many_buckets(Arc::new(meta)).await;
    make_too_many_buckets(Arc::new(MemoryMeta::new())).await;
}

/// A connection of the test holds the database until all changes are queued: the writer's first batch waits for it.
#[tokio::test]
async fn waiting_changes_share_their_commits() {
    let (meta, directory) = fresh();
    let meta = Arc::new(meta);
    let bucket = bucket(&*meta, 1).await;
    let path = directory.path().join("meta.sqlite");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let gate = Connection::open_with_flags_and_vfs(path, flags, "unix-excl").unwrap();
    gate.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..2000 {
        let meta = meta.clone();
        tasks.spawn(async move { meta.change_key(bucket, &key(&format!("k{task}")), put(sized(1)), at(0)).await });
    }
    // On this runtime of one thread, every task runs once before this one goes on.
    tokio::task::yield_now().await;
    gate.execute_batch("ROLLBACK").unwrap();
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    let stats = meta.stats();
    assert_eq!(stats.changes, 2001);
    assert!(stats.batches < 500, "{stats:?}");
    assert_eq!(meta.bucket_stat(bucket).await.unwrap().objects, 2000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_of_fills_share_the_commits_of_other_changes() {
    let (meta, _directory) = fresh_overlay();
    let meta = Arc::new(meta);
    let bucket = bucket(&*meta, 1).await;
    let mut tasks = JoinSet::new();
    for task in 0..200 {
        let meta = meta.clone();
        tasks.spawn(async move {
            let mut fills = Vec::new();
            for number in 0..10 {
                let k = key(&format!("f{task}/{number}"));
                let token = meta.begin_fill(bucket, &k).await?;
                let fill = PersistFill { bucket, key: k, object: sized(1) };
                meta.publish(fill.clone(), token).await?;
                fills.push(fill);
            }
            meta.change_key(bucket, &key(&format!("k{task}")), put(sized(1)), at(0)).await?;
            meta.persist(fills, at(0)).await
        });
    }
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    let stats = meta.engine().stats();
    assert_eq!(stats.changes, 401);
    assert!(stats.batches < 200, "{stats:?}");
    assert_eq!(meta.bucket_stat(bucket).await.unwrap().objects, 2200);
}

/// The row of an object is counted from its commit on, and the object ceases to be published a moment later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_is_being_persisted_is_counted_once() {
    let (meta, _directory) = fresh_overlay();
    let meta = Arc::new(meta);
    let bucket = bucket(&*meta, 1).await;
    for round in 1..=100 {
        let k = key(&format!("k{round}"));
        let token = meta.begin_fill(bucket, &k).await.unwrap();
        let fill = PersistFill { bucket, key: k, object: sized(3) };
        meta.publish(fill.clone(), token).await.unwrap();
        let persisting = tokio::spawn({
            let meta = meta.clone();
            async move { meta.persist(vec![fill], at(0)).await }
        });
        loop {
            let is_last = persisting.is_finished();
            let stat = meta.bucket_stat(bucket).await.unwrap();
            assert_eq!((stat.objects, stat.bytes), (round, 3 * round));
            if is_last {
                break;
            }
        }
        persisting.await.unwrap().unwrap();
    }
}
