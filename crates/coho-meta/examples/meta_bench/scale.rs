//! How the engine does with many keys.
//!
//! Half of the keys stand below `flat/`, so that a listing with a delimiter has to pass all of them for one common prefix; the others are
//! scattered. A file that an earlier run filled with as many keys is used again.

use crate::{open, percentile_ms};
use coho_meta::{
    MetaStore, SqliteMeta,
    conformance::sample::{at, bucket, key, name, put, stored},
};
use coho_model::{BucketId, ListQuery, ObjectKey};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Changes that wait for one commit of the engine while the keys are written.
const WRITERS: u64 = 1024;
/// Repetitions of each measurement.
const ROUNDS: u64 = 1000;

fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Keys of 40–80 bytes, every second one below one prefix.
fn key_of(number: u64) -> ObjectKey {
    let mixed = scattered(number);
    if number.is_multiple_of(2) {
        key(&format!("flat/{mixed:020}/{:032}.jpg", mixed >> 7))
    } else {
        key(&format!("tenant/{:03}/photos/{mixed:020}/{:032}.jpg", mixed % 1000, mixed >> 7))
    }
}

async fn fill(meta: &Arc<SqliteMeta>, id: BucketId, keys: u64) {
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let meta = meta.clone();
        tasks.spawn(async move {
            let mut number = writer;
            while number < keys {
                let object = stored(&[u128::from(number) + 1]);
                meta.change_key(id, &key_of(number), put(object), at(0)).await.expect("put");
                number += WRITERS;
            }
        });
    }
    tasks.join_all().await;
    println!("filled with {keys} keys in {:.0} s", begin.elapsed().as_secs_f64());
}

fn show(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let at = |share: f64| percentile_ms(&taken, share);
    println!("{what:44} p50 {:8.3} p99 {:8.3} max {:8.3} ms (n={})", at(0.5), at(0.99), at(1.0), taken.len());
}

async fn timed<F: Future<Output = ()>>(what: &str, rounds: u64, run: impl Fn(u64) -> F) {
    let mut taken = Vec::new();
    for round in 0..rounds {
        let begin = Instant::now();
        run(round).await;
        taken.push(begin.elapsed());
    }
    show(what, taken);
}

async fn list(meta: &SqliteMeta, id: BucketId, prefix: &str, after: &str, delimiter: &str) -> usize {
    let query = ListQuery { prefix: prefix.into(), after: after.into(), delimiter: delimiter.into(), max: 1000 };
    meta.list_objects(id, query).await.expect("listed").entries.len()
}

pub(crate) async fn measure(mut arguments: impl Iterator<Item = String>) {
    let directory = arguments.next().expect("a directory to measure in");
    let keys: u64 = arguments.next().expect("a number of keys").parse().expect("a number");
    let cache = arguments.next().map_or(32, |text| text.parse::<u64>().expect("MiB")) << 20;
    let path = Path::new(&directory).join(format!("meta-{keys}.sqlite"));
    let fresh = !path.exists();
    if fresh {
        let meta = Arc::new(open(&path, cache));
        let id = bucket(&*meta, 1).await;
        fill(&meta, id, keys).await;
    }
    let begin = Instant::now();
    let meta = open(&path, cache);
    println!("opened in {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    let id = meta.bucket(&name("bucket-1")).await.expect("read").expect("the bucket").id;
    let any = |round: u64| scattered(round + 7) % keys;
    let begin = Instant::now();
    let stat = meta.bucket_stat(id).await.expect("read");
    println!("bucket_stat in {:.3} ms, {} objects", begin.elapsed().as_secs_f64() * 1e3, stat.objects);
    timed("list 1,000 keys from any place", ROUNDS, async |round| {
        list(&meta, id, "", key_of(any(round)).as_str(), "").await;
    })
    .await;
    timed("list a delimiter, past half of all keys", ROUNDS, async |_| {
        assert_eq!(list(&meta, id, "", "", "/").await, 2);
    })
    .await;
    timed("list a delimiter, 500 common prefixes", 50, async |_| {
        assert_eq!(list(&meta, id, "tenant/", "", "/").await, 500);
    })
    .await;
    timed("read any record, not cached", 20 * ROUNDS, async |round| {
        assert!(meta.object(id, &key_of(any(round))).await.expect("read").is_some());
    })
    .await;
    timed("read one of 1,000 records, cached", 20 * ROUNDS, async |round| {
        assert!(meta.object(id, &key_of(any(round % 1000))).await.expect("read").is_some());
    })
    .await;
    timed("overwrite any key, one writer", ROUNDS, async |round| {
        let object = stored(&[u128::from(keys + round) << 64]);
        meta.change_key(id, &key_of(any(round)), put(object), at(1)).await.expect("put");
    })
    .await;
}
