//! Storing a mirrored object anew whose stored bytes are damaged.
//!
//! The damaged record stays until the whole body is here: if the fetch fails, nothing has changed. Then it is discarded, unless a
//! client has changed it meanwhile, and the object is published as any other. A crash in between costs another fetch.

use super::Fill;
use crate::{Store, StoreError};
use coho_model::{BucketRecord, FillToken, KeyChange, ObjectAcl, ObjectKey, ObjectRecord};
use std::sync::Arc;

impl StoreError {
    /// Whether the bytes of a stored object are missing, too few, or not those of a regular file.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged(_))
    }
}

/// Whether a damaged object may be fetched again. A client's object has no other source, nor have headers that a client has given
/// it; and one with an ACL of its own would be open to others while it has no record.
pub fn may_be_replaced(damaged: &ObjectRecord) -> bool {
    damaged.is_as_fetched() && damaged.acl == ObjectAcl::Default
}

impl Fill {
    /// Makes the fill replace this damaged object.
    #[must_use]
    pub fn replacing(mut self, damaged: Option<Arc<ObjectRecord>>) -> Self {
        self.replaced = damaged;
        self
    }

    /// Makes room for the object. The fill then has a new token, or none if a client has written the key.
    pub(super) async fn discard_replaced(&mut self) -> Result<(), StoreError> {
        if let (Some(damaged), Some(token)) = (self.replaced.clone(), self.token) {
            // Boxed: it is rare, and would enlarge the future of every fill.
            self.token = Box::pin(self.store.discard_damaged(&self.bucket, &self.key, damaged, token)).await?;
        }
        Ok(())
    }
}

impl Store {
    async fn discard_damaged(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        seen: Arc<ObjectRecord>,
        token: FillToken,
    ) -> Result<Option<FillToken>, StoreError> {
        // Read first: a write after it shows in the version, and one before it has revoked the token.
        let version = self.key_version(bucket, key).await?;
        if !self.holds_token(bucket, key, token).await? {
            return Ok(None);
        }
        match self
            .meta
            .change_key(bucket.id, key, KeyChange::Discard { seen }, self.now())
            .await
            .map_err(StoreError::from)
        {
            Ok(_) => {}
            Err(StoreError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        // The change has revoked the token. A write before the new one shows in the version, also a deletion; a later one revokes it.
        let token = self.begin_fill(bucket, key).await?;
        if self.key_version(bucket, key).await? == version + 1 {
            return Ok(Some(token));
        }
        self.end_fill(bucket, key, token).await;
        Ok(None)
    }
}
