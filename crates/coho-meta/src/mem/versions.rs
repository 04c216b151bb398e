//! Noncurrent versions and delete markers.

use super::state::{Contents, MemoryState, listed_key};
use crate::{
    VersionPage, VersionQuery,
    version_walk::{self, LatestVersions},
};
use coho_model::{
    BlobId, BucketId, DeleteMarker, Effects, KeyHistory, KeyVersion, ListingFold, ListingStep, ObjectKey, ObjectRecord,
    Row, VersionId,
};
use std::{cmp::Reverse, collections::BTreeMap, ops::Bound, sync::Arc};

/// By key, and of each key the newest first.
#[derive(Debug, Default)]
pub(super) struct MemoryVersions(BTreeMap<(String, Reverse<u64>), KeyVersion>);

impl MemoryVersions {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn file_blobs(&self) -> impl Iterator<Item = BlobId> {
        self.0.values().filter_map(KeyVersion::object).flat_map(|object| object.body.file_blobs())
    }

    fn of(&self, name: &str) -> impl Iterator<Item = &KeyVersion> {
        let of_name = self.0.range((name.to_owned(), Reverse(u64::MAX))..=(name.to_owned(), Reverse(0)));
        of_name.map(|(_, version)| version)
    }

    fn find(&self, name: &str, id: VersionId) -> Option<&KeyVersion> {
        self.of(name).find(|version| version.version().id() == id)
    }

    fn insert(&mut self, name: &str, version: KeyVersion) {
        self.0.insert((name.to_owned(), Reverse(version.version().sequence)), version);
    }

    fn take(&mut self, name: &str, sequence: u64) -> Option<KeyVersion> {
        self.0.remove(&(name.to_owned(), Reverse(sequence)))
    }
}

impl MemoryState {
    pub(super) fn history(&self, bucket: BucketId, key: &ObjectKey, named: Option<VersionId>) -> Option<KeyHistory> {
        self.buckets.versioning(bucket).filter(|versioning| versioning.is_versioned())?;
        let versions = &self.contents.get(&bucket)?.versions;
        let find = |id| versions.find(key.as_str(), id).cloned();
        Some(KeyHistory {
            newest: versions.of(key.as_str()).take(2).cloned().collect(),
            null: find(VersionId::Null),
            named: named.and_then(find),
        })
    }

    pub(super) fn version(&self, bucket: BucketId, key: &ObjectKey, id: VersionId) -> Option<KeyVersion> {
        let current = self.object(bucket, key).filter(|object| object.version.id() == id);
        let noncurrent = || self.contents.get(&bucket)?.versions.find(key.as_str(), id).cloned();
        current.map(KeyVersion::Object).or_else(noncurrent)
    }

    pub(super) fn current_marker(&self, bucket: BucketId, key: &ObjectKey) -> Option<DeleteMarker> {
        let contents = self.contents.get(&bucket).filter(|contents| !contents.objects.contains_key(key.as_str()))?;
        match contents.versions.of(key.as_str()).next() {
            Some(KeyVersion::Marker(marker)) => Some(*marker),
            Some(KeyVersion::Object(_)) | None => None,
        }
    }

    pub(super) fn list_versions(&self, bucket: BucketId, query: VersionQuery) -> VersionPage {
        let start = version_walk::start(&query);
        let mut fold = ListingFold::new(query.list);
        let (Some(contents), Some((name, after))) = (self.contents.get(&bucket), start) else {
            return version_walk::page(fold.finish());
        };
        let all = contents.all_versions();
        let is_of_name = |key: &(String, Reverse<u64>)| key.0 == name;
        let shown =
            after.and_then(|id| all.iter().find(|(key, version)| is_of_name(key) && version.version().id() == id));
        // The place of a version that has gone is in its id, unless that is `null`.
        let after = match (shown, after) {
            (Some((key, _)), _) => Some(key.1),
            (None, Some(VersionId::Unique { sequence, .. })) => Some(Reverse(sequence)),
            (None, Some(VersionId::Null) | None) => None,
        };
        let mut from = match after {
            Some(sequence) => Bound::Excluded((name.clone(), sequence)),
            None => Bound::Included((name.clone(), Reverse(u64::MAX))),
        };
        let newest = all.keys().find(|key| is_of_name(key));
        let is_within = after.zip(newest).is_some_and(|(after, newest)| newest.1 <= after);
        let mut latest = if is_within { LatestVersions::after(&name) } else { LatestVersions::default() };
        while let Some((key, version)) = all.range((from, Bound::Unbounded)).next() {
            let is_latest = latest.is_latest(&key.0);
            from = match fold.offer(&key.0, || version.summary(listed_key(&key.0), is_latest)) {
                ListingStep::Next => Bound::Excluded(key.clone()),
                ListingStep::Seek(to) => Bound::Included((to, Reverse(u64::MAX))),
                ListingStep::Done => break,
            };
        }
        version_walk::page(fold.finish())
    }
}

impl Contents {
    /// The current objects among their noncurrent versions.
    fn all_versions(&self) -> BTreeMap<(String, Reverse<u64>), KeyVersion> {
        let mut all = self.versions.0.clone();
        for (name, object) in &self.objects {
            all.insert((name.clone(), Reverse(object.version.sequence)), KeyVersion::Object(object.clone()));
        }
        all
    }

    /// Writes what effects say of one key's objects; gives the one that is written.
    pub(super) fn write_versions(&mut self, name: &str, effects: &Effects) -> Option<Arc<ObjectRecord>> {
        for removed in &effects.removed_versions {
            self.versions.take(name, removed.sequence);
        }
        if effects.retire
            && let Some(retired) = self.objects.remove(name)
        {
            self.versions.insert(name, KeyVersion::Object(retired));
        }
        match &effects.object {
            Row::Keep => {}
            Row::Write(object) => drop(self.objects.insert(name.to_owned(), object.clone())),
            Row::Remove => drop(self.objects.remove(name)),
        }
        if let Some(marker) = effects.marker {
            self.versions.insert(name, KeyVersion::Marker(marker));
        }
        if let Some(KeyVersion::Object(object)) =
            effects.promote.and_then(|sequence| self.versions.take(name, sequence))
        {
            self.objects.insert(name.to_owned(), object);
        }
        if let Some(revised) = &effects.revised_version {
            self.versions.insert(name, KeyVersion::Object(revised.clone()));
        }
        match &effects.object {
            Row::Write(object) => Some(object.clone()),
            Row::Keep | Row::Remove => None,
        }
    }
}
