//! All buckets in memory: few and small, and looked up by every request.
//!
//! Invariant: the maps name the same buckets. What is durable is the engine's business.

use crate::{BucketPage, BucketQuery};
use coho_model::{BucketId, BucketName, BucketRecord, Versioning};
use std::{
    collections::{BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

#[derive(Debug, Clone, Default)]
pub(crate) struct BucketTable {
    by_name: HashMap<BucketName, Arc<BucketRecord>>,
    by_owner: HashMap<Arc<str>, BTreeSet<BucketName>>,
    /// The names in order.
    names: BTreeSet<BucketName>,
    ids: HashMap<BucketId, BucketName>,
}

impl BucketTable {
    pub(crate) fn get(&self, name: &BucketName) -> Option<&Arc<BucketRecord>> {
        self.by_name.get(name)
    }

    pub(crate) fn has(&self, id: BucketId) -> bool {
        self.ids.contains_key(&id)
    }

    /// The versioning of a bucket; `None` if it does not exist.
    pub(crate) fn versioning(&self, id: BucketId) -> Option<Versioning> {
        Some(self.by_name.get(self.ids.get(&id)?)?.versioning())
    }

    pub(crate) fn ids(&self) -> Vec<BucketId> {
        self.ids.keys().copied().collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<BucketRecord>> {
        self.by_name.values()
    }

    pub(crate) fn owned_by(&self, owner: &str) -> usize {
        self.by_owner.get(owner).map_or(0, BTreeSet::len)
    }

    pub(crate) fn write(&mut self, bucket: Arc<BucketRecord>) {
        self.remove(&bucket.name);
        self.ids.insert(bucket.id, bucket.name.clone());
        self.by_owner.entry(bucket.owner.clone()).or_default().insert(bucket.name.clone());
        self.names.insert(bucket.name.clone());
        self.by_name.insert(bucket.name.clone(), bucket);
    }

    pub(crate) fn remove(&mut self, name: &BucketName) {
        let Some(old) = self.by_name.remove(name) else { return };
        self.ids.remove(&old.id);
        self.names.remove(name);
        if let Some(names) = self.by_owner.get_mut(&old.owner) {
            names.remove(name);
            if names.is_empty() {
                self.by_owner.remove(&old.owner);
            }
        }
    }

    pub(crate) fn list(&self, query: &BucketQuery) -> BucketPage {
        let BucketQuery { owner, prefix, after, tag, max } = query;
        // Names after the marker with this prefix are one run, and its first is not less than the prefix.
        let from = if after < prefix { Bound::Included(prefix.as_str()) } else { Bound::Excluded(after.as_str()) };
        let names = match owner {
            Some(owner) => self.by_owner.get(owner),
            None => Some(&self.names),
        };
        let names = names.into_iter().flat_map(|names| names.range::<str, _>((from, Bound::Unbounded)));
        let has_tag = |bucket: &&Arc<BucketRecord>| match tag {
            None => true,
            Some((key, value)) => {
                let found = bucket.configurations.tags.get(key);
                found.is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
            }
        };
        let mut matching = names
            .take_while(|name| name.as_str().starts_with(prefix))
            .filter_map(|name| self.by_name.get(name))
            .filter(has_tag);
        let buckets = matching.by_ref().take(*max).cloned().collect();
        BucketPage { buckets, truncated: *max > 0 && matching.next().is_some() }
    }
}
