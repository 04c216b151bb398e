//! A process that is killed while it writes loses nothing that it acknowledged, and leaves no change half made.
//!
//! The test runs itself as the process to be killed: with [`DIRECTORY`] set it writes until it dies, and prints what
//! was acknowledged. It does not prove that syncs reach the disk: the kernel lives on.

use crate::{counters, engines::open, segments};
use coho_meta::{
    FillStore, MetaStore, Overlay, SqliteMeta,
    conformance::sample::{at, bucket, delete, inline, key, name, put, stored},
};
use coho_model::{BucketId, ListQuery, Listed, MAX_LIST_KEYS, ObjectRecord, PersistFill};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

const DIRECTORY: &str = "COHO_META_CRASH_DIRECTORY";
const CYCLE: &str = "COHO_META_CRASH_CYCLE";
const CYCLES: u64 = 20;
const TASKS: u64 = 16;
/// The tasks from this one on fill what others put, where it goes inline: into segments.
const FILLING: u64 = 10;
const BUCKET: BucketId = BucketId(1);

/// The change number `step` of a task: every third is a deletion of what the one before wrote.
fn change(cycle: u64, task: u64, step: u64) -> (String, Option<Arc<ObjectRecord>>) {
    let written = |step: u64| format!("{:02}/{cycle}/{step}", task % 4 * 4 + task / 4);
    let blob = u128::from(cycle) << 64 | u128::from(task) << 32 | u128::from(step) | 1 << 100;
    match step % 3 {
        0 => (written(step), Some(inline(blob, &blob.to_be_bytes().repeat(step as usize % 300)))),
        1 => (written(step), Some(stored(&[blob, blob + (1 << 90)]))),
        _ => (written(step - 1 - step / 3 % 2), None),
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn write_until_killed(directory: &Path, cycle: u64) {
    let meta = Arc::new(Overlay::new(Arc::new(open(directory))));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let meta = meta.clone();
        tasks.spawn(async move {
            for step in 0.. {
                match change(cycle, task, step) {
                    (text, Some(object)) if task >= FILLING && step % 3 == 0 => fill(&meta, &text, object).await,
                    (text, object) => {
                        let change = object.map_or(delete(at(0)), put);
                        meta.change_key(BUCKET, &key(&text), change, at(0)).await.unwrap();
                    }
                }
                // One write a line, past the harness, which would keep what `println` prints.
                let line = format!("acknowledged {task} {step}\n");
                std::io::stdout().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    tasks.join_all().await;
}

async fn fill(meta: &Overlay<SqliteMeta>, text: &str, object: Arc<ObjectRecord>) {
    let fill = PersistFill { bucket: BUCKET, key: key(text), object };
    let token = meta.begin_fill(BUCKET, &fill.key).await.unwrap();
    meta.publish(fill.clone(), token).await.unwrap();
    meta.persist(vec![fill], at(0)).await.unwrap();
}

/// Runs the writer, kills it after a number of acknowledgements, and returns the number of steps of each task that it printed.
fn run_and_kill(directory: &Path, cycle: u64, after: u64) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::a_killed_writer_loses_nothing_that_it_acknowledged", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(CYCLE, cycle.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut steps = vec![0; TASKS as usize];
    let mut acknowledged = 0;
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).split(b'\n') {
        let line = String::from_utf8(line.unwrap()).unwrap();
        // The harness of the tests prints, too; and the last line may be cut.
        let Some((task, step)) = line.split_once("acknowledged ").and_then(|(_, numbers)| numbers.split_once(' '))
        else {
            continue;
        };
        let (Ok(task), Ok(step)) = (task.parse::<usize>(), step.parse::<u64>()) else { continue };
        // A cut number is smaller than the whole one.
        steps[task] = steps[task].max(step + 1);
        acknowledged += 1;
        if acknowledged == after {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();
    assert!(killed, "the writer ended by itself");
    steps
}

/// What there must be, and what there may be.
#[derive(Default)]
struct Expected {
    objects: HashMap<String, Arc<ObjectRecord>>,
    /// The one unacknowledged change of each task: the state of its key if it was made.
    in_flight: HashMap<String, Option<Arc<ObjectRecord>>>,
}

impl Expected {
    fn note(&mut self, cycle: u64, steps: &[u64]) {
        self.in_flight.clear();
        for (task, steps) in (0..).zip(steps) {
            for step in 0..*steps {
                match change(cycle, task, step) {
                    (text, Some(object)) => drop(self.objects.insert(text, object)),
                    (text, None) => drop(self.objects.remove(&text)),
                }
            }
            let (text, object) = change(cycle, task, *steps);
            self.in_flight.insert(text, object);
        }
    }

    /// Compares, and takes over what the changes in flight came to.
    async fn verify(&mut self, meta: &dyn MetaStore) {
        for (text, made) in self.in_flight.drain() {
            let found = meta.object(BUCKET, &key(&text)).await.unwrap();
            assert!(found == made || found.as_ref() == self.objects.get(&text), "{text}: {found:?}");
            match found {
                Some(object) => drop(self.objects.insert(text, object)),
                None => drop(self.objects.remove(&text)),
            }
        }
        let (mut listed, mut after) = (0, Some(String::new()));
        while let Some(marker) = after {
            let query = ListQuery { after: marker, max: MAX_LIST_KEYS, ..ListQuery::default() };
            let page = meta.list_objects(BUCKET, query).await.unwrap();
            for entry in page.entries {
                let Listed::Row(row) = entry else { panic!("{entry:?} without a delimiter") };
                let found = meta.object(BUCKET, &row.key).await.unwrap();
                assert_eq!(found.as_ref(), self.objects.get(row.key.as_str()), "{}", row.key);
                listed += 1;
            }
            after = page.next;
        }
        assert_eq!(listed, self.objects.len());
        let stat = meta.bucket_stat(BUCKET).await.unwrap();
        let bytes: u64 = self.objects.values().map(|object| object.size).sum();
        assert_eq!((stat.objects, stat.bytes), (listed as u64, bytes));
    }
}

fn verify_file(directory: &Path) {
    let file = rusqlite::Connection::open(directory.join("meta.sqlite")).unwrap();
    let found: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    let sql = "SELECT (SELECT count(*) FROM inline_data) - (SELECT count(*) FROM object WHERE inline_blob IS NOT NULL AND inline_position IS NULL)";
    let orphans: i64 = file.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(orphans, 0, "inline bodies without an object");
    segments::assert_counted(directory);
    counters::assert_exact(directory);
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        let cycle = std::env::var(CYCLE).unwrap().parse().unwrap();
        return write_until_killed(Path::new(&directory), cycle);
    }
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let meta = open(directory.path());
    assert_eq!(runtime.block_on(bucket(&meta, 1)), BUCKET);
    drop(meta);
    let mut expected = Expected::default();
    for cycle in 0..CYCLES {
        let after = 1 + cycle * cycle * 7919 % 1500;
        let steps = run_and_kill(directory.path(), cycle, after);
        expected.note(cycle, &steps);
        let meta = open(directory.path());
        assert!(runtime.block_on(meta.bucket(&name("bucket-1"))).unwrap().is_some());
        runtime.block_on(expected.verify(&meta));
        drop(meta);
        verify_file(directory.path());
    }
}
