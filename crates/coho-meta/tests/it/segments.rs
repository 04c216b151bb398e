//! Bodies of fills that are persisted together: where they are, when their room is given back, and what a reader gets when
//! they are gone.

use crate::engines::{fresh_with, open, options};
use coho_meta::{
    Batch, MetaError, MetaStore, SqliteMeta,
    conformance::sample::{at, bucket, delete_object, inline, key, put_object, set_acl},
};
use coho_model::{Body, BucketId, ObjectAcl, ObjectRecord, PersistFill};
use std::{
    error::Error,
    fs::File,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

const BLOCK: u64 = 4096;

fn text(number: usize) -> String {
    format!("k{number:03}")
}

fn body(number: usize, length: usize) -> Arc<ObjectRecord> {
    inline(1000 + number as u128, &vec![number as u8 + 1; length])
}

/// Persists fills with bodies of these lengths together.
async fn fill(meta: &SqliteMeta, id: BucketId, first: usize, lengths: &[usize]) {
    let fill = |(number, length): (usize, &usize)| PersistFill {
        bucket: id,
        key: key(&text(number)),
        object: body(number, *length),
    };
    let fills = (first..).zip(lengths).map(fill).collect();
    meta.commit(Batch { fills, change: None }, at(0)).await.unwrap();
    // Room is given back after the answer, and before the next change.
    meta.forget(&[]).await.unwrap();
}

async fn delete(meta: &SqliteMeta, id: BucketId, numbers: impl Iterator<Item = usize>) {
    for number in numbers {
        delete_object(meta, id, &text(number), at(0)).await;
    }
    meta.forget(&[]).await.unwrap();
}

async fn assert_there(meta: &SqliteMeta, id: BucketId, first: usize, lengths: &[usize]) {
    for (number, length) in (first..).zip(lengths) {
        assert_eq!(meta.object(id, &key(&text(number))).await.unwrap(), Some(body(number, *length)), "{number}");
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory.join("meta.sqlite-segments")) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn rows_of_bodies(directory: &Path) -> i64 {
    let file = rusqlite::Connection::open(directory.join("meta.sqlite")).unwrap();
    file.query_row("SELECT count(*) FROM inline_data", (), |row| row.get(0)).unwrap()
}

/// As many bodies are counted for each segment as rows point to it, and there are files for those that have some.
pub(crate) fn assert_counted(directory: &Path) {
    let file = rusqlite::Connection::open(directory.join("meta.sqlite")).unwrap();
    let numbers = |sql: &str| {
        let mut statement = file.prepare(sql).unwrap();
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<Vec<(u32, i64)>, _>>().unwrap()
    };
    let counted = numbers("SELECT segment_id, bodies FROM inline_segment WHERE bodies <> 0 ORDER BY 1");
    let sql = "SELECT inline_position >> 32, count(*)
               FROM (SELECT inline_position FROM object UNION ALL SELECT inline_position FROM object_version)
               WHERE inline_position IS NOT NULL GROUP BY 1 ORDER BY 1";
    assert_eq!(counted, numbers(sql));
    for (segment, _) in counted {
        let path = directory.join(format!("meta.sqlite-segments/{segment:08x}"));
        assert!(files(directory).contains(&path), "{path:?}");
    }
}

const LENGTHS: [usize; 6] = [1, 4095, 4096, 4097, 10_000, 2_000];

#[tokio::test]
async fn fills_that_are_persisted_together_go_into_a_segment_and_are_read_from_there() {
    let (meta, directory) = fresh_with(0);
    let id = bucket(&meta, 1).await;
    put_object(&meta, id, "put", inline(1, b"by a client")).await;
    assert_eq!(files(directory.path()), [] as [PathBuf; 0], "what a client puts goes into the table");
    fill(&meta, id, 0, &LENGTHS).await;
    assert_there(&meta, id, 0, &LENGTHS).await;
    meta.change_key(id, &key(&text(4)), set_acl(ObjectAcl::Private), at(0)).await.unwrap();
    drop(meta);
    assert_eq!((files(directory.path()).len(), rows_of_bodies(directory.path())), (1, 1));
    let meta = open(directory.path());
    let private = ObjectRecord { acl: ObjectAcl::Private, ..(*body(4, LENGTHS[4])).clone() };
    assert_eq!(meta.object(id, &key(&text(4))).await.unwrap(), Some(private.into()), "another ACL, the same bytes");
    meta.change_key(id, &key(&text(4)), set_acl(ObjectAcl::Default), at(0)).await.unwrap();
    assert_there(&meta, id, 0, &LENGTHS).await;
    fill(&meta, id, 6, &LENGTHS).await;
    assert_there(&meta, id, 0, &[LENGTHS, LENGTHS].concat()).await;
    assert_eq!(files(directory.path()).len(), 2, "an opened engine begins another segment");
}

#[tokio::test]
async fn room_is_given_back_when_bodies_go_and_a_segment_with_the_last_of_them() {
    let (meta, directory) = fresh_with(0);
    let id = bucket(&meta, 1).await;
    // Full after that, so that the next one is another segment.
    fill(&meta, id, 0, &[BLOCK as usize; 64]).await;
    let first = files(directory.path()).pop().unwrap();
    let blocks = |file: &Path| std::fs::metadata(file).unwrap().blocks() * 512 / BLOCK;
    File::open(&first).unwrap().sync_all().unwrap();
    assert_eq!(blocks(&first), 64);
    delete(&meta, id, 8..40).await;
    assert_eq!(blocks(&first), 32);
    assert_there(&meta, id, 0, &[BLOCK as usize; 8]).await;
    assert_there(&meta, id, 40, &[BLOCK as usize; 24]).await;
    put_object(&meta, id, &text(0), inline(7, b"another")).await;
    fill(&meta, id, 64, &[5; 3]).await;
    assert_eq!(blocks(&first), 31, "what is written over goes, too");
    assert_eq!(files(directory.path()).len(), 2);
    delete(&meta, id, (1..8).chain(40..64)).await;
    assert_eq!(files(directory.path()).len(), 1);
    assert!(!first.exists());
    assert_there(&meta, id, 64, &[5; 3]).await;
    // The last one of the segment that is written to; it stays until there is another one.
    delete(&meta, id, 64..67).await;
    assert_eq!(files(directory.path()).len(), 1);
    drop(meta);
    drop(open(directory.path()));
    assert_eq!(files(directory.path()).len(), 0);
}

#[tokio::test]
async fn a_segment_that_no_row_knows_is_removed_at_the_opening_and_others_are_not() {
    let (meta, directory) = fresh_with(0);
    let id = bucket(&meta, 1).await;
    fill(&meta, id, 0, &LENGTHS).await;
    drop(meta);
    let known = files(directory.path());
    std::fs::write(known[0].with_file_name("0000002a"), b"what a crash left").unwrap();
    std::fs::write(known[0].with_file_name("README"), b"not ours").unwrap();
    let meta = open(directory.path());
    assert_eq!(files(directory.path()), [known[0].clone(), known[0].with_file_name("README")]);
    assert_there(&meta, id, 0, &LENGTHS).await;
    fill(&meta, id, 6, &LENGTHS).await;
    assert_there(&meta, id, 0, &[LENGTHS, LENGTHS].concat()).await;
}

/// A lost database may be found again.
#[tokio::test]
async fn segments_without_their_database_are_not_touched() {
    let (meta, directory) = fresh_with(0);
    let id = bucket(&meta, 1).await;
    fill(&meta, id, 0, &LENGTHS).await;
    meta.close().await.unwrap();
    drop(meta);
    let (there, elsewhere) = (directory.path().join("meta.sqlite"), directory.path().join("elsewhere"));
    std::fs::rename(&there, &elsewhere).unwrap();
    for _ in 0..2 {
        let refused = SqliteMeta::open(&there, options(0)).unwrap_err();
        let expected = "there are segments, and the metadata file that they belong to is not there";
        assert_eq!(refused.source().unwrap().to_string(), expected);
    }
    std::fs::rename(&elsewhere, &there).unwrap();
    assert_there(&open(directory.path()), id, 0, &LENGTHS).await;
}

/// Its row may be outdated when it reads the bytes, which are freed after the commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_never_meets_a_hole() {
    const LENGTH: usize = 9_000;
    let (meta, _directory) = fresh_with(0);
    let id = bucket(&meta, 1).await;
    let (meta, stop) = (Arc::new(meta), Arc::new(AtomicBool::new(false)));
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (meta, stop) = (meta.clone(), stop.clone());
        readers.spawn(async move {
            let mut found = 0;
            while !stop.load(Ordering::Acquire) {
                if let Some(object) = meta.object(id, &key(&text(0))).await.unwrap() {
                    let Body::Inline { bytes, .. } = &object.body else { panic!("{object:?}") };
                    assert!(bytes.len() == LENGTH && bytes.iter().all(|byte| *byte == 1));
                    found += 1;
                }
                tokio::task::yield_now().await;
            }
            found
        });
    }
    for _ in 0..300 {
        fill(&meta, id, 0, &[LENGTH]).await;
        delete(&meta, id, 0..1).await;
    }
    stop.store(true, Ordering::Release);
    assert!(readers.join_all().await.into_iter().sum::<usize>() > 0);
}

#[tokio::test]
async fn other_bytes_than_were_written_are_an_error() {
    let (meta, directory) = fresh_with(0);
    let id = bucket(&meta, 1).await;
    fill(&meta, id, 0, &LENGTHS).await;
    let file = files(directory.path()).pop().unwrap();
    File::options().write(true).open(&file).unwrap().write_all_at(b"x", BLOCK + 9).unwrap();
    let damaged = meta.object(id, &key(&text(1))).await.unwrap_err();
    let MetaError::DamagedBody { record, .. } = &damaged else { panic!("{damaged:?}") };
    assert!(record.size == LENGTHS[1] as u64 && record.body.inline_bytes() == 0, "{record:?}");
    let expected = "inline body at byte 4096 of segment 00000000 is damaged or gone";
    assert_eq!(damaged.source().unwrap().to_string(), expected);
    // A change that would keep the bytes is refused, and those that come with it are made.
    let (key_1, key_2) = (key(&text(1)), key(&text(2)));
    let private = || set_acl(ObjectAcl::Private);
    let (refused, made) =
        tokio::join!(meta.change_key(id, &key_1, private(), at(0)), meta.change_key(id, &key_2, private(), at(0)));
    assert!(matches!(refused, Err(MetaError::DamagedBody { .. })), "{refused:?}");
    assert!(made.is_ok());
    meta.change_key(id, &key_2, set_acl(ObjectAcl::Default), at(0)).await.unwrap();
    assert_there(&meta, id, 2, &LENGTHS[2..]).await;
    drop(meta);
    std::fs::remove_file(&file).unwrap();
    let meta = open(directory.path());
    let gone = meta.object(id, &key(&text(2))).await.unwrap_err();
    assert_eq!(gone.source().unwrap().to_string(), "inline body at byte 8192 of segment 00000000 is damaged or gone");
    // What is damaged can be deleted, and fetched again.
    delete(&meta, id, 0..LENGTHS.len()).await;
    fill(&meta, id, 0, &LENGTHS).await;
    assert_there(&meta, id, 0, &LENGTHS).await;
}
