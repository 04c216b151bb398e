//! The history of traffic: written once a minute, kept while it cannot be written, and never in the way of requests.

use crate::{
    faulty::rig,
    rig::{Engine, Rig},
};
use coho_model::{BucketId, TrafficCounter, TrafficStep};
use coho_store::{MAX_PENDING_ROWS, TrafficRecorder};

fn hit(rig: &Rig, count: u64) {
    rig.store.traffic().add(rig.bucket.id, TrafficCounter::Hits, count);
}

/// The minutes since that of the rig's begin, and their hits.
async fn minutes(rig: &Rig, begin: i64) -> Vec<(i64, u64)> {
    let points = rig.store.traffic_history(rig.bucket.id, TrafficStep::Minute, 0, i64::MAX).await.unwrap();
    let shown = |point: &coho_model::TrafficPoint| ((point.start - begin) / 60, point.counts.get(TrafficCounter::Hits));
    points.iter().map(shown).collect()
}

fn begin(rig: &Rig) -> i64 {
    TrafficStep::Minute.start(rig.store.now().unix_s())
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_belong_to_the_minute_in_which_counting_began_whatever_the_clock_does() {
    let mut rig = Rig::new().await;
    let begin = begin(&rig);
    let mut recorder = TrafficRecorder::new(rig.store.clone());
    // How far the clock goes before each flush, in minutes, and the hits in between.
    for (step, hits) in [(1, 2), (1, 0), (1, 3), (-2, 4), (1, 5), (600, 6)] {
        hit(&rig, hits);
        rig.clock.advance(step * 60_000);
        recorder.flush().await;
    }
    // The second minute was idle, and costs nothing. After the clock was set back, its minutes are counted further.
    assert_eq!(minutes(&rig, begin).await, [(0, 2), (1, 5), (2, 9), (3, 4)]);
    rig.restart();
    assert_eq!(minutes(&rig, begin).await.len(), 4, "after a restart");
    assert_eq!(rig.store.history_failures(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_kept_and_written_later() {
    let (rig, plan) = rig(Engine::Files).await;
    let begin = begin(&rig);
    let mut recorder = TrafficRecorder::new(rig.store.clone());
    for (hits, is_full) in [(1, true), (2, true), (3, true), (4, false)] {
        plan.set_full(is_full);
        hit(&rig, hits);
        rig.clock.advance(60_000);
        recorder.flush().await;
        if is_full {
            assert_eq!((minutes(&rig, begin).await, rig.store.history_failures()), (vec![], hits), "the reserve stays");
        }
    }
    assert_eq!(minutes(&rig, begin).await, [(0, 1), (1, 2), (2, 3), (3, 4)]);
    assert_eq!((rig.store.history_failures(), rig.store.history_dropped_rows()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_to_be_written_has_a_limit_and_the_oldest_goes() {
    let (rig, plan) = rig(Engine::Files).await;
    let begin = begin(&rig);
    plan.set_full(true);
    let mut recorder = TrafficRecorder::new(rig.store.clone());
    // Buckets that are gone by then are not written.
    let others = 1023;
    for _ in 0..MAX_PENDING_ROWS / (1 + others) + 2 {
        hit(&rig, 1);
        (0..others as i64).for_each(|id| rig.store.traffic().add(BucketId(id), TrafficCounter::Hits, 1));
        rig.clock.advance(60_000);
        recorder.flush().await;
    }
    assert_eq!((rig.store.history_dropped_rows(), rig.store.traffic().uncounted()), (2 * (1 + others as u64), 0));
    plan.set_full(false);
    recorder.flush().await;
    let expected: Vec<_> = (2..MAX_PENDING_ROWS as i64 / 1024 + 2).map(|minute| (minute, 1)).collect();
    assert_eq!(minutes(&rig, begin).await, expected);
}
