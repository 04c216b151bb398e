//! The fill tokens of an engine that is alone with its data: in memory, since a fill does not outlive the process.

use coho_model::{BucketId, Fence, ObjectKey};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
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
#[derive(Debug, Default)]
pub(crate) struct FillTokens(Mutex<Tokens>);

#[derive(Debug, Default)]
struct Tokens {
    last: u64,
    held: HashMap<BucketId, HashMap<ObjectKey, Fence>>,
}

impl FillTokens {
    /// Gives the token to a new fill if `bucket_exists` says so, which is asked under the lock: a bucket that goes is
    /// taken out of sight first and loses its tokens then, so none can be left behind.
    pub(crate) fn begin(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        bucket_exists: impl FnOnce() -> bool,
    ) -> Option<Fence> {
        let mut tokens = self.lock();
        if !bucket_exists() {
            return None;
        }
        tokens.last += 1;
        let fence = Fence(tokens.last);
        tokens.held.entry(bucket).or_default().insert(key.clone(), fence);
        Some(fence)
    }

    pub(crate) fn get(&self, bucket: BucketId, key: &ObjectKey) -> Option<Fence> {
        self.lock().held.get(&bucket)?.get(key).copied()
    }

    pub(crate) fn revoke(&self, bucket: BucketId, key: &ObjectKey) {
        self.lock().remove_if(bucket, key, |_| true);
    }

    pub(crate) fn end(&self, bucket: BucketId, key: &ObjectKey, fence: Fence) {
        self.lock().remove_if(bucket, key, |held| held == fence);
    }

    pub(crate) fn drop_bucket(&self, bucket: BucketId) {
        self.lock().held.remove(&bucket);
    }

    fn lock(&self) -> MutexGuard<'_, Tokens> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tokens {
    fn remove_if(&mut self, bucket: BucketId, key: &ObjectKey, condition: impl FnOnce(Fence) -> bool) {
        let Some(keys) = self.held.get_mut(&bucket) else { return };
        if keys.get(key).copied().is_some_and(condition) {
            keys.remove(key);
        }
        if keys.is_empty() {
            self.held.remove(&bucket);
        }
    }
}
