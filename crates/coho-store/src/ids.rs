//! New ids: time in front where order helps, randomness behind.

use coho_model::{BlobId, BucketId, Timestamp, UploadId};

/// Random bits of the operating system.
pub fn random_u64() -> u64 {
    getrandom::u64().expect("the operating system gives randomness")
}

fn random_u128() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    u128::from_ne_bytes(bytes)
}

/// An id for a blob that is begun now.
pub fn new_blob_id(now: Timestamp) -> BlobId {
    BlobId::new(now.unix_ms(), random_u128())
}

/// An id for a bucket that is made now.
pub fn new_bucket_id(now: Timestamp) -> BucketId {
    BucketId::new(now.unix_ms(), random_u64())
}

/// An id for an upload.
pub fn new_upload_id() -> UploadId {
    UploadId(random_u128())
}
