//! Blobs that grow in a local file.

use super::sample::{bytes, content, scanned};
use crate::{BlobStore, GrowingBlob};
use coho_model::BlobId;
use std::collections::BTreeSet;

async fn begin(store: &dyn BlobStore, id: u128, length: Option<u64>) -> Box<dyn GrowingBlob> {
    let files = store.local_files().expect("an engine with local files");
    files.begin_growing(BlobId(id), length).await.expect("begun")
}

/// The file has exactly the written bytes; allocated space has no content.
pub async fn a_growing_file_has_the_bytes_before_its_mark(store: &dyn BlobStore) {
    let whole = bytes(3_000_000);
    let mut blob = begin(store, 1, Some(8 << 20)).await;
    let (file, mut progress) = (blob.file(), blob.progress());
    assert!(file.read(0, 1).await.is_err(), "allocated space has no content");
    let mut written = 0;
    for count in [1, 100_000, 65_536, 2_000_000] {
        blob.write(whole.slice(written..written + count)).await.expect("written");
        written += count;
        progress.wait_for(|mark| *mark == written as u64).await.expect("it is written soon");
        let last = file.read(written as u64 - 1, 10).await.expect("read");
        assert_eq!(last, whole[written - 1..written], "after {written}");
        if let Some(bytes) = file.read_now(0, written).expect("read") {
            assert_eq!(bytes, whole[..bytes.len()]);
            assert!(file.is_in_memory(0, bytes.len()), "it was read a moment ago");
        }
        assert!(!file.is_in_memory(written as u64 - 1, 2), "after the end there is nothing");
    }
    blob.seal().await.expect("sealed");
    let reader = store.open(BlobId(1)).await.expect("opened");
    assert!(content(&*reader).await == whole[..written], "other bytes");
}

/// Bytes written ahead can be read at once, and belong to the blob once they were absorbed.
pub async fn absorbed_ranges_belong_to_the_blob(store: &dyn BlobStore) {
    let whole = bytes(2_000_000);
    let mut blob = begin(store, 1, Some(whole.len() as u64)).await;
    let (ahead, file, progress) = (blob.ahead(), blob.file(), blob.progress());
    ahead.write_at(1_000_000, whole.slice(1_000_000..1_900_001)).await.expect("written ahead");
    assert_eq!(file.read(1_500_000, 3).await.expect("read"), whole[1_500_000..1_500_003]);
    assert_eq!(*progress.borrow(), 0);
    blob.write(whole.slice(..1_000_000)).await.expect("written");
    blob.absorb(1_900_001).await.expect("absorbed");
    assert_eq!(*progress.borrow(), 1_900_001);
    blob.write(whole.slice(1_900_001..)).await.expect("written");
    blob.seal().await.expect("sealed");
    let reader = store.open(BlobId(1)).await.expect("opened");
    assert!(content(&*reader).await == whole, "other bytes");
}

/// A finished blob is as readable as a sealed one, before and after its sync.
pub async fn a_finished_blob_can_be_opened_and_synced(store: &dyn BlobStore) {
    let whole = bytes(100_000);
    for size in [0, 1, whole.len()] {
        let id = size as u128 + 1;
        let mut blob = begin(store, id, None).await;
        blob.write(whole.slice(..size)).await.expect("written");
        let unsynced = blob.finish().await.expect("finished");
        for state in ["before", "after"] {
            let reader = store.open(BlobId(id)).await.expect("opened");
            assert!(content(&*reader).await == whole[..size], "{size}: other bytes {state} the sync");
            unsynced.sync().expect("synced");
        }
    }
    for id in scanned(store).await {
        store.remove(id).await.expect("removed");
    }
    assert_eq!(scanned(store).await, BTreeSet::new());
}

/// However a growing blob ends, readers that follow its file go on; an unfinished one leaves no blob.
pub async fn an_ended_blob_leaves_its_file_readable(store: &dyn BlobStore) {
    for (id, is_discarded) in [(1, false), (2, true)] {
        let mut blob = begin(store, id, None).await;
        blob.write(bytes(1_000)).await.expect("written");
        let (file, mut progress) = (blob.file(), blob.progress());
        progress.wait_for(|mark| *mark == 1_000).await.expect("it is written soon");
        if is_discarded {
            blob.discard().await
        } else {
            drop(blob)
        }
        assert_eq!(file.read(999, 10).await.expect("read").len(), 1);
        assert_eq!(scanned(store).await, BTreeSet::new());
    }
}
