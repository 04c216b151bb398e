//! Sealed blobs.

use super::sample::{bytes, content, put, scanned};
use crate::{BlobError, BlobStore};
use bytes::Bytes;
use coho_model::BlobId;
use std::collections::BTreeSet;

/// What was written is read, whatever the pieces and offsets; after the end there is nothing.
pub async fn a_sealed_blob_is_read_back_at_any_offset(store: &dyn BlobStore) {
    let large = bytes(300_000);
    put(store, 1, &[b"head", &large, b"", b"tail"]).await;
    put(store, 2, &[]).await;
    let whole: Vec<u8> = [b"head".as_slice(), &large, b"tail"].concat();
    let reader = store.open(BlobId(1)).await.expect("opened");
    assert_eq!(reader.length(), whole.len() as u64);
    assert!(content(&*reader).await == whole, "other bytes");
    for (offset, max, expected) in [(0, 4, &whole[..4]), (2, 10, &whole[2..12]), (300_004, 100, b"tail")] {
        assert_eq!(reader.read(offset, max).await.expect("read"), expected, "{max} at {offset}");
    }
    let short = reader.read(300_008, 1).await;
    assert!(matches!(short, Err(BlobError::Short { length: 300_008, .. })), "{short:?}");
    let empty = store.open(BlobId(2)).await.expect("opened");
    assert_eq!(empty.length(), 0);
    assert!(matches!(empty.read(0, 1).await, Err(BlobError::Short { length: 0, .. })));
}

/// A blob that is put at once is one like every other.
pub async fn a_blob_is_put_at_once(store: &dyn BlobStore) {
    let large = bytes(300_000);
    for (id, whole) in [(1, &b"small"[..]), (2, &large), (3, b"")] {
        store.put(BlobId(id), Bytes::copy_from_slice(whole)).await.expect("put");
        let reader = store.open(BlobId(id)).await.expect("opened");
        assert_eq!(reader.length(), whole.len() as u64);
        assert!(content(&*reader).await == whole, "other bytes");
    }
    assert!(store.put(BlobId(1), Bytes::from_static(b"other")).await.is_err(), "an id is used once");
    assert_eq!(content(&*store.open(BlobId(1)).await.expect("opened")).await, b"small");
}

/// A dropped and a discarded sink leave no blob.
pub async fn an_unsealed_blob_leaves_nothing(store: &dyn BlobStore) {
    for (id, is_discarded) in [(1, false), (2, true)] {
        let mut sink = store.begin(BlobId(id), None).await.expect("begun");
        sink.write(Bytes::from_static(b"half")).await.expect("written");
        if is_discarded {
            sink.discard().await
        } else {
            drop(sink)
        }
        assert_eq!(scanned(store).await, BTreeSet::new());
        assert!(matches!(store.open(BlobId(id)).await, Err(BlobError::Missing(BlobId(missing))) if missing == id));
    }
}

/// Removal can be repeated, also of a blob that never was; a reader that is open goes on.
pub async fn a_removed_blob_is_gone_and_its_readers_go_on(store: &dyn BlobStore) {
    put(store, 1, &[b"one"]).await;
    put(store, 2, &[b"two"]).await;
    let open = store.open(BlobId(2)).await.expect("opened");
    for _ in 0..2 {
        store.remove(BlobId(2)).await.expect("removed");
    }
    store.remove(BlobId(3)).await.expect("nothing to remove");
    assert_eq!(content(&*open).await, b"two");
    assert!(matches!(store.open(BlobId(2)).await, Err(BlobError::Missing(_))));
    assert_eq!(scanned(store).await, BTreeSet::from([BlobId(1)]));
}

/// A scan lists every blob that exists during all of it, also if others are removed between its pages.
pub async fn a_scan_lists_every_blob(store: &dyn BlobStore) {
    let ids: BTreeSet<BlobId> = (0..100u128).map(|number| BlobId(number * 0x1234_5678_9abc_def1)).collect();
    for id in &ids {
        put(store, id.0, &[b"x"]).await;
    }
    assert_eq!(scanned(store).await, ids);
    let (mut seen, mut at) = (BTreeSet::new(), None);
    loop {
        let (page, next) = store.scan(at).await.expect("scanned");
        for id in &page {
            store.remove(*id).await.expect("removed");
        }
        seen.extend(page);
        at = next;
        if at.is_none() {
            break;
        }
    }
    assert_eq!((seen, scanned(store).await), (ids, BTreeSet::new()));
}

/// A second blob of the same id is refused, and leaves the first as it is.
pub async fn an_id_is_used_once(store: &dyn BlobStore) {
    put(store, 1, &[b"first"]).await;
    assert!(store.begin(BlobId(1), None).await.is_err(), "an id is used once");
    assert_eq!(content(&*store.open(BlobId(1)).await.expect("opened")).await, b"first");
}

/// An impossible length is refused before anything is written.
pub async fn a_known_length_without_space_is_refused(store: &dyn BlobStore) {
    assert!(matches!(store.begin(BlobId(1), Some(u64::MAX)).await, Err(BlobError::Full)));
    assert!(matches!(store.admit(u64::MAX).await, Err(BlobError::Full)));
    store.admit(1).await.expect("space for a byte");
    let space = store.space().await.expect("space");
    assert!(space.free > 0 && space.free <= space.total, "{space:?}");
    put(store, 1, &[b"x"]).await;
}
