//! The fills of an engine that is alone with its data: their tokens, and the objects of those that are not settled yet. All
//! of it is in memory, since a fill does not outlive the process and can be made again.

use coho_model::{BucketId, Fence, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, StatDelta};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

/// Who may commit a fill of which key.
///
/// Why a fill can never undo a later write. The engine applies changes one after the other. Where one says that it
/// revokes ([`coho_model::Effects::revoke_fill`]), the engine removes the key's token under this lock twice: when it
/// applies the change, and again when the change is committed, before it answers.
///
/// Let `begin` have given out fence F, and let a put or a delete D be answered after that.
/// - Was D applied after `begin` returned, its first removal takes F (or a fence that has replaced F). Fences are given
///   out once, so no token carries F ever after, and a commit of the fill that is applied behind D is refused, be it in
///   the same batch. It does not matter whether D found anything.
/// - Was D applied before, but answered after, its second removal takes F. Such a D might as well count as the
///   earlier one, but so nobody has to think about it: a token that is held says that nothing was answered since.
/// - A commit of the fill that is applied before D is a fill that came first, and D replaces or removes what it wrote.
///
/// If a batch is rolled back, the tokens that it removed stay removed. The fills are then refused without
/// need, which costs a fetch and never a write.
///
/// An object that is placed ([`Self::place`]) takes the token's place under the same lock. The engine asks for it before it
/// applies a change, and takes the key with what it was told: if an object was placed in between, it must look again. From then
/// on nothing is placed under that key until the batch has ended, even by a fill that begins meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Fills {
    state: Mutex<State>,
    /// How many objects are unsettled; whoever reads 0 needs no lock.
    unsettled: AtomicUsize,
    /// How often a key was written, many keys to a counter.
    versions: Versions,
}

/// So many counters that two keys which are written at the same time rarely share one.
const VERSIONS: usize = 1024;

#[derive(Debug)]
struct Versions {
    counts: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Default for Versions {
    fn default() -> Self {
        Self { counts: (0..VERSIONS).map(|_| AtomicU64::new(0)).collect(), hasher: RandomState::new() }
    }
}

impl Versions {
    fn of(&self, bucket: BucketId, key: &ObjectKey) -> &AtomicU64 {
        &self.counts[self.hasher.hash_one((bucket, key)) as usize % VERSIONS]
    }
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    held: HashMap<BucketId, HashMap<ObjectKey, Fence>>,
    unsettled: HashMap<BucketId, Unsettled>,
    /// Keys that changes of the open batch have taken, and buckets that one may remove: nothing is placed there before it is
    /// known what becomes of the batch.
    writing: HashSet<(BucketId, ObjectKey)>,
    closing: HashSet<BucketId>,
    /// Counts what is placed and what goes.
    moves: u64,
}

/// The unsettled objects of one bucket.
#[derive(Debug, Default)]
struct Unsettled {
    objects: BTreeMap<String, Arc<ObjectRecord>>,
    bytes: i64,
}

impl Fills {
    /// Gives the token to a new fill if `bucket_exists` says so, which is asked under the lock: a bucket that goes is
    /// taken out of sight first and loses its tokens then, so none can be left behind.
    pub(crate) fn begin(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        bucket_exists: impl FnOnce() -> bool,
    ) -> Option<Fence> {
        let mut state = self.lock();
        if !bucket_exists() {
            return None;
        }
        state.last += 1;
        let fence = Fence(state.last);
        state.held.entry(bucket).or_default().insert(key.clone(), fence);
        Some(fence)
    }

    /// Changes with every write of the key that is answered later, and sometimes without one.
    pub(crate) fn version(&self, bucket: BucketId, key: &ObjectKey) -> u64 {
        self.versions.of(bucket, key).load(Ordering::SeqCst)
    }

    pub(crate) fn get(&self, bucket: BucketId, key: &ObjectKey) -> Option<Fence> {
        self.lock().held.get(&bucket)?.get(key).copied()
    }

    pub(crate) fn end(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) {
        self.lock().remove_token_if(bucket, key, |held| held == fence);
    }

    /// Takes the token, whoever has it.
    pub(crate) fn revoke(&self, bucket: BucketId, key: &ObjectKey) {
        self.versions.of(bucket, key).fetch_add(1, Ordering::SeqCst);
        self.lock().remove_token_if(bucket, key, |_| true);
    }

    /// Shows the object of a fill that has the token, which goes; gives whether it had.
    pub(crate) fn place(&self, bucket: BucketId, key: &ObjectKey, fence: Fence, object: Arc<ObjectRecord>) -> bool {
        let mut state = self.lock();
        let is_taken = state.closing.contains(&bucket) || state.writing.contains(&(bucket, key.clone()));
        if is_taken || !state.remove_token_if(bucket, key, |held| held == fence) {
            return false;
        }
        // Before the object can be seen by those who look under the lock, so that the others look there.
        self.unsettled.fetch_add(1, Ordering::SeqCst);
        self.versions.of(bucket, key).fetch_add(1, Ordering::SeqCst);
        state.moves += 1;
        let unsettled = state.unsettled.entry(bucket).or_default();
        unsettled.bytes += object.size as i64;
        let old = unsettled.objects.insert(key.as_str().to_owned(), object);
        debug_assert!(old.is_none(), "a fill that sees an object ends");
        true
    }

    /// The unsettled object under that key.
    pub(crate) fn unsettled(&self, bucket: BucketId, key: &ObjectKey) -> Option<Arc<ObjectRecord>> {
        if self.unsettled.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.lock().unsettled.get(&bucket)?.objects.get(key.as_str()).cloned()
    }

    /// What the unsettled objects add to the bucket's counters, and how often they have moved.
    pub(crate) fn unsettled_stat(&self, bucket: BucketId) -> (StatDelta, u64) {
        let state = self.lock();
        let delta = state.unsettled.get(&bucket).map_or_else(StatDelta::default, |unsettled| StatDelta {
            objects: unsettled.objects.len() as i64,
            bytes: unsettled.bytes,
            ..StatDelta::default()
        });
        (delta, state.moves)
    }

    /// The unsettled objects that a listing may show, in order.
    pub(crate) fn unsettled_for(&self, bucket: BucketId, query: &ListQuery) -> Vec<(String, Arc<ObjectRecord>)> {
        if self.unsettled.load(Ordering::SeqCst) == 0 {
            return Vec::new();
        }
        let state = self.lock();
        let Some(unsettled) = state.unsettled.get(&bucket) else { return Vec::new() };
        let from = (&*query.prefix).max(&*query.after);
        let behind = unsettled.objects.range::<str, _>((Bound::Included(from), Bound::Unbounded));
        let listed = behind.take_while(|(name, _)| name.starts_with(&*query.prefix));
        listed.map(|(name, object)| (name.clone(), object.clone())).collect()
    }

    /// All unsettled objects.
    pub(crate) fn all_unsettled(&self) -> Vec<Arc<ObjectRecord>> {
        let state = self.lock();
        state.unsettled.values().flat_map(|unsettled| unsettled.objects.values().cloned()).collect()
    }

    /// Takes the key for a change of the open batch that was applied to this unsettled object, or to none. If there is another
    /// one by now it gives `false` and has done nothing.
    pub(crate) fn take(&self, bucket: BucketId, key: &ObjectKey, seen: Option<&Arc<ObjectRecord>>) -> bool {
        let mut state = self.lock();
        let there = state.unsettled.get(&bucket).and_then(|unsettled| unsettled.objects.get(key.as_str()));
        let unseen = there.is_some_and(|there| !seen.is_some_and(|seen| Arc::ptr_eq(seen, there)));
        if !unseen {
            state.remove_token_if(bucket, key, |_| true);
            state.writing.insert((bucket, key.clone()));
        }
        !unseen
    }

    /// The open batch may remove the bucket.
    pub(crate) fn close_bucket(&self, bucket: BucketId) {
        self.lock().closing.insert(bucket);
    }

    /// The batch is published, or rolled back.
    pub(crate) fn end_batch(&self) {
        let mut state = self.lock();
        state.writing.clear();
        state.closing.clear();
    }

    /// A change of that key is in the file: whatever was filled before it goes.
    pub(crate) fn overwritten(&self, bucket: BucketId, key: &ObjectKey) {
        let mut state = self.lock();
        self.versions.of(bucket, key).fetch_add(1, Ordering::SeqCst);
        state.remove_token_if(bucket, key, |_| true);
        self.remove(&mut state, bucket, key, |_| true);
    }

    /// The object's row is in the file.
    pub(crate) fn settled(&self, bucket: BucketId, key: &ObjectKey) {
        self.remove(&mut self.lock(), bucket, key, |_| true);
    }

    /// The object is not to be settled; gives whether it was there.
    pub(crate) fn withdraw(&self, bucket: BucketId, key: &ObjectKey, object: &Arc<ObjectRecord>) -> bool {
        self.remove(&mut self.lock(), bucket, key, |there| Arc::ptr_eq(there, object))
    }

    pub(crate) fn drop_bucket(&self, bucket: BucketId) {
        let mut state = self.lock();
        state.held.remove(&bucket);
        if let Some(unsettled) = state.unsettled.remove(&bucket) {
            self.unsettled.fetch_sub(unsettled.objects.len(), Ordering::SeqCst);
        }
        state.moves += 1;
    }

    fn remove(
        &self,
        state: &mut State,
        bucket: BucketId,
        key: &ObjectKey,
        condition: impl FnOnce(&Arc<ObjectRecord>) -> bool,
    ) -> bool {
        let Some(unsettled) = state.unsettled.get_mut(&bucket) else { return false };
        if !unsettled.objects.get(key.as_str()).is_some_and(condition) {
            return false;
        }
        if let Some(object) = unsettled.objects.remove(key.as_str()) {
            unsettled.bytes -= object.size as i64;
        }
        if unsettled.objects.is_empty() {
            state.unsettled.remove(&bucket);
        }
        state.moves += 1;
        self.unsettled.fetch_sub(1, Ordering::SeqCst);
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove_token_if(&mut self, bucket: BucketId, key: &ObjectKey, condition: impl FnOnce(Fence) -> bool) -> bool {
        let Some(keys) = self.held.get_mut(&bucket) else { return false };
        let goes = keys.get(key).copied().is_some_and(condition);
        if goes {
            keys.remove(key);
        }
        if keys.is_empty() {
            self.held.remove(&bucket);
        }
        goes
    }
}

/// The row of a listing.
pub(crate) fn summary(key: ObjectKey, object: &ObjectRecord) -> ObjectSummary {
    ObjectSummary {
        key,
        size: object.size,
        etag: object.etag,
        object_type: object.object_type,
        storage_class: object.storage_class,
        modified: object.modified,
    }
}
