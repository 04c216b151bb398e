//! How new objects of a bucket are encrypted unless a request says it (PutBucketEncryption).

use crate::SseAlgorithm;
use serde::{Deserialize, Serialize};

/// The encryption rule of a bucket. OSS: it is for objects that clients write from now on, and not for mirrored ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketEncryption {
    /// The algorithm.
    pub algorithm: SseAlgorithm,
}
