//! RestoreObject and CleanRestoredObject.

use crate::{Store, StoreError};
use coho_model::{BucketRecord, KeyChange, ObjectKey, RestoreRequest, VersionId};

impl Store {
    /// RestoreObject, of the current version or of the one that is named. Gives the version that is restored.
    pub async fn restore_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
        request: RestoreRequest,
    ) -> Result<VersionId, StoreError> {
        let delay_ms = i64::try_from(self.options.restore_delay.as_millis()).unwrap_or(i64::MAX);
        self.revise(bucket, key, KeyChange::Restore { request, version, now: self.now(), delay_ms }).await
    }

    /// CleanRestoredObject. Gives the version that was frozen.
    pub async fn clean_restored_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<VersionId, StoreError> {
        self.revise(bucket, key, KeyChange::CleanRestored { version, now: self.now() }).await
    }
}
