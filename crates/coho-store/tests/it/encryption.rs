//! Encrypted bodies: what is on the disk, and what is read of them.

use crate::{
    appending, filling, multipart,
    rig::{Engine, INLINE, LARGE, MetaEngine, Rig, bytes, key, keys},
};
use bytes::Bytes;
use coho_model::{ByteRange, MIN_PART_BYTES};
use coho_store::StoreError;
use std::{
    fs,
    path::{Path, PathBuf},
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
