//! kill -9 in the middle of a mixed load, repeatedly: every acknowledged write is stored byte for byte, deleted objects
//! stay deleted, and an object of an unacknowledged write is whole or absent.
//!
//! Each client thread owns its keys, so it knows what each of them may hold; the one call that the kill
//! interrupted leaves two possibilities for its key, the old and the new. The sequence of calls is seeded.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use coho_testkit::body::generated;
use coho_testkit::http::Response;
use coho_testkit::oss::object;
use coho_testkit::{Oss, Server};

use crate::fixture::server;

const BUCKET: &str = "durable";
const CLIENTS: usize = 4;
const KEYS_PER_CLIENT: u64 = 12;
const CYCLES: u64 = 6;
/// Acknowledged calls of a cycle before the kill, to which a seeded few are added.
const CALLS_BEFORE_KILL: u64 = 120;
/// The smallest part that is not the last.
const PART_BYTES: usize = 102_400;

/// The content of a key: the bytes generated for this name, with this length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    name: String,
    len: usize,
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        generated(&self.name, self.len)
    }
}

/// What a key may hold: one state, or two after an interrupted call.
type Possible = Vec<Option<Content>>;

/// Numbers that are the same in every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[derive(Default)]
struct Progress {
    acknowledged: Mutex<u64>,
    changed: Condvar,
}

impl Progress {
    fn add(&self) {
        *self.acknowledged.lock().unwrap() += 1;
        self.changed.notify_all();
    }

    fn wait_for(&self, count: u64) {
        let guard = self.acknowledged.lock().unwrap();
        drop(self.changed.wait_while(guard, |acknowledged| *acknowledged < count).unwrap());
    }
}

/// One client with its keys.
struct Worker {
    id: usize,
    oss: Oss,
    random: Seeded,
    writes: u64,
    keys: BTreeMap<String, Possible>,
}

impl Worker {
    /// Calls until the server is gone.
    fn run(&mut self, progress: &Progress) {
        while self.step(progress).is_ok() {}
    }

    fn step(&mut self, progress: &Progress) -> io::Result<()> {
        let key = self.some_key();
        match self.random.below(10) {
            0..=4 => self.put(&key)?,
            5..=6 => self.delete(&key)?,
            7 => self.delete_multiple()?,
            8 => self.multipart(&key)?,
            _ => self.copy(&key)?,
        }
        progress.add();
        Ok(())
    }

    fn some_key(&mut self) -> String {
        format!("client-{}/key-{}", self.id, self.random.below(KEYS_PER_CLIENT))
    }

    fn new_content(&mut self, key: &str, len: usize) -> Content {
        self.writes += 1;
        Content { name: format!("{key}#{}", self.writes), len }
    }

    /// From now on until [`Worker::done`] the key may hold the new state too.
    fn begin(&mut self, key: &str, new: Option<Content>) {
        self.keys.entry(key.to_owned()).or_insert_with(|| vec![None]).push(new);
    }

    /// The last begun state of the key is acknowledged.
    fn done(&mut self, key: &str) {
        let states = self.keys.get_mut(key).unwrap();
        states.drain(..states.len() - 1);
    }

    fn call(&self, method: &str, target: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> io::Result<Response> {
        let request = headers.iter().fold(self.oss.request(method, target), |r, (n, v)| r.header(n, v));
        let answer = self.oss.try_call(request.body(body))?;
        // A head without the whole body is not an acknowledgement: the kill came between them.
        if answer.end != coho_testkit::http::End::Complete {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        assert!(answer.status() < 300, "{method} {target}: {answer:?}");
        Ok(answer)
    }

    fn put(&mut self, key: &str) -> io::Result<()> {
        let sizes = [0, 10, 3_000, 40_000, 200_000, 1_500_000];
        let len = sizes[self.random.below(sizes.len() as u64) as usize];
        let content = self.new_content(key, len);
        let body = content.bytes();
        self.begin(key, Some(content));
        self.call("PUT", &object(BUCKET, key), body, &[])?;
        self.done(key);
        Ok(())
    }

    fn delete(&mut self, key: &str) -> io::Result<()> {
        self.begin(key, None);
        self.call("DELETE", &object(BUCKET, key), Vec::new(), &[])?;
        self.done(key);
        Ok(())
    }

    fn delete_multiple(&mut self) -> io::Result<()> {
        let mut keys: Vec<_> = (0..3).map(|_| self.some_key()).collect();
        keys.sort();
        keys.dedup();
        let list: String = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
        for key in &keys {
            self.begin(key, None);
        }
        let body = format!("<Delete><Quiet>true</Quiet>{list}</Delete>").into_bytes();
        self.call("POST", &format!("/{BUCKET}/?delete"), body, &[])?;
        for key in &keys {
            self.done(key);
        }
        Ok(())
    }

    fn multipart(&mut self, key: &str) -> io::Result<()> {
        let content = self.new_content(key, 2 * PART_BYTES + 1_000);
        let target = object(BUCKET, key);
        let begun = self.call("POST", &format!("{target}?uploads"), Vec::new(), &[])?;
        let id = begun.element("UploadId").unwrap();
        let mut list = String::new();
        for (number, part) in (1..).zip(content.bytes().chunks(PART_BYTES)) {
            let part_target = format!("{target}?partNumber={number}&uploadId={id}");
            let answer = self.call("PUT", &part_target, part.to_vec(), &[])?;
            let etag = answer.get("etag").unwrap();
            list.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
        }
        if self.random.below(4) == 0 {
            // Left on purpose: an upload that was never completed must never show.
            return Ok(());
        }
        self.begin(key, Some(content));
        let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>").into_bytes();
        self.call("POST", &format!("{target}?uploadId={id}"), body, &[])?;
        self.done(key);
        Ok(())
    }

    fn copy(&mut self, key: &str) -> io::Result<()> {
        let source = self.some_key();
        let held = self.keys.get(&source).and_then(|states| states.last().cloned().flatten());
        let Some(content) = held.filter(|_| source != key) else { return Ok(()) };
        self.begin(key, Some(content));
        self.call("PUT", &object(BUCKET, key), Vec::new(), &[("x-oss-copy-source", &object(BUCKET, &source))])?;
        self.done(key);
        Ok(())
    }

    /// Every key holds what it may hold; afterwards that is the only possibility.
    fn verify(&mut self, cycle: u64) {
        for (key, states) in &mut self.keys {
            let answer = self.oss.get(BUCKET, key);
            let found = match answer.status() {
                404 => None,
                200 => Some(answer.body),
                _ => panic!("cycle {cycle}, {key}: {answer:?}"),
            };
            let fits = |state: &&Option<Content>| state.as_ref().map(Content::bytes) == found;
            let state = states.iter().find(fits).cloned();
            let len = found.as_ref().map(Vec::len);
            *states =
                vec![state.unwrap_or_else(|| panic!("cycle {cycle}, {key}: holds {len:?} bytes, may be {states:?}"))];
        }
    }

    fn present(&self) -> impl Iterator<Item = String> + '_ {
        self.keys.iter().filter(|(_, states)| states[0].is_some()).map(|(key, _)| key.clone())
    }
}

fn run_until_killed(server: &mut Server, workers: &mut Vec<Worker>, cycle: u64) {
    let progress = Arc::new(Progress::default());
    let threads: Vec<_> = workers
        .drain(..)
        .map(|mut worker| {
            let progress = Arc::clone(&progress);
            thread::spawn(move || {
                worker.run(&progress);
                worker
            })
        })
        .collect();
    progress.wait_for(CALLS_BEFORE_KILL + Seeded(cycle).below(60));
    server.kill9().unwrap();
    workers.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
}

#[test]
fn after_kill_9_exactly_the_acknowledged_writes_are_stored() {
    let (mut server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    let worker =
        |id| Worker { id, oss: oss.clone(), random: Seeded(0x00c0_ffee + id as u64), writes: 0, keys: BTreeMap::new() };
    let mut workers: Vec<_> = (0..CLIENTS).map(worker).collect();
    for cycle in 0..CYCLES {
        run_until_killed(&mut server, &mut workers, cycle);
        server.restart().unwrap();
        let oss = Oss::new(&server);
        for worker in &mut workers {
            worker.oss = oss.clone();
            worker.verify(cycle);
        }
        let mut expected: Vec<_> = workers.iter().flat_map(Worker::present).collect();
        expected.sort();
        assert_eq!(oss.keys(BUCKET), expected, "cycle {cycle}: the listing shows exactly the stored keys");
    }
}
