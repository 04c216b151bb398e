//! Fills and the readers that follow them.

use crate::{
    rig::{Engine, INLINE, LARGE, MIRROR_ETAG, Rig, bytes, eventually, fill_head, headers, key, within},
    source::frames,
};
use bytes::Bytes;
use coho_model::{Crc64, Timestamp};
use coho_store::{BodyError, Ended, Fill, FillHead, Filled, GrowingReader, StoreError, md5};
use std::os::unix::fs::FileExt;

/// Where readers begin and end; the numbers are shares of the body in hundredths.
const READERS: [(usize, Option<usize>); 6] =
    [(0, None), (0, Some(100)), (0, Some(1)), (33, Some(66)), (99, None), (100, None)];

pub(crate) async fn begin(rig: &Rig, name: &str, length: Option<u64>) -> Fill {
    begin_as(rig, name, fill_head(length)).await
}

pub(crate) async fn begin_as(rig: &Rig, name: &str, head: FillHead) -> Fill {
    let token = rig.store.begin_fill(&rig.bucket, &key(name)).await.unwrap();
    Fill::new(rig.store.clone(), rig.bucket.clone(), key(name), Some(token), head, 1 << 40)
}

pub(crate) async fn commit(fill: Fill) -> Result<Filled, StoreError> {
    within("a commit", fill.commit()).await
}

/// Everything up to the end, or what came before the reader broke off. Every other piece is taken from the file, if the
/// reader says where it is.
pub(crate) async fn follow(mut reader: GrowingReader) -> (Vec<u8>, Result<(), StoreError>) {
    const MAX: usize = 100_000;
    let mut all = Vec::new();
    loop {
        if let Some((file, offset, count)) = reader.next_in_file(MAX) {
            assert!(count > 0 && count <= MAX, "{count}");
            let from = all.len();
            all.resize(from + count, 0);
            file.read_exact_at(&mut all[from..], offset).unwrap();
        }
        match within("a reader of a fill", reader.read()).await {
            Ok(Some(bytes)) => {
                assert!(!bytes.is_empty(), "an empty piece is not a piece");
                all.extend_from_slice(&bytes);
            }
            Ok(None) => return (all, Ok(())),
            Err(error) => return (all, Err(error)),
        }
    }
}

struct Follower {
    expected: Bytes,
    reader: GrowingReader,
}

impl Follower {
    /// One for each of [`READERS`].
    fn all(fill: &Fill, body: &Bytes) -> Vec<Self> {
        let cut = |hundredths: usize| body.len() * hundredths / 100;
        let one = |(from, to): (usize, Option<usize>)| {
            let (from, to) = (cut(from), to.map(cut));
            let expected = body.slice(from..to.unwrap_or(body.len()));
            Self { expected, reader: fill.body().reader(from as u64, to.map(|to| to as u64)) }
        };
        READERS.into_iter().map(one).collect()
    }

    async fn check(self) {
        let (read, end) = follow(self.reader).await;
        assert!(end.is_ok(), "{end:?}");
        assert!(read == self.expected, "{} bytes read, {} expected", read.len(), self.expected.len());
    }
}

async fn check_fill(engine: Engine, size: usize, sizes: &[usize], known: bool, admit: bool) {
    let rig = Rig::with(engine).await;
    let body = bytes(size as u64, size);
    let mut fill = begin(&rig, "key", known.then_some(size as u64)).await;
    if admit {
        fill.admit().await.unwrap();
    }
    let mut running = Vec::new();
    let mut idle = Follower::all(&fill, &body);
    for (number, frame) in frames(&body, sizes).into_iter().enumerate() {
        if number < 3 {
            running.extend(Follower::all(&fill, &body).into_iter().map(|follower| tokio::spawn(follower.check())));
        }
        fill.write(frame).await.unwrap();
        if number % 3 == 0 {
            fill.flush().await.unwrap();
        }
    }
    assert_eq!(fill.taken(), size as u64);
    idle.extend(Follower::all(&fill, &body));
    let in_progress = fill.body();
    let Filled::Stored(record) = commit(fill).await.unwrap() else { panic!("no write overtook it") };
    assert_eq!(in_progress.ended().await, Ended::Whole { length: size as u64 });
    let (late, end) = follow(in_progress.reader(0, None)).await;
    assert!(end.is_ok() && late == body, "a reader that begins when all is over");
    for follower in running {
        follower.await.unwrap();
    }
    for follower in idle {
        follower.check().await;
    }
    assert_eq!((record.size, record.etag, record.crc64), (size as u64, MIRROR_ETAG, Crc64::of(&body)));
    assert_eq!(
        (record.headers.clone(), record.mirrored_from.clone()),
        (headers("image/png"), Some(crate::rig::provenance("http%3a%2f%2forigin")))
    );
    assert_eq!(rig.object("key").await, Some(record));
    assert_eq!(rig.content("key").await.unwrap(), body);
    assert_eq!(rig.files().len(), usize::from(size > INLINE));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_exactly_what_arrives() {
    let patterns: [&[usize]; 4] = [&[usize::MAX], &[1, 100, 4_000, 70_000], &[777], &[256 * 1024 + 1, 1]];
    for size in [0, 1, INLINE, INLINE + 1, 64 * 1024, LARGE, (1 << 20) + 3] {
        for (engine, sizes) in Engine::ALL.into_iter().flat_map(|engine| patterns.map(|sizes| (engine, sizes))) {
            check_fill(engine, size, sizes, true, true).await;
            check_fill(engine, size, sizes, false, true).await;
            check_fill(engine, size, sizes, true, false).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_get_flushed_bytes_before_the_rest_arrives() {
    let rig = Rig::new().await;
    let body = bytes(1, 3 * LARGE);
    let mut fill = begin(&rig, "key", None).await;
    let mut reader = fill.body().reader(0, None);
    let mut read = Vec::new();
    for frame in frames(&body, &[10, INLINE, 20_000, LARGE]) {
        fill.write(frame).await.unwrap();
        fill.flush().await.unwrap();
        while (read.len() as u64) < fill.taken() {
            let bytes = within("a reader after a flush", reader.read()).await.unwrap().unwrap();
            read.extend_from_slice(&bytes);
        }
    }
    assert!(read == body && reader.read_now().unwrap().is_none());
    commit(fill).await.unwrap();
    assert!(reader.read().await.unwrap().is_none());
}

/// Fills the key with a body whose head is that.
async fn fill_as(rig: &Rig, head: FillHead, body: &Bytes) -> Filled {
    let mut fill = begin_as(rig, "key", head).await;
    for frame in frames(body, &[1_000, 70_000]) {
        fill.write(frame).await.unwrap();
    }
    commit(fill).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_the_head_is_kept() {
    let rig = Rig::new().await;
    let at = Timestamp::from_unix_ms(1_000_000);
    fill_as(&rig, FillHead { modified: at, ..fill_head(None) }, &Bytes::new()).await;
    assert_eq!(rig.object("key").await.unwrap().modified, at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_another_md5_than_the_head_expects_is_not_stored() {
    let sizes = [0, 1, INLINE, INLINE + 1, LARGE];
    for (engine, size) in Engine::ALL.into_iter().flat_map(|engine| sizes.map(|size| (engine, size))) {
        let rig = Rig::with(engine).await;
        let body = bytes(1, size);
        let wrong = FillHead { expected_md5: Some([1; 16]), ..fill_head(None) };
        assert!(matches!(fill_as(&rig, wrong, &body).await, Filled::Md5Mismatch), "{size}");
        assert_eq!(rig.object("key").await, None, "{size}");
        eventually("the refused body to go", || rig.files().is_empty()).await;
        let right = FillHead { expected_md5: Some(md5(&body)), ..fill_head(None) };
        let Filled::Stored(record) = fill_as(&rig, right, &body).await else { panic!("{size}: it has that MD5") };
        assert_eq!((record.etag, record.crc64), (MIRROR_ETAG, Crc64::of(&body)), "{size}");
    }
}

/// A reader that runs on its own; gives what [`follow`] gives.
type Following = tokio::task::JoinHandle<(Vec<u8>, Result<(), StoreError>)>;

/// Begins a fill and reads a number of bytes of a longer body; returns the readers' task.
async fn half_filled(rig: &Rig, size: usize) -> (Fill, Bytes, Vec<Following>) {
    let body = bytes(9, size);
    let mut fill = begin(rig, "key", Some(size as u64 + 1)).await;
    let in_progress = fill.body();
    let readers: Vec<_> =
        [None, Some(size as u64 + 1)].map(|end| tokio::spawn(follow(in_progress.reader(0, end)))).into();
    for frame in frames(&body, &[10_000]) {
        fill.write(frame).await.unwrap();
    }
    (fill, body, readers)
}

async fn assert_broken(rig: &Rig, body: &Bytes, readers: Vec<Following>) {
    for reader in readers {
        let (read, end) = reader.await.unwrap();
        assert!(end.is_err(), "a clean end after {} bytes", read.len());
        assert!(body.starts_with(&read), "{} bytes that were never sent", read.len());
    }
    assert_eq!(rig.object("key").await, None);
    eventually("an unfinished file to go", || rig.files().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_fill_breaks_its_readers_and_leaves_nothing() {
    let sizes = [0, 10, INLINE + 1, LARGE];
    for (engine, size) in Engine::ALL.into_iter().flat_map(|engine| sizes.map(|size| (engine, size))) {
        let rig = Rig::with(engine).await;
        let (fill, body, readers) = half_filled(&rig, size).await;
        let in_progress = fill.body();
        fill.abandon("the origin broke off").await;
        assert_eq!(in_progress.ended().await, Ended::Broken { reason: "the origin broke off".into() });
        assert!(follow(in_progress.reader(0, None)).await.1.is_err(), "a reader that comes later breaks, too");
        assert_broken(&rig, &body, readers).await;
        let next = begin(&rig, "key", None).await;
        assert!(matches!(commit(next).await.unwrap(), Filled::Stored(_)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_fill_gives_its_token_back() {
    let rig = Rig::new().await;
    let token = rig.store.begin_fill(&rig.bucket, &key("key")).await.unwrap();
    assert!(rig.store.holds_token(&rig.bucket, &key("key"), token).await.unwrap());
    let fill = Fill::new(rig.store.clone(), rig.bucket.clone(), key("key"), Some(token), fill_head(None), 10);
    fill.abandon("").await;
    assert!(!rig.store.holds_token(&rig.bucket, &key("key"), token).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_that_is_dropped_without_a_word_breaks_its_readers() {
    for size in [0, 10, INLINE + 1, LARGE] {
        let rig = Rig::new().await;
        let (fill, body, readers) = half_filled(&rig, size).await;
        // The owner that offers the fill to new readers keeps this, and readers must not depend on it.
        let in_progress = fill.body();
        drop(fill);
        assert!(matches!(within("an end", in_progress.ended()).await, Ended::Broken { .. }));
        assert_broken(&rig, &body, readers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_that_grows_beyond_its_limit_is_refused() {
    for limit in [10, INLINE as u64, LARGE as u64] {
        let rig = Rig::new().await;
        let token = rig.store.begin_fill(&rig.bucket, &key("key")).await.unwrap();
        let mut fill =
            Fill::new(rig.store.clone(), rig.bucket.clone(), key("key"), Some(token), fill_head(None), limit);
        fill.write(bytes(1, limit as usize)).await.unwrap();
        let refused = fill.write(bytes(2, 1)).await;
        assert!(matches!(refused, Err(StoreError::Body(BodyError::TooLarge { .. }))), "{refused:?}");
        fill.abandon("too large").await;
        assert!(rig.files().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_that_is_not_as_long_as_announced_is_not_stored() {
    for size in [0, 10, INLINE + 1, LARGE] {
        let rig = Rig::new().await;
        let (fill, body, readers) = half_filled(&rig, size).await;
        let refused = commit(fill).await;
        assert!(matches!(refused, Err(StoreError::Body(BodyError::Incomplete))), "{refused:?}");
        assert_broken(&rig, &body, readers).await;
    }
}
