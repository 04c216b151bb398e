//! What the conformance functions share.

use crate::{BlobReader, BlobStore};
use bytes::Bytes;
use coho_model::BlobId;
use std::collections::BTreeSet;

/// Bytes that differ at every offset of a page.
pub(super) fn bytes(length: usize) -> Bytes {
    (0..length).map(|at| (at % 251) as u8).collect()
}

pub(super) async fn put(store: &dyn BlobStore, id: u128, pieces: &[&[u8]]) {
    let mut sink = store.begin(BlobId(id), None).await.expect("begun");
    for piece in pieces {
        sink.write(Bytes::copy_from_slice(piece)).await.expect("written");
    }
    sink.seal().await.expect("sealed");
}

/// The whole content.
pub(super) async fn content(reader: &dyn BlobReader) -> Vec<u8> {
    let mut all = Vec::new();
    while (all.len() as u64) < reader.length() {
        let bytes = reader.read(all.len() as u64, usize::MAX >> 40).await.expect("read");
        assert!(!bytes.is_empty(), "a read gives at least one byte");
        all.extend_from_slice(&bytes);
    }
    all
}

pub(super) async fn scanned(store: &dyn BlobStore) -> BTreeSet<BlobId> {
    let (mut all, mut at) = (BTreeSet::new(), None);
    loop {
        let (page, next) = store.scan(at).await.expect("scanned");
        all.extend(page);
        at = next;
        if at.is_none() {
            return all;
        }
    }
}
