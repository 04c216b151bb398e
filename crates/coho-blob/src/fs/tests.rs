use super::*;
use bytes::Bytes;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

fn store(folder: &tempfile::TempDir, reserve_bytes: u64) -> FsBlobs {
    FsBlobs::open(folder.path().join("blobs"), FsOptions { reserve_bytes, open_files: 4 }).unwrap()
}

fn empty() -> (FsBlobs, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (store(&folder, 0), folder)
}

crate::conformance_tests!(empty());
crate::local_files_conformance_tests!(empty());

async fn write(store: &FsBlobs, id: u128, bytes: &'static [u8]) {
    let mut sink = store.begin(BlobId(id), None).await.unwrap();
    sink.write(Bytes::from_static(bytes)).await.unwrap();
    sink.seal().await.unwrap();
}

async fn ids(store: &FsBlobs) -> BTreeSet<BlobId> {
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
async fn a_sealed_blob_is_read_from_its_file() {
    let (store, _folder) = empty();
    write(&store, 1, b"hello world").await;
    let reader = store.open(BlobId(1)).await.unwrap();
    let local = reader.local().unwrap();
    for (offset, max, expected) in [(0, 5, &b"hello"[..]), (6, 100, b"world")] {
        assert_eq!(local.read(offset, max).await.unwrap(), expected);
        if let Some(bytes) = local.read_now(offset, max).unwrap() {
            assert_eq!(bytes, expected);
        }
    }
    assert_eq!(local.file().metadata().unwrap().len(), 11);
}

#[tokio::test]
async fn a_blob_of_an_earlier_layout_is_found_and_removed() {
    let (store, folder) = empty();
    let id = BlobId::new(1_800_000_000_000, 0xabc);
    let old = folder.path().join("blobs/abc").join(id.to_string());
    std::fs::create_dir(old.parent().unwrap()).unwrap();
    std::fs::write(&old, "old").unwrap();
    assert_eq!(ids(&store).await, BTreeSet::from([id]));
    assert_eq!(store.open(id).await.unwrap().read(0, 9).await.unwrap(), b"old"[..]);
    store.remove(id).await.unwrap();
    assert!(!old.exists());
    assert!(matches!(store.open(id).await, Err(BlobError::Missing(_))));
}

/// A buffer whose bytes count as long as it is in memory.
struct CountedBuffer(Vec<u8>, Arc<AtomicUsize>);

impl CountedBuffer {
    fn bytes(length: usize, in_memory: &Arc<AtomicUsize>) -> Bytes {
        in_memory.fetch_add(length, Ordering::SeqCst);
        Bytes::from_owner(Self(vec![7; length], in_memory.clone()))
    }
}

impl AsRef<[u8]> for CountedBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for CountedBuffer {
    fn drop(&mut self) {
        self.1.fetch_sub(self.0.len(), Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_large_body_holds_little_memory_on_a_slow_disk_and_none_when_it_is_written() {
    const BODY_BYTES: usize = 256 << 20;
    const PIECE_BYTES: usize = 256 * 1024;
    // What waits, the piece that was taken when there was room, and the one that is being written.
    const MOST_BYTES: usize = write::WAITING_BYTES + 2 * PIECE_BYTES;
    let ((store, _folder), in_memory) = (empty(), Arc::<AtomicUsize>::default());
    let mut sink = store.begin_growing(BlobId(1), None).await.unwrap();
    let (mut most, mut waited) = (0, false);
    for number in 0..BODY_BYTES / PIECE_BYTES {
        if number % 64 == 0 {
            // It counts as a slow write, so that the next ones are handed over to a disk thread.
            #[expect(clippy::disallowed_methods, reason = "it is the slow write, and nothing waits for it")]
            store.pace.watch(|| std::thread::sleep(Duration::from_millis(6)));
        }
        sink.write(CountedBuffer::bytes(PIECE_BYTES, &in_memory)).await.unwrap();
        let now = in_memory.load(Ordering::SeqCst);
        (most, waited) = (most.max(now), waited || now > 0);
    }
    assert!(waited && most <= MOST_BYTES, "{most} bytes were in memory at once");
    let unsynced = sink.finish().await.unwrap();
    assert_eq!(in_memory.load(Ordering::SeqCst), 0, "everything is in the file");
    unsynced.sync().unwrap();
    assert_eq!(store.open(BlobId(1)).await.unwrap().length(), BODY_BYTES as u64);
}

/// Otherwise the sweeper would try it again for ever.
#[tokio::test]
async fn a_folder_with_the_name_of_a_blob_stays_and_counts_as_removed() {
    let (store, _folder) = empty();
    write(&store, 1, b"hello").await;
    let path = path::of(&store.root, BlobId(1));
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("file"), "not ours").unwrap();
    store.remove(BlobId(1)).await.unwrap();
    assert!(path.join("file").exists());
}

#[tokio::test]
async fn what_is_not_a_regular_file_is_not_opened() {
    use std::os::unix::{fs::symlink, net::UnixListener};
    let (store, folder) = empty();
    let outside = folder.path().join("outside");
    std::fs::write(&outside, "not ours").unwrap();
    let fifo = |path: &Path| {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    };
    /// What takes the file's place.
    type Kind<'a> = (&'a str, &'a dyn Fn(&Path));
    let kinds: [Kind<'_>; 5] = [
        ("link", &|path| symlink(&outside, path).unwrap()),
        ("dangling link", &|path| symlink("nowhere", path).unwrap()),
        ("fifo", &fifo),
        ("folder", &|path| std::fs::create_dir(path).unwrap()),
        ("socket", &|path| drop(UnixListener::bind(path).unwrap())),
    ];
    for (number, (kind, replace)) in (1..).zip(kinds) {
        let id = BlobId(number);
        write(&store, number, b"x").await;
        let path = path::of(&folder.path().join("blobs"), id);
        std::fs::remove_file(&path).unwrap();
        replace(&path);
        let opened = store.open(id).await;
        assert!(matches!(opened, Err(BlobError::NotRegular(blob)) if blob == id), "{kind}: {opened:?}");
    }
}

#[tokio::test]
async fn a_linked_folder_is_followed() {
    let (store, folder) = empty();
    write(&store, 1, b"x").await;
    let (linked, elsewhere) = (folder.path().join("blobs/001"), folder.path().join("elsewhere"));
    std::fs::rename(&linked, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &linked).unwrap();
    assert_eq!(store.open(BlobId(1)).await.unwrap().read(0, 9).await.unwrap(), b"x"[..]);
}

#[tokio::test]
async fn an_open_file_that_was_cut_shows_its_new_length() {
    let (store, folder) = empty();
    write(&store, 1, b"hello").await;
    assert_eq!(store.open(BlobId(1)).await.unwrap().length(), 5);
    let path = path::of(&folder.path().join("blobs"), BlobId(1));
    File::options().write(true).open(path).unwrap().set_len(3).unwrap();
    assert_eq!(store.open(BlobId(1)).await.unwrap().length(), 3);
}

#[tokio::test]
async fn a_file_that_is_no_blob_is_left_alone() {
    let (store, folder) = empty();
    write(&store, 1, b"x").await;
    std::fs::write(folder.path().join("blobs/001/README"), "not ours").unwrap();
    assert_eq!(ids(&store).await, BTreeSet::from([BlobId(1)]));
}

#[tokio::test]
async fn the_reserve_is_kept_free() {
    let folder = tempfile::tempdir().unwrap();
    let full = store(&folder, u64::MAX);
    assert!(matches!(full.begin(BlobId(1), None).await, Err(BlobError::Full)));
    assert!(matches!(full.begin_growing(BlobId(1), None).await, Err(BlobError::Full)));
}

#[tokio::test]
async fn a_folder_that_was_removed_is_made_again() {
    let (store, folder) = empty();
    write(&store, 1, b"x").await;
    store.remove(BlobId(1)).await.unwrap();
    std::fs::remove_dir(folder.path().join("blobs/001")).unwrap();
    write(&store, 1, b"y").await;
    assert_eq!(ids(&store).await, BTreeSet::from([BlobId(1)]));
}
