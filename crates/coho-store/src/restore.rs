//! RestoreObject and CleanRestoredObject.

use crate::{Store, StoreError};
use coho_model::{BucketRecord, KeyChange, ObjectKey, ObjectRecord, Refusal, RestoreRequest};
use std::sync::Arc;

impl Store {
    /// RestoreObject: gives the object as it is then.
    pub async fn restore_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        request: RestoreRequest,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let delay_ms = i64::try_from(self.options.restore_delay.as_millis()).unwrap_or(i64::MAX);
        let change = KeyChange::Restore { request, now: self.now(), delay_ms };
        self.change_restore(bucket, key, change).await
    }

    /// CleanRestoredObject.
    pub async fn clean_restored_object(&self, bucket: &BucketRecord, key: &ObjectKey) -> Result<(), StoreError> {
        self.change_restore(bucket, key, KeyChange::CleanRestored { now: self.now() }).await.map(drop)
    }

    async fn change_restore(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        change: KeyChange,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let (now, change) = (self.now(), || change.clone());
        let changed = self
            .change_durable(|| async { self.noted(self.meta.change_key(bucket.id, key, change(), now).await) })
            .await?;
        changed.ok_or_else(|| StoreError::Refused(Refusal::NoSuchKey(key.clone())))
    }
}
