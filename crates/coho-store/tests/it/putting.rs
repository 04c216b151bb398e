//! Putting and reading.

use crate::{
    rig::{Engine, INLINE, LARGE, Rig, bytes, headers, put},
    source::Script,
};
use coho_model::{Body, ByteRange, Crc64, ETag, ObjectType, Refusal};
use coho_store::{AnnouncedBody, BodyError, MAX_BODY_BYTES, StoreError, md5};

const FRAMES: [&[usize]; 5] = [&[usize::MAX], &[1000], &[64 * 1024], &[64 * 1024 + 1, 7], &[1, 300_000, 65_535]];

const SIZES: [usize; 15] = [
    0,
    1,
    INLINE - 1,
    INLINE,
    INLINE + 1,
    64 * 1024 - 1,
    64 * 1024,
    64 * 1024 + 1,
    256 * 1024 - 1,
    256 * 1024,
    256 * 1024 + 1,
    320 * 1024,
    512 * 1024 + 1,
    (1 << 20) - 1,
    (1 << 20) + 3,
];

async fn check_put(rig: &Rig, size: usize, frames: &[usize], known: bool) {
    let body = bytes(size as u64, size);
    let length = known.then_some(size as u64);
    let expected = AnnouncedBody { length, md5: Some(md5(&body)), crc64: Some(Crc64::of(&body)) };
    let record = rig.put_from(put("key", expected), &mut Script::frames(&body, frames)).await.unwrap();
    assert_eq!(rig.object("key").await.as_ref(), Some(&record));
    assert_eq!((record.size, record.object_type), (size as u64, ObjectType::Normal));
    assert_eq!((record.etag, record.crc64), (ETag::simple(md5(&body)), Crc64::of(&body)));
    assert_eq!((record.headers.clone(), record.modified), (headers("text/plain"), rig.store.now()));
    match &record.body {
        Body::Inline { bytes, .. } => assert!((1..=INLINE).contains(&size) && *bytes == body, "{size} inline"),
        Body::Extents(extents) if extents.is_empty() => assert_eq!(size, 0),
        Body::Extents(extents) => {
            assert!(size > INLINE && extents.len() == 1, "{size} in a file");
            if rig.memory.is_none() {
                assert_eq!(std::fs::read(rig.file(extents[0].blob)).unwrap(), body, "a file is its payload");
            }
        }
    }
    assert_eq!(rig.content("key").await.unwrap(), body, "{size} in frames {frames:?}");
    rig.delete("key").await;
    rig.sweep().await;
    assert!(rig.files().is_empty(), "{size} in frames {frames:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_all_sizes_and_frames_come_back_as_they_went_in() {
    for engine in Engine::ALL {
        let rig = Rig::with(engine).await;
        for (size, frames) in SIZES.into_iter().flat_map(|size| FRAMES.map(|frames| (size, frames))) {
            check_put(&rig, size, frames, true).await;
            check_put(&rig, size, frames, false).await;
        }
        assert_eq!(rig.store.bodies_in_flight(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_read_exactly() {
    for engine in Engine::ALL {
        check_ranges(&Rig::with(engine).await).await;
    }
}

async fn check_ranges(rig: &Rig) {
    for size in [0usize, 1, INLINE, INLINE + 1, 256 * 1024, (1 << 20) + 3] {
        let body = bytes(7, size);
        let record = rig.put("key", &body).await.unwrap();
        let near = |at: usize| [at.saturating_sub(1), at, at + 1];
        let cuts = [0, size / 3, 64 * 1024, 256 * 1024, size].map(near).concat();
        let cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= size).collect();
        for start in &cuts {
            for end in cuts.iter().filter(|end| *end >= start) {
                let range = ByteRange { start: *start as u64, end: *end as u64 };
                let read = rig.read(&record, range).await;
                let read = read.unwrap_or_else(|error| panic!("{range:?} of {size}: {error:?}"));
                assert_eq!(read, body[*start..*end], "{range:?} of {size}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_at_once_read_the_same_in_smaller_pieces() {
    let rig = Rig::new().await;
    let body = bytes(1, 200_000);
    let record = rig.put("key", &body).await.unwrap();
    let whole = ByteRange { start: 0, end: record.size };
    let mut readers = Vec::new();
    for _ in 0..70 {
        readers.push(rig.store.read_object(record.clone(), whole).await.unwrap());
    }
    assert_eq!(rig.store.bodies_in_flight(), 70);
    for reader in &mut readers {
        let mut all = Vec::new();
        while let Some(bytes) = reader.read().await.unwrap() {
            assert!(bytes.len() <= 64 * 1024);
            all.extend_from_slice(&bytes);
        }
        assert_eq!(all, body);
    }
    drop(readers);
    assert_eq!(rig.store.bodies_in_flight(), 0);
}

async fn check_refused(
    size: usize,
    expected: AnnouncedBody,
    error: Option<BodyError>,
    is_right: fn(&StoreError) -> bool,
) {
    let rig = Rig::new().await;
    let old = bytes(1, 10);
    rig.put("key", &old).await.unwrap();
    let mut source = Script::of(&bytes(2, size), 10_000);
    if let Some(error) = error {
        source = source.then_fails(error);
    }
    let refused = rig.put_from(put("key", expected), &mut source).await.unwrap_err();
    assert!(is_right(&refused), "{refused:?} for {size} bytes and {expected:?}");
    assert_eq!(rig.content("key").await.unwrap(), old, "the old object stays");
    assert!(rig.files().is_empty(), "{refused:?} left a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_what_was_announced_leaves_nothing() {
    for size in [0, 100, INLINE + 1, LARGE] {
        let length = Some(size as u64);
        let none = AnnouncedBody::default();
        let with_length = AnnouncedBody { length, ..none };
        let wrong_md5 = AnnouncedBody { md5: Some([9; 16]), ..with_length };
        check_refused(size, wrong_md5, None, |error| matches!(error, StoreError::Md5Mismatch { expected, computed } if *expected == [9; 16] && computed != expected)).await;
        let wrong_crc64 = AnnouncedBody { crc64: Some(Crc64(9)), ..none };
        check_refused(size, wrong_crc64, None, |error| matches!(error, StoreError::Crc64Mismatch)).await;
        let short = AnnouncedBody { length: Some(size as u64 + 1), ..none };
        check_refused(size, short, None, |error| matches!(error, StoreError::Body(BodyError::Incomplete))).await;
        let incomplete = Some(BodyError::Incomplete);
        check_refused(size, none, incomplete, |error| matches!(error, StoreError::Body(BodyError::Incomplete))).await;
        let stalled = Some(BodyError::Stalled);
        check_refused(size, with_length, stalled, |error| matches!(error, StoreError::Body(BodyError::Stalled))).await;
        let unsigned = Some(BodyError::DigestMismatch);
        check_refused(size, with_length, unsigned, |error| {
            matches!(error, StoreError::Body(BodyError::DigestMismatch))
        })
        .await;
    }
    let long = AnnouncedBody { length: Some(10), ..AnnouncedBody::default() };
    check_refused(LARGE, long, None, |error| matches!(error, StoreError::Body(BodyError::Incomplete))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_announces_too_much_is_refused_before_it_is_read() {
    let rig = Rig::new().await;
    let mut source = Script::default().then_fails(BodyError::Stalled);
    let expected = AnnouncedBody { length: Some(MAX_BODY_BYTES + 1), ..AnnouncedBody::default() };
    let refused = rig.put_from(put("key", expected), &mut source).await;
    assert!(
        matches!(refused, Err(StoreError::Body(BodyError::TooLarge { limit: MAX_BODY_BYTES }))),
        "{refused:?} instead of a refusal: the source was asked"
    );
    assert!(rig.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_must_not_overwrite_takes_its_bytes_back() {
    let rig = Rig::new().await;
    let old = bytes(1, LARGE);
    for size in [10, LARGE] {
        rig.put("key", &old).await.unwrap();
        let files = rig.files();
        let careful = coho_store::PutObject { forbid_overwrite: true, ..put("key", AnnouncedBody::default()) };
        let refused = rig.put_from(careful, &mut Script::of(&bytes(2, size), 1000)).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::AlreadyExists(_)))), "{refused:?}");
        assert_eq!(rig.files(), files);
        assert_eq!(rig.content("key").await.unwrap(), old);
        rig.sweep().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_or_cut_off_is_damage_and_not_a_short_body() {
    let rig = Rig::new().await;
    let record = rig.put("key", &bytes(1, LARGE)).await.unwrap();
    let whole = ByteRange { start: 0, end: record.size };
    let file = rig.file(*rig.files().first().unwrap());
    std::fs::File::options().write(true).open(&file).unwrap().set_len(LARGE as u64 - 1).unwrap();
    let cut = rig.store.read_object(record.clone(), ByteRange { start: 0, end: 1 }).await;
    assert!(matches!(cut, Err(StoreError::Damaged(_))), "{cut:?}");
    rig.blobs.remove(*rig.files().first().unwrap()).await.unwrap();
    let gone = rig.store.read_object(record, whole).await;
    assert!(matches!(gone, Err(StoreError::Damaged(_))), "{gone:?}");
    assert_eq!(rig.store.bodies_in_flight(), 0, "a reader that was not opened does not count");
}

/// What is taken unread and what is read are one body, in any order of the two.
#[tokio::test]
async fn a_body_is_taken_from_its_file_and_read_in_turn() {
    use std::os::unix::fs::FileExt;
    let rig = Rig::new().await;
    let body = bytes(7, 300_000);
    let record =
        rig.put_from(put("key", AnnouncedBody::default()), &mut Script::frames(&body, &[usize::MAX])).await.unwrap();
    for (start, max_taken) in [(0, usize::MAX), (5, 20_000), (299_999, 9), (10_000, 16_384)] {
        let range = ByteRange { start: start as u64, end: body.len() as u64 };
        let mut reader = rig.store.read_object(record.clone(), range).await.unwrap();
        let mut received = Vec::new();
        while reader.remaining() > 0 {
            if let Some((file, offset, count)) = reader.next_in_file(max_taken) {
                assert!((16 * 1024..=max_taken).contains(&count));
                let mut taken = vec![0; count];
                file.read_exact_at(&mut taken, offset).unwrap();
                received.extend_from_slice(&taken);
            }
            if let Some(read) = reader.read_now().unwrap() {
                received.extend_from_slice(&read);
            } else if let Some(read) = reader.read().await.unwrap() {
                received.extend_from_slice(&read);
            }
        }
        assert!(received == body[start..], "{start}");
        assert!(reader.next_in_file(usize::MAX).is_none() && reader.read().await.unwrap().is_none());
    }
}
