//! The port of fills over any engine.

use super::{Overlay, ToTheEnd, fills::Effect};
use crate::{Batch, FillStore, MetaError, MetaStore};
use async_trait::async_trait;
use coho_model::{BucketId, FillToken, ObjectKey, PersistFill, Refusal, Timestamp};
use std::time::Duration;

/// How long publishing waits for writes of its key that are under way. After that the fill counts as overtaken.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(10);

#[async_trait]
impl<M: MetaStore> FillStore for Overlay<M> {
    async fn begin_fill(&self, bucket: BucketId, key: &ObjectKey) -> Result<FillToken, MetaError> {
        // First the token, then the look: the deletion of a bucket takes all of its tokens afterwards.
        let token = self.fills.begin(bucket, key);
        let exists = self.engine.has_bucket(bucket).await;
        if !matches!(exists, Ok(true)) {
            self.fills.end(bucket, key, token);
        }
        if exists? { Ok(token) } else { Err(Refusal::NoSuchBucket.into()) }
    }

    async fn key_version(&self, bucket: BucketId, key: &ObjectKey) -> Result<u64, MetaError> {
        Ok(self.fills.version(bucket, key))
    }

    async fn holds_token(&self, bucket: BucketId, key: &ObjectKey, token: FillToken) -> Result<bool, MetaError> {
        Ok(self.fills.token(bucket, key) == Some(token))
    }

    async fn publish(&self, fill: PersistFill, token: FillToken) -> Result<(), MetaError> {
        let publish = || self.fills.publish(&fill, token);
        let is_published = match publish() {
            Some(is_published) => is_published,
            None => tokio::time::timeout(PUBLISH_PATIENCE, self.fills.wait_for(publish)).await.unwrap_or(false),
        };
        if is_published {
            return Ok(());
        }
        let exists = self.engine.has_bucket(fill.bucket).await?;
        Err(if exists { Refusal::Overtaken } else { Refusal::NoSuchBucket }.into())
    }

    async fn persist(&self, fills: Vec<PersistFill>, at: Timestamp) -> Result<(), MetaError> {
        let claimed = self.fills.wait_for(|| self.fills.claim_all(&fills)).await;
        if claimed.is_empty() {
            return Ok(());
        }
        let (engine, fills) = (self.engine.clone(), self.fills.clone());
        ToTheEnd::new(async move {
            let batch = Batch { fills: claimed.clone(), change: None };
            let made = engine.commit(batch, at).await;
            fills.end_claims(&claimed, Effect::of(&made));
            made.map(drop)
        })
        .await
    }

    async fn withdraw(&self, fill: &PersistFill) -> Result<bool, MetaError> {
        Ok(self.fills.wait_for(|| self.fills.withdraw(fill)).await)
    }

    async fn end_fill(&self, bucket: BucketId, key: &ObjectKey, token: FillToken) -> Result<(), MetaError> {
        self.fills.end(bucket, key, token);
        Ok(())
    }
}
