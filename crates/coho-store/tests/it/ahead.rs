//! Ranges of an object that arrive before the bytes before them, while the fill continues and meets them.

use crate::{
    filling::{begin, begin_as, commit, follow},
    rig::{Engine, Rig, bytes, fill_head, within},
};
use bytes::Bytes;
use coho_model::Crc64;
use coho_store::{Fill, FillHead, Filled, InProgressBody, MAX_RUNNING_RANGES, md5};
use std::{ops::Range, sync::Arc};
use tokio::sync::Notify;

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }

    fn range(&mut self, length: u64) -> Range<u64> {
        let start = self.below(length);
        start..start + 1 + self.below(length - start)
    }
}

/// As a fetch does: the piece that meets a range is dropped, the range is adopted, and the body continues after it.
async fn fill_with(fill: &mut Fill, body: &Bytes, random: &mut Random) -> u64 {
    let mut fetched = 0;
    while fill.taken() < body.len() as u64 {
        let from = fill.taken() as usize;
        let count = (1 + random.below(300_000) as usize).min(body.len() - from);
        fetched += count as u64;
        let mut piece = body.slice(from..from + count);
        while !piece.is_empty() {
            let free = fill.split_free(&mut piece);
            fill.write(free).await.unwrap();
            if !piece.is_empty() && fill.meets_ahead_range().await.unwrap() {
                fill.absorb(|| ()).await.unwrap();
                break;
            }
        }
        tokio::task::yield_now().await;
    }
    fetched
}

/// As a ranged request does; it may break off.
async fn write_ahead(in_progress: Arc<InProgressBody>, body: Bytes, range: Range<u64>, mut random: Random) {
    let Some(reader) = in_progress.read_ahead(range) else { return };
    let Some(ahead) = reader.next(|| ()).await else { return };
    let breaks_off = random.below(4) == 0;
    let mut at = ahead.start;
    while at < ahead.end {
        let count = (1 + random.below(400_000)).min(ahead.end - at);
        if breaks_off && random.below(6) == 0 {
            return;
        }
        tokio::task::yield_now().await;
        if !ahead.write(body.slice(at as usize..(at + count) as usize)).await.unwrap() {
            return;
        }
        at += count;
    }
}

async fn check(seed: u64) {
    let mut rig = Rig::with(Engine::ALL[(seed / 2 % 2) as usize]).await;
    rig.encrypt(seed / 4 % 2 == 1);
    let mut random = Random(seed * 7_919 + 1);
    let length = 12_000_000 + random.below(20_000_000);
    let body = bytes(seed + 1, length as usize);
    // Every other one has its MD5 checked, for which what is taken over is read once more.
    let expected_md5 = (seed % 2 == 1).then(|| md5(&body));
    let mut fill = begin_as(&rig, "key", FillHead { expected_md5, ..fill_head(Some(length)) }).await;
    fill.admit().await.unwrap();
    let in_progress = fill.body();
    let mut tasks = Vec::new();
    for number in 0..1 + random.below(8) {
        let range = random.range(length);
        let ahead = write_ahead(in_progress.clone(), body.clone(), range.clone(), Random(seed * 31 + number));
        tasks.push(tokio::spawn(ahead));
        let (reader, expected) =
            (in_progress.reader(range.start, Some(range.end)), body.slice(range.start as usize..range.end as usize));
        tasks.push(tokio::spawn(async move {
            let (read, end) = follow(reader).await;
            assert!(end.is_ok() && read == expected, "seed {seed}: a reader of {range:?} got other bytes");
        }));
    }
    let fetched = within("a fill", fill_with(&mut fill, &body, &mut random)).await;
    let Filled::Stored(record) = commit(fill).await.unwrap() else { panic!("no write overtook it") };
    for task in tasks {
        within("a range ahead or a reader", task).await.unwrap();
    }
    assert_eq!((record.size, record.crc64), (length, Crc64::of(&body)));
    assert!(rig.content("key").await.unwrap() == body, "seed {seed}: stored other bytes");
    // Each range costs at most the bytes in flight when it is met, and short ones are fetched again.
    assert!(fetched <= length + 16 * (300_000 + 4 * 1024 * 1024), "seed {seed}: {fetched} of {length} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_ahead_and_the_fill_make_one_object_in_any_order() {
    for seed in 0..16 {
        check(seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_ahead_of_another_version_has_the_digest_of_its_own_bytes() {
    // A lying origin: the range has other bytes than the body. The stored digests are those of the stored bytes.
    for (start, end) in [(8_000_000u64, 8_100_000), (8_000_000, 14_000_000)] {
        let rig = Rig::new().await;
        let (body, lie) = (bytes(1, 16_000_000), bytes(2, 16_000_000));
        let mut fill = begin(&rig, "key", Some(body.len() as u64)).await;
        fill.admit().await.unwrap();
        let ahead = fill.body().read_ahead(start..end).unwrap().next(|| ()).await.unwrap();
        ahead.write(lie.slice(start as usize..end as usize)).await.unwrap();
        drop(ahead);
        fill_with(&mut fill, &body, &mut Random(start)).await;
        let Filled::Stored(record) = commit(fill).await.unwrap() else { panic!("no write overtook it") };
        let stored = rig.content("key").await.unwrap();
        assert_eq!(record.crc64, Crc64::of(&stored), "{start}-{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_above_the_limit_wait_until_one_is_done_or_has_lost_its_reader() {
    const MIB: u64 = 1 << 20;
    let rig = Rig::new().await;
    let length = 64 * MIB;
    let mut fill = begin(&rig, "key", Some(length)).await;
    fill.admit().await.unwrap();
    let byte = |number: u64| {
        let start = (8 + number) * MIB;
        fill.body().read_ahead(start..start + 1).unwrap()
    };
    let mut running = Vec::new();
    for number in 0..MAX_RUNNING_RANGES as u64 {
        let reader = byte(number);
        let writer = within("a place", reader.next(|| panic!("there is one"))).await.unwrap();
        running.push((reader, writer));
    }
    for (number, is_done) in [(30, true), (31, false)] {
        let (reader, at_limit) = (byte(number), Arc::new(Notify::new()));
        let waits = at_limit.clone();
        let next = tokio::spawn(async move { reader.next(|| waits.notify_one()).await.map(|writer| writer.start) });
        within("the limit", at_limit.notified()).await;
        let (_reader, writer) = running.remove(0);
        if is_done {
            assert!(!writer.write(Bytes::from_static(b"x")).await.unwrap(), "it is done");
        }
        drop(writer);
        assert_eq!(within("a returned place", next).await.unwrap(), Some((8 + number) * MIB));
        // Its writer is dropped with the task; the next round needs it taken.
        let reader = byte(number + 10);
        let writer = within("a place", reader.next(|| ())).await.unwrap();
        running.push((reader, writer));
    }
    // Nothing is waited for after the end.
    let last = byte(20);
    fill.abandon("the test ends").await;
    assert!(within("the end", last.next(|| ())).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_the_fill_has_passed_while_its_reader_waited_is_not_fetched() {
    const MIB: u64 = 1 << 20;
    let rig = Rig::new().await;
    let mut fill = begin(&rig, "key", Some(64 * MIB)).await;
    fill.admit().await.unwrap();
    let body = fill.body().clone();
    let byte = |start: u64| body.read_ahead(start..start + 1).unwrap();
    let mut running = Vec::new();
    for number in 0..MAX_RUNNING_RANGES as u64 {
        let reader = byte((32 + number) * MIB);
        let writer = within("a place", reader.next(|| panic!("there is one"))).await.unwrap();
        running.push((reader, writer));
    }
    let (reader, at_limit) = (byte(8 * MIB), Arc::new(Notify::new()));
    let waits = at_limit.clone();
    let next = tokio::spawn(async move { reader.next(|| waits.notify_one()).await.map(|writer| writer.start) });
    within("the limit", at_limit.notified()).await;
    for _ in 0..9 {
        fill.write(bytes(1, MIB as usize)).await.unwrap();
    }
    running.pop();
    assert_eq!(within("the end of the wait", next).await.unwrap(), None);
    fill.abandon("the test ends").await;
}
