//! The life of a process: it starts over what an earlier one has left, and ends in order or by a kill.

use super::{Answer, RESTORE_DELAY, Setup, World};
use crate::{
    faulty::{FaultyBlobs, Plan},
    faulty_meta::FaultyMeta,
    model::{
        step::{KEYS, Step},
        twin::{Id, State, Twin, Version},
    },
    rig::{
        Engine, MetaEngine, Rig, TestClock, eventually, fs_blobs, key as object_key, keys, make_bucket, options,
        sqlite_engine, store_with,
    },
};
use coho_blob::{BlobStore, FsOptions, MemoryBlobs};
use coho_crypt::MasterKeys;
use coho_meta::{FillStore, MemoryMeta, MetaStore, Overlay};
use coho_model::{BlobId, BucketRecord, KeyChange, SseAlgorithm, Versioning};
use coho_store::{SealedCursor, SpooledBlobs, StoreOptions, remove_orphans};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Weak},
};
use tempfile::TempDir;

/// What outlives a process.
pub(in super::super) struct Remains {
    setup: Setup,
    folder: TempDir,
    /// The blobs of an engine without files.
    memory: Option<MemoryBlobs>,
    /// The metadata of an engine without files.
    maps: Option<Arc<dyn MetaStore>>,
    /// Nothing of the process may hold its engine any more.
    engine: Option<Weak<dyn MetaStore>>,
    clock: Arc<TestClock>,
    keys: Arc<MasterKeys>,
    bucket: Option<Arc<BucketRecord>>,
    encryption: Option<SseAlgorithm>,
    twin: Twin,
    before: Twin,
    walk: Option<SealedCursor>,
    seed: u64,
}

impl Remains {
    pub(in super::super) fn new(setup: Setup) -> Self {
        let maps: Arc<dyn MetaStore> = Arc::new(MemoryMeta::new());
        Self {
            setup,
            folder: tempfile::tempdir().unwrap(),
            memory: (setup.blobs == Engine::MemoryAndSpool).then(|| MemoryBlobs::new(1 << 40)),
            maps: matches!(setup.meta, MetaEngine::Memory).then_some(maps),
            engine: None,
            clock: Arc::new(TestClock::new()),
            keys: keys(),
            bucket: None,
            encryption: None,
            twin: Twin::new(),
            before: Twin::new(),
            walk: None,
            seed: 0,
        }
    }

    fn blobs(&self) -> Arc<dyn BlobStore> {
        let folder: &Path = self.folder.path();
        match &self.memory {
            None => fs_blobs(folder, 0),
            Some(memory) => {
                let options = FsOptions { reserve_bytes: 0, open_files: 8 };
                let spooled = SpooledBlobs::open(Arc::new(memory.clone()), folder.join("blobs"), options);
                Arc::new(spooled.unwrap())
            }
        }
    }

    /// Starts the next process.
    pub(in super::super) async fn start(self) -> World {
        let living = self.engine.as_ref().map_or(0, Weak::strong_count);
        assert!(living == 0 || self.maps.is_some(), "the engine outlives its process");
        let engine = self.maps.clone().unwrap_or_else(|| Arc::new(sqlite_engine(self.folder.path())));
        let plan = Arc::new(Plan::leaving_files(self.memory.is_none()));
        let blobs: Arc<dyn BlobStore> = Arc::new(FaultyBlobs { inner: self.blobs(), plan: plan.clone() });
        let faulty = FaultyMeta { inner: engine.clone(), plan: plan.clone() };
        let meta: Arc<dyn FillStore> =
            if self.setup.overlay { Arc::new(Overlay::new(Arc::new(faulty))) } else { Arc::new(faulty) };
        let Self { setup, folder, memory, clock, keys, bucket, encryption, twin, before, walk, seed, .. } = self;
        clock.advance(1_000);
        let options =
            StoreOptions { persist_delay: setup.persisted.delay(), restore_delay: RESTORE_DELAY, ..options() };
        let store = store_with(&meta, &blobs, &clock, &keys, options);
        let bucket = match bucket {
            Some(bucket) => bucket,
            None => make_bucket(&store).await,
        };
        let rig = Rig { memory, clock, meta, blobs, store, bucket, folder, keys, encryption, options };
        World {
            setup,
            rig,
            engine,
            plan,
            twin,
            before,
            fills: Vec::new(),
            may_leave_orphans: false,
            has_lost_fills: false,
            may_fail_late: false,
            read: BTreeSet::new(),
            walk,
            seed,
        }
    }
}

impl World {
    /// Ends the process; what it was doing ends with its runtime.
    pub(in super::super) fn stop(self) -> Remains {
        let Self { setup, rig, engine, twin, before, walk, seed, fills, plan, .. } = self;
        let Rig { memory, clock, meta, blobs, store, bucket, folder, keys, encryption, .. } = rig;
        drop((fills, plan, meta, blobs, store));
        let maps = matches!(setup.meta, MetaEngine::Memory).then(|| engine.clone());
        let weak = Arc::downgrade(&engine);
        let bucket = Some(bucket);
        Remains {
            setup,
            folder,
            memory,
            maps,
            engine: Some(weak),
            clock,
            keys,
            bucket,
            encryption,
            twin,
            before,
            walk,
            seed,
        }
    }

    /// Prepares an orderly end.
    pub(in super::super) async fn finish_work(&mut self) {
        self.plan.take_pending();
        while !self.fills.is_empty() {
            self.abandon(0).await;
        }
        self.persist().await;
    }

    /// What every start does: the search for orphans. Exactly what is named, or garbage, is left.
    pub(in super::super) async fn clean_up(&mut self, expects_orphans: bool) -> Result<(), String> {
        let removed =
            remove_orphans(&self.rig.store, self.rig.store.now()).await.map_err(|error| format!("{error:?}"))?;
        if removed > 0 && !expects_orphans {
            return Err(format!("{removed} orphans after an orderly end"));
        }
        self.twin.now = self.rig.store.now().unix_ms();
        self.look_up_bucket().await.map_err(|stop| format!("{stop:?}"))?;
        let (files, named, referenced) = (self.rig.files(), self.named_blobs().await?, self.referenced().await?);
        // Garbage may have no file: a sweep was killed between the two.
        let (lost, orphans) = (named.difference(&files).count(), files.difference(&referenced).count());
        if (lost, orphans) != (0, 0) {
            return Err(format!("{lost} records without their blobs, {orphans} blobs without a record"));
        }
        Ok(())
    }

    /// The blobs that the engine says are in use, or garbage.
    async fn referenced(&self) -> Result<BTreeSet<BlobId>, String> {
        let (mut all, mut after) = (BTreeSet::new(), None);
        loop {
            let page = self.rig.meta.referenced_blobs(after, 7).await.map_err(|error| format!("{error:?}"))?;
            all.extend(page.blobs);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Finds out what a lost step has done: everything, or nothing. What was acknowledged is there.
    pub(in super::super) async fn settle(&mut self, step: &Step, answer: Answer) -> Result<(), String> {
        let candidates = match answer {
            Answer::Given => vec![self.twin.clone()],
            Answer::Lost => vec![self.twin.clone(), self.before.clone()],
        };
        let now = self.rig.store.now().unix_ms();
        let mut settled = Twin { now, ..candidates[candidates.len() - 1].clone() };
        let mut agreeing: Vec<usize> = (0..candidates.len()).collect();
        if self.plan.is_dead() {
            return Err("the process is dead".into());
        }
        self.abort_unknown_upload(step, answer, &candidates).await?;
        for (key, name) in KEYS.iter().enumerate() {
            let (mut possible, mut reasons) = (Vec::new(), Vec::new());
            for (number, candidate) in candidates.iter().enumerate() {
                let candidate = Twin { now, ..candidate.clone() };
                match self.key_after_crash(candidate, key).await {
                    Ok(versions) => possible.push((number, versions)),
                    Err(reason) => reasons.push(reason),
                }
            }
            let Some((_, versions)) = possible.first().cloned() else {
                return Err(format!("{} is neither of: {reasons:?}", name));
            };
            settled.keys.remove(&key);
            settled.keys.extend(versions.map(|versions| (key, versions)));
            agreeing.retain(|number| possible.iter().any(|(possible, _)| possible == number));
        }
        let mut of_uploads = Vec::new();
        for (number, candidate) in candidates.iter().enumerate() {
            if self.compare_uploads(candidate).await.is_ok() {
                of_uploads.push(number);
            }
        }
        let chosen = *of_uploads.first().ok_or("the uploads are of no state")?;
        settled.uploads.clone_from(&candidates[chosen].uploads);
        agreeing.retain(|number| of_uploads.contains(number));
        let state = match self.rig.bucket.versioning() {
            Versioning::Off => State::Unversioned,
            Versioning::Enabled => State::Enabled,
            Versioning::Suspended => State::Suspended,
        };
        agreeing.retain(|number| candidates[*number].state == state);
        settled.state = state;
        if agreeing.is_empty() && !matches!(step, Step::DeleteMany { .. }) {
            return Err("the step is made by half".into());
        }
        self.twin = settled;
        Ok(())
    }

    /// The versions of a key, if the store has those of the candidate. A mirrored object that was not durable may be gone.
    async fn key_after_crash(&mut self, mut candidate: Twin, key: usize) -> Result<Option<Vec<Version>>, String> {
        let compared = self.compare_key(&mut candidate, key).await;
        if compared.is_err()
            && let [Version { id: Id::Null, object: Some(object), .. }] = candidate.versions(key)
            && !object.durable
        {
            candidate.keys.remove(&key);
            self.compare_key(&mut candidate, key).await?;
            return Ok(None);
        }
        compared.map(|()| candidate.keys.remove(&key))
    }

    /// An upload whose id has reached no client.
    async fn abort_unknown_upload(&self, step: &Step, answer: Answer, candidates: &[Twin]) -> Result<(), String> {
        let is_known = |id| candidates.iter().flat_map(|twin| &twin.uploads).any(|upload| upload.id == id);
        let unknown: Vec<_> = self.uploads().await?.into_iter().filter(|(_, id)| !is_known(*id)).collect();
        match (&unknown[..], step, answer) {
            ([], _, _) => Ok(()),
            ([(key, id)], Step::Begin { .. }, Answer::Lost) => {
                let aborted = self.rig.store.abort_upload(&self.rig.bucket, key, *id).await;
                aborted.map_err(|error| format!("{error:?}"))
            }
            _ => Err(format!("{unknown:?} were never begun")),
        }
    }

    /// A bucket for the next sequence.
    pub(in super::super) async fn begin(&mut self) {
        self.rig.encrypt(false);
        self.walk = None;
        self.twin = Twin::new();
        self.twin.now = self.rig.store.now().unix_ms();
    }

    /// Ends a sequence in order: what is not named is removed, and nothing else.
    pub(in super::super) async fn end(&mut self) -> Result<(), String> {
        self.rig.sweep().await;
        self.twin.now = self.rig.store.now().unix_ms();
        self.check(true).await?;
        let named = self.named_blobs().await?;
        // The files of fills that were given up go, some of which are made only now.
        eventually("exactly what is named is stored", || self.rig.files() == named).await;
        self.empty().await.map_err(|error| format!("emptying the bucket: {error}"))?;
        self.rig.sweep().await;
        eventually("nothing is stored", || self.rig.files().is_empty()).await;
        let stat = self.rig.store.bucket_stat(&self.rig.bucket).await;
        if stat.as_ref().ok() != Some(&Default::default()) {
            return Err(format!("an empty bucket has {stat:?}"));
        }
        self.rig.store.delete_bucket(&self.rig.bucket.name).await.map_err(|error| format!("{error:?}"))?;
        self.rig.bucket = make_bucket(&self.rig.store).await;
        Ok(())
    }

    async fn empty(&self) -> Result<(), String> {
        let fail = |error| format!("{error:?}");
        for (key, id) in self.uploads().await? {
            self.rig.store.abort_upload(&self.rig.bucket, &key, id).await.map_err(|error| format!("{error:?}"))?;
        }
        for (key, name) in KEYS.iter().enumerate() {
            for (summary, _) in self.versions_of(key).await? {
                let (name, change) = (object_key(name), KeyChange::DeleteVersion(summary.version.id()));
                let changed = self.rig.meta.change_key(self.rig.bucket.id, &name, change, self.rig.store.now()).await;
                changed.map_err(fail)?;
            }
        }
        Ok(())
    }
}
