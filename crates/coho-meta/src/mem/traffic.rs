//! What was counted of buckets, in maps.

use coho_model::{BucketId, Timestamp, TrafficCounts, TrafficPoint, TrafficRow, TrafficStep};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct MemoryTraffic(BTreeMap<(BucketId, TrafficStep), BTreeMap<i64, TrafficCounts>>);

impl MemoryTraffic {
    pub(super) fn add(&mut self, row: &TrafficRow, now: Timestamp) {
        for step in TrafficStep::ALL {
            let spans = self.0.entry((row.bucket, step)).or_default();
            spans.entry(step.start(row.at.unix_s())).or_default().add(&row.counts);
            if spans.len() > step.kept() {
                let ahead = spans.last_key_value().filter(|(start, _)| **start > step.start(now.unix_s()));
                match ahead.map(|(start, _)| *start) {
                    Some(start) => drop(spans.remove(&start)),
                    None => drop(spans.pop_first()),
                }
            }
        }
    }

    pub(super) fn read(&self, bucket: BucketId, step: TrafficStep, from: i64, until: i64) -> Vec<TrafficPoint> {
        let spans = self.0.get(&(bucket, step)).into_iter().flatten();
        let wanted = spans.filter(|(start, _)| (from..until).contains(*start));
        wanted.map(|(start, counts)| TrafficPoint { start: *start, counts: *counts }).collect()
    }

    pub(super) fn remove(&mut self, bucket: BucketId) {
        self.0.retain(|(other, _), _| *other != bucket);
    }
}
