//! The head of an object in progress, for requests that fetch nothing.

use crate::{Flight, Mirror, origin_head::OriginHead};
use coho_model::{BucketId, ObjectKey};
use std::sync::Arc;

/// Whether the origin's head may be shown as that of the object that is being stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadState {
    /// It may: the length is known, and no client has written the key since.
    Final,
    /// Only the end of the fetch decides: the length is unknown, or the object is being published.
    Pending,
    /// A client has written the key since, and that write is to be shown.
    Overtaken,
}

impl Mirror {
    /// Whether the head of a fetch that stores its object may be shown as that of the object.
    pub async fn head_state(&self, flight: &Flight, head: &OriginHead) -> HeadState {
        // The record of a whole object will show a checksum. Its token is returned just before it is visible, so that a missing
        // token does not mean a write here.
        if flight.is_storing() {
            return HeadState::Pending;
        }
        match self.coalescer.is_current(flight).await {
            true if head.length.is_some() => HeadState::Final,
            true => HeadState::Pending,
            false => HeadState::Overtaken,
        }
    }

    /// The head of the object that is being stored under a key, if it may be shown as that of the object. If only the end of
    /// the fetch decides, waits for it; then, and without such a fetch, the key has to be looked up again.
    pub async fn inflight_head(&self, bucket: BucketId, key: &ObjectKey) -> Option<Arc<OriginHead>> {
        for flight in self.coalescer.storing_flights(bucket, key) {
            // Before the origin has answered, the object is not known to exist.
            let Some(opened) = flight.opened() else { continue };
            match self.head_state(&flight, &opened.head).await {
                HeadState::Final => return Some(opened.head),
                HeadState::Pending => flight.ended().await,
                HeadState::Overtaken => {}
            }
        }
        None
    }
}
