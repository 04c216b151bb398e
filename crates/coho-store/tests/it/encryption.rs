//! Encrypted bodies: what is on the disk, and what is read of them.

use crate::{
    appending, filling, multipart,
    rig::{Engine, INLINE, LARGE, MetaEngine, Rig, bytes, eventually, key, keys},
};
use async_trait::async_trait;
use bytes::Bytes;
use coho_blob::{BlobError, BlobReader, BlobScan, BlobSink, BlobStore, Space};
use coho_crypt::{FRAME_BYTES, STORED_FRAME_BYTES};
use coho_model::{BlobId, Body, ByteRange, MIN_PART_BYTES, ObjectRecord};
use coho_store::StoreError;
use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Bytes of a body that are searched for.
const NEEDLE: usize = 24;

/// All files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// Whether bytes of the body, from its beginning, middle or end, are in any file of the store.
fn is_on_disk(rig: &Rig, body: &[u8]) -> bool {
    let needles = [0, body.len() / 2, body.len() - NEEDLE].map(|from| &body[from..from + NEEDLE]);
    files(rig.folder.path()).into_iter().any(|file| {
        let stored = fs::read(file).unwrap();
        needles.iter().any(|needle| stored.windows(NEEDLE).any(|window| window == *needle))
    })
}

/// How a body comes into the store.
#[derive(Debug, Clone, Copy)]
enum Way {
    Put(usize),
    Append,
    Multipart,
    Fill(usize),
}

const WAYS: [Way; 7] =
    [Way::Put(100), Way::Put(INLINE), Way::Put(LARGE), Way::Append, Way::Multipart, Way::Fill(100), Way::Fill(LARGE)];

/// Writes a body under `key`, and gives it.
async fn write(rig: &Rig, way: Way) -> Bytes {
    match way {
        Way::Put(size) => {
            let body = bytes(1, size);
            rig.put("key", &body).await.unwrap();
            body
        }
        Way::Append => {
            let mut whole = Vec::new();
            for round in 0..40 {
                let body = bytes(round, 9_000);
                appending::append(rig, "key", whole.len() as u64, &body).await.unwrap();
                whole.extend_from_slice(&body);
            }
            whole.into()
        }
        Way::Multipart => {
            let upload = multipart::begin(rig, "key").await;
            let parts = [bytes(1, MIN_PART_BYTES as usize + 9), bytes(2, 200_000), bytes(3, 50)];
            for (number, part) in (1..).zip(&parts) {
                multipart::put_part(rig, "key", upload, number, part).await.unwrap();
            }
            let all = multipart::completion(rig, None);
            rig.store.complete_upload(&rig.bucket, &key("key"), upload, all).await.unwrap();
            parts.concat().into()
        }
        Way::Fill(size) => {
            let body = bytes(1, size);
            let mut fill = filling::begin(rig, "key", Some(size as u64)).await;
            fill.write(body.clone()).await.unwrap();
            filling::commit(fill).await.unwrap();
            body
        }
    }
}

async fn check_way(engine: Engine, meta: MetaEngine, way: Way) {
    for encrypts in [true, false] {
        let mut rig = Rig::on(engine, meta).await;
        rig.encrypt(encrypts);
        let body = write(&rig, way).await;
        let context = format!("{way:?} on {engine:?} and {meta:?}, encrypted: {encrypts}");
        let object = rig.object("key").await.unwrap();
        assert_eq!((object.algorithm().is_some(), object.size), (encrypts, body.len() as u64), "{context}");
        for (start, end) in [(0, 100), (1, 2), (0, 10), (3, 97), (99, 100)] {
            let range = ByteRange { start: object.size * start / 100, end: object.size * end / 100 };
            let read = rig.read(&object, range).await.unwrap();
            assert!(read == body[range.start as usize..range.end as usize], "{context} {range:?}");
        }
        rig.sweep().await;
        // Without encryption the search finds the stored bytes.
        let is_stored_here = engine == Engine::Files && matches!(meta, MetaEngine::Sqlite);
        if encrypts || is_stored_here {
            assert_eq!(is_on_disk(&rig, &body), !encrypts, "{context}");
        }
        rig.restart();
        assert!(rig.content("key").await.unwrap() == body, "{context}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_body_is_read_whole_and_is_on_no_disk() {
    for way in WAYS {
        for (engine, meta) in Engine::ALL.into_iter().flat_map(|engine| MetaEngine::ALL.map(|meta| (engine, meta))) {
            check_way(engine, meta, way).await;
        }
    }
}

/// Blobs that note what is read of them.
#[derive(Debug)]
struct ReadBlobs {
    inner: Arc<dyn BlobStore>,
    reads: Arc<Mutex<Vec<Range<u64>>>>,
}

#[derive(Debug)]
struct NotedReader {
    inner: Arc<dyn BlobReader>,
    reads: Arc<Mutex<Vec<Range<u64>>>>,
}

#[async_trait]
impl BlobStore for ReadBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        self.inner.begin(id, length).await
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        Ok(Arc::new(NotedReader { inner: self.inner.open(id).await?, reads: self.reads.clone() }))
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        self.inner.remove(id).await
    }

    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError> {
        self.inner.scan(after).await
    }

    async fn admit(&self, bytes: u64) -> Result<(), BlobError> {
        self.inner.admit(bytes).await
    }

    async fn space(&self) -> Result<Space, BlobError> {
        self.inner.space().await
    }
}

#[async_trait]
impl BlobReader for NotedReader {
    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
        let bytes = self.inner.read(offset, max).await?;
        self.reads.lock().unwrap().push(offset..offset + bytes.len() as u64);
        Ok(bytes)
    }

    fn length(&self) -> u64 {
        self.inner.length()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_reads_the_frames_that_it_touches_and_no_others() {
    const FRAME: u64 = FRAME_BYTES as u64;
    const STORED: u64 = STORED_FRAME_BYTES as u64;
    let mut rig = Rig::new().await;
    rig.encrypt(true);
    let reads = Arc::new(Mutex::new(Vec::new()));
    rig.with_blobs(Arc::new(ReadBlobs { inner: rig.blobs.clone(), reads: reads.clone() }));
    let length = 40 * FRAME + 1_000;
    let body = bytes(1, length as usize);
    let object = rig.put("key", &body).await.unwrap();
    for (start, end) in [
        (0, 1),
        (FRAME - 1, FRAME),
        (FRAME, 2 * FRAME),
        (7 * FRAME, 8 * FRAME),
        (7 * FRAME + 1, 8 * FRAME + 1),
        (5 * FRAME - 1, 5 * FRAME + 1),
        (3 * FRAME + 5, 30 * FRAME + 7),
        (40 * FRAME, length),
        (length - 1, length),
        (0, length),
    ] {
        reads.lock().unwrap().clear();
        assert!(rig.read(&object, ByteRange { start, end }).await.unwrap() == body[start as usize..end as usize]);
        let (first, last) = (start / FRAME, (end - 1) / FRAME);
        let stored_end = ((last + 1) * STORED).min(rig.store.blobs().open(blob_of(&object)).await.unwrap().length());
        let mut read = reads.lock().unwrap().clone();
        read.sort_by_key(|range| range.start);
        // One after the other, without a gap and without a byte that is read twice.
        let mut at = first * STORED;
        for range in read {
            assert_eq!(range.start, at, "{start}-{end}");
            at = range.end;
        }
        assert_eq!(at, stored_end, "{start}-{end}");
    }
}

fn blob_of(object: &ObjectRecord) -> BlobId {
    let Body::Extents(extents) = &object.body else { panic!("it is in a file") };
    extents[0].blob
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growing_body_and_its_ranges_ahead_are_in_no_file() {
    for (engine, encrypts) in Engine::ALL.into_iter().flat_map(|engine| [(engine, true), (engine, false)]) {
        let mut rig = Rig::on(engine, MetaEngine::Sqlite).await;
        rig.encrypt(encrypts);
        let body = bytes(1, 6_000_000);
        let mut fill = filling::begin(&rig, "key", Some(body.len() as u64)).await;
        fill.admit().await.unwrap();
        let (first, far) = (0..LARGE, 5_000_000..5_400_000);
        fill.write(body.slice(first.clone())).await.unwrap();
        fill.flush().await.unwrap();
        let reader = fill.body().read_ahead(far.start as u64..far.end as u64).unwrap();
        let ahead = reader.next(|| ()).await.unwrap();
        // The file is made, so this write brings the one before with it.
        fill.write(body.slice(LARGE..2 * LARGE)).await.unwrap();
        ahead.write(body.slice(far.clone())).await.unwrap();
        for (range, is_ahead) in [(first, false), (far, true)] {
            let context = format!("{engine:?}, encrypted: {encrypts}, ahead: {is_ahead}");
            let own = fill.body().reader(range.start as u64, Some(range.end as u64));
            let (read, end) = filling::follow(own).await;
            assert!(end.is_ok() && read == body[range.clone()], "{context}");
            // A write ahead has been made when it returns; the other one is on its way.
            match encrypts {
                true => assert!(!is_on_disk(&rig, &body[range]), "{context}"),
                false => eventually("the bytes are written", || is_on_disk(&rig, &body[range.clone()])).await,
            }
        }
        drop((ahead, reader));
        fill.abandon("the test ends").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_master_key_an_object_exists_and_cannot_be_read() {
    for size in [100, LARGE] {
        let mut rig = Rig::new().await;
        rig.encrypt(true);
        let body = bytes(1, size);
        let object = rig.put("key", &body).await.unwrap();
        let own = std::mem::replace(&mut rig.keys, keys());
        rig.restart();
        let whole = ByteRange { start: 0, end: object.size };
        let read = rig.read(&object, whole).await;
        assert!(matches!(read, Err(StoreError::Key(_))), "{read:?}");
        rig.keys = own;
        rig.restart();
        assert!(rig.read(&object, whole).await.unwrap() == body);
    }
}
