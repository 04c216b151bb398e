//! What a request without a body is shown of an object: its record, or what its fetch says while it runs.

use crate::{call::Call, failure::Failure};
use coho_model::{BucketRecord, ObjectKey, ObjectRecord};
use coho_origin::OriginHead;
use std::sync::Arc;

/// An object that may be shown to a client.
pub(crate) enum Representation {
    /// A stored one.
    Stored(Arc<ObjectRecord>),
    /// One that is being fetched, of a known length.
    InFlight(Arc<OriginHead>),
}

impl Representation {
    /// The record of a stored object.
    pub(crate) fn record(&self) -> Option<&ObjectRecord> {
        match self {
            Self::Stored(object) => Some(object),
            Self::InFlight(_) => None,
        }
    }
}

impl Call {
    /// The object under a key for a request that needs no body. It never causes a fetch, but it finds an object that is
    /// being fetched. Where the fetch does not know the length yet, this waits for its end.
    pub(crate) async fn representation(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
    ) -> Result<Option<Representation>, Failure> {
        if let Some(object) = self.record_of(bucket, key).await? {
            return Ok(Some(Representation::Stored(object)));
        }
        if let Some(head) = self.context.mirror.inflight_head(bucket.id, key).await {
            return Ok(Some(Representation::InFlight(head)));
        }
        // A fetch may have ended since the first look.
        Ok(self.record_of(bucket, key).await?.map(Representation::Stored))
    }
}
