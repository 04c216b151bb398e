//! What callers hand to the writer.

use super::failure::Failure;
use crate::{MetaError, PlacedFill};
use coho_model::{
    BlobId, BucketChange, BucketId, BucketName, BucketRecord, KeyChange, ObjectKey, ObjectRecord, Timestamp,
    UploadChange, UploadId,
};
use std::sync::Arc;
use tokio::sync::oneshot;

pub(super) type Answer = oneshot::Sender<Result<Outcome, MetaError>>;

pub(super) enum Job {
    Change(Change, Answer),
    /// Nothing that comes behind it is taken.
    Close(Answer),
}

pub(super) enum Change {
    Bucket { name: BucketName, change: BucketChange },
    Key { bucket: BucketId, key: ObjectKey, change: KeyChange, at: Timestamp },
    Upload { bucket: BucketId, key: ObjectKey, id: UploadId, change: UploadChange, at: Timestamp },
    Settle { fills: Vec<PlacedFill>, at: Timestamp },
    Forget { blobs: Vec<BlobId> },
}

/// The record afterwards, of whichever kind the change is.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) bucket: Option<Arc<BucketRecord>>,
    pub(super) object: Option<Arc<ObjectRecord>>,
    /// Nothing was done: see [`MetaError::Unsettled`].
    pub(super) unsettled: bool,
    /// Nothing was done: the bytes that it would keep are damaged or gone.
    pub(super) damaged: Option<Failure>,
}

impl Change {
    /// Where the change stands in its batch: in the order of the tree that it is written to, so that a page is
    /// touched once. Bucket changes come first.
    pub(super) fn order(&self) -> (i64, &str) {
        match self {
            Self::Bucket { .. } => (i64::MIN, ""),
            Self::Key { bucket, key, .. } | Self::Upload { bucket, key, .. } => (bucket.0, key.as_str()),
            // Behind the changes of the same keys, which may have made it needless.
            Self::Settle { .. } => (i64::MAX, ""),
            Self::Forget { .. } => (i64::MAX, ""),
        }
    }

    /// Bytes of an inline body that it brings.
    pub(super) fn inline_bytes(&self) -> usize {
        match self {
            Self::Key { change: KeyChange::Put { object, .. } | KeyChange::Fill { object, .. }, .. } => {
                object.body.inline_bytes()
            }
            Self::Settle { fills, .. } => fills.iter().map(|fill| fill.object.body.inline_bytes()).sum(),
            _ => 0,
        }
    }
}
