//! DeleteObject and DeleteMultipleObjects. Deleting what does not exist succeeds.

use crate::{Store, StoreError, random_u64, store::unfinished};
use coho_meta::Change;
use coho_model::{BucketRecord, ChangedVersion, KeyChange, ObjectKey, Refusal, VersionId};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Most keys of one request that are deleted at a time, so that they share a commit.
const MAX_CONCURRENT_DELETES: usize = 64;

/// What is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The key.
    pub key: ObjectKey,
    /// The version that is removed for good; `None` deletes the object, which leaves a delete marker if the bucket has versioning.
    pub version: Option<VersionId>,
}

impl Store {
    /// Deletes one object, or one of its versions. Gives the version that was made or removed, if the bucket has versioning.
    pub async fn delete_object(
        &self,
        bucket: &BucketRecord,
        deletion: Deletion,
    ) -> Result<Option<ChangedVersion>, StoreError> {
        let at = self.now();
        let change = match deletion.version {
            Some(id) => KeyChange::DeleteVersion(id),
            None => KeyChange::Delete { at, seed: random_u64() },
        };
        let change = Change::Key { bucket: bucket.id, key: deletion.key, change };
        let changed = self.noted(self.meta.commit(change.into(), at).await)?.version;
        if let Some(changed) = changed {
            self.version_counters.count_deleted(changed, deletion.version.is_some());
        }
        Ok(changed)
    }

    /// Deletes objects and versions in any order; versions that do not exist count as deleted. After a failure an unknown part of
    /// them is deleted.
    pub async fn delete_objects(
        self: &Arc<Self>,
        bucket: &Arc<BucketRecord>,
        deletions: Vec<Deletion>,
    ) -> Result<Vec<Option<ChangedVersion>>, StoreError> {
        let mut deleted = vec![None; deletions.len()];
        let mut rest = deletions.into_iter().enumerate();
        loop {
            let mut running = JoinSet::new();
            for (at, deletion) in rest.by_ref().take(MAX_CONCURRENT_DELETES) {
                let (store, bucket) = (self.clone(), bucket.clone());
                running.spawn(async move { (at, store.delete_object(&bucket, deletion).await) });
            }
            if running.is_empty() {
                return Ok(deleted);
            }
            let mut failure = None;
            while let Some(ended) = running.join_next().await {
                match ended.map_err(|error| unfinished(&error, "a delete")) {
                    Ok((at, Ok(changed))) => deleted[at] = changed,
                    Ok((_, Err(StoreError::Refused(Refusal::NoSuchVersion { .. })))) => {}
                    // The others of this round end before the caller is told, so that nothing is deleted after the answer.
                    Ok((_, Err(error))) | Err(error) => failure = failure.or(Some(error)),
                }
            }
            if let Some(error) = failure {
                return Err(error);
            }
        }
    }
}
