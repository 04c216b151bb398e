//! DeleteObject and DeleteMultipleObjects. Deleting what does not exist succeeds.

use crate::{Store, StoreError, store::unfinished};
use coho_model::{BucketRecord, KeyChange, ObjectKey};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Most keys of one request that are deleted at a time, so that they share a commit.
const MAX_CONCURRENT_DELETES: usize = 64;

impl Store {
    /// Deletes one object.
    pub async fn delete_object(&self, bucket: &BucketRecord, key: &ObjectKey) -> Result<(), StoreError> {
        self.noted(self.meta.change_key(bucket.id, key, KeyChange::Delete, self.now()).await)?;
        Ok(())
    }

    /// Deletes objects in any order. After a failure an unknown part of them is deleted.
    pub async fn delete_objects(
        self: &Arc<Self>,
        bucket: &Arc<BucketRecord>,
        keys: &[ObjectKey],
    ) -> Result<(), StoreError> {
        for chunk in keys.chunks(MAX_CONCURRENT_DELETES) {
            let mut running = JoinSet::new();
            for key in chunk {
                let (store, bucket, key) = (self.clone(), bucket.clone(), key.clone());
                running.spawn(async move { store.delete_object(&bucket, &key).await });
            }
            while let Some(deleted) = running.join_next().await {
                deleted.map_err(|error| unfinished(&error, "a delete"))??;
            }
        }
        Ok(())
    }
}
