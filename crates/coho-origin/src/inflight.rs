//! What a request that fetches nothing is shown of a fetch that is under way.

use crate::{Flight, Mirror, OriginHead};
use coho_model::{BucketId, ObjectKey};
use std::sync::Arc;

/// Whether the origin's head may stand for the object that is being stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadState {
    /// It may: the length is known, and no client has written the key since.
    Final,
    /// The end of the fetch has to be waited for: it will tell the length, or the object is being made visible.
    Pending,
    /// A client has written the key since: that write is to be shown.
    Overtaken,
}

impl Mirror {
    /// Whether the head of a fetch that stores its object may be shown as that of the object.
    pub async fn head_state(&self, flight: &Flight, head: &OriginHead) -> HeadState {
        // A whole object has a checksum, which its record will show. Its token is given back a moment before it is
        // visible, so that a missing one does not mean a write here.
        if flight.is_storing() {
            return HeadState::Pending;
        }
        match self.is_current(flight).await {
            true if head.length.is_some() => HeadState::Final,
            true => HeadState::Pending,
            false => HeadState::Overtaken,
        }
    }

    /// The head of the object that is being stored under a key, if it may be shown as that of the object. What has to be
    /// waited for is waited for; then, and if there is no such fetch, the key has to be looked up again.
    pub async fn inflight_head(&self, bucket: BucketId, key: &ObjectKey) -> Option<Arc<OriginHead>> {
        let storing: Vec<_> = {
            let table = self.table();
            table.of(&(bucket, key.clone())).filter(|flight| flight.stores()).cloned().collect()
        };
        for flight in storing {
            // Before the origin has answered, nothing is known of the object.
            let Some((head, _)) = flight.opened() else { continue };
            match self.head_state(&flight, &head).await {
                HeadState::Final => return Some(head),
                HeadState::Pending => flight.ended().await,
                HeadState::Overtaken => {}
            }
        }
        None
    }
}
