//! Lifecycle rules as a use case: which objects and uploads of a bucket are due, page by page, and the changes that the rules ask for.
//!
//! Invariant: every change names the record that was seen. What a client has written since is never touched.

mod versions;

use crate::{Store, StoreError, random_u64};
use coho_meta::{Change, UploadQuery};
use coho_model::{
    BucketRecord, DeleteMarker, KeyChange, KeyVersion, Lifecycle, LifecycleAction, LifecycleSubject, ListQuery, Listed,
    ObjectKey, ObjectRecord, ObjectSummary, StorageClass, Timestamp, UploadChange, UploadId, UploadRecord, VersionId,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use versions::VersionPlace;

/// Objects or uploads that one page looks at.
const PAGE: usize = 1000;

/// How far the walk over a bucket is: objects come first, then versions that are not current, then uploads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LifecycleCursor {
    /// After this key of the objects.
    Objects(String),
    /// After this key of the versions and, of that key, after this version.
    Versions(String, Option<String>),
    /// After this key of the uploads and, of that key, after this upload.
    Uploads(String, Option<String>),
}

/// A page of the walk.
#[derive(Debug)]
pub struct LifecyclePage {
    /// What is due.
    pub due: Vec<DueChange>,
    /// Objects and uploads that were looked at.
    pub scanned: u64,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<LifecycleCursor>,
}

/// A change that a rule asks for now.
#[derive(Debug, Clone)]
pub struct DueChange {
    /// The key.
    pub key: ObjectKey,
    /// The id of the rule.
    pub rule: String,
    /// Since when it is due.
    pub since: Timestamp,
    /// What is to be done.
    pub action: DueAction,
}

/// What a rule asks for.
#[derive(Debug, Clone)]
pub enum DueAction {
    /// The object is deleted.
    Expire(Arc<ObjectRecord>),
    /// The object moves to that class.
    Transition(Arc<ObjectRecord>, StorageClass),
    /// The noncurrent version, which may be a delete marker, is removed. It is noncurrent since then.
    ExpireVersion(KeyVersion, Timestamp),
    /// The noncurrent version moves to that class.
    TransitionVersion(Arc<ObjectRecord>, StorageClass, Timestamp),
    /// The delete marker is removed: it is the only version of its key.
    RemoveMarker(DeleteMarker),
    /// The upload is aborted.
    Abort(UploadRecord),
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifecycleOutcome {
    /// It was made.
    Made,
    /// A client has changed the object, or ended the upload, meanwhile.
    Overtaken,
}

impl Default for LifecycleCursor {
    fn default() -> Self {
        Self::Objects(String::new())
    }
}

impl DueAction {
    /// The length of the object in bytes; nothing of an upload.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Expire(object) | Self::Transition(object, _) | Self::TransitionVersion(object, ..) => object.size,
            Self::ExpireVersion(version, _) => version.object().map_or(0, |object| object.size),
            Self::RemoveMarker(_) | Self::Abort(_) => 0,
        }
    }

    /// The version that the change names; `None` if it is about a current object or an upload.
    pub fn version(&self) -> Option<VersionId> {
        match self {
            Self::ExpireVersion(version, _) => Some(version.version().id()),
            Self::TransitionVersion(object, ..) => Some(object.version.id()),
            Self::RemoveMarker(marker) => Some(marker.version.id()),
            Self::Expire(_) | Self::Transition(..) | Self::Abort(_) => None,
        }
    }
}

impl Store {
    /// The page of the walk over a bucket that begins at the cursor, as of that time.
    pub async fn lifecycle_page(
        &self,
        bucket: &BucketRecord,
        lifecycle: &Lifecycle,
        cursor: &LifecycleCursor,
        at: Timestamp,
    ) -> Result<LifecyclePage, StoreError> {
        match cursor {
            LifecycleCursor::Objects(after) if lifecycle.acts_on_objects() => {
                self.due_objects(bucket, lifecycle, after, at).await
            }
            LifecycleCursor::Objects(_) if acts_on_versions(bucket, lifecycle) => {
                self.due_versions(bucket, lifecycle, VersionPlace::default(), at).await
            }
            LifecycleCursor::Versions(after, id) if acts_on_versions(bucket, lifecycle) => {
                let id = id.as_deref().and_then(VersionId::parse);
                self.due_versions(bucket, lifecycle, VersionPlace { after, id }, at).await
            }
            LifecycleCursor::Objects(_) | LifecycleCursor::Versions(..) => {
                self.due_uploads(bucket, lifecycle, "", None, at).await
            }
            LifecycleCursor::Uploads(after, upload) => {
                let upload = upload.as_deref().and_then(UploadId::parse);
                self.due_uploads(bucket, lifecycle, after, upload, at).await
            }
        }
    }

    async fn due_objects(
        &self,
        bucket: &BucketRecord,
        lifecycle: &Lifecycle,
        after: &str,
        at: Timestamp,
    ) -> Result<LifecyclePage, StoreError> {
        let query = ListQuery {
            prefix: lifecycle.common_prefix().to_owned(),
            after: after.to_owned(),
            max: PAGE,
            ..ListQuery::default()
        };
        let page = self.meta.list_objects(bucket.id, query).await?;
        let scanned = page.entries.len() as u64;
        let mut due = Vec::new();
        for entry in page.entries {
            let Listed::Row(summary) = entry else { continue };
            if lifecycle.may_act(&of_summary(&summary), at) {
                // The record has the tags, and is what the change names.
                due.extend(self.due_object(bucket, lifecycle, summary.key, at).await?);
            }
        }
        let next = match page.next {
            Some(last) => Some(LifecycleCursor::Objects(last)),
            None if acts_on_versions(bucket, lifecycle) => Some(LifecycleCursor::Versions(String::new(), None)),
            None => first_upload(lifecycle),
        };
        Ok(LifecyclePage { due, scanned, next })
    }

    async fn due_object(
        &self,
        bucket: &BucketRecord,
        lifecycle: &Lifecycle,
        key: ObjectKey,
        at: Timestamp,
    ) -> Result<Option<DueChange>, StoreError> {
        let Some(object) = self.object(bucket, &key).await? else { return Ok(None) };
        let Some(action) = lifecycle.action(&object.lifecycle_subject(&key), at) else { return Ok(None) };
        let (due, action) = match action {
            LifecycleAction::Expire(due) => (due, DueAction::Expire(object.clone())),
            LifecycleAction::Transition(due, class) => (due, DueAction::Transition(object.clone(), class)),
        };
        Ok(Some(DueChange { rule: due.rule.id.clone(), since: due.at, key, action }))
    }

    async fn due_uploads(
        &self,
        bucket: &BucketRecord,
        lifecycle: &Lifecycle,
        after: &str,
        after_upload: Option<UploadId>,
        at: Timestamp,
    ) -> Result<LifecyclePage, StoreError> {
        if !lifecycle.aborts_uploads() {
            return Ok(LifecyclePage { due: Vec::new(), scanned: 0, next: None });
        }
        let list = ListQuery {
            prefix: lifecycle.common_prefix().to_owned(),
            after: after.to_owned(),
            max: PAGE,
            ..ListQuery::default()
        };
        let page = self.meta.list_uploads(bucket.id, UploadQuery { list, after_upload }).await?;
        let scanned = page.entries.len() as u64;
        let mut due = Vec::new();
        for entry in page.entries {
            let Listed::Row(upload) = entry else { continue };
            let Some(found) = lifecycle.abort(upload.key.as_str(), upload.initiated).filter(|due| due.at <= at) else {
                continue;
            };
            let (rule, key) = (found.rule.id.clone(), upload.key.clone());
            due.push(DueChange { key, rule, since: found.at, action: DueAction::Abort(upload) });
        }
        let next = page.next.map(|(key, upload)| LifecycleCursor::Uploads(key, upload.map(|id| id.to_string())));
        Ok(LifecyclePage { due, scanned, next })
    }

    /// Makes a change, if what it names is still there.
    pub async fn make_lifecycle_change(
        &self,
        bucket: &BucketRecord,
        change: &DueChange,
    ) -> Result<LifecycleOutcome, StoreError> {
        let (key, now) = (change.key.clone(), self.now());
        let of_key = |change| Change::Key { bucket: bucket.id, key: key.clone(), change };
        let change = match change.action.clone() {
            DueAction::Expire(seen) => of_key(KeyChange::DeleteIf { seen, at: now, seed: random_u64() }),
            DueAction::Transition(seen, storage_class) => {
                of_key(KeyChange::Transition { seen, storage_class, is_noncurrent: false })
            }
            DueAction::TransitionVersion(seen, storage_class, _) => {
                of_key(KeyChange::Transition { seen, storage_class, is_noncurrent: true })
            }
            DueAction::ExpireVersion(seen, _) => of_key(KeyChange::DeleteVersionIf { seen }),
            DueAction::RemoveMarker(marker) => of_key(KeyChange::DeleteVersionIf { seen: KeyVersion::Marker(marker) }),
            DueAction::Abort(UploadRecord { id, .. }) => {
                Change::Upload { bucket: bucket.id, key: key.clone(), id, change: UploadChange::Abort }
            }
        };
        // A mirrored object may be shown and not be durable yet.
        let make = || async { self.noted(self.meta.commit(change.clone().into(), now).await) };
        match self.change_durable(make).await {
            Ok(_) => Ok(LifecycleOutcome::Made),
            Err(StoreError::Refused(_)) => Ok(LifecycleOutcome::Overtaken),
            Err(error) => Err(error),
        }
    }
}

fn acts_on_versions(bucket: &BucketRecord, lifecycle: &Lifecycle) -> bool {
    bucket.versioning().is_versioned() && lifecycle.acts_on_versions()
}

/// The begin of the uploads, if a rule aborts any.
fn first_upload(lifecycle: &Lifecycle) -> Option<LifecycleCursor> {
    lifecycle.aborts_uploads().then(|| LifecycleCursor::Uploads(String::new(), None))
}

/// What a listing tells of an object, for a first look.
fn of_summary(summary: &ObjectSummary) -> LifecycleSubject<'_> {
    LifecycleSubject {
        key: summary.key.as_str(),
        size: summary.size,
        modified: summary.modified,
        object_type: summary.object_type,
        is_sealed: false,
        storage_class: summary.storage_class,
        tags: None,
    }
}
