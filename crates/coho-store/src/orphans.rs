//! Finding files that an unclean stop has left: written, and never named by a change.

use crate::{Store, StoreError};
use coho_model::{BlobId, Timestamp};
use std::collections::HashSet;

/// Most candidates in memory at a time; further rounds find the others.
const MAX_CANDIDATES: usize = 1 << 20;
/// Milliseconds by which a blob must be later than the last one of this store to count as one of an earlier process, which
/// ran before the clock was set back.
const FUTURE_MS: i64 = 60_000;
/// References read at a time.
const REFERENCES: usize = 4096;

/// Removes every blob from before `started` that no record names, and returns their number. Blobs begun since then, or by
/// this store at any time, are spared: no record names them before they are whole. Blobs of the future are from before the
/// clock was set back.
pub async fn remove_orphans(store: &Store, started: Timestamp) -> Result<usize, StoreError> {
    let started = started.min(store.begun);
    let mut removed = 0;
    let mut scan = None;
    loop {
        let (candidates, next) = candidates(store, started, scan).await?;
        let orphans = unreferenced(store, candidates).await?;
        for blob in &orphans {
            store.blobs.remove(*blob).await?;
        }
        removed += orphans.len();
        scan = next;
        if scan.is_none() {
            return Ok(removed);
        }
    }
}

async fn candidates(
    store: &Store,
    started: Timestamp,
    mut scan: Option<coho_blob::BlobScan>,
) -> Result<(HashSet<BlobId>, Option<coho_blob::BlobScan>), StoreError> {
    let mut found = HashSet::new();
    loop {
        let (page, next) = store.blobs.scan(scan).await?;
        // After the page was read: this store has no later blob in it.
        let future = store.last_blob_ms() + FUTURE_MS;
        let is_old = |blob: &BlobId| blob.unix_ms() < started.unix_ms() || blob.unix_ms() > future;
        found.extend(page.into_iter().filter(is_old));
        scan = next;
        if scan.is_none() || found.len() >= MAX_CANDIDATES {
            return Ok((found, scan));
        }
    }
}

async fn unreferenced(store: &Store, mut blobs: HashSet<BlobId>) -> Result<HashSet<BlobId>, StoreError> {
    let mut after = None;
    while !blobs.is_empty() {
        let page = store.meta.referenced_blobs(after, REFERENCES).await?;
        for blob in page.blobs {
            blobs.remove(&blob);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(blobs)
}
