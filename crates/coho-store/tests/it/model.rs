//! Random uses against a map, with failing disks and restarts in between.

use crate::{
    appending,
    faulty::{self, Plan},
    filling, multipart,
    rig::{Engine, INLINE, MetaEngine, Rig, bytes, eventually, key},
};
use bytes::Bytes;
use coho_model::{BlobId, MIN_PART_BYTES, MasterKeyId, ObjectType, Refusal, UploadId};
use coho_store::{Fill, Filled, Replaced, ResealOutcome, SealedCursor, StoreError, remove_orphans};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

const KEYS: [&str; 3] = ["a", "b", "c"];
/// Bodies of no bytes, inline ones, small and large files, and parts that may stand before others.
const SIZES: [usize; 7] = [0, 10, INLINE, INLINE + 1, 70_000, MIN_PART_BYTES as usize, 300_000];

#[derive(Debug, Clone)]
enum Op {
    Put {
        key: usize,
        size: usize,
    },
    Append {
        key: usize,
        size: usize,
    },
    Delete {
        key: usize,
    },
    Copy {
        from: usize,
        to: usize,
    },
    Begin {
        key: usize,
    },
    Part {
        upload: usize,
        number: u16,
        size: usize,
    },
    Complete {
        upload: usize,
    },
    Abort {
        upload: usize,
    },
    Fill {
        key: usize,
    },
    Feed {
        fill: usize,
        size: usize,
    },
    Commit {
        fill: usize,
    },
    Abandon {
        fill: usize,
    },
    Lose {
        fill: usize,
    },
    /// What follows is encrypted, or not.
    Encrypt(bool),
    /// A new master key, unless a walk seals data keys anew.
    Rotate,
    /// A page of that walk. After the last one, the old master keys are retired.
    Reseal,
    Sweep,
    /// The disk fails at that step of what follows.
    Fault {
        step: i64,
        late: bool,
    },
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let (key, which, size) = (0..KEYS.len(), 0..4usize, 0..SIZES.len());
    prop_oneof![
        4 => (key.clone(), size.clone()).prop_map(|(key, size)| Op::Put { key, size }),
        6 => (key.clone(), size.clone()).prop_map(|(key, size)| Op::Append { key, size }),
        2 => key.clone().prop_map(|key| Op::Delete { key }),
        2 => (key.clone(), key.clone()).prop_map(|(from, to)| Op::Copy { from, to }),
        2 => key.clone().prop_map(|key| Op::Begin { key }),
        6 => (which.clone(), 1..4u16, size.clone()).prop_map(|(upload, number, size)| Op::Part { upload, number, size }),
        3 => which.clone().prop_map(|upload| Op::Complete { upload }),
        1 => which.clone().prop_map(|upload| Op::Abort { upload }),
        4 => key.prop_map(|key| Op::Fill { key }),
        5 => (which.clone(), size).prop_map(|(fill, size)| Op::Feed { fill, size }),
        4 => which.clone().prop_map(|fill| Op::Commit { fill }),
        1 => which.clone().prop_map(|fill| Op::Abandon { fill }),
        1 => which.prop_map(|fill| Op::Lose { fill }),
        3 => any::<bool>().prop_map(Op::Encrypt),
        2 => Just(Op::Rotate),
        5 => Just(Op::Reseal),
        2 => Just(Op::Sweep),
        2 => (0..5i64, any::<bool>()).prop_map(|(step, late)| Op::Fault { step, late }),
        1 => Just(Op::Restart),
    ]
}

struct Upload {
    id: UploadId,
    key: usize,
    parts: BTreeMap<u16, Bytes>,
}

struct Running {
    fill: Fill,
    number: u64,
    key: usize,
    body: Vec<u8>,
}

/// When committed fills become durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Persisted {
    /// Before their commit returns.
    AtOnce,
    /// After it, so that later steps meet objects that have no row yet. The disk then fails only while there are none, and fills
    /// begin where no object is.
    Later,
}

/// The store beside what it should hold.
struct World {
    rig: Rig,
    persisted: Persisted,
    plan: Arc<Plan>,
    objects: BTreeMap<usize, Vec<u8>>,
    uploads: Vec<Upload>,
    fills: Vec<Running>,
    /// Which fill holds the token of a key.
    tokens: BTreeMap<usize, u64>,
    /// The place of the walk that seals data keys anew.
    walk: Option<SealedCursor>,
    /// Makes every body another.
    seed: u64,
}

impl World {
    async fn new(engine: Engine, meta: MetaEngine, persisted: Persisted) -> Self {
        let (mut rig, plan) = faulty::rig_on(engine, meta).await;
        rig.persist_after(persisted.delay());
        let (objects, uploads, fills, tokens) = Default::default();
        Self { rig, persisted, plan, objects, uploads, fills, tokens, walk: None, seed: 0 }
    }

    fn body(&mut self, size: usize) -> Bytes {
        self.seed += 1;
        bytes(self.seed, SIZES[size])
    }

    fn written(&mut self, key: usize, body: Vec<u8>) {
        self.objects.insert(key, body);
        self.tokens.remove(&key);
    }

    /// Whether it was done; only the disk may have kept it from that.
    fn done<T>(result: Result<T, StoreError>) -> bool {
        match result {
            Ok(_) => true,
            Err(StoreError::Blob(_)) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn apply(&mut self, op: Op) {
        match op {
            Op::Put { key, size } => {
                let body = self.body(size);
                if Self::done(self.rig.put(KEYS[key], &body).await) {
                    self.written(key, body.into());
                }
            }
            Op::Append { key, size } => self.append(key, size).await,
            Op::Delete { key } => {
                self.rig.delete(KEYS[key]).await;
                self.objects.remove(&key);
                self.tokens.remove(&key);
            }
            Op::Copy { from, to } => self.copy(from, to).await,
            Op::Begin { key } => {
                let id = multipart::begin(&self.rig, KEYS[key]).await;
                self.uploads.push(Upload { id, key, parts: BTreeMap::new() });
            }
            Op::Part { upload, number, size } => self.part(upload, number, size).await,
            Op::Complete { upload } => self.complete(upload).await,
            Op::Abort { upload } => {
                if upload < self.uploads.len() {
                    let Upload { id, key: name, .. } = self.uploads.remove(upload);
                    self.rig.store.abort_upload(&self.rig.bucket, &key(KEYS[name]), id).await.unwrap();
                }
            }
            Op::Encrypt(encrypts) => self.rig.encrypt(encrypts),
            Op::Rotate if self.walk.is_some() => {}
            Op::Rotate => {
                self.rig.store.rotate_master_key().await.unwrap();
                self.walk = Some(SealedCursor::default());
            }
            Op::Reseal => self.reseal().await,
            Op::Sweep => drop(self.rig.sweep().await),
            Op::Fault { step, late } => {
                self.rig.store.persist_fills().await;
                self.plan.fail_after(step, late);
            }
            Op::Restart => self.restart().await,
            fill => self.apply_to_fill(fill).await,
        }
    }

    async fn apply_to_fill(&mut self, op: Op) {
        match op {
            Op::Fill { key } if self.persisted == Persisted::Later && self.objects.contains_key(&key) => {}
            Op::Fill { key } => {
                self.seed += 1;
                self.tokens.insert(key, self.seed);
                let fill = filling::begin(&self.rig, KEYS[key], None).await;
                self.fills.push(Running { fill, number: self.seed, key, body: Vec::new() });
            }
            Op::Feed { fill, size } if fill < self.fills.len() => {
                let body = self.body(size);
                let running = &mut self.fills[fill];
                running.body.extend_from_slice(&body);
                if !Self::done(running.fill.write(body).await) {
                    self.abandon(fill).await;
                }
            }
            Op::Commit { fill } if fill < self.fills.len() => self.commit(fill).await,
            Op::Abandon { fill } if fill < self.fills.len() => self.abandon(fill).await,
            Op::Lose { fill } if fill < self.fills.len() => drop(self.fills.remove(fill)),
            _ => {}
        }
    }

    async fn append(&mut self, key: usize, size: usize) {
        let body = self.body(size);
        let there = self.rig.object(KEYS[key]).await;
        let position = there.as_ref().map_or(0, |object| object.size);
        let appended = appending::append(&self.rig, KEYS[key], position, &body).await;
        if there.is_some_and(|object| object.object_type != ObjectType::Appendable) {
            assert!(matches!(appended, Err(StoreError::Refused(Refusal::ObjectNotAppendable))), "{appended:?}");
        } else if Self::done(appended) {
            let mut whole = self.objects.get(&key).cloned().unwrap_or_default();
            whole.extend_from_slice(&body);
            self.written(key, whole);
        }
    }

    async fn copy(&mut self, from: usize, to: usize) {
        let Some(source) = self.rig.object(KEYS[from]).await else { return };
        let target = key(KEYS[to]);
        let replaced = Replaced { encryption: self.rig.encryption, ..Replaced::default() };
        let copied = self.rig.store.copy_object(source, &self.rig.bucket, &target, replaced, false).await;
        if Self::done(copied) {
            self.written(to, self.objects[&from].clone());
        }
    }

    /// A page, with whatever was done since the one before. After the last one no older key seals anything, and what still runs does without.
    async fn reseal(&mut self) {
        let Some(cursor) = self.walk.take() else { return };
        let (store, bucket) = (&self.rig.store, &self.rig.bucket);
        let page = store.sealed_page(bucket, &cursor).await.unwrap();
        for item in &page.items {
            let outcome = store.reseal(bucket, item).await.unwrap();
            assert!(!matches!(outcome, ResealOutcome::Unopened(_)), "{outcome:?}");
        }
        self.walk = page.next;
        if self.walk.is_some() {
            return;
        }
        let keys = self.rig.keys.keyring().overview();
        let sealed = sealed_by(&self.rig).await;
        for key in keys.iter().filter(|key| !key.is_active) {
            let count = sealed.get(&key.id).copied().unwrap_or_default();
            assert_eq!(count, 0, "{sealed:?}");
            self.rig.store.retire_master_key(key.id, count).await.unwrap();
        }
    }

    async fn part(&mut self, upload: usize, number: u16, size: usize) {
        let body = self.body(size);
        let Some(upload) = self.uploads.get_mut(upload) else { return };
        let put = multipart::put_part(&self.rig, KEYS[upload.key], upload.id, number, &body).await;
        if Self::done(put) {
            upload.parts.insert(number, body);
        }
    }

    async fn complete(&mut self, upload: usize) {
        let Some(Upload { id, key: name, parts }) = self.uploads.get(upload) else { return };
        let last = parts.keys().last();
        let small = parts.iter().any(|(number, part)| Some(number) != last && part.len() < SIZES[5]);
        let all = multipart::completion(&self.rig, None);
        let completed = self.rig.store.complete_upload(&self.rig.bucket, &key(KEYS[*name]), *id, all).await;
        assert_eq!(completed.is_ok(), !parts.is_empty() && !small, "{completed:?}");
        if completed.is_ok() {
            let Upload { key, parts, .. } = self.uploads.remove(upload);
            self.written(key, parts.into_values().flatten().collect());
        }
    }

    async fn commit(&mut self, fill: usize) {
        let Running { fill, number, key, body } = self.fills.remove(fill);
        let wins = self.tokens.get(&key) == Some(&number) && !self.objects.contains_key(&key);
        if self.persisted == Persisted::Later {
            self.plan.take_pending();
        }
        let committed = filling::commit(fill).await;
        if self.tokens.get(&key) == Some(&number) {
            self.tokens.remove(&key);
        }
        if let Ok(filled) = &committed {
            assert_eq!(matches!(filled, Filled::Stored(_)), wins, "{filled:?}");
        }
        if Self::done(committed) && wins {
            self.written(key, body);
        }
    }

    async fn abandon(&mut self, fill: usize) {
        let Running { fill, number, key, .. } = self.fills.remove(fill);
        fill.abandon("as the test wants it").await;
        if self.tokens.get(&key) == Some(&number) {
            self.tokens.remove(&key);
        }
    }

    async fn restart(&mut self) {
        // Those that are only dropped may leave a file for a moment, which would then be an orphan.
        for Running { fill, .. } in self.fills.drain(..) {
            fill.abandon("restart").await;
        }
        self.rig.store.persist_fills().await;
        self.rig.clock.advance(1_000);
        self.rig.restart();
        self.rig.persist_after(self.persisted.delay());
        assert_eq!(remove_orphans(&self.rig.store, self.rig.store.now()).await.unwrap(), 0, "nothing crashed");
    }

    async fn check(&self) {
        for (at, name) in KEYS.into_iter().enumerate() {
            let content = self.rig.content(name).await;
            assert!(content.as_ref() == self.objects.get(&at), "{name} has {:?} bytes", content.map(|body| body.len()));
        }
    }

    async fn named(&self) -> BTreeSet<BlobId> {
        let mut named = BTreeSet::new();
        for name in KEYS {
            named.extend(self.rig.object(name).await.iter().flat_map(|record| record.body.file_blobs()));
        }
        for upload in &self.uploads {
            let page = self.rig.meta.list_parts(self.rig.bucket.id, upload.id, 0, 100).await.unwrap();
            assert_eq!(page.parts.len(), upload.parts.len());
            named.extend(page.parts.iter().filter_map(|part| part.extent).map(|extent| extent.blob));
        }
        named
    }
}

impl Persisted {
    const ALL: [Self; 2] = [Self::AtOnce, Self::Later];

    fn delay(self) -> Duration {
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::Later => Duration::from_secs(600),
        }
    }
}

/// How many data keys each master key seals.
pub(crate) async fn sealed_by(rig: &Rig) -> BTreeMap<MasterKeyId, u64> {
    let (mut cursor, mut sealed) = (Some(SealedCursor::default()), BTreeMap::new());
    while let Some(at) = cursor {
        let page = rig.store.sealed_page(&rig.bucket, &at).await.unwrap();
        for item in page.items {
            *sealed.entry(item.data_key.master).or_default() += 1;
        }
        cursor = page.next;
    }
    sealed
}

async fn run(engine: Engine, meta: MetaEngine, persisted: Persisted, ops: Vec<Op>) {
    let mut world = World::new(engine, meta, persisted).await;
    for op in ops {
        world.apply(op).await;
        world.check().await;
    }
    world.rig.store.persist_fills().await;
    world.check().await;
    world.rig.sweep().await;
    world.fills.clear();
    let named = world.named().await;
    // The files of fills that were given up go, some of which are made only now.
    eventually("exactly what is named is on the disk", || world.rig.files() == named).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_holds_what_a_map_would_hold(engine in prop::sample::select(&Engine::ALL), ops in prop::collection::vec(op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        for (meta, persisted) in MetaEngine::ALL.into_iter().flat_map(|meta| Persisted::ALL.map(|when| (meta, when))) {
            runtime.block_on(run(engine, meta, persisted, ops.clone()));
        }
    }
}
