use super::*;
use bytes::Bytes;
use std::collections::BTreeSet;

fn store(folder: &tempfile::TempDir, reserve_bytes: u64) -> FsBlobs {
    FsBlobs::open(folder.path().join("blobs"), FsOptions { reserve_bytes, open_files: 4 }).unwrap()
}

async fn write(store: &FsBlobs, id: u128, pieces: &[&[u8]]) {
    let mut sink = store.begin(BlobId(id), None).await.unwrap();
    for piece in pieces {
        sink.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    sink.seal().await.unwrap();
}

async fn names(store: &FsBlobs) -> BTreeSet<BlobId> {
    let (mut all, mut at) = (BTreeSet::new(), None);
    loop {
        let (page, next) = store.scan(at).await.unwrap();
        all.extend(page);
        at = next;
        if at.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn what_was_sealed_is_read_back_at_any_offset() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    let large = vec![7u8; 300_000];
    write(&store, 1, &[b"head", &large, b"tail"]).await;
    let whole: Vec<u8> = [b"head".as_slice(), &large, b"tail"].concat();
    let reader = store.open(BlobId(1)).await.unwrap();
    assert_eq!(reader.length().unwrap(), 300_008);
    for (offset, max, expected) in [(0, 4, &whole[..4]), (2, 10, &whole[2..12]), (300_004, 100, b"tail")] {
        assert_eq!(reader.read(offset, max).await.unwrap(), expected);
        if let Some(bytes) = reader.read_now(offset, max).unwrap() {
            assert_eq!(bytes, expected);
            assert!(reader.is_in_memory(offset, bytes.len()), "it was read a moment ago");
        }
    }
    assert!(!reader.is_in_memory(300_007, 2), "behind the end there is nothing");
    assert!(matches!(reader.read(300_008, 1).await, Err(BlobError::Short { length: 300_008, .. })));
}

#[tokio::test]
async fn readers_follow_a_growing_blob_up_to_its_mark() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    let mut sink = store.begin(BlobId(1), Some(8 << 20)).await.unwrap();
    let (reader, mut progress) = (sink.reader(), sink.progress());
    assert_eq!(reader.length().unwrap(), 0, "preallocated room is no content");
    sink.write(vec![1; 100_000].into()).await.unwrap();
    progress.wait_for(|mark| *mark == 100_000).await.unwrap();
    assert_eq!(reader.read(99_999, 10).await.unwrap(), [1u8][..]);
    sink.discard().await;
    assert_eq!(reader.read(0, 1).await.unwrap(), [1u8][..], "what is open stays readable");
    assert!(names(&store).await.is_empty());
}

#[tokio::test]
async fn what_was_written_ahead_is_part_of_the_blob_once_it_is_absorbed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    let whole: Vec<u8> = (0..2_000_000u32).map(|at| (at % 251) as u8).collect();
    let piece = |from: usize, to: usize| Bytes::copy_from_slice(&whole[from..to]);
    let mut sink = store.begin(BlobId(1), Some(whole.len() as u64)).await.unwrap();
    let (ahead, reader, progress) = (sink.ahead(), sink.reader(), sink.progress());
    ahead.write_at(1_000_000, piece(1_000_000, 1_900_001)).await.unwrap();
    assert_eq!(reader.read(1_500_000, 3).await.unwrap(), whole[1_500_000..1_500_003]);
    assert_eq!(*progress.borrow(), 0);
    sink.write(piece(0, 1_000_000)).await.unwrap();
    sink.absorb(1_900_001).await.unwrap();
    assert_eq!(*progress.borrow(), 1_900_001);
    sink.write(piece(1_900_001, 2_000_000)).await.unwrap();
    sink.seal().await.unwrap();
    assert_eq!(reader.length().unwrap(), 2_000_000);
    assert_eq!(reader.read(0, whole.len()).await.unwrap(), whole);
}

#[tokio::test]
async fn a_blob_of_an_earlier_layout_is_found_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    let id = BlobId::new(1_800_000_000_000, 0xabc);
    let old = folder.path().join("blobs/abc").join(id.to_string());
    std::fs::create_dir(old.parent().unwrap()).unwrap();
    std::fs::write(&old, "old").unwrap();
    assert_eq!(names(&store).await, BTreeSet::from([id]));
    assert_eq!(store.open(id).await.unwrap().read(0, 9).await.unwrap(), b"old"[..]);
    store.remove(id).await.unwrap();
    assert!(!old.exists());
    assert!(matches!(store.open(id).await, Err(BlobError::Missing(_))));
}

#[tokio::test]
async fn what_was_not_sealed_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    let mut sink = store.begin(BlobId(1), None).await.unwrap();
    sink.write(Bytes::from_static(b"half")).await.unwrap();
    drop(sink);
    assert!(names(&store).await.is_empty());
    assert!(matches!(store.open(BlobId(1)).await, Err(BlobError::Missing(BlobId(1)))));
}

#[tokio::test]
async fn removal_is_repeatable_and_scans_see_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    for id in [1, 2, 0xffff] {
        write(&store, id, &[b"x"]).await;
    }
    std::fs::write(folder.path().join("blobs/001/README"), "not ours").unwrap();
    let open = store.open(BlobId(2)).await.unwrap();
    for _ in 0..2 {
        store.remove(BlobId(2)).await.unwrap();
    }
    assert_eq!(open.read(0, 1).await.unwrap(), b"x"[..]);
    assert!(matches!(store.open(BlobId(2)).await, Err(BlobError::Missing(_))));
    assert_eq!(names(&store).await, BTreeSet::from([BlobId(1), BlobId(0xffff)]));
}

#[tokio::test]
async fn the_reserve_and_the_id_are_respected() {
    let folder = tempfile::tempdir().unwrap();
    let full = store(&folder, u64::MAX);
    assert!(matches!(full.begin(BlobId(1), None).await, Err(BlobError::Full)));
    let store = store(&folder, 0);
    assert!(matches!(store.begin(BlobId(1), Some(u64::MAX)).await, Err(BlobError::Full)));
    write(&store, 1, &[b"x"]).await;
    assert!(store.begin(BlobId(1), None).await.is_err(), "an id is used once");
    assert_eq!(store.open(BlobId(1)).await.unwrap().read(0, 9).await.unwrap(), b"x"[..]);
}

#[tokio::test]
async fn a_folder_that_was_taken_away_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, 0);
    write(&store, 1, &[b"x"]).await;
    store.remove(BlobId(1)).await.unwrap();
    std::fs::remove_dir(folder.path().join("blobs/001")).unwrap();
    write(&store, 1, &[b"y"]).await;
    assert_eq!(names(&store).await, BTreeSet::from([BlobId(1)]));
}
