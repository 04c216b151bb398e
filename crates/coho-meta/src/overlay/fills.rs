//! What is known of fills, under one lock: see the argument in the documentation of the module above.

use super::{merge, published::PublishedObjects, versions::Versions};
use crate::MetaError;
use coho_model::{
    BlobId, BucketId, Collapsed, FillToken, ListQuery, ObjectKey, ObjectRecord, ObjectSummary, PersistFill, StatDelta,
};
use std::{
    collections::{HashMap, hash_map::Entry},
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(super) struct Fills {
    state: Mutex<FillState>,
    /// Number of published objects. A reader that finds 0 needs no lock.
    published: AtomicUsize,
    versions: Versions,
    /// Wakes those that wait for a write or a claim to end.
    ended: Notify,
    /// Number of those that wait.
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct FillState {
    last_token: u64,
    tokens: HashMap<BucketId, HashMap<ObjectKey, FillToken>>,
    published: PublishedObjects,
    /// Number of writes of a key that have entered and not left.
    writing: HashMap<(BucketId, ObjectKey), usize>,
    /// The bucket whose deletion has entered and not left.
    closing: Option<BucketId>,
}

/// What the engine made of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Made,
    Refused,
    /// It failed, and the write may have been made.
    Unknown,
}

impl Effect {
    pub(super) fn of<T>(result: &Result<T, MetaError>) -> Self {
        match result {
            Ok(_) => Self::Made,
            Err(MetaError::Refused(_)) => Self::Refused,
            Err(_) => Self::Unknown,
        }
    }
}

impl Fills {
    fn lock(&self) -> MutexGuard<'_, FillState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, bucket: BucketId, key: &ObjectKey) -> FillToken {
        let mut state = self.lock();
        state.last_token += 1;
        let token = FillToken(state.last_token);
        state.tokens.entry(bucket).or_default().insert(key.clone(), token);
        token
    }

    pub(super) fn token(&self, bucket: BucketId, key: &ObjectKey) -> Option<FillToken> {
        self.lock().tokens.get(&bucket)?.get(key).copied()
    }

    pub(super) fn end(&self, bucket: BucketId, key: &ObjectKey, token: FillToken) {
        self.lock().take_token(bucket, key, |held| held == token);
    }

    pub(super) fn version(&self, bucket: BucketId, key: &ObjectKey) -> u64 {
        self.versions.get(bucket, key)
    }

    /// Publishes an object; returns whether its fill held the token, or `None` if a write of the key is under way.
    pub(super) fn publish(&self, fill: &PersistFill, token: FillToken) -> Option<bool> {
        let PersistFill { bucket, key, .. } = fill;
        let mut state = self.lock();
        if state.tokens.get(bucket).and_then(|keys| keys.get(key)) != Some(&token) {
            return Some(false);
        }
        if state.closing == Some(*bucket) || state.writing.contains_key(&(*bucket, key.clone())) {
            return None;
        }
        state.take_token(*bucket, key, |_| true);
        if state.published.is_claimed(*bucket, key).is_some() {
            // Its caller has not looked.
            return Some(false);
        }
        // Before a reader under the lock can see the object, so that those without it take the lock.
        self.published.fetch_add(1, Ordering::SeqCst);
        self.versions.advance(*bucket, key);
        state.published.insert(fill);
        Some(true)
    }

    /// The published object under that key.
    pub(super) fn published(&self, bucket: BucketId, key: &ObjectKey) -> Option<Arc<ObjectRecord>> {
        if self.is_empty() {
            return None;
        }
        self.lock().published.get(bucket, key).cloned()
    }

    fn is_empty(&self) -> bool {
        self.published.load(Ordering::SeqCst) == 0
    }

    /// The page of published objects; `None` if there are none at all.
    pub(super) fn page(&self, bucket: BucketId, query: &ListQuery) -> Option<Collapsed<ObjectSummary>> {
        if self.is_empty() {
            return None;
        }
        let state = self.lock();
        Some(merge::page(query.clone(), state.published.listed(bucket, query)))
    }

    /// What published objects add to the bucket's counters, and a number that changes with each of them and with each claim.
    /// `None` while one of them is claimed.
    pub(super) fn stat(&self, bucket: BucketId) -> Option<(StatDelta, u64)> {
        self.lock().published.stat(bucket)
    }

    /// The same, although some of them may be counted as rows, too.
    pub(super) fn stat_with_claims(&self, bucket: BucketId) -> (StatDelta, u64) {
        self.lock().published.stat_with_claims(bucket)
    }

    pub(super) fn blobs(&self) -> Vec<BlobId> {
        if self.is_empty() { Vec::new() } else { self.lock().published.blobs().collect() }
    }

    /// Enters a write of a key; returns the published object that it meets and has claimed. `None` while the object has
    /// another claim.
    pub(super) fn enter(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        keeps_bytes: bool,
    ) -> Option<Result<Option<PersistFill>, MetaError>> {
        let mut state = self.lock();
        let met = match state.published.is_claimed(bucket, key) {
            None => None,
            Some(true) => return None,
            Some(false) if keeps_bytes => return Some(Err(MetaError::Unpersisted)),
            Some(false) => state.published.claim(bucket, key),
        };
        *state.writing.entry((bucket, key.clone())).or_default() += 1;
        Some(Ok(met))
    }

    /// Ends a write of a key that has entered and met this object.
    pub(super) fn leave(&self, bucket: BucketId, key: ObjectKey, met: Option<&PersistFill>, effect: Effect) {
        {
            let mut state = self.lock();
            if effect != Effect::Refused {
                self.versions.advance(bucket, &key);
                state.take_token(bucket, &key, |_| true);
            }
            if let Some(met) = met {
                self.end_claim(&mut state, met, effect);
            }
            if let Entry::Occupied(mut count) = state.writing.entry((bucket, key)) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
        self.wake();
    }

    /// Enters the deletion of a bucket, one at a time; returns a published object of it, claimed, if there is one. `None` while all of them
    /// have other claims.
    pub(super) fn close(&self, bucket: BucketId) -> Option<Option<PersistFill>> {
        let mut state = self.lock();
        let met = match state.published.any_unclaimed(bucket) {
            Some(key) => state.published.claim(bucket, &key),
            None if state.published.has_any(bucket) => return None,
            None => None,
        };
        state.closing = Some(bucket);
        Some(met)
    }

    /// Ends the deletion of a bucket that has entered and met this object.
    pub(super) fn leave_bucket(&self, bucket: BucketId, met: Option<&PersistFill>, effect: Effect) {
        {
            let mut state = self.lock();
            state.closing = None;
            if let Some(met) = met {
                self.end_claim(&mut state, met, effect);
            }
            if effect == Effect::Made {
                state.tokens.remove(&bucket);
                self.published.fetch_sub(state.published.remove_bucket(bucket), Ordering::SeqCst);
            }
        }
        self.wake();
    }

    /// Claims those of the objects that are still published; `None` while one of them has another claim.
    pub(super) fn claim_all(&self, fills: &[PersistFill]) -> Option<Vec<PersistFill>> {
        let mut state = self.lock();
        if fills.iter().any(|fill| state.published.is_fill_claimed(fill) == Some(true)) {
            return None;
        }
        let there = fills.iter().filter(|fill| state.published.is_fill_claimed(fill).is_some());
        let there: Vec<_> = there.collect();
        Some(there.into_iter().filter_map(|fill| state.published.claim(fill.bucket, &fill.key)).collect())
    }

    /// Ends the claims of objects whose rows were in one batch.
    pub(super) fn end_claims(&self, claimed: &[PersistFill], effect: Effect) {
        {
            let mut state = self.lock();
            claimed.iter().for_each(|fill| self.end_claim(&mut state, fill, effect));
        }
        self.wake();
    }

    fn end_claim(&self, state: &mut FillState, fill: &PersistFill, effect: Effect) {
        if effect != Effect::Made {
            state.published.release(fill);
        } else if state.published.remove(fill) {
            self.published.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Removes a published object; returns whether it existed. `None` while it is claimed.
    pub(super) fn withdraw(&self, fill: &PersistFill) -> Option<bool> {
        let mut state = self.lock();
        match state.published.is_fill_claimed(fill) {
            None => Some(false),
            Some(true) => None,
            Some(false) => {
                if state.published.remove(fill) {
                    self.published.fetch_sub(1, Ordering::SeqCst);
                }
                Some(true)
            }
        }
    }

    /// Attempts something until it gives a result, after each write and each claim that ends.
    pub(super) async fn wait_for<T>(&self, attempt: impl Fn() -> Option<T>) -> T {
        if let Some(result) = attempt() {
            return result;
        }
        let _waiting = WaiterCount::new(&self.waiting);
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if let Some(result) = attempt() {
                return result;
            }
            ended.await;
        }
    }

    /// A waiter counts itself before it attempts under the lock, so one that failed before this change is counted here.
    fn wake(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.ended.notify_waiters();
        }
    }
}

impl FillState {
    /// Takes the key's token if it is this one.
    fn take_token(&mut self, bucket: BucketId, key: &ObjectKey, is_meant: impl FnOnce(FillToken) -> bool) {
        let Some(keys) = self.tokens.get_mut(&bucket) else { return };
        if keys.get(key).copied().is_some_and(is_meant) {
            keys.remove(key);
        }
        if keys.is_empty() {
            self.tokens.remove(&bucket);
        }
    }
}

/// Counts one that waits.
struct WaiterCount<'a>(&'a AtomicUsize);

impl<'a> WaiterCount<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for WaiterCount<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
