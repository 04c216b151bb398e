//! How fast changes, reads and listings are.

use crate::{open, percentile_ms};
use coho_meta::{
    MetaStore, SqliteMeta,
    conformance::sample::{at, bucket, inline, key, put, stored},
};
use coho_model::{BucketId, ListQuery, ObjectKey};
use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// Keys and values of the size that STORAGE.md measured with: 40–80 bytes, 300–500 bytes.
fn random_key(number: u64) -> ObjectKey {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    key(&format!("tenant/{:03}/photos/{scattered:020}/{:032}.jpg", scattered % 1000, scattered >> 7))
}

/// Runs writers until the time is over; gives changes a second and sorted latencies.
async fn drive<F: Future<Output = ()> + Send>(
    writers: u64,
    time: Duration,
    write: impl Fn(u64) -> F + Clone + Send + Sync + 'static,
) -> (f64, Vec<Duration>) {
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let write = write.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            while begin.elapsed() < time {
                let one = Instant::now();
                write(writer << 32 | taken.len() as u64).await;
                taken.push(one.elapsed());
            }
            taken
        });
    }
    let mut all: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    all.sort();
    (all.len() as f64 / begin.elapsed().as_secs_f64(), all)
}

fn show(what: &str, (rate, taken): &(f64, Vec<Duration>)) {
    let at = |share: f64| percentile_ms(taken, share);
    println!(
        "{what:28} {rate:9.0}/s  p50 {:7.2} p99 {:7.2} p99.9 {:7.2} max {:7.2} ms",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

async fn raw_log(directory: &Path, writers: u64, bytes: usize, time: Duration) -> (f64, Vec<Duration>) {
    let (queue, mut jobs) = mpsc::channel::<oneshot::Sender<()>>(1024);
    let mut log = File::create(directory.join("raw.log")).expect("the log is made");
    let thread = std::thread::spawn(move || {
        while let Some(first) = jobs.blocking_recv() {
            let mut waiting = vec![first];
            while waiting.len() < 1024
                && let Ok(next) = jobs.try_recv()
            {
                waiting.push(next);
            }
            log.write_all(&vec![7; bytes * waiting.len()]).expect("written");
            log.sync_data().expect("synced");
            waiting.into_iter().for_each(|answer| answer.send(()).expect("a caller waits"));
        }
    });
    let result = drive(writers, time, move |_| {
        let queue = queue.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            queue.send(answer).await.expect("the log thread lives");
            answered.await.expect("it answers");
        }
    })
    .await;
    thread.join().expect("no panic");
    result
}

async fn puts(
    meta: &Arc<SqliteMeta>,
    bucket: BucketId,
    writers: u64,
    body: usize,
    time: Duration,
    salt: u64,
) -> (f64, Vec<Duration>) {
    let meta = meta.clone();
    drive(writers, time, move |number| {
        let meta = meta.clone();
        let blob = u128::from(salt) << 96 | u128::from(number);
        let object = if body == 0 { stored(&[blob]) } else { inline(blob, &vec![7; body]) };
        async move {
            let key = random_key(salt << 56 ^ number);
            meta.change_key(bucket, &key, put(object), at(0)).await.expect("put");
        }
    })
    .await
}

async fn reads(what: &str, meta: &SqliteMeta, bucket: BucketId, keys: &[ObjectKey], rounds: usize) {
    let begin = Instant::now();
    for _ in 0..rounds {
        for key in keys {
            assert!(meta.object(bucket, key).await.expect("read").is_some());
        }
    }
    println!("{what:28} {:9.2} µs", begin.elapsed().as_secs_f64() * 1e6 / (rounds * keys.len()) as f64);
}

async fn list(what: &str, meta: &SqliteMeta, bucket: BucketId) {
    let begin = Instant::now();
    let mut after = String::new();
    for _ in 0..10 {
        let query = ListQuery { after, max: 1000, ..ListQuery::default() };
        after = meta.list_objects(bucket, query).await.expect("listed").next.expect("more");
    }
    let flat = begin.elapsed().as_secs_f64() * 1e5;
    let begin = Instant::now();
    let query = ListQuery { prefix: "tenant/".into(), delimiter: "/".into(), max: 1000, ..ListQuery::default() };
    let prefixes = meta.list_objects(bucket, query).await.expect("listed").entries.len();
    let each = begin.elapsed().as_secs_f64() * 1e6 / prefixes as f64;
    println!("list 1000 keys, {what:12} {flat:9.2} µs; {each:.2} µs for each of {prefixes} common prefixes");
}

pub(crate) async fn measure(mut arguments: impl Iterator<Item = String>) {
    let directory = tempfile::tempdir_in(arguments.next().expect("a directory to measure in")).expect("a directory");
    let seconds = arguments.next().map_or(12.0, |text| text.parse().expect("seconds"));
    let (time, short) = (Duration::from_secs_f64(seconds), Duration::from_secs_f64(seconds / 4.0));
    let path = directory.path().join("meta.sqlite");
    let meta = Arc::new(open(&path, 64 << 20));
    let id = bucket(&*meta, 1).await;
    show("preload", &puts(&meta, id, 1024, 0, short, 1).await);
    for (writers, body, time, salt) in
        [(64, 0, time, 2), (1, 0, short, 3), (32, 1024, short, 4), (32, 16_384, short, 5)]
    {
        let before = raw_log(directory.path(), writers, 400 + body, short / 2).await;
        let batches = meta.stats();
        let measured = puts(&meta, id, writers, body, time, salt).await;
        let after = raw_log(directory.path(), writers, 400 + body, short / 2).await;
        let stats = meta.stats();
        let raw = (before.0 + after.0) / 2.0;
        show(&format!("raw log, {writers} writers"), &before);
        show(&format!("put {body} bytes, {writers} writers"), &measured);
        show("raw log again", &after);
        let wal = std::fs::metadata(directory.path().join("meta.sqlite-wal")).expect("a log").len();
        println!(
            "    ratio {:.3}, {:.0} changes a batch, {} checkpoints ({} failed), log file {} MiB",
            measured.0 / raw,
            (stats.changes - batches.changes) as f64 / (stats.batches - batches.batches) as f64,
            stats.checkpoints - batches.checkpoints,
            stats.checkpoint_failures,
            wal >> 20
        );
    }
    let some: Vec<_> =
        (0..64).flat_map(|writer| (0..100).map(move |n| random_key(2 << 56 ^ (writer << 32 | n)))).collect();
    reads("read, filling the cache", &meta, id, &some, 1).await;
    reads("read, cached", &meta, id, &some, 100).await;
    for what in ["first time", "second time", "third time"] {
        list(what, &meta, id).await;
    }
    drop(meta);
    let meta = open(&path, 0);
    reads("read, first time", &meta, id, &some, 1).await;
    reads("read, without record cache", &meta, id, &some, 20).await;
}
