//! New ids: time first where order helps, then randomness.

use coho_model::{BlobId, BucketId, Timestamp, UploadId};
use std::cell::RefCell;

/// Random bytes that are fetched at a time: one call for many ids.
const POOL_BYTES: usize = 512;

/// Unused random bytes of the operating system, and how many of them are left.
struct Pool {
    bytes: [u8; POOL_BYTES],
    left: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; POOL_BYTES], left: 0 }) };
}

/// Random bytes of the operating system; no other caller gets the same ones.
fn random<const N: usize>() -> [u8; N] {
    POOL.with_borrow_mut(|pool| {
        if pool.left < N {
            getrandom::fill(&mut pool.bytes).expect("the operating system has random bytes");
            pool.left = POOL_BYTES;
        }
        pool.left -= N;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&pool.bytes[pool.left..pool.left + N]);
        bytes
    })
}

/// Random bits of the operating system.
pub fn random_u64() -> u64 {
    u64::from_ne_bytes(random())
}

fn random_u128() -> u128 {
    u128::from_ne_bytes(random())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_random_bytes_are_used_twice() {
        // More than one filling of the pool, on two threads.
        let some = || (0..3 * POOL_BYTES / 8).map(|_| random_u64()).collect::<Vec<_>>();
        let other = std::thread::spawn(some).join().unwrap();
        let all: HashSet<_> = some().into_iter().chain(other).collect();
        assert_eq!(all.len(), 6 * POOL_BYTES / 8);
        assert_ne!(random_u128(), random_u128());
    }
}
