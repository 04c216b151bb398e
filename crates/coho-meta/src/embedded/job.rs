//! What callers hand to the writer.

use crate::{Batch, Change, Changed, MetaError};
use coho_model::{AccessChange, BlobId, KeyChange, Timestamp, TrafficRow};
use tokio::sync::oneshot;

pub(super) type Answer = oneshot::Sender<Result<Changed, MetaError>>;

pub(super) enum Job {
    Work(Work, Answer),
    /// Jobs after it are not taken.
    Close(Answer),
}

/// What is done in one transaction with others.
pub(super) enum Work {
    Commit { batch: Batch, at: Timestamp },
    Forget { blobs: Vec<BlobId> },
    AddTraffic { rows: Vec<TrafficRow>, at: Timestamp },
    ChangeAccess(Box<AccessChange>),
}

impl Work {
    /// The place of the work in its group: in the order of the tree that it is written to, so that a page is
    /// touched once. Changes of buckets come first, fills without a change last.
    pub(super) fn order(&self) -> (i64, &str) {
        match self {
            Self::Commit { batch: Batch { change: Some(change), .. }, .. } => match change {
                Change::Bucket { .. } => (i64::MIN, ""),
                Change::Key { bucket, key, .. } | Change::Upload { bucket, key, .. } => (bucket.0, key.as_str()),
            },
            Self::Commit { batch: Batch { change: None, .. }, .. }
            | Self::Forget { .. }
            | Self::AddTraffic { .. }
            | Self::ChangeAccess(_) => (i64::MAX, ""),
        }
    }

    /// Whether it has a transaction of its own: what is counted must not fail the changes of clients.
    pub(super) fn is_alone(&self) -> bool {
        matches!(self, Self::AddTraffic { .. })
    }

    /// Bytes of the inline bodies that it writes.
    pub(super) fn inline_bytes(&self) -> usize {
        let Self::Commit { batch, .. } = self else { return 0 };
        let put = match &batch.change {
            Some(Change::Key { change: KeyChange::Put { object, .. }, .. }) => object.body.inline_bytes(),
            _ => 0,
        };
        batch.fills.iter().map(|fill| fill.object.body.inline_bytes()).sum::<usize>() + put
    }
}
