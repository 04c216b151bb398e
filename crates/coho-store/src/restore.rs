//! RestoreObject and CleanRestoredObject.

use crate::{Store, StoreError};
use coho_model::{BucketRecord, KeyChange, ObjectKey, RestoreRequest, VersionId};

impl Store {
    /// RestoreObject, of the current version or of the one that is named.
    pub async fn restore_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
        request: RestoreRequest,
    ) -> Result<(), StoreError> {
        let delay_ms = i64::try_from(self.options.restore_delay.as_millis()).unwrap_or(i64::MAX);
        let change = KeyChange::Restore { request, version, now: self.now(), delay_ms };
        self.change_restore(bucket, key, change).await
    }

    /// CleanRestoredObject.
    pub async fn clean_restored_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<(), StoreError> {
        self.change_restore(bucket, key, KeyChange::CleanRestored { version, now: self.now() }).await
    }

    async fn change_restore(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        change: KeyChange,
    ) -> Result<(), StoreError> {
        let (now, change) = (self.now(), || change.clone());
        self.change_durable(|| async { self.noted(self.meta.change_key(bucket.id, key, change(), now).await) }).await?;
        Ok(())
    }
}
