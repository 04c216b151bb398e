//! Clients that go away: a body that had not come whole leaves nothing, one that had is stored.

use crate::{
    faulty, multipart,
    rig::{Engine, INLINE, LARGE, Rig, bytes, eventually, key, put, within},
    source::Script,
};
use bytes::Bytes;
use coho_model::ByteRange;
use coho_store::{AnnouncedBody, NewPart, Replaced};
use std::{future::poll_fn, pin::pin, sync::atomic::Ordering, task::Poll};

/// Drops a future at the first pause at which the condition holds. Gives its output if it got there.
pub(crate) async fn drop_when<F: Future>(mut condition: impl FnMut() -> bool, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let dropped = poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if condition() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    within("a future to be dropped", dropped).await
}

/// Lets a future pause a number of times and drops it at the next pause.
pub(crate) async fn drop_at_pause<F: Future>(pauses: usize, future: F) -> Option<F::Output> {
    let mut seen = 0;
    let enough = || {
        seen += 1;
        seen > pauses
    };
    drop_when(enough, future).await
}

async fn visible_with_one_file(rig: &Rig, body: &Bytes) {
    let stored = async {
        while rig.object("key").await.is_none() {
            tokio::task::yield_now().await;
        }
    };
    within("the end of a put", stored).await;
    assert_eq!(rig.content("key").await.unwrap(), *body);
    let blobs = rig.object("key").await.unwrap().body.file_blobs().collect();
    assert_eq!(rig.files(), blobs);
    rig.delete("key").await;
    rig.sweep().await;
}

/// Drops a put at each of its pauses; gives how many there were.
async fn check_put(size: usize, known: bool) -> usize {
    let rig = Rig::new().await;
    let body = bytes(3, size);
    let expected = AnnouncedBody { length: known.then_some(size as u64), ..AnnouncedBody::default() };
    for pauses in 0.. {
        let mut source = Script::of(&body, 70_000).hesitant();
        let ended = source.ended();
        let whole = drop_at_pause(pauses, rig.store.put_object(&rig.bucket, put("key", expected), &mut source)).await;
        let ended = ended.load(Ordering::SeqCst);
        if ended {
            visible_with_one_file(&rig, &body).await;
        } else {
            eventually("an unfinished file to go", || rig.files().is_empty()).await;
            assert_eq!(rig.object("key").await, None);
        }
        if let Some(result) = whole {
            result.unwrap();
            return pauses;
        }
    }
    unreachable!("a put ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_is_dropped_is_stored_whole_or_not_at_all() {
    for known in [true, false] {
        for size in [0, INLINE, INLINE + 1, LARGE] {
            let pauses = check_put(size, known).await;
            assert!(pauses > size / 70_000, "{pauses} pauses for {size} bytes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_whose_body_had_come_is_stored_although_its_client_left() {
    let (rig, plan) = faulty::rig(Engine::Files).await;
    let body = bytes(4, LARGE);
    let mut source = Script::of(&body, 70_000).hesitant();
    let ended = source.ended();
    let gate = plan.seals.write().await;
    let put = rig.store.put_object(&rig.bucket, put("key", AnnouncedBody::default()), &mut source);
    assert!(drop_when(|| ended.load(Ordering::SeqCst), put).await.is_none());
    assert_eq!((rig.object("key").await, rig.files().len()), (None, 1), "not yet durable, so not yet visible");
    drop(gate);
    visible_with_one_file(&rig, &body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_dropped_is_a_part_or_nothing() {
    let (rig, plan) = faulty::rig(Engine::Files).await;
    let upload = multipart::begin(&rig, "key").await;
    for pauses in 0.. {
        let part = NewPart { key: key("key"), upload, number: 1, expected: AnnouncedBody::default() };
        let mut source = Script::of(&bytes(4, LARGE), 70_000).hesitant();
        let ended = source.ended();
        let gate = plan.seals.write().await;
        let mut left: usize = pauses;
        let enough = || {
            // After the body it waits for the gate.
            let enough = left == 0 || ended.load(Ordering::SeqCst);
            left = left.saturating_sub(1);
            enough
        };
        assert!(drop_when(enough, rig.store.put_part(&rig.bucket, part, &mut source)).await.is_none());
        drop(gate);
        let parts = async || rig.meta.list_parts(rig.bucket.id, upload, 0, 9).await.unwrap().parts.len();
        if ended.load(Ordering::SeqCst) {
            let there = async {
                while parts().await == 0 {
                    tokio::task::yield_now().await;
                }
            };
            within("the part", there).await;
            assert_eq!(rig.files().len(), 1);
            return;
        }
        eventually("an unfinished file to go", || rig.files().is_empty()).await;
        assert_eq!(parts().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_dropped_leaves_no_file_that_nothing_names() {
    let rig = Rig::new().await;
    let body = bytes(5, LARGE);
    let source = rig.put("source", &body).await.unwrap();
    let source_file = rig.files();
    let target = key("key");
    for pauses in 0.. {
        let copy = rig.store.copy_object(source.clone(), &rig.bucket, &target, Replaced::default(), false);
        let done = drop_at_pause(pauses, copy).await.is_some();
        let mut is_clean = false;
        while !is_clean {
            tokio::task::yield_now().await;
            let mut named = source_file.clone();
            named.extend(rig.object("key").await.iter().flat_map(|record| record.body.file_blobs()));
            is_clean = rig.files() == named;
        }
        if done {
            assert_eq!(rig.content("key").await.unwrap(), body);
            return;
        }
        // A copy whose end runs on without its client must be over before the next one is looked at.
        if pauses > 0 && rig.object("key").await.is_some() {
            rig.delete("key").await;
            rig.sweep().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_dropped_in_the_middle_counts_no_more() {
    let rig = Rig::new().await;
    let record = rig.put("key", &bytes(6, LARGE)).await.unwrap();
    let mut reader = rig.store.read_object(record, ByteRange { start: 5, end: LARGE as u64 }).await.unwrap();
    assert!(reader.read().await.unwrap().is_some());
    assert_eq!(rig.store.bodies_in_flight(), 1);
    drop(reader);
    assert_eq!(rig.store.bodies_in_flight(), 0);
}
