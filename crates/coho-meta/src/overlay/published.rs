//! Published objects, bucket by bucket.

use coho_model::{BlobId, BucketId, ListQuery, ObjectKey, ObjectRecord, PersistFill, StatDelta};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

#[derive(Debug, Default)]
pub(super) struct PublishedObjects {
    buckets: HashMap<BucketId, Bucket>,
    /// Counts objects that come or go, and claims.
    moves: u64,
}

#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<ObjectKey, PublishedObject>,
    /// What the objects add to the bucket's counters.
    stat: StatDelta,
    /// Number of claimed objects.
    claims: usize,
}

#[derive(Debug)]
struct PublishedObject {
    object: Arc<ObjectRecord>,
    /// The object's row is in a batch that the engine has not answered.
    is_claimed: bool,
}

impl PublishedObjects {
    pub(super) fn get(&self, bucket: BucketId, key: &ObjectKey) -> Option<&Arc<ObjectRecord>> {
        self.entry(bucket, key).map(|entry| &entry.object)
    }

    fn entry(&self, bucket: BucketId, key: &ObjectKey) -> Option<&PublishedObject> {
        self.buckets.get(&bucket)?.objects.get(key)
    }

    /// Whether the object under a key is claimed; `None` if none is published.
    pub(super) fn is_claimed(&self, bucket: BucketId, key: &ObjectKey) -> Option<bool> {
        self.entry(bucket, key).map(|entry| entry.is_claimed)
    }

    /// The same for this very object.
    pub(super) fn is_fill_claimed(&self, fill: &PersistFill) -> Option<bool> {
        let entry = self.entry(fill.bucket, &fill.key)?;
        Arc::ptr_eq(&entry.object, &fill.object).then_some(entry.is_claimed)
    }

    /// Adds an object; none is published under its key.
    pub(super) fn insert(&mut self, fill: &PersistFill) {
        let bucket = self.buckets.entry(fill.bucket).or_default();
        bucket.stat.count(&fill.object);
        let entry = PublishedObject { object: fill.object.clone(), is_claimed: false };
        bucket.objects.insert(fill.key.clone(), entry);
        self.moves += 1;
    }

    /// Claims the object under a key, if one is published and not claimed.
    pub(super) fn claim(&mut self, bucket: BucketId, key: &ObjectKey) -> Option<PersistFill> {
        let of_bucket = self.buckets.get_mut(&bucket)?;
        let entry = of_bucket.objects.get_mut(key)?;
        if std::mem::replace(&mut entry.is_claimed, true) {
            return None;
        }
        of_bucket.claims += 1;
        self.moves += 1;
        Some(PersistFill { bucket, key: key.clone(), object: entry.object.clone() })
    }

    /// One of the bucket's objects that is not claimed.
    pub(super) fn any_unclaimed(&self, bucket: BucketId) -> Option<ObjectKey> {
        let mut objects = self.buckets.get(&bucket)?.objects.iter();
        objects.find(|(_, entry)| !entry.is_claimed).map(|(key, _)| key.clone())
    }

    /// Whether the bucket has published objects.
    pub(super) fn has_any(&self, bucket: BucketId) -> bool {
        self.buckets.contains_key(&bucket)
    }

    /// Ends a claim; the object stays.
    pub(super) fn release(&mut self, fill: &PersistFill) {
        let Some(bucket) = self.buckets.get_mut(&fill.bucket) else { return };
        if let Some(entry) = bucket.objects.get_mut(&fill.key) {
            bucket.claims -= usize::from(std::mem::take(&mut entry.is_claimed));
        }
    }

    /// Removes an object, claimed or not; returns whether it existed.
    pub(super) fn remove(&mut self, fill: &PersistFill) -> bool {
        let Some(bucket) = self.buckets.get_mut(&fill.bucket) else { return false };
        let Some(entry) = bucket.objects.remove(&fill.key) else { return false };
        bucket.stat.discount(&entry.object);
        bucket.claims -= usize::from(entry.is_claimed);
        if bucket.objects.is_empty() {
            self.buckets.remove(&fill.bucket);
        }
        self.moves += 1;
        true
    }

    /// Removes all objects of a bucket; returns their number.
    pub(super) fn remove_bucket(&mut self, bucket: BucketId) -> usize {
        self.moves += 1;
        self.buckets.remove(&bucket).map_or(0, |bucket| bucket.objects.len())
    }

    /// What the objects add to the bucket's counters, and the count of moves. `None` while one of them is claimed: whether its
    /// row is counted already is unknown.
    pub(super) fn stat(&self, bucket: BucketId) -> Option<(StatDelta, u64)> {
        if self.buckets.get(&bucket).is_some_and(|bucket| bucket.claims > 0) {
            return None;
        }
        Some(self.stat_with_claims(bucket))
    }

    /// The same, although some of them may be counted as rows, too.
    pub(super) fn stat_with_claims(&self, bucket: BucketId) -> (StatDelta, u64) {
        (self.buckets.get(&bucket).map_or_else(StatDelta::default, |bucket| bucket.stat), self.moves)
    }

    /// The objects that a listing may show, in order.
    pub(super) fn listed<'a>(
        &'a self,
        bucket: BucketId,
        query: &'a ListQuery,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Arc<ObjectRecord>)> {
        let from = (&*query.prefix).max(&*query.after);
        let objects = self.buckets.get(&bucket).into_iter();
        objects
            .flat_map(move |bucket| bucket.objects.range::<str, _>((Bound::Included(from), Bound::Unbounded)))
            .take_while(|(key, _)| key.as_str().starts_with(&*query.prefix))
            .map(|(key, entry)| (key, &entry.object))
    }

    /// The files of all objects.
    pub(super) fn blobs(&self) -> impl Iterator<Item = BlobId> {
        let entries = self.buckets.values().flat_map(|bucket| bucket.objects.values());
        entries.flat_map(|entry| entry.object.body.file_blobs())
    }
}
