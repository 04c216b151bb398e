//! Writes: how they enter, are handed to the engine together with the published objects that they meet, and leave.

use super::{Overlay, ToTheEnd, fills::Effect};
use crate::{Batch, Change, Changed, MetaError, MetaStore};
use coho_model::{BucketChange, BucketFound, BucketId, BucketName, ObjectKey, Timestamp};

impl<M: MetaStore> Overlay<M> {
    pub(super) async fn commit_over_fills(&self, batch: Batch, at: Timestamp) -> Result<Changed, MetaError> {
        match &batch.change {
            Some(Change::Key { bucket, key, change }) => {
                let (bucket, key, keeps_bytes) = (*bucket, key.clone(), change.keeps_bytes());
                self.write_key(batch, bucket, key, keeps_bytes, at).await
            }
            Some(Change::Upload { bucket, key, change, .. }) if change.writes_object() => {
                let (bucket, key) = (*bucket, key.clone());
                self.write_key(batch, bucket, key, false, at).await
            }
            Some(Change::Bucket { name, change: BucketChange::Delete }) => {
                let name = name.clone();
                self.delete_bucket(batch, &name, at).await
            }
            Some(Change::Bucket { .. } | Change::Upload { .. }) | None => self.engine.commit(batch, at).await,
        }
    }

    /// Makes a batch whose change writes the object under a key.
    async fn write_key(
        &self,
        mut batch: Batch,
        bucket: BucketId,
        key: ObjectKey,
        keeps_bytes: bool,
        at: Timestamp,
    ) -> Result<Changed, MetaError> {
        let met = self.fills.wait_for(|| self.fills.enter(bucket, &key, keeps_bytes)).await?;
        batch.fills.extend(met.clone());
        let (engine, fills) = (self.engine.clone(), self.fills.clone());
        ToTheEnd::new(async move {
            let changed = engine.commit(batch, at).await;
            fills.leave(bucket, key, met.as_ref(), Effect::of(&changed));
            changed
        })
        .await
    }

    /// Makes a batch that deletes a bucket.
    async fn delete_bucket(&self, mut batch: Batch, name: &BucketName, at: Timestamp) -> Result<Changed, MetaError> {
        let turn = self.deletions.clone().lock_owned().await;
        let Some(bucket) = self.engine.bucket(name).await? else {
            // A bucket of that name may be created any moment, and is not the one to be deleted.
            let found = BucketFound { bucket: None, occupied: false, owned: 0, website_version: 0 };
            return Ok(BucketChange::Delete.apply(name, found).map(|_| Changed::default())?);
        };
        let met = self.fills.wait_for(|| self.fills.close(bucket.id)).await;
        batch.fills.extend(met.clone());
        let (engine, fills) = (self.engine.clone(), self.fills.clone());
        ToTheEnd::new(async move {
            let changed = engine.commit(batch, at).await;
            fills.leave_bucket(bucket.id, met.as_ref(), Effect::of(&changed));
            drop(turn);
            changed
        })
        .await
    }
}
