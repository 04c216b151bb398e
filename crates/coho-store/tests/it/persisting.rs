//! Filled objects between being visible and being durable.

use crate::{
    faulty,
    filling::{begin, commit},
    rig::{Engine, INLINE, LARGE, MetaEngine, Rig, bytes, eventually, key, within},
};
use bytes::Bytes;
use coho_model::{Lifecycle, LifecycleRule, LifecycleTime, LifecycleTransition, ObjectAcl, StorageClass};
use coho_store::{Filled, LifecycleCursor, LifecycleOutcome, Replaced, ScarceResource};
use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

/// Longer than any test: what is persisted earlier did not wait for it.
const DELAY: Duration = Duration::from_secs(600);

/// Polls once.
async fn is_pending(mut future: Pin<&mut impl Future>) -> bool {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

async fn fill(rig: &Rig, name: &str, size: usize) {
    let mut fill = begin(rig, name, Some(size as u64)).await;
    fill.write(bytes(1, size)).await.unwrap();
    assert!(matches!(commit(fill).await.unwrap(), Filled::Stored(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_visible_at_once_and_durable_soon_without_a_request() {
    for meta in MetaEngine::ALL {
        let mut rig = Rig::on(Engine::Files, meta).await;
        rig.persist_after(DELAY);
        for (name, size) in [("small", 10), ("large", LARGE)] {
            fill(&rig, name, size).await;
            assert_eq!(rig.content(name).await.as_deref(), Some(&bytes(1, size)[..]), "{name}");
        }
        eventually("the fills to be durable", || rig.store.unpersisted_fills() == 0).await;
        assert_eq!(rig.content("large").await.map(|content| content.len()), Some(LARGE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_durable_is_gone_again_with_its_file_and_can_be_filled_anew() {
    for meta in MetaEngine::ALL {
        check_failed_sync(meta).await;
    }
}

async fn check_failed_sync(meta: MetaEngine) {
    let (mut rig, plan) = faulty::rig_on(Engine::Files, meta).await;
    rig.persist_after(DELAY);
    // The beginning, the write and the end go well; the sync after them does not.
    plan.fail_after(3, false);
    fill(&rig, "key", LARGE).await;
    rig.store.persist_fills().await;
    assert!(!plan.take_pending(), "the sync was reached");
    assert_eq!((rig.content("key").await, rig.store.unpersisted_fills()), (None, 0));
    let shortages = rig.store.shortages();
    assert_eq!((shortages.present(), shortages.refusals(ScarceResource::Blob)), (vec![ScarceResource::Blob], 1));
    eventually("the file to go", || rig.files().is_empty()).await;
    fill(&rig, "key", LARGE).await;
    rig.store.persist_fills().await;
    assert_eq!(rig.content("key").await.map(|content| content.len()), Some(LARGE));
    assert_eq!((shortages.present(), shortages.refusals(ScarceResource::Blob)), (vec![], 1), "it was tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_persisted_together_and_changes_of_the_record_come_after_it() {
    for meta in MetaEngine::ALL {
        check_burst(meta).await;
    }
}

/// A fill whose caller did not look takes nothing with it: the others of its batch become durable.
#[tokio::test(flavor = "multi_thread")]
async fn a_fill_over_an_object_is_given_up_alone() {
    for meta in MetaEngine::ALL {
        let mut rig = Rig::on(Engine::Files, meta).await;
        rig.persist_after(DELAY);
        rig.put("taken", &bytes(9, 20)).await.unwrap();
        for name in ["a", "taken", "z"] {
            fill(&rig, name, 10).await;
        }
        within("the fills", rig.store.persist_fills()).await;
        assert_eq!(rig.content("taken").await.as_deref(), Some(&bytes(9, 20)[..]), "{meta:?}");
        for name in ["a", "z"] {
            assert_eq!(rig.content(name).await.as_deref(), Some(&bytes(1, 10)[..]), "{meta:?}");
        }
        assert_eq!(rig.store.bucket_stat(&rig.bucket).await.unwrap().objects, 3);
    }
}

async fn check_burst(meta: MetaEngine) {
    let mut rig = Rig::on(Engine::Files, meta).await;
    rig.persist_after(DELAY);
    for number in 0..300 {
        fill(&rig, &format!("k{number}"), if number % 3 == 0 { LARGE } else { 10 }).await;
    }
    let (k, acl) = (key("k0"), ObjectAcl::Private);
    within("an ACL", rig.store.set_object_acl(&rig.bucket, &k, None, acl)).await.unwrap();
    let seen = rig.store.object(&rig.bucket, &k).await.unwrap().unwrap();
    assert_eq!(seen.acl, acl);
    let replaced =
        Replaced { headers: None, storage_class: None, acl: Some(ObjectAcl::PublicRead), ..Replaced::default() };
    within("a rewrite", rig.store.rewrite_object(&rig.bucket, &k, seen, replaced)).await.unwrap();
    within("the fills", rig.store.persist_fills()).await;
    assert_eq!(rig.store.unpersisted_fills(), 0);
    let stat = rig.store.bucket_stat(&rig.bucket).await.unwrap();
    assert_eq!((stat.objects, stat.bytes), (300, (100 * LARGE + 200 * 10) as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lifecycle_rule_moves_an_object_that_is_not_durable_yet() {
    let transition = LifecycleTransition {
        time: LifecycleTime::Days(1),
        storage_class: StorageClass::Ia,
        says_modified_time: false,
    };
    let rule = LifecycleRule { is_enabled: true, transitions: vec![transition], ..LifecycleRule::default() };
    let lifecycle = Lifecycle { rules: vec![rule] };
    for meta in MetaEngine::ALL {
        for size in [10, LARGE] {
            let mut rig = Rig::on(Engine::Files, meta).await;
            rig.persist_after(DELAY);
            fill(&rig, "k", size).await;
            let first = LifecycleCursor::default();
            let page = rig.store.lifecycle_page(&rig.bucket, &lifecycle, &first, rig.store.now()).await.unwrap();
            let [due] = &page.due[..] else { panic!("{:?}", page.due) };
            let made = within("a transition", rig.store.make_lifecycle_change(&rig.bucket, due)).await;
            assert_eq!(made.unwrap(), LifecycleOutcome::Made, "{meta:?} {size}");
            assert_eq!(rig.object("k").await.unwrap().storage_class, StorageClass::Ia);
        }
    }
}

/// As with a slow disk: published objects wait for their sync.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_backlog_is_waited_for_by_the_next_fill_and_by_no_running_one() {
    /// Larger than an inline body.
    const SIZE: usize = INLINE + 1;
    let (mut rig, plan) = faulty::rig(Engine::Files).await;
    rig.persist_after(DELAY);
    plan.hold_syncs(true);
    let mut running = begin(&rig, "running", Some(SIZE as u64)).await;
    let mut published = 0;
    while !rig.store.is_backlog_full() {
        fill(&rig, &format!("k{published}"), SIZE).await;
        published += 1;
    }
    running.write(bytes(1, SIZE)).await.unwrap();
    assert!(matches!(commit(running).await.unwrap(), Filled::Stored(_)), "it waits for nothing");
    assert_eq!(rig.content("running").await.as_deref(), Some(&bytes(1, SIZE)[..]));
    assert_eq!(rig.store.unpersisted_fills(), published + 1);
    let mut room = Box::pin(rig.store.await_backlog_room());
    assert!(is_pending(room.as_mut()).await);
    plan.hold_syncs(false);
    within("room in the backlog", room).await;
    within("the fills", rig.store.persist_fills()).await;
    assert_eq!((rig.store.unpersisted_fills(), rig.store.is_backlog_full()), (0, false));
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

/// What is in the file is in no buffer, whether a reader follows or not, and although the sync of the file hangs.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_fill_holds_little_memory_and_none_while_its_sync_hangs() {
    const PIECE_BYTES: usize = 64 * 1024;
    const PIECES: usize = 512;
    // 1 MiB waits for the disk, 512 KiB for the file to be made; the rest are pieces on their way.
    const MOST_BYTES: usize = 2 << 20;
    let (rig, plan) = faulty::rig(Engine::Files).await;
    plan.hold_syncs(true);
    let (length, in_memory) = ((PIECES * PIECE_BYTES) as u64, Arc::<AtomicUsize>::default());
    let mut fill = begin(&rig, "large", Some(length)).await;
    let _idle = fill.body().reader(0, Some(length));
    let mut reader = fill.body().reader(0, Some(length));
    let reading = tokio::spawn(async move {
        let mut read = 0;
        while let Some(bytes) = reader.read().await.unwrap() {
            read += bytes.len() as u64;
        }
        read
    });
    let mut most = 0;
    for _ in 0..PIECES {
        fill.write(CountedBuffer::bytes(PIECE_BYTES, &in_memory)).await.unwrap();
        most = most.max(in_memory.load(Ordering::SeqCst));
    }
    assert!(most <= MOST_BYTES, "{most} bytes were in memory at once");
    let committing = tokio::spawn(commit(fill));
    assert_eq!(within("a reader", reading).await.unwrap(), length);
    eventually("the memory to be free", || in_memory.load(Ordering::SeqCst) == 0).await;
    assert!(!committing.is_finished(), "the sync hangs");
    plan.hold_syncs(false);
    assert!(matches!(committing.await.unwrap().unwrap(), Filled::Stored(_)));
}

/// All threads that wait for the disk are taken.
#[test]
fn writes_wait_for_a_disk_thread_and_none_is_refused() {
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let rig = Rig::new().await;
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (takes, taken) = tokio::sync::oneshot::channel();
        let thread = tokio::task::spawn_blocking(move || {
            takes.send(()).unwrap();
            released.recv().unwrap();
        });
        taken.await.unwrap();
        let body = bytes(1, LARGE);
        let mut put = Box::pin(rig.put("put", &body));
        let mut filled = Box::pin(fill(&rig, "filled", LARGE));
        assert!(is_pending(put.as_mut()).await && is_pending(filled.as_mut()).await);
        release.send(()).unwrap();
        within("a disk thread", async { tokio::join!(put, filled, thread) }).await.2.unwrap();
        for name in ["put", "filled"] {
            assert_eq!(rig.content(name).await.as_deref(), Some(&body[..]), "{name}");
        }
    });
}
