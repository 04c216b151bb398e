//! The history of traffic.

use super::sample::{at, bucket, name};
use crate::MetaStore;
use coho_model::{BucketChange, BucketId, TrafficCounter, TrafficCounts, TrafficPoint, TrafficRow, TrafficStep};

fn counts(number: u64) -> TrafficCounts {
    TrafficCounts::new(std::array::from_fn(|at| number * (at as u64 + 1)))
}

fn row(bucket: BucketId, second: i64, number: u64) -> TrafficRow {
    TrafficRow { bucket, at: at(second * 1000), counts: counts(number) }
}

async fn spans(store: &dyn MetaStore, bucket: BucketId, step: TrafficStep, from: i64, until: i64) -> Vec<(i64, u64)> {
    let points = store.traffic(bucket, step, from, until).await.expect("read");
    let shown = |point: &TrafficPoint| (point.start, point.counts.get(TrafficCounter::Hits));
    points.iter().map(shown).collect()
}

/// Counts of the same minute or hour are added, each bucket has its own, and they go with it.
pub async fn counts_add_up_by_minute_and_hour(store: &dyn MetaStore) {
    use TrafficStep::{Hour, Minute};
    let (id, other) = (bucket(store, 1).await, bucket(store, 2).await);
    let rows = vec![row(id, 7_199, 1), row(id, 7_200, 2), row(BucketId(77), 7_200, 9), row(other, 60, 3)];
    store.add_traffic(rows, at(7_300_000)).await.expect("added");
    store.add_traffic(vec![row(id, 7_259, 4)], at(7_300_000)).await.expect("added");
    store.add_traffic(Vec::new(), at(7_300_000)).await.expect("nothing is added");
    assert_eq!(spans(store, id, Minute, 0, i64::MAX).await, [(7_140, 1), (7_200, 6)]);
    assert_eq!(spans(store, id, Hour, 0, i64::MAX).await, [(3_600, 1), (7_200, 6)]);
    assert_eq!(spans(store, id, Minute, 7_140, 7_200).await, [(7_140, 1)], "until is not in it");
    assert_eq!(spans(store, id, Minute, 7_141, 7_201).await, [(7_200, 6)]);
    assert_eq!(spans(store, id, Minute, 9, 8).await, []);
    assert_eq!(spans(store, other, Hour, 0, i64::MAX).await, [(0, 3)]);
    let all = BucketId::ALL;
    assert_eq!(spans(store, all, Minute, 0, i64::MAX).await, [(60, 3), (7_140, 1), (7_200, 6)], "all that exist");
    assert_eq!(spans(store, all, Hour, 0, i64::MAX).await, [(0, 3), (3_600, 1), (7_200, 6)]);
    assert_eq!(spans(store, BucketId(77), Hour, 0, i64::MAX).await, [], "there is no such bucket");
    let point = store.traffic(id, Hour, 7_200, 7_201).await.expect("read");
    assert_eq!(point, [TrafficPoint { start: 7_200, counts: counts(6) }], "every counter");
    let huge = TrafficRow { counts: TrafficCounts::new([u64::MAX; 11]), ..row(other, 60, 0) };
    store.add_traffic(vec![huge], at(0)).await.expect("added");
    assert_eq!(spans(store, other, Hour, 0, i64::MAX).await, [(0, i64::MAX as u64)]);
    store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await.expect("deleted");
    assert_eq!(spans(store, id, Minute, 0, i64::MAX).await, []);
    assert_eq!(spans(store, other, Minute, 0, i64::MAX).await, [(60, i64::MAX as u64)]);
    assert_eq!(spans(store, all, Hour, 3_600, i64::MAX).await, [(3_600, 1), (7_200, 6)], "the sums stay");
}

/// The number of spans of each step is bounded.
pub async fn the_oldest_spans_go_and_those_of_a_wrong_clock_before_them(store: &dyn MetaStore) {
    let (id, kept) = (bucket(store, 1).await, TrafficStep::Minute.kept() as i64);
    let minutes = async || {
        let all = spans(store, id, TrafficStep::Minute, 0, i64::MAX).await;
        all.iter().map(|(start, _)| start / 60).collect::<Vec<_>>()
    };
    // The clock was ahead by a year and is right again.
    let year = 525_600;
    let rows = (0..3).map(|minute| row(id, (year + minute) * 60, 1));
    store.add_traffic(rows.collect(), at((year + 3) * 60_000)).await.expect("added");
    let rows = (0..kept).map(|minute| row(id, minute * 60, 1));
    store.add_traffic(rows.collect(), at(kept * 60_000)).await.expect("added");
    assert_eq!(minutes().await, (0..kept).collect::<Vec<_>>(), "those of the wrong clock go first");
    store.add_traffic(vec![row(id, kept * 60, 1), row(id, kept * 60, 1)], at(kept * 60_000)).await.expect("added");
    assert_eq!(minutes().await, (1..=kept).collect::<Vec<_>>());
    let hours = spans(store, id, TrafficStep::Hour, 0, i64::MAX).await;
    assert_eq!(hours.iter().map(|(_, hits)| *hits).sum::<u64>(), kept as u64 + 2 + 3, "hours are kept for longer");
}
