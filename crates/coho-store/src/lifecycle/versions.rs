//! Which noncurrent versions and delete markers of a bucket are due.
//!
//! A version is noncurrent since the next newer one came. Its sequence number is the time of that write in milliseconds, or later by as
//! much as the clock was set back; so no rule acts before its time.

use super::{DueAction, DueChange, LifecycleCursor, LifecyclePage, PAGE, first_upload, of_summary};
use crate::{Store, StoreError};
use coho_meta::VersionQuery;
use coho_model::{
    BucketRecord, DeleteMarker, KeyVersion, Lifecycle, LifecycleAction, LifecycleSubject, ListQuery, Listed,
    ListedVersion, ObjectKey, Timestamp, VersionId, VersionSummary,
};

/// A place in the walk over versions: after this one of that key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct VersionPlace<'a> {
    pub(super) after: &'a str,
    pub(super) id: Option<VersionId>,
}

/// What a page is judged by.
struct Judge<'a> {
    bucket: &'a BucketRecord,
    lifecycle: &'a Lifecycle,
    at: Timestamp,
}

/// The version that the walk has seen last.
#[derive(PartialEq, Eq)]
struct Newer {
    key: String,
    sequence: u64,
}

impl Store {
    pub(super) async fn due_versions(
        &self,
        bucket: &BucketRecord,
        lifecycle: &Lifecycle,
        place: VersionPlace<'_>,
        at: Timestamp,
    ) -> Result<LifecyclePage, StoreError> {
        let judge = Judge { bucket, lifecycle, at };
        let mut newer = self.seen_last(bucket, place).await?;
        let page = self.meta.list_versions(bucket.id, query(lifecycle.common_prefix(), place, PAGE)).await?;
        let (scanned, mut due) = (page.entries.len() as u64, Vec::new());
        let mut versions = page.entries.into_iter().filter_map(|entry| match entry {
            Listed::Row(version) => Some(version),
            Listed::Prefix(_) => None,
        });
        let mut present = versions.next();
        while let Some(version) = present {
            present = versions.next();
            let key = version.listed.key().clone();
            let sequence = version.version.sequence;
            if version.is_latest {
                let follows = present.as_ref().map(|next| next.listed.key() == &key);
                due.extend(self.due_marker(&judge, &version, follows, page.next.is_some()).await?);
            } else if let Some(newer) = newer.filter(|newer| newer.key == key.as_str()) {
                let since = Timestamp::from_unix_ms(i64::try_from(newer.sequence).unwrap_or(i64::MAX));
                due.extend(self.due_version(&judge, &version, since).await?);
            }
            newer = Some(Newer { key: key.to_string(), sequence });
        }
        let next = match page.next {
            Some((key, id)) => Some(LifecycleCursor::Versions(key, id.map(|id| id.to_string()))),
            None => first_upload(lifecycle),
        };
        Ok(LifecyclePage { due, scanned, next })
    }

    /// The version before the place. Nothing but its row says when the version `null` was written; if it has gone, the listing shows
    /// the key from its newest version on.
    async fn seen_last(&self, bucket: &BucketRecord, place: VersionPlace<'_>) -> Result<Option<Newer>, StoreError> {
        let (Some(id), Ok(key)) = (place.id, ObjectKey::parse(place.after)) else { return Ok(None) };
        let sequence = match id {
            VersionId::Unique { sequence, .. } => Some(sequence),
            VersionId::Null => self.version(bucket, &key, id).await?.map(|version| version.version().sequence),
        };
        Ok(sequence.map(|sequence| Newer { key: key.to_string(), sequence }))
    }

    /// The removal of a current version, if it is a delete marker and alone. `follows` tells whether the next version of the page is one
    /// of its key, if there is a next one.
    async fn due_marker(
        &self,
        judge: &Judge<'_>,
        version: &VersionSummary,
        follows: Option<bool>,
        is_cut: bool,
    ) -> Result<Option<DueChange>, StoreError> {
        let ListedVersion::Marker { key, modified } = &version.listed else { return Ok(None) };
        let removal = judge.lifecycle.marker_removal(key, *modified).filter(|due| due.at <= judge.at);
        let Some(due) = removal.filter(|_| follows != Some(true)) else { return Ok(None) };
        if follows.is_none() && is_cut {
            let place = VersionPlace { after: key.as_str(), id: Some(version.version.id()) };
            let next = self.meta.list_versions(judge.bucket.id, query(key.as_str(), place, 1)).await?;
            let is_older =
                |entry: &Listed<VersionSummary>| matches!(entry, Listed::Row(row) if row.listed.key() == key);
            if next.entries.iter().any(is_older) {
                return Ok(None);
            }
        }
        let marker = DeleteMarker { version: version.version, modified: *modified };
        let action = DueAction::RemoveMarker(marker);
        Ok(Some(DueChange { key: key.clone(), rule: due.rule.id.clone(), since: due.at, action }))
    }

    /// What is to be done with a noncurrent version.
    async fn due_version(
        &self,
        judge: &Judge<'_>,
        version: &VersionSummary,
        since: Timestamp,
    ) -> Result<Option<DueChange>, StoreError> {
        let first_look = match &version.listed {
            ListedVersion::Object(summary) => of_summary(summary),
            ListedVersion::Marker { key, modified } => LifecycleSubject::of_marker(key, *modified),
        };
        if !judge.lifecycle.may_act_on_noncurrent(&first_look.noncurrent_since(since), judge.at) {
            return Ok(None);
        }
        // The record has the tags, and is what the change names.
        let key = version.listed.key();
        let Some(seen) = self.version(judge.bucket, key, version.version.id()).await? else { return Ok(None) };
        let subject = match &seen {
            KeyVersion::Object(object) => object.lifecycle_subject(key),
            KeyVersion::Marker(marker) => LifecycleSubject::of_marker(key, marker.modified),
        };
        let (due, action) = match judge.lifecycle.noncurrent_action(&subject.noncurrent_since(since), judge.at) {
            Some(LifecycleAction::Expire(due)) => (due, DueAction::ExpireVersion(seen.clone(), since)),
            Some(LifecycleAction::Transition(due, class)) => match &seen {
                KeyVersion::Object(object) => (due, DueAction::TransitionVersion(object.clone(), class, since)),
                // A delete marker has no class.
                KeyVersion::Marker(_) => return Ok(None),
            },
            None => return Ok(None),
        };
        Ok(Some(DueChange { key: key.clone(), rule: due.rule.id.clone(), since: due.at, action }))
    }
}

fn query(prefix: &str, place: VersionPlace<'_>, max: usize) -> VersionQuery {
    let list = ListQuery { prefix: prefix.to_owned(), after: place.after.to_owned(), max, ..ListQuery::default() };
    VersionQuery { list, after_version: place.id }
}
